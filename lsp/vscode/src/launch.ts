/** Launch configurations (docs/dap.md): what is filled in, refused and offered. Knows no VS Code. */

import { DEBUG_TYPE } from "./names";

export interface Configuration {
  readonly type: string;
  readonly request: string;
  readonly name: string;
  readonly [setting: string]: unknown;
}

/** Settings that a workspace which is not trusted may not make: they run programs, or send text and keys away. */
const RESTRICTED = ["compare", "model", "server"] as const;

export function currentFile(file = "${file}"): Configuration {
  return {
    type: DEBUG_TYPE,
    request: "launch",
    name: "Predicted: current file",
    program: file,
    stopOnEntry: true,
  };
}

export function ofCall(call: string, file = "${file}"): Configuration {
  return {
    type: DEBUG_TYPE,
    request: "launch",
    name: `Predicted: ${call}`,
    program: file,
    call,
    stopOnEntry: true,
  };
}

/** Without launch.json, F5 comes with nothing; then the Python file in front is meant. */
export function fill(given: Partial<Configuration>, language: string | undefined): Configuration | undefined {
  if (!given.type && !given.request && !given.name) {
    return language === "python" ? { ...given, ...currentFile() } : undefined;
  }
  const named = given["program"] || given["trace"] ? {} : { program: "${file}" };
  return { type: DEBUG_TYPE, request: "launch", name: "Predicted", ...named, ...given };
}

export function comparing(configuration: Partial<Configuration>): boolean {
  return (
    configuration["compare"] !== undefined && configuration["compare"] !== false && configuration["compare"] !== ""
  );
}

/** Why a workspace that is not trusted may not launch this; empty where it may. */
export function refusal(configuration: Partial<Configuration>): string {
  const found = RESTRICTED.filter((name) => {
    const value = configuration[name];
    return name === "compare" ? comparing(configuration) : typeof value === "string" && value !== "";
  });
  if (found.length === 0) return "";
  const why = found.includes("compare")
    ? '"compare" runs the program'
    : `"${found.join('" and "')}" say where the program's text goes`;
  return `${why}, and this workspace is not trusted. Trust it, or leave ${found.join(", ")} out.`;
}

/** Configurations to choose from for a file with known calls, without a launch.json. */
export function offered(calls: readonly string[]): Configuration[] {
  return [currentFile(), ...calls.map((call) => ofCall(call))];
}

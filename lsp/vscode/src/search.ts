/** Where neuraldbg is looked for, in which order, and how it is started there. Knows no VS Code. */

import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

export type Origin = "command" | "setting" | "extension" | "venv" | "path" | "program";

/**
 * A place to look at.
 *
 * `command` starts neuraldbg there, with the subcommand behind it; `python` is the interpreter, where there is one.
 */
export interface Candidate {
  readonly origin: Origin;
  readonly command: readonly string[];
  readonly python?: string;
}

export interface Surroundings {
  /** `neuraldbg.command`. */
  readonly command: readonly string[];
  /** `neuraldbg.interpreter`. */
  readonly interpreter: string;
  /** The Python extension's interpreter for the workspace. */
  readonly active?: string | undefined;
  /** Folders of the workspace. */
  readonly folders: readonly string[];
  /** Programs of a workspace that is not trusted are not started. */
  readonly trusted: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly isFile: (path: string) => boolean;
}

/** Starts neuraldbg in an interpreter. With -P the folder it is started in is not searched for modules. */
export function moduleCommand(python: string): string[] {
  return [python, "-P", "-m", "neuraldbg"];
}

/** Places to look at, the first that has neuraldbg counts. What the user has set is the only one. */
export function candidates(around: Surroundings): Candidate[] {
  if (around.command.length > 0) return [{ origin: "command", command: around.command }];
  if (around.interpreter) {
    return [interpreter("setting", expand(around.interpreter, around.folders))];
  }
  const found: Candidate[] = [];
  if (around.trusted) {
    if (around.active) found.push(interpreter("extension", around.active));
    found.push(...environments(around).map((python) => interpreter("venv", python)));
  }
  for (const name of around.platform === "win32" ? ["python", "python3"] : ["python3", "python"]) {
    const python = onPath(name, around);
    if (python) found.push(interpreter("path", python));
  }
  const program = onPath("neuraldbg", around);
  if (program) found.push({ origin: "program", command: [program] });
  const seen = new Set<string>();
  return found.filter(({ command }) => {
    const key = command.join("\0");
    return !seen.has(key) && seen.add(key);
  });
}

function interpreter(origin: Origin, python: string): Candidate {
  return { origin, command: moduleCommand(python), python };
}

/** Interpreters of `.venv` and `venv` in the folders of the workspace. */
function environments(around: Surroundings): string[] {
  const inner = around.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  return around.folders
    .flatMap((folder) => [".venv", "venv"].map((name) => join(folder, name, ...inner)))
    .filter((path) => around.isFile(path));
}

/** The program that a name means; relative parts of the PATH mean another in every folder, and are passed over. */
function onPath(name: string, around: Surroundings): string | undefined {
  const windows = around.platform === "win32";
  const path = around.environment["PATH"] ?? around.environment["Path"] ?? "";
  const names = windows ? [`${name}.exe`, `${name}.bat`, `${name}.cmd`] : [name];
  return path
    .split(delimiter)
    .filter((folder) => folder && isAbsolute(folder))
    .flatMap((folder) => names.map((file) => join(folder, file)))
    .find((file) => around.isFile(file));
}

/** Replaces `~`, `${userHome}` and `${workspaceFolder}` (the first folder). */
export function expand(path: string, folders: readonly string[], home = homedir()): string {
  return path
    .replace(/^~(?=$|[\\/])/, () => home)
    .replaceAll("${userHome}", () => home)
    .replaceAll("${workspaceFolder}", () => folders[0] ?? "${workspaceFolder}");
}

/** A file that can be executed. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not ours to execute: both mean no
  }
}

/** What the user has set, as the server and the command lines want it. Knows no VS Code: it is handed the values. */

import { SERVER_SETTINGS } from "./names";

/** As `WorkspaceConfiguration.inspect` gives it; only what is set is there. */
export interface Inspected {
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
  readonly workspaceFolderValue?: unknown;
  readonly globalLanguageValue?: unknown;
  readonly workspaceLanguageValue?: unknown;
  readonly workspaceFolderLanguageValue?: unknown;
}

/**
 * The settings of a document for the server: those that the user has set, so that what pyproject.toml says counts for
 * the others, and whether the workspace is trusted, which no settings file can say.
 */
export function serverSettings(
  inspect: (name: string) => Inspected | undefined,
  trusted: boolean,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of SERVER_SETTINGS) {
    const value = explicit(inspect(name));
    if (value !== undefined) found[name] = value;
  }
  found["trusted"] = trusted;
  return found;
}

/** The value that counts of those that are set: the narrowest place, and the language's in it; undefined for none. */
export function explicit(inspected: Inspected | undefined): unknown {
  if (inspected === undefined) return undefined;
  return (
    inspected.workspaceFolderLanguageValue ??
    inspected.workspaceLanguageValue ??
    inspected.globalLanguageValue ??
    inspected.workspaceFolderValue ??
    inspected.workspaceValue ??
    inspected.globalValue
  );
}

/** Which model predicts; empty texts leave the choice to neuraldbg. */
export interface ModelChoice {
  readonly model: string;
  readonly server: string;
  readonly device: string;
  readonly quantize: string;
  readonly calculate: boolean;
}

/** Options of `neuraldbg lsp`, `dap` and `step`. */
export function modelOptions(choice: ModelChoice): string[] {
  const options = choice.calculate ? [] : ["--no-calculate"];
  if (choice.model) options.push("--model", choice.model);
  // device and quantize are for a model that runs here
  if (choice.server) return [...options, "--server", choice.server];
  if (choice.device) options.push("--device", choice.device);
  if (choice.quantize) options.push("--quantize", choice.quantize);
  return options;
}

/** A short name for the status bar. */
export function modelName(choice: ModelChoice): string {
  const name = choice.model ? (choice.model.split(/[\\/]/).filter(Boolean).at(-1) ?? choice.model) : "";
  if (!choice.server) return name || "cwm-nano";
  const host = /^[a-z]+:\/\/(?:[^@/]*@)?([^/?#]+)/i.exec(choice.server)?.[1] ?? choice.server;
  return name ? `${name} at ${host}` : host;
}

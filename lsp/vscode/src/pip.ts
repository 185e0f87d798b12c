/** The command line that installs neuraldbg. Knows no VS Code. */

export interface Source {
  readonly kind: "folder" | "wheel" | "text";
  readonly value: string;
}

export function installCommand(python: string, source: Source): string[] {
  const what = source.kind === "text" ? source.value.split(/\s+/) : [source.value];
  return [python, "-m", "pip", "install", ...what];
}

/** A project's name, with or without a version, that pip would look up in its index. */
export function isPlainName(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]*(\[[^\]]*\])?\s*([=<>!~]=?.*)?$/.test(text) && !/\.(whl|zip|gz)$/.test(text);
}

/** What the server knows of a document's functions (its command `neuraldbg.overview`). Knows no VS Code. */

export const MODULE = "<module>";

export interface Run {
  readonly title: string;
  readonly call: string | null;
  readonly state: string;
  readonly steps: number;
  readonly origin: string;
  /** Whether a real run agreed; null where there was none. */
  readonly agrees: boolean | null;
}

export interface FunctionKnown {
  readonly function: string;
  /** 0-based, in the document that was asked for; null where it is in none of its lines. */
  readonly line: number | null;
  /** The call to offer: the one chosen last, or known, or made up from the arguments; empty for the file itself. */
  readonly call: string;
  readonly calls: readonly string[];
  readonly run: Run | null;
}

export interface Overview {
  readonly here: string;
  readonly functions: readonly FunctionKnown[];
}

/** A choice of the user; `picked` where there is no choice. */
export interface Choice {
  readonly picked?: FunctionKnown;
  readonly options: readonly FunctionKnown[];
}

/** Functions that a command can be about: the one around the cursor if it is among them, else the user chooses. */
export function choose(overview: Overview, wanted: (known: FunctionKnown) => boolean): Choice {
  const options = overview.functions.filter(wanted);
  const here = options.find((known) => known.function === overview.here);
  const picked = here ?? (options.length === 1 ? options[0] : undefined);
  return picked ? { picked, options } : { options };
}

/** How a function is called for a person. */
export function named(known: FunctionKnown): string {
  return known.function === MODULE ? "the whole file" : known.function;
}

/** A note behind its name in a list. */
export function note(known: FunctionKnown): string {
  const { run } = known;
  if (!run) return known.calls.join("   ");
  const against = run.agrees === null ? "" : run.agrees ? ", the real run agrees" : ", the real run differs";
  return `${run.title}: ${run.steps} steps, ${run.state}${against}`;
}

/** A file name for exported steps. */
export function exportName(file: string, known: string): string {
  const stem = file.replace(/^.*[\\/]/, "").replace(/\.\w+$/, "") || "steps";
  const suffix = known === MODULE ? "" : `-${known.replace(/[^\w.]+/g, "")}`;
  return `${stem}${suffix}.jsonl`;
}

/** Whether an answer has the form of an overview: the server may be older than the extension. */
export function isOverview(answer: unknown): answer is Overview {
  return typeof answer === "object" && answer !== null && Array.isArray((answer as { functions?: unknown }).functions);
}

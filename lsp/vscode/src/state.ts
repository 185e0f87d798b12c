/** What the status bar says, worked out from what is known. Knows no VS Code. */

export type ServerState = "searching" | "missing" | "starting" | "running" | "stopped" | "failed";
export type DocumentState = "off" | "predicting" | "ready" | "problem";

/** The server's notification `neuraldbg/status`. */
export interface Status {
  readonly uri: string;
  readonly state: DocumentState;
  readonly message: string;
  /** The model has predicted nothing yet. */
  readonly loading: boolean;
}

export interface Known {
  readonly server: ServerState;
  /** Why it is missing or has failed. */
  readonly reason: string;
  readonly model: string;
  readonly version: string;
  /** Of the file in the active editor. */
  readonly document?: Status | undefined;
  /** `neuraldbg.enable` and `neuraldbg.hints.enable` for that file. */
  readonly enabled: boolean;
  readonly hints: boolean;
  readonly trusted: boolean;
}

export type Tone = "plain" | "warning" | "error";

export interface Shown {
  readonly text: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly tone: Tone;
  /** For screen readers. */
  readonly spoken: string;
}

interface Line {
  readonly icon: string;
  readonly word: string;
  readonly tone?: Tone;
  readonly detail?: string;
}

const SERVER: Record<Exclude<ServerState, "running">, Line> = {
  searching: { icon: "sync~spin", word: "looking for Python" },
  missing: { icon: "warning", word: "not installed", tone: "warning" },
  starting: { icon: "sync~spin", word: "starting" },
  stopped: { icon: "debug-stop", word: "stopped", tone: "warning" },
  failed: { icon: "error", word: "failed", tone: "error" },
};

const DOCUMENT: Record<DocumentState, Line> = {
  off: { icon: "circle-slash", word: "off" },
  predicting: { icon: "sync~spin", word: "predicting" },
  ready: { icon: "eye", word: "ready" },
  problem: { icon: "warning", word: "not predicted" },
};

/** What to show for what is known. */
export function shown(known: Known): Shown {
  const line = lineOf(known);
  const detail = known.server === "running" ? (known.document?.message ?? "") : known.reason;
  const notes = [
    `**neuraldbg** ${known.version}: ${line.word}`,
    `Model: ${known.model}`,
    detail,
    known.enabled && !known.hints ? "Inlay hints are turned off." : "",
    known.trusted ? "" : "This workspace is not trusted: programs are predicted, never run.",
    "Click for the menu.",
  ].filter(Boolean);
  return {
    text: `$(${line.icon}) ${known.model}${line.word === "ready" ? "" : `: ${line.word}`}`,
    tooltip: notes.map(escape).join("\n\n"),
    tone: line.tone ?? "plain",
    spoken: `neuraldbg, model ${known.model}, ${line.word}. ${detail}`.trim(),
  };
}

function lineOf(known: Known): Line {
  if (known.server !== "running") return SERVER[known.server];
  if (!known.enabled) return DOCUMENT.off;
  const { state, loading } = known.document ?? { state: "ready", loading: false };
  return loading ? { ...DOCUMENT[state], word: "loading" } : DOCUMENT[state];
}

/** A message may hold what Markdown would take for its own. */
function escape(text: string): string {
  return text.startsWith("**neuraldbg**") ? text : text.replace(/[\\`*_{}[\]()#+\-.!|<>~]/g, "\\$&");
}

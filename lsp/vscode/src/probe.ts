/** Asks a place whether it has neuraldbg, by starting it. Knows no VS Code. */

import { execFile } from "node:child_process";
import type { Candidate } from "./search";

const PATIENCE = 60_000; // milliseconds; a cold disk under load is slow to import from
const NEEDS = "3.11";

// Runs on any Python, old ones too.
const QUESTION = `
import json, sys
found = {"python": "%d.%d.%d" % sys.version_info[:3], "version": "", "problem": ""}
if sys.version_info < (3, 11):
    found["problem"] = "too old"
else:
    try:
        import neuraldbg
        found["version"] = neuraldbg.__version__
        import pygls
    except Exception as error:
        found["problem"] = type(error).__name__ + ": " + str(error)
print(json.dumps(found))
`;

/** What was found at a place; `problem` is empty where neuraldbg can be started. */
export interface Finding {
  readonly candidate: Candidate;
  readonly version: string;
  readonly python: string;
  readonly problem: string;
  /** Installing neuraldbg there would help. */
  readonly installable: boolean;
}

export async function probe(candidate: Candidate, folder: string): Promise<Finding> {
  // A command line of the user's own is taken at its word: only they know what it can be asked.
  if (candidate.origin === "command") return finding(candidate, {});
  if (candidate.python === undefined) {
    const said = await run([...candidate.command, "--version"], folder);
    const version = /^neuraldbg (\S+)/.exec(said.output)?.[1];
    return version
      ? finding(candidate, { version })
      : finding(candidate, { problem: said.problem || "gives no version" });
  }
  const said = await run([candidate.python, "-c", QUESTION], folder);
  return read(candidate, said.output, said.problem);
}

/** Makes sense of an interpreter's answer. */
export function read(candidate: Candidate, output: string, problem: string): Finding {
  let answer: { python?: string; version?: string; problem?: string };
  try {
    answer = JSON.parse(output.trim().split("\n").at(-1) ?? "") as typeof answer;
  } catch {
    return finding(candidate, { problem: problem || "does not answer like Python" });
  }
  const { python = "", version = "", problem: wrong = "" } = answer;
  if (!wrong) return finding(candidate, { python, version });
  if (wrong === "too old") {
    return finding(candidate, { python, problem: `is Python ${python}, and neuraldbg needs ${NEEDS} or newer` });
  }
  const absent = /^ModuleNotFoundError: No module named '([\w.]+)'/.exec(wrong)?.[1];
  const text =
    absent === "neuraldbg"
      ? `has no neuraldbg (it is Python ${python})`
      : absent
        ? `has neuraldbg ${version}, which lacks ${absent}`
        : `cannot import neuraldbg: ${wrong}`;
  return finding(candidate, { python, version, problem: text, installable: absent !== undefined });
}

function finding(candidate: Candidate, parts: Partial<Finding>): Finding {
  return { version: "", python: "", problem: "", installable: false, ...parts, candidate };
}

function run(command: readonly string[], cwd: string): Promise<{ output: string; problem: string }> {
  const [program = "", ...words] = command;
  return new Promise((done) => {
    execFile(program, words, { cwd, timeout: PATIENCE, windowsHide: true }, (error, stdout, stderr) => {
      done({ output: stdout, problem: error === null ? "" : reason(error, stderr) });
    });
  });
}

function reason(error: Error & { code?: unknown; killed?: boolean }, stderr: string): string {
  if (error.code === "ENOENT") return "is not there";
  if (error.code === "EACCES") return "may not be executed";
  if (error.killed) return "did not answer within a minute";
  return `fails: ${stderr.trim().split("\n").at(-1) ?? error.message}`;
}

/** The first place with neuraldbg; else what was found at all of them. */
export async function search(
  places: readonly Candidate[],
  ask: (candidate: Candidate) => Promise<Finding>,
): Promise<{ found?: Finding; findings: Finding[] }> {
  const findings: Finding[] = [];
  for (const candidate of places) {
    const finding = await ask(candidate);
    findings.push(finding);
    if (!finding.problem) return { found: finding, findings };
  }
  return { findings };
}

/** One sentence for the user on what is missing. */
export function missing(findings: readonly Finding[]): string {
  const [first] = findings;
  if (!first) return "neuraldbg needs Python 3.11 or newer, and there is none on the PATH.";
  const where = first.candidate.python ?? first.candidate.command.join(" ");
  const told: Partial<Record<Candidate["origin"], string>> = {
    setting: " (the setting neuraldbg.interpreter)",
    extension: " (the Python extension's interpreter)",
  };
  const others = findings.length - 1;
  const more =
    others === 0 ? "" : ` ${others} other place${others === 1 ? "" : "s"} had none either; the output says which.`;
  return `neuraldbg was not found: ${where}${told[first.candidate.origin] ?? ""} ${first.problem}.${more}`;
}

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type Finding, missing, probe, read, search } from "../src/probe";
import { type Candidate, moduleCommand } from "../src/search";

const folder = mkdtempSync(join(tmpdir(), "neuraldbg-probe-"));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

const at = (python: string): Candidate => ({ origin: "path", command: moduleCommand(python), python });
const answer = (parts: object): string =>
  `${JSON.stringify({ python: "3.12.1", version: "", problem: "", ...parts })}\n`;

describe("what an interpreter answers", () => {
  test("neuraldbg is there", () => {
    const found = read(at("/p"), `some site.py printed this\n${answer({ version: "0.1.0" })}`, "");
    assert.deepEqual([found.version, found.python, found.problem], ["0.1.0", "3.12.1", ""]);
  });

  test("neuraldbg is not there, which installing would mend", () => {
    const found = read(at("/p"), answer({ problem: "ModuleNotFoundError: No module named 'neuraldbg'" }), "");
    assert.match(found.problem, /has no neuraldbg/);
    assert.equal(found.installable, true);
  });

  test("neuraldbg is there, what it needs is not", () => {
    const found = read(
      at("/p"),
      answer({ version: "0.1.0", problem: "ModuleNotFoundError: No module named 'pygls'" }),
      "",
    );
    assert.match(found.problem, /has neuraldbg 0\.1\.0, which lacks pygls/);
    assert.equal(found.installable, true);
  });

  test("it is too old, or neuraldbg is broken: installing would not help", () => {
    const old = read(at("/p"), answer({ python: "3.8.10", problem: "too old" }), "");
    assert.match(old.problem, /is Python 3\.8\.10, and neuraldbg needs 3\.11/);
    const broken = read(at("/p"), answer({ problem: "SyntaxError: invalid syntax" }), "");
    assert.match(broken.problem, /cannot import neuraldbg: SyntaxError/);
    assert.deepEqual([old.installable, broken.installable], [false, false]);
  });

  test("it is no Python", () => {
    assert.equal(read(at("/p"), "hello", "").problem, "does not answer like Python");
    assert.equal(read(at("/p"), "", "is not there").problem, "is not there");
  });
});

describe("programs are asked by starting them", () => {
  test("one that is not there, one that fails", async () => {
    assert.equal((await probe(at(join(folder, "nothing")), folder)).problem, "is not there");
    const failing = program("failing", "echo oh no >&2; exit 3");
    assert.equal((await probe(at(failing), folder)).problem, "fails: oh no");
  });

  test("a program called neuraldbg says its version", async () => {
    const good = program("neuraldbg", '[ "$1" = --version ] && echo neuraldbg 9.8.7');
    const found = await probe({ origin: "program", command: [good] }, folder);
    assert.deepEqual([found.version, found.problem], ["9.8.7", ""]);
    const other = program("other", "echo something else");
    assert.equal((await probe({ origin: "program", command: [other] }, folder)).problem, "gives no version");
  });

  test("a command line of the user's own is not asked", async () => {
    assert.equal((await probe({ origin: "command", command: ["/nowhere"] }, folder)).problem, "");
  });
});

test("the first place that has it ends the search", async () => {
  const asked: string[] = [];
  const ask = (candidate: Candidate): Promise<Finding> => {
    asked.push(candidate.python ?? "");
    const problem = candidate.python === "/b" ? "" : "has none";
    return Promise.resolve({ candidate, problem, version: "1", python: "", installable: false });
  };
  const { found, findings } = await search([at("/a"), at("/b"), at("/c")], ask);
  assert.equal(found?.candidate.python, "/b");
  assert.deepEqual(asked, ["/a", "/b"]);
  assert.equal(findings.length, 2);
});

test("one sentence says what is missing", () => {
  assert.match(missing([]), /needs Python 3\.11 or newer/);
  const finding = (origin: Candidate["origin"]): Finding => ({
    candidate: { ...at("/usr/bin/python3"), origin },
    problem: "has no neuraldbg",
    version: "",
    python: "",
    installable: true,
  });
  assert.equal(missing([finding("path")]), "neuraldbg was not found: /usr/bin/python3 has no neuraldbg.");
  assert.match(
    missing([finding("extension"), finding("path")]),
    /Python extension's interpreter\) has no neuraldbg\. 1 other place had none/,
  );
});

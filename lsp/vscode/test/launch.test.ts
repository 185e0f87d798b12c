import assert from "node:assert/strict";
import { test } from "node:test";
import { comparing, currentFile, fill, offered, refusal } from "../src/launch";
import { type FunctionKnown, choose, exportName, isOverview, MODULE, named, note } from "../src/overview";
import { installCommand, isPlainName } from "../src/pip";

test("F5 without launch.json takes the Python file in front", () => {
  assert.deepEqual(fill({}, "python"), currentFile());
  assert.equal(fill({}, "markdown"), undefined);
  assert.equal(fill({}, undefined), undefined);
});

test("what a configuration says stays, what it lacks is filled in", () => {
  const given = { type: "neuraldbg", request: "launch", name: "x", call: "f(1)" };
  assert.deepEqual(fill(given, undefined), { ...given, program: "${file}" });
  assert.equal(fill({ ...given, trace: "a.jsonl" }, "python")?.["program"], undefined);
  assert.equal(fill({ ...given, program: "b.py" }, "python")?.["program"], "b.py");
});

test("a workspace that is not trusted may not run programs, nor send text away", () => {
  assert.equal(refusal(currentFile()), "");
  assert.equal(refusal({ compare: false, model: "" }), "");
  assert.match(refusal({ compare: true }), /runs the program/);
  assert.match(refusal({ compare: "debugpy" }), /runs the program/);
  assert.match(refusal({ server: "https://elsewhere" }), /"server" say where the program's text goes/);
  assert.match(refusal({ model: "m", server: "s" }), /leave model, server out/);
});

test("comparing is asked for by anything but false and nothing", () => {
  assert.deepEqual(
    [undefined, false, "", true, "recorder", "debugpy"].map((compare) => comparing({ compare })),
    [false, false, false, true, true, true],
  );
});

test("configurations that are offered: the file, then its calls", () => {
  const found = offered(["f(1)", "g()"]);
  assert.deepEqual(
    found.map(({ name, call }) => [name, call]),
    [
      ["Predicted: current file", undefined],
      ["Predicted: f(1)", "f(1)"],
      ["Predicted: g()", "g()"],
    ],
  );
});

const run = { title: "f(1)", call: "f(1)", state: "complete", steps: 7, origin: "predicted", agrees: null };
const known = (name: string, more: Partial<FunctionKnown> = {}): FunctionKnown => ({
  function: name,
  line: 0,
  call: "",
  calls: [],
  run: null,
  ...more,
});

test("a command is about the function at the cursor, else about the only one, else the user chooses", () => {
  const functions = [known(MODULE, { run }), known("f", { run }), known("g")];
  const withRun = (each: FunctionKnown): boolean => each.run !== null;
  assert.equal(choose({ here: "f", functions }, withRun).picked?.function, "f");
  assert.equal(choose({ here: "g", functions }, withRun).picked, undefined);
  assert.equal(choose({ here: "g", functions }, withRun).options.length, 2);
  assert.equal(choose({ here: "g", functions: functions.slice(1) }, withRun).picked?.function, "f");
  assert.deepEqual(choose({ here: "g", functions: [] }, withRun).options, []);
});

test("how functions and files are named", () => {
  assert.equal(named(known(MODULE)), "the whole file");
  assert.equal(note(known("f", { run: { ...run, agrees: false } })), "f(1): 7 steps, complete, the real run differs");
  assert.equal(note(known("f", { calls: ["f(1)", "f(2)"] })), "f(1)   f(2)");
  assert.equal(exportName("/a/b/demo.py", MODULE), "demo.jsonl");
  assert.equal(exportName("/a/b/demo.py", "Stack.push"), "demo-Stack.push.jsonl");
  assert.equal(exportName("Untitled-1", "f"), "Untitled-1-f.jsonl");
});

test("answers of an older server are no overview", () => {
  assert.equal(isOverview({ here: "f", functions: [] }), true);
  for (const other of [null, undefined, [], "x", { here: "f" }]) assert.equal(isOverview(other), false);
});

test("the command line that installs", () => {
  assert.deepEqual(installCommand("/p/python", { kind: "folder", value: "/my code/neuraldbg" }), [
    "/p/python",
    "-m",
    "pip",
    "install",
    "/my code/neuraldbg",
  ]);
  assert.deepEqual(installCommand("p", { kind: "text", value: "-e  ./x" }).slice(4), ["-e", "./x"]);
});

test("a plain name is told from addresses and files", () => {
  for (const name of ["neuraldbg", "neuraldbg==0.1", "neuraldbg[dev]", "neuraldbg >= 1"])
    assert.ok(isPlainName(name), name);
  for (const other of ["git+https://h/n", "./neuraldbg", "/a/b", "x.whl", "https://h/x.whl", ""]) {
    assert.ok(!isPlainName(other), other);
  }
});

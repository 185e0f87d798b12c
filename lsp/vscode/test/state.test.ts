import assert from "node:assert/strict";
import { test } from "node:test";
import { menu, remedies } from "../src/menu";
import { COMMANDS } from "../src/names";
import { Restarts } from "../src/restarts";
import { type Known, shown } from "../src/state";

const KNOWN: Known = {
  server: "running",
  reason: "",
  model: "cwm-nano",
  version: "0.1.0",
  document: { uri: "file:///a.py", state: "ready", message: "", loading: false },
  enabled: true,
  hints: true,
  trusted: true,
};

test("the status bar says what is going on", () => {
  assert.equal(shown(KNOWN).text, "$(eye) cwm-nano");
  assert.equal(shown({ ...KNOWN, document: undefined }).text, "$(eye) cwm-nano");
  const document = { uri: "", state: "predicting", message: "", loading: false } as const;
  assert.equal(shown({ ...KNOWN, document }).text, "$(sync~spin) cwm-nano: predicting");
  assert.equal(shown({ ...KNOWN, document: { ...document, loading: true } }).text, "$(sync~spin) cwm-nano: loading");
  assert.match(shown({ ...KNOWN, enabled: false }).text, /: off$/);
  assert.match(shown({ ...KNOWN, document: { ...document, state: "off" } }).text, /: off$/);
  const failed = shown({ ...KNOWN, server: "failed", reason: "it ended" });
  assert.equal(failed.tone, "error");
  assert.match(failed.tooltip, /it ended/);
  assert.equal(shown({ ...KNOWN, server: "missing" }).tone, "warning");
});

test("what a message holds is no Markdown", () => {
  const message = "line 1: `x` is [not](command:evil) <b>";
  const { tooltip } = shown({ ...KNOWN, document: { uri: "", state: "problem", message, loading: false } });
  assert.ok(!tooltip.includes("[not]("), tooltip);
  assert.ok(!tooltip.includes("<b>"), tooltip);
});

const commands = (known: Known): string[] =>
  menu(known)
    .flat()
    .map(({ command }) => command);

test("the menu offers what can be done now", () => {
  const all = commands(KNOWN);
  for (const wanted of [COMMANDS.toggleHints, COMMANDS.crossCheckHere, COMMANDS.openStepper, COMMANDS.restartServer]) {
    assert.ok(all.includes(wanted), wanted);
  }
  assert.ok(!all.includes(COMMANDS.cancelPredictions));
  assert.ok(!commands({ ...KNOWN, trusted: false }).includes(COMMANDS.crossCheckHere));
  const gone = commands({ ...KNOWN, server: "missing" });
  assert.equal(gone[0], COMMANDS.install);
  assert.ok(!gone.includes(COMMANDS.predictFunction) && gone.includes(COMMANDS.restartServer));
  const off = commands({ ...KNOWN, enabled: false });
  assert.ok(off.includes(COMMANDS.togglePredictions) && !off.includes(COMMANDS.toggleHints));
});

test("labels of the switches say what they will do", () => {
  const labels = (known: Known): string =>
    menu(known)
      .flat()
      .map(({ label }) => label)
      .join("\n");
  assert.match(labels(KNOWN), /Turn inlay hints off/);
  assert.match(labels({ ...KNOWN, hints: false }), /Turn inlay hints on/);
  assert.match(labels({ ...KNOWN, enabled: false }), /Turn predictions on/);
});

test("installing is offered where it would help", () => {
  const offered = (helps: boolean): string[] => remedies(helps).map(({ command }) => command);
  assert.ok(offered(true).includes(COMMANDS.install));
  assert.ok(!offered(false).includes(COMMANDS.install));
});

test("a server that ends is started again a few times, and that is said once", () => {
  let time = 0;
  const restarts = new Restarts(3, 1000, () => time);
  assert.deepEqual(restarts.ended(), { again: true, first: true });
  assert.deepEqual(restarts.ended(), { again: true, first: false });
  assert.deepEqual(restarts.ended(), { again: true, first: false });
  assert.equal(restarts.ended().again, false);
  time = 5000;
  assert.deepEqual(restarts.ended(), { again: true, first: true }, "after a while it may again");
  restarts.ended();
  restarts.clear();
  assert.deepEqual(restarts.ended(), { again: true, first: true }, "the user has started it");
});

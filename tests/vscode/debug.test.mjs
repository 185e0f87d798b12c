/** The debugger, as a user of VS Code sees it: F5 on "Predicted: current file", forwards and backwards. */

import assert from "node:assert/strict";
import { Debugging } from "./debugging.mjs";
import { inVSCode } from "./suite.mjs";
import { until } from "./until.mjs";

// Types tell how sure the model is of a value.
const test = inVSCode({ "debug.showVariableTypes": true, "debug.internalConsoleOptions": "neverOpen" });

test("F5 starts a predicted run; steps go forwards and back", "demo.py", async (window) => {
  const debug = new Debugging(window);
  await window.lineShows(20, "result = [2, None]");
  await debug.start();
  await until(
    async () => (await debug.buttons()).includes("step back") && (await debug.buttons()).includes("reverse"),
    async () => `both reverse buttons, but ${await debug.buttons()}`,
  );
  await debug.stoppedAt("<module>", 4);
  await window.page.keyboard.press("F10");
  await debug.stoppedAt("<module>", 10);
  await window.page.keyboard.press("F10");
  await debug.stoppedAt("<module>", 20);
  await window.page.keyboard.press("F11");
  await debug.stoppedAt("halve_all", 11);
  await debug.variable("numbers", "[4, 7]");
  await debug.press("step over");
  await debug.stoppedAt("halve_all", 12);
  await debug.variable("halves", "[]");
  await debug.press("step back");
  await debug.stoppedAt("halve_all", 11);
  await debug.stop();
});

test("breakpoints stop both ways, values stand in the text", "demo.py", async (window) => {
  const debug = new Debugging(window);
  await window.lineShows(20, "result = [2, None]");
  await window.goTo(16);
  await window.page.keyboard.press("F9");
  await debug.start();
  await debug.press("continue");
  await debug.stoppedAt("halve_all", 16);
  const row = await debug.variable("n", "7");
  assert.match(row, /^n.* int, \d+% sure .*7$/, "how sure the model is stands beside the value");
  await debug.variable("halves", "[2]");
  await window.lineShows(11, "halves = [2]");
  await debug.arrange();
  await window.picture("debug");
  await debug.press("step over");
  await debug.stoppedAt("halve_all", 12);
  await debug.variable("halves", "[2, None]");
  await debug.press("reverse");
  await debug.stoppedAt("halve_all", 16);
  await debug.variable("halves", "[2]");
  await debug.stop();
});

test("a data breakpoint stops where a variable changes", "demo.py", async (window) => {
  const debug = new Debugging(window);
  await window.lineShows(20, "result = [2, None]");
  await window.goTo(13);
  await window.page.keyboard.press("F9");
  await debug.start();
  await debug.press("continue");
  await debug.stoppedAt("halve_all", 13);
  await debug.variable("halves", "[]");
  await debug.variableMenu("halves", "Break on Value Change");
  await until(async () => (await debug.breakpoints()).some((row) => row.includes("halves")), "the data breakpoint");
  await debug.press("continue");
  await debug.stoppedAt("halve_all", 12);
  await debug.told("Paused on data breakpoint");
  await debug.variable("halves", "[2]");
  await window.lineShows(11, "halves = [2]");
  await debug.arrange();
  await window.picture("databreakpoint");
  await debug.press("reverse");
  await debug.variable("halves", "[]");
  await debug.stop();
});

/** What the language server shows, as a user of VS Code sees it, with the embedded model. */

import assert from "node:assert/strict";
import { inVSCode } from "./suite.mjs";
import { until } from "./until.mjs";

const test = inVSCode();

test("hints stand behind the lines, and the status bar names the model", "demo.py", async (window, context) => {
  await window.lineShows(20, "result = [2, None]");
  context.diagnostic(`first hints ${((performance.now() - window.asked) / 1000).toFixed(1)} s after the address was opened`);
  await window.lineShows(12, "n = 4, 7");
  await window.lineShows(6, "!! ValueError(7)");
  await window.lineShows(17, "-> [2, None]");
  await window.lensShows("all 2 turns");
  await window.ready();
  await window.picture("hints");
});

test("a hover shows the values of a name over the steps", "demo.py", async (window) => {
  await window.lineShows(17, "-> [2, None]");
  const shown = await window.hover(17, "halves", "[2, None]", "step", "sure");
  const rows = ["[]", "[2]", "[2, None]"].map((value) => shown.indexOf(value));
  assert.deepEqual(rows, rows.toSorted((a, b) => a - b), shown);
  assert.match(shown, /\d+%/, "how sure each is");
  await window.picture("hover", true);
  const whole = await window.hover(12, "n = 4, 7", "predicted, not run");
  assert.match(whole, /\d+%/, "a hint's own hover says how sure it is, too");
});

test("lenses: a turn of a loop is chosen, a function's call is predicted", "collatz.py", async (window) => {
  await window.lensShows("all 8 turns");
  await window.clickLens("next");
  await window.lensShows("turn 1 of 8");
  await window.lineShows(10, "n = 3");
  await window.clickLens("next");
  await window.lensShows("turn 2 of 8");
  await window.lineShows(12, "n = 10");
  await window.lineShows(9, "not taken");
  await window.picture("lens");
  await window.clickLens("previous");
  await window.clickLens("previous");
  await window.lensShows("all 8 turns");
  await window.openFile("demo.py");
  await window.clickLens("predict halve_all([4, 7])");
  await window.lensShows("predicted halve_all([4, 7])");
});

test("hints follow what is typed", "demo.py", async (window) => {
  await window.lineShows(20, "result = [2, None]");
  await window.goTo(20, 25);
  await window.page.keyboard.press("Backspace");
  await window.page.keyboard.type("8, 6");
  await window.lineShows(20, "halve_all([4, 8, 6])");
  await window.lineShows(20, "result = [2, 4, 3]");
  await window.lineShows(12, "n = 4, 8, 6");
  await window.linesLack("ValueError(7)");
  await window.lensShows("all 3 turns");
  assert.equal(await window.page.locator(".codicon-light-bulb:visible, .lightbulb-glyph:visible").count(), 0, "no noise");
  await window.picture("edit");
});

test("the off switch takes everything away at once, and the hints come back", "demo.py", async (window) => {
  await window.lineShows(20, "result = [2, None]");
  await window.command("neuraldbg: Turn Inlay Hints On or Off");
  await window.linesLack("result = [2, None]", "!! ValueError(7)", "n = 4, 7");
  await window.command("neuraldbg: Turn Inlay Hints On or Off");
  await window.lineShows(20, "result = [2, None]");
  await window.command("neuraldbg: Turn Predictions On or Off");
  await window.linesLack("result = [2, None]", "!! ValueError(7)", "n = 4, 7");
  await until(async () => (await window.lenses()).length === 0, "no lenses");
  await until(async () => (await window.status()).includes("off"), "the status bar says so");
  await window.command("neuraldbg: Turn Predictions On or Off");
  await window.lineShows(20, "result = [2, None]");
});

test("the status bar item opens a menu", "demo.py", async (window) => {
  await window.lineShows(20, "result = [2, None]");
  await window.ready();
  await window.statusItem().click();
  const wanted = ["Turn inlay hints off", "Debug this file, predicted", "Cross-check by a real run", "Restart the language server"];
  await until(
    async () => {
      const rows = await window.choices();
      return wanted.every((each) => rows.some((row) => row.includes(each)));
    },
    async () => `the menu, but ${JSON.stringify(await window.choices())}`,
  );
  await window.picture("menu");
});

test("a cross-check asks first, then shows where prediction and run part", "stats.py", async (window) => {
  await window.lensShows("cross-check");
  await window.lineShows(19, "-> ");
  const before = await window.line(19);
  await window.clickLens("cross-check", "predicted stats.py");
  await until(async () => (await window.question()).includes("Run stats.py for real?"), "the question");
  await window.press("Cancel");
  assert.equal(await window.line(19), before, "nothing was run");
  await window.clickLens("cross-check", "predicted stats.py");
  await until(async () => (await window.question()).includes("Run stats.py for real?"), "the question again");
  await window.press("Run It");
  await until(
    async () => (await window.notifications()).some((each) => each.includes("steps are right before the first difference")),
    async () => `the result, but ${await window.notifications()}`,
  );
  await window.command("View: Focus Problems");
  await until(
    async () => (await window.problems()).some((each) => each.includes("really 22.5")),
    async () => `the difference, but ${JSON.stringify([await window.problems(), await window.notifications()])}`,
  );
  await window.openProblem("really 22.5");
  await window.lensShows("predict middle([27, 18, 28, 18])");
  await window.picture("crosscheck");
});

/** The debugger's parts of the window: toolbar, call stack, variables, breakpoints. */

import { plain } from "./workbench.mjs";
import { until } from "./until.mjs";

const BUTTONS = {
  continue: "debug-continue",
  "step over": "debug-step-over",
  "step into": "debug-step-into",
  "step out": "debug-step-out",
  "step back": "debug-step-back",
  reverse: "debug-reverse-continue",
  restart: "debug-restart",
  stop: "debug-stop",
};

export class Debugging {
  constructor(workbench) {
    this.workbench = workbench;
    this.page = workbench.page;
  }

  /** F5, until it has stopped somewhere. */
  async start() {
    await this.page.keyboard.press("F5");
    await this.page.locator(".debug-toolbar:visible").waitFor();
    await this.page.keyboard.press("Control+Shift+D");
    await until(async () => (await this.stack()).length > 0, async () => `a call stack; ${await this.workbench.notifications()}`);
  }

  /** Makes room for the values: a wider side bar without what is watched and loaded. */
  async arrange() {
    for (const name of ["Watch", "Loaded Scripts"]) {
      const header = this.page.locator(".pane-header", { hasText: name }).first();
      if ((await header.getAttribute("aria-expanded")) === "true") await header.click();
    }
    const { x, width } = await this.page.locator(".part.sidebar").boundingBox();
    await this.page.mouse.move(x + width + 1, 300);
    await this.page.mouse.down();
    await this.page.mouse.move(x + width + 41, 300, { steps: 4 });
    await this.page.mouse.up();
  }

  /** Presses a button of the toolbar. */
  async press(name) {
    await this.page.locator(`.debug-toolbar .action-label.codicon-${BUTTONS[name]}`).click();
  }

  /** The buttons that the toolbar has and that can be pressed. */
  async buttons() {
    const classes = await this.page
      .locator(".debug-toolbar .action-item:not(.disabled) .action-label:not(.disabled)")
      .evaluateAll((found) => found.map((each) => each.className));
    return Object.keys(BUTTONS).filter((name) => classes.some((each) => each.includes(`codicon-${BUTTONS[name]}`)));
  }

  /** Ends the session. */
  async stop() {
    if (!(await this.page.locator(".debug-toolbar").isVisible())) return;
    await this.press("stop");
    await this.page.locator(".debug-toolbar").waitFor({ state: "hidden" });
  }

  /** Frames from the innermost: [function, line]. */
  async stack() {
    const frames = await this.page.locator(".debug-call-stack .stack-frame").evaluateAll((rows) =>
      rows.map((row) => [row.querySelector(".label")?.textContent, row.querySelector(".line-number")?.textContent]),
    );
    return frames.map(([name, line]) => [plain(name ?? ""), Number.parseInt(line ?? "", 10)]);
  }

  /** Waits until the innermost frame is there. */
  async stoppedAt(name, line) {
    await until(
      async () => {
        const [frame] = await this.stack();
        return frame && frame[0].includes(name) && frame[1] === line;
      },
      async () => `a stop in ${name} at line ${line}, but ${JSON.stringify(await this.stack())}`,
    );
  }

  /** Rows of the variables view, as they read. */
  async variables() {
    return (await this.page.locator(".debug-variables .monaco-list-row").allInnerTexts()).map((row) =>
      plain(row).replaceAll(/\s*\n\s*/g, " ").trim(),
    );
  }

  /** The row of a variable, once it has a value. */
  async variable(name, value) {
    return until(
      async () => (await this.variables()).find((row) => row.split(/[\s:=]/)[0] === name && row.endsWith(`= ${value}`)),
      async () => `${name} = ${value}, but ${JSON.stringify(await this.variables())}`,
    );
  }

  /** Chooses from the menu of a variable. */
  async variableMenu(name, item) {
    const row = this.page.locator(".debug-variables .monaco-list-row .expression", { hasText: name }).first();
    await row.click({ button: "right" });
    const entry = this.page.locator(".monaco-menu .action-item", { hasText: item }).first();
    await entry.waitFor();
    await until(async () => {
      if (!(await entry.isVisible())) return true;
      await entry.hover();
      await this.page.keyboard.press("Enter"); // a click that comes with the opening is passed over
      return false;
    }, `the end of the menu with ${item}`);
  }

  /** The rows of the breakpoints view. */
  async breakpoints() {
    return (await this.page.locator(".debug-breakpoints .monaco-list-row").allInnerTexts()).map((row) =>
      plain(row).replaceAll(/\s*\n\s*/g, " ").trim(),
    );
  }

  /** Waits until the reason of the stop is told, such as "Paused on step". */
  async told(text) {
    const body = this.page.locator(".debug-call-stack, .exception-widget, .debug-pane");
    await until(
      async () => (await body.allInnerTexts()).some((each) => plain(each).toLowerCase().includes(text.toLowerCase())),
      async () => `${text}, but ${JSON.stringify(await body.allInnerTexts())}`,
    );
  }
}

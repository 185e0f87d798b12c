/** VS Code's window as a user sees it: text that is there, things to click, keys to press. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { PICTURES, RESULTS } from "./folders.mjs";
import { browser } from "./install.mjs";
import { PATIENCE, until } from "./until.mjs";

/** Of the window; pictures of it are 1200 pixels wide. */
export const SIZE = { width: 1000, height: 640 };
const SCALE = 1.2;

export class Workbench {
  /** Opens a window of its own on a server, with a file of its workspace. */
  static async open(server, file) {
    const own = new Workbench();
    own.server = server;
    own.workspace = server.newWorkspace();
    own.messages = [];
    own.browser = await chromium.launch({ executablePath: browser(), args: ["--no-sandbox"] });
    const context = await own.browser.newContext({ viewport: SIZE, deviceScaleFactor: SCALE });
    own.page = await context.newPage();
    own.page.setDefaultTimeout(PATIENCE);
    own.page.on("console", (message) => own.messages.push(`${message.type()}: ${message.text()}`));
    own.asked = performance.now();
    try {
      await own.page.goto(server.url(own.workspace, file));
      await own.shows(file);
    } catch (error) {
      error.message += `\nkept: ${await own.keep(`window of ${file}`)}`;
      await own.close();
      throw error;
    }
    return own;
  }

  async close() {
    await this.browser?.close();
  }

  // -- the editor

  /** Opens another file of the workspace, by its name. */
  async openFile(name) {
    await this.page.keyboard.press("Control+P");
    await this.quickInput().fill(name);
    await this.focused(name).waitFor();
    await this.page.keyboard.press("Enter");
    await this.shows(name);
  }

  /** Waits until an editor shows a file with text in it. */
  async shows(name) {
    const tab = this.page.locator(".tabs-container .tab.active", { hasText: name });
    await tab.waitFor();
    await until(async () => (await this.lines()).size > 1, `the text of ${name}`);
  }

  /** Lines as they are drawn, hints included: number -> text. */
  async lines() {
    const rows = await this.page.evaluate(() => {
      const editor = document.querySelector(".editor-group-container.active .monaco-editor") ?? document;
      const top = (element) => Math.round(Number.parseFloat(element.style.top));
      const numbers = new Map();
      for (const row of editor.querySelectorAll(".margin-view-overlays > div")) {
        const number = row.querySelector(".line-numbers")?.textContent;
        if (number) numbers.set(top(row), Number(number));
      }
      return [...editor.querySelectorAll(".view-lines > .view-line")].map((row) => [
        numbers.get(top(row)),
        row.textContent,
      ]);
    });
    const found = rows.filter(([number]) => number !== undefined);
    return new Map(found.map(([number, text]) => [number, plain(text)]));
  }

  /** One line as it is drawn. */
  async line(number) {
    return (await this.lines()).get(number) ?? "";
  }

  /** Waits until a line shows a text, such as a hint. */
  async lineShows(number, text) {
    await until(
      async () => (await this.line(number)).includes(text),
      async () => `${JSON.stringify(text)} on line ${number}, but ${JSON.stringify([...(await this.lines())])}`,
    );
  }

  /** Waits until no line shows any of the texts. */
  async linesLack(...texts) {
    const left = async () => [...(await this.lines()).values()].filter((line) => texts.some((t) => line.includes(t)));
    await until(
      async () => (await left()).length === 0,
      async () => `lines without ${texts.join(" or ")}, but ${JSON.stringify(await left())}`,
    );
  }

  /** Puts the cursor at a line and column, both from 1. */
  async goTo(line, column = 1) {
    await this.page.keyboard.press("Control+G");
    await this.quickInput().fill(`:${line}:${column}`);
    await this.page.keyboard.press("Enter");
    await until(async () => (await this.status()).includes(`Ln ${line}, Col ${column}`), `the cursor at ${line}:${column}`);
  }

  /** Where a text of a line is drawn. */
  async placeOf(number, text) {
    return until(
      () =>
        this.page.evaluate(
          ([wanted, text]) => {
            const editor = document.querySelector(".editor-group-container.active .monaco-editor");
            const margin = [...editor.querySelectorAll(".margin-view-overlays > div")].find(
              (row) => row.querySelector(".line-numbers")?.textContent === String(wanted),
            );
            const row = [...editor.querySelectorAll(".view-lines > .view-line")].find(
              (each) => margin && Math.round(parseFloat(each.style.top)) === Math.round(parseFloat(margin.style.top)),
            );
            if (!row) return null;
            const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
            const parts = [];
            for (let node = walker.nextNode(); node; node = walker.nextNode()) parts.push(node);
            const whole = parts.map((node) => node.textContent).join("").replaceAll("\u00a0", " ");
            const start = whole.indexOf(text);
            if (start < 0) return null;
            const at = (offset) => {
              for (const node of parts) {
                if (offset <= node.length) return [node, offset];
                offset -= node.length;
              }
              return null;
            };
            const range = document.createRange();
            range.setStart(...at(start));
            range.setEnd(...at(start + text.length));
            const { x, y, width, height } = range.getBoundingClientRect();
            return { x: x + width / 2, y: y + height / 2, left: x, right: x + width };
          },
          [number, text],
        ),
      `${JSON.stringify(text)} on line ${number}`,
    );
  }

  /** Rests the mouse on a text of a line until the hover shows every one of the texts; what it shows. */
  async hover(number, text, ...expected) {
    const hover = this.page.locator(".monaco-hover:visible .hover-contents, .monaco-hover:visible .markdown-hover");
    await this.page.mouse.move(SIZE.width - 2, 2);
    await until(async () => (await hover.count()) === 0, "no hover");
    const place = await this.placeOf(number, text);
    let wiggle = 0;
    return until(
      async () => {
        const shown = (await hover.allInnerTexts()).map(plain).join("\n");
        if (shown && expected.every((each) => shown.includes(each)) && (await this.still(hover))) return shown;
        wiggle = (wiggle + 1) % 40;
        if (wiggle === 1) await this.page.mouse.move(SIZE.width - 2, 2);
        if (wiggle === 2) await this.page.mouse.move(place.x, place.y, { steps: 4 });
        return null;
      },
      async () => `a hover with ${expected.join(", ")}, but ${JSON.stringify(await hover.allInnerTexts())}`,
    );
  }

  /** Nothing of it is fading in any more. */
  async still(locator) {
    return locator.first().evaluate((element) => {
      const over = element.closest(".monaco-hover") ?? element;
      return over.getAnimations({ subtree: true }).every((each) => each.playState === "finished");
    });
  }

  /** Titles of the code lenses that are drawn, from top to bottom. */
  async lenses() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll(".editor-group-container.active .codelens-decoration")]
        .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
        .map((line) => line.textContent.replaceAll("\u00a0", " ").trim()),
    );
  }

  /** Waits for a line of lenses that has a text. */
  async lensShows(text) {
    await until(
      async () => (await this.lenses()).some((each) => each.includes(text)),
      async () => `a lens ${JSON.stringify(text)}, but ${JSON.stringify(await this.lenses())}`,
    );
  }

  /** Clicks the lens that has a text, in the line of lenses that has another. */
  async clickLens(text, beside = text) {
    const line = this.page.locator(".editor-group-container.active .codelens-decoration", { hasText: spaced(beside) });
    await line.first().locator("a", { hasText: spaced(text) }).first().click();
  }

  // -- commands, messages, the status bar

  quickInput() {
    return this.page.locator(".quick-input-widget:visible .quick-input-box input");
  }

  /** The item of a list of choices that Enter takes, if it has a text. */
  focused(text) {
    return this.page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row.focused", { hasText: text });
  }

  /** Items that a list of choices shows. */
  async choices() {
    const rows = this.page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row");
    return (await rows.allInnerTexts()).map(plain);
  }

  /** Picks the item of a list of choices that has a text. */
  async choose(text) {
    const rows = this.page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row", { hasText: text });
    await rows.first().click();
  }

  /** Carries out a command by its title. */
  async command(title) {
    await this.page.keyboard.press("F1");
    await this.quickInput().fill(`>${title}`);
    await this.focused(title).waitFor();
    await this.page.keyboard.press("Enter");
  }

  /** Text of the status bar. */
  async status() {
    return plain(await this.page.locator(".part.statusbar").innerText());
  }

  /** The item of this extension in the status bar. */
  statusItem() {
    return this.page.locator('.statusbar-item[id^="neuraldbg."]').first();
  }

  /** Waits until the status bar says that predictions are ready. */
  async ready() {
    await until(
      async () => /cwm-nano\s*$/.test(plain(await this.statusItem().innerText())),
      async () => `the model to be ready, but ${plain(await this.status())}`,
    );
  }

  /** Messages that stand in the corner. */
  async notifications() {
    return (await this.page.locator(".notification-list-item").allInnerTexts()).map(plain);
  }

  /** Clicks a button of a message in the corner or of a question in the middle. */
  async press(button) {
    const either = this.page.locator(".notification-list-item .monaco-button, .monaco-dialog-box .monaco-button", {
      hasText: new RegExp(`^\\s*${escaped(button)}\\s*$`),
    });
    await either.first().click();
    await either.first().waitFor({ state: "hidden" });
  }

  /** A question in the middle of the window. */
  async question() {
    return (await this.page.locator(".monaco-dialog-box").allInnerTexts()).map(plain).join("\n");
  }

  /** Rows of the view of problems. */
  async problems() {
    return (await this.page.locator(".markers-panel .monaco-list-row").allInnerTexts()).map(plain);
  }

  /** Goes to the place of a problem. */
  async openProblem(text) {
    await this.page.locator(".markers-panel .monaco-list-row", { hasText: text }).first().dblclick();
    await this.page.locator(".monaco-editor.focused").waitFor();
  }

  // -- pictures

  /**
   * Keeps a picture of the window.
   *
   * @param name of its file.
   * @param hovering leaves the mouse where it is.
   */
  async picture(name, hovering = false) {
    if (!hovering) {
      await this.page.mouse.move(SIZE.width / 2, SIZE.height - 2);
      await until(async () => (await this.page.locator(".monaco-hover:visible").count()) === 0, "no hover");
    }
    const folder = process.env.SCREENSHOTS ? PICTURES : join(RESULTS, "pictures");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled", caret: "initial" });
  }

  /** Keeps what explains a failure; says where. */
  async keep(name) {
    const folder = join(RESULTS, name.replaceAll(/[^\w]+/g, "-"));
    this.server.keepLogs(folder);
    const told = ["notifications:", ...(await this.notifications()), "console:", ...this.messages];
    writeFileSync(join(folder, "window.log"), `${told.join("\n")}\n`);
    await this.page.screenshot({ path: join(folder, "window.png") });
    return folder;
  }
}

/** Without the blanks that VS Code draws with. */
export function plain(text) {
  return text.replaceAll(/[\u00a0\u2007]/g, " ").replaceAll(/[\u200b-\u200f]/g, "");
}

/** A pattern for a text whose blanks may be drawn in several ways. */
function spaced(text) {
  return new RegExp(text.split(/\s+/).map(escaped).join("\\s+"));
}

function escaped(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** What the user can ask for, from the palette, the menus, the status bar, and by clicking lenses and actions. */

import { basename } from "node:path";
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import type { Server } from "./client";
import { adoptReal, start } from "./debug";
import { chooseInterpreter, install } from "./install";
import type { Interpreter } from "./interpreter";
import { menu } from "./menu";
import { ASKING_COMMANDS, COMMANDS, SECTION, SERVER_COMMANDS } from "./names";
import { type FunctionKnown, MODULE, type Overview, choose, exportName, isOverview, named, note } from "./overview";
import type { StatusBar } from "./status";
import { openStepper } from "./terminal";
import type { Trust } from "./trust";

type Execute = NonNullable<Middleware["executeCommand"]>;

export class Commands {
  server: Server | undefined;

  constructor(
    private readonly interpreter: Interpreter,
    private readonly status: StatusBar,
    private readonly trust: Trust,
    private readonly log: vscode.LogOutputChannel,
    private readonly folder: string,
    private readonly missing: () => Promise<void>,
  ) {}

  register(): vscode.Disposable[] {
    const table: Record<string, (...parts: never[]) => unknown> = {
      [COMMANDS.showMenu]: () => this.showMenu(),
      [COMMANDS.toggleHints]: () => this.toggleHints(),
      [COMMANDS.togglePredictions]: () => toggle("enable"),
      [COMMANDS.predictFile]: () => this.predictFile(),
      [COMMANDS.predictFunction]: () => this.predictFunction(),
      [COMMANDS.crossCheckHere]: () => this.about(SERVER_COMMANDS.crossCheck, "Cross-check", ({ run }) => run !== null),
      [COMMANDS.adoptHere]: () =>
        this.about(SERVER_COMMANDS.adopt, "Show the real values of", ({ run }) => run?.agrees === false),
      [COMMANDS.exportSteps]: () => this.about(SERVER_COMMANDS.export, "Export", ({ run }) => run !== null),
      [COMMANDS.openStepper]: () => this.stepper(),
      [COMMANDS.clearPredictions]: () => this.simple(SERVER_COMMANDS.clear),
      [COMMANDS.cancelPredictions]: () => this.simple(SERVER_COMMANDS.cancel),
      [COMMANDS.debugFile]: (uri?: vscode.Uri, call?: unknown) => this.debugFile(uri, call),
      [COMMANDS.debugFunction]: () => this.debugFunction(),
      [COMMANDS.adoptReal]: () => adoptReal(),
      [COMMANDS.restartServer]: () => {
        this.interpreter.forget();
        return this.server?.restart();
      },
      [COMMANDS.reloadModel]: () => this.run(SERVER_COMMANDS.restart),
      [COMMANDS.chooseInterpreter]: () => chooseInterpreter(),
      [COMMANDS.install]: () => install(this.interpreter, this.folder),
      [COMMANDS.showOutput]: () => {
        this.log.show();
      },
      [COMMANDS.openWalkthrough]: () =>
        vscode.commands.executeCommand("workbench.action.openWalkthrough", "neuraldbg.neuraldbg#start", false),
      [ASKING_COMMANDS.askForCall]: () => this.askForCall(),
      [ASKING_COMMANDS.pickTrace]: () => pickTrace(),
    };
    return Object.entries(table).map(([name, action]) => vscode.commands.registerCommand(name, action));
  }

  /** Between a click on a command of the server's and the server: asks what it needs, does what is left to do. */
  readonly execute: Execute = async (command, given, ask): Promise<unknown> => {
    const next = (name: string, parts: unknown[]): Promise<unknown> => Promise.resolve(ask(name, parts));
    const [uri, name = MODULE, ...more] = given as [string, string?, ...unknown[]];
    switch (command) {
      case SERVER_COMMANDS.crossCheck: {
        const file = vscode.Uri.parse(uri).fsPath;
        return (await this.trust.confirm(name === MODULE ? file : `${file}, ${name},`, file))
          ? next(command, given)
          : undefined;
      }
      case SERVER_COMMANDS.export:
        return more.length > 0
          ? next(command, given)
          : this.save(uri, name, (path) => next(command, [uri, name, path]));
      case SERVER_COMMANDS.stepper: {
        await saved(uri);
        const line = await next(command, given);
        if (Array.isArray(line)) await this.openTerminal(line.slice(1).map(String), vscode.Uri.parse(uri).fsPath);
        return line;
      }
      default:
        return next(command, given);
    }
  };

  /** What the server knows of a document; undefined where it does not know it (yet). */
  async overview(document: vscode.TextDocument, line = cursor(document)): Promise<Overview | undefined> {
    try {
      const answer = await this.server?.ask(SERVER_COMMANDS.overview, document.uri.toString(), line);
      return isOverview(answer) ? answer : undefined;
    } catch (error) {
      this.log.warn(`${SERVER_COMMANDS.overview}: ${String(error)}`);
      return undefined;
    }
  }

  // The menu and the switches

  private async showMenu(): Promise<void> {
    const items: (vscode.QuickPickItem & { command?: string; arguments?: readonly unknown[] })[] = [];
    for (const group of menu(this.status.known())) {
      if (items.length > 0) items.push({ label: "", kind: vscode.QuickPickItemKind.Separator });
      items.push(...group);
    }
    const answer = await vscode.window.showQuickPick(items, { title: "neuraldbg", placeHolder: "Predicted execution" });
    if (answer?.command) await vscode.commands.executeCommand(answer.command, ...(answer.arguments ?? []));
  }

  private async toggleHints(): Promise<void> {
    if (!(await toggle("hints.enable"))) return;
    const scope = { languageId: "python" };
    const editor = vscode.workspace.getConfiguration("editor", scope);
    if (editor.get<string>("inlayHints.enabled") !== "off") return;
    const on = "Turn Them On for Python";
    const answer = await vscode.window.showInformationMessage(
      "neuraldbg: VS Code shows no inlay hints at all (editor.inlayHints.enabled is off).",
      on,
    );
    if (answer === on) await editor.update("inlayHints.enabled", "on", vscode.ConfigurationTarget.Global, true);
  }

  // Predicting

  private async predictFile(): Promise<void> {
    const document = front();
    if (document) await this.run(SERVER_COMMANDS.predict, document.uri.toString());
  }

  private async predictFunction(): Promise<void> {
    const document = front();
    const call = document && (await this.askCall(document));
    if (document && call) await this.run(SERVER_COMMANDS.predict, document.uri.toString(), null, call);
  }

  private async askForCall(): Promise<string | undefined> {
    const document = front();
    return document && this.askCall(document);
  }

  /** Asks for a function, then for its call; the one that was chosen last stands there already. */
  private async askCall(document: vscode.TextDocument): Promise<string | undefined> {
    const overview = await this.overview(document);
    const choice = overview && choose(overview, (known) => known.function !== MODULE);
    const known = choice && (choice.picked ?? (await pick(choice.options, "Predict")));
    if (choice && !known && choice.options.length > 0) return undefined; // thought better of it
    const value = known?.call ?? "";
    const given = await vscode.window.showInputBox({
      title: known ? `Predict ${known.function}` : "Predict a call",
      prompt: "The call to follow, as it stands in Python. Nothing is run.",
      value,
      valueSelection: inside(value),
      placeHolder: "total([1, 2, 3])",
      validateInput: (text) => (/\w\s*\(.*\)\s*$/s.test(text) ? undefined : "Write a call, such as total([1, 2, 3])"),
    });
    return given?.trim();
  }

  // About a run

  /** Carries out a server's command about a run that the user chooses. */
  private async about(command: string, verb: string, wanted: (known: FunctionKnown) => boolean): Promise<void> {
    const document = front();
    if (!document) return;
    const overview = await this.overview(document);
    const choice = overview && choose(overview, wanted);
    if (!choice || choice.options.length === 0) {
      const which = command === SERVER_COMMANDS.adopt ? "a cross-check that found a difference" : "a prediction";
      void vscode.window.showInformationMessage(`neuraldbg: there is no ${which.slice(2)} in this file yet.`);
      return;
    }
    const known = choice.picked ?? (await pick(choice.options, verb));
    if (known) await this.run(command, document.uri.toString(), known.function);
  }

  private async save(uri: string, name: string, write: (path: string) => unknown): Promise<unknown> {
    const from = vscode.Uri.parse(uri);
    const folder = vscode.workspace.getWorkspaceFolder(from)?.uri ?? vscode.Uri.joinPath(from, "..");
    const file = exportName(from.path, name);
    const target = await vscode.window.showSaveDialog({
      title: "Export predicted steps",
      filters: { "Traces (JSON Lines)": ["jsonl"] },
      ...(from.scheme === "file" && { defaultUri: vscode.Uri.joinPath(folder, file) }),
    });
    if (!target) return undefined;
    const steps = await write(target.fsPath);
    if (steps === undefined || steps === null) return undefined; // the server has said what was wrong
    const open = "Open";
    const walk = "Walk Through It";
    void vscode.window
      .showInformationMessage(`neuraldbg: wrote ${basename(target.fsPath)}.`, open, walk)
      .then((answer) => {
        if (answer === open) void vscode.commands.executeCommand("vscode.open", target);
        if (answer === walk) void this.openTerminal(["step", target.fsPath], target.fsPath);
      });
    return steps;
  }

  private async stepper(): Promise<void> {
    const document = front();
    if (!document) return;
    if (!this.server?.running) {
      const uri = await saved(document.uri.toString());
      if (uri) await this.openTerminal(["step", uri.fsPath], uri.fsPath);
      return;
    }
    await this.about(SERVER_COMMANDS.stepper, "Open in the stepper", ({ run }) => run !== null);
  }

  private async openTerminal(words: readonly string[], file: string): Promise<void> {
    if (!(await openStepper(this.interpreter, words, file))) await this.missing();
  }

  private async simple(command: string): Promise<void> {
    const document = front();
    if (document) await this.run(command, document.uri.toString());
  }

  /** The way a click takes, so that what is asked before is asked here too. */
  private async run(command: string, ...parts: unknown[]): Promise<void> {
    if (!this.server?.running) {
      await this.missing();
      return;
    }
    await vscode.commands.executeCommand(command, ...parts);
  }

  // Debugging

  /** Menus hand over more than the file, which is no call. */
  private async debugFile(uri?: vscode.Uri, call?: unknown): Promise<void> {
    const document = uri ? await vscode.workspace.openTextDocument(uri) : front();
    if (document) await start(document, typeof call === "string" ? call : undefined);
  }

  private async debugFunction(): Promise<void> {
    const document = front();
    const call = document && (await this.askCall(document));
    if (document && call) await start(document, call);
  }
}

/** Line of the cursor in a document, 0 the first. */
function cursor(document: vscode.TextDocument): number {
  const editor = vscode.window.visibleTextEditors.find((each) => each.document === document);
  return editor?.selection.active.line ?? 0;
}

/** The Python document in front; says so if there is none. */
function front(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId === "python") return document;
  void vscode.window.showInformationMessage("neuraldbg: open a Python file first.");
  return undefined;
}

/** Saves a document that has changed: other programs read it from the disk. */
async function saved(uri: string): Promise<vscode.Uri | undefined> {
  const document = vscode.workspace.textDocuments.find(
    (each) => each.uri.toString() === vscode.Uri.parse(uri).toString(),
  );
  if (!document || !(document.isDirty || document.isUntitled)) return document?.uri;
  return vscode.workspace.save(document.uri);
}

/** Turns a setting over where it is set, else for the user; returns what it is then. */
async function toggle(name: string): Promise<boolean> {
  const document = vscode.window.activeTextEditor?.document;
  const set = vscode.workspace.getConfiguration(SECTION, document);
  const now = !set.get<boolean>(name, true);
  const inspected = set.inspect(name);
  const target =
    inspected?.workspaceFolderValue !== undefined
      ? vscode.ConfigurationTarget.WorkspaceFolder
      : inspected?.workspaceValue !== undefined
        ? vscode.ConfigurationTarget.Workspace
        : vscode.ConfigurationTarget.Global;
  await set.update(name, now, target);
  return now;
}

async function pick(options: readonly FunctionKnown[], verb: string): Promise<FunctionKnown | undefined> {
  const items = options.map((known) => ({ label: named(known), description: note(known), known }));
  return (await vscode.window.showQuickPick(items, { title: `${verb} which?`, matchOnDescription: true }))?.known;
}

async function pickTrace(): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: "A saved trace",
    openLabel: "Walk Through It",
    filters: { "Traces (JSON Lines)": ["jsonl"] },
  });
  return picked?.[0]?.fsPath;
}

/** What stands between the outer parentheses of a call: what one would change. */
function inside(call: string): [number, number] {
  const open = call.indexOf("(");
  return open < 0 ? [0, call.length] : [open + 1, Math.max(open + 1, call.lastIndexOf(")"))];
}

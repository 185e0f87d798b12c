/** Entry point: makes the parts, ties them together, starts the server. */

import * as vscode from "vscode";
import { Actions } from "./actions";
import { SELECTOR, Server } from "./client";
import { Commands } from "./commands";
import { registerDebugging } from "./debug";
import { Interpreter } from "./interpreter";
import { remedies } from "./menu";
import { StatusBar } from "./status";
import { tracing } from "./trace";
import { Trust } from "./trust";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("neuraldbg", { log: true });
  const listening: vscode.Disposable[] = context.subscriptions;
  // Programs are started in the extension's own folder: `python -c` would import what lies in the user's.
  const folder = context.extensionPath;
  const interpreter = new Interpreter(log, folder);
  const status = new StatusBar();
  const trust = new Trust();
  const missing = new Missing();
  const commands = new Commands(interpreter, status, trust, log, folder, async () => {
    missing.show(await interpreter.problem(), await installable(interpreter), true);
  });
  server = new Server(
    log,
    tracing(log, listening),
    folder,
    interpreter,
    status,
    commands.execute,
    (sentence, helps) => {
      missing.show(sentence, helps, false);
    },
  );
  commands.server = server;
  const debugging = registerDebugging(
    interpreter,
    folder,
    trust,
    async () => {
      missing.show(await interpreter.problem(), await installable(interpreter), true);
    },
    (document) => commands.overview(document),
  );
  const actions = vscode.languages.registerCodeActionsProvider(
    SELECTOR,
    new Actions((document, line) => commands.overview(document, line)),
    { providedCodeActionKinds: [vscode.CodeActionKind.Empty] },
  );
  listening.push(actions, log, interpreter, status, server, ...commands.register(), ...debugging);
  void server.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

async function installable(interpreter: Interpreter): Promise<boolean> {
  return (await interpreter.look()).findings.some((finding) => finding.installable);
}

/** Says what is missing, with the ways out; by itself only once for each thing that is missing. */
class Missing {
  private told = "";

  show(sentence: string, helps: boolean, asked: boolean): void {
    if (sentence === this.told && !asked) return;
    this.told = sentence;
    const entries = remedies(helps);
    const shown = vscode.window.showWarningMessage(
      sentence || "The language server is not running.",
      ...entries.map(({ label }) => label),
    );
    void shown.then((answer) => {
      const entry = entries.find(({ label }) => label === answer);
      if (entry) void vscode.commands.executeCommand(entry.command);
    });
  }
}

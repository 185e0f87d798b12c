/** Programs in VS Code's terminal. */

import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import { type Interpreter, modelChoice } from "./interpreter";
import { modelOptions } from "./settings";

/**
 * Opens the stepper in a terminal of its own; no shell reads the words.
 *
 * @param words behind `neuraldbg`, beginning with `step`.
 * @param file whose folder it starts in.
 */
export async function openStepper(interpreter: Interpreter, words: readonly string[], file: string): Promise<boolean> {
  const [subcommand = "step", ...rest] = words;
  const command = await interpreter.command(subcommand);
  if (!command) return false;
  const [program = "", ...first] = command;
  vscode.window
    .createTerminal({
      name: `neuraldbg: ${basename(file)}`,
      location: vscode.TerminalLocation.Editor, // it fills a screen; the panel is low
      shellPath: program,
      shellArgs: [...first, ...modelOptions(modelChoice()), ...rest],
      cwd: dirname(file),
      iconPath: new vscode.ThemeIcon("debug-alt"),
      isTransient: true,
    })
    .show();
  return true;
}

/** Runs a program in a terminal that stays open when it ends; resolves with its exit code. */
export async function runTask(name: string, command: readonly string[], cwd: string): Promise<number | undefined> {
  const [program = "", ...words] = command;
  const task = new vscode.Task(
    { type: "process" },
    vscode.workspace.workspaceFolders ? vscode.TaskScope.Workspace : vscode.TaskScope.Global,
    name,
    "neuraldbg",
    new vscode.ProcessExecution(program, words, { cwd }),
  );
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, focus: false, clear: true };
  const execution = await vscode.tasks.executeTask(task);
  return new Promise((done) => {
    const listening = vscode.tasks.onDidEndTaskProcess((event) => {
      if (event.execution !== execution) return;
      listening.dispose();
      done(event.exitCode);
    });
  });
}

/** Choosing the Python that has neuraldbg, and putting it there; not without a yes to the very command. */

import * as vscode from "vscode";
import { SECTION } from "./names";
import type { Interpreter } from "./interpreter";
import { installCommand, isPlainName, type Source } from "./pip";
import { runTask } from "./terminal";

/** Asks for an interpreter and keeps it in the settings. */
export async function chooseInterpreter(): Promise<string | undefined> {
  const set = vscode.workspace.getConfiguration(SECTION);
  const find = { label: "$(folder-opened) Browse...", description: "the program python3 or python of an environment" };
  const automatic = {
    label: "$(search) Find it",
    description: "Python extension, .venv, PATH",
    detail: "Empties the setting neuraldbg.interpreter.",
  };
  const select = { label: "$(snake) Use the Python extension's choice", description: "Python: Select Interpreter" };
  const withPython = vscode.extensions.getExtension("ms-python.python") !== undefined;
  const answer = await vscode.window.showQuickPick(withPython ? [find, select, automatic] : [find, automatic], {
    title: "The Python that has neuraldbg",
    placeHolder: set.get<string>("interpreter") || "found by itself",
  });
  if (!answer) return undefined;
  const target = vscode.workspace.workspaceFolders?.length
    ? vscode.ConfigurationTarget.Workspace
    : vscode.ConfigurationTarget.Global;
  if (answer === find) {
    const picked = await vscode.window.showOpenDialog({ title: "Python interpreter", openLabel: "Use This Python" });
    const path = picked?.[0]?.fsPath;
    if (path) await set.update("interpreter", path, target);
    return path;
  }
  await set.update("interpreter", undefined, target);
  if (answer === select) await vscode.commands.executeCommand("python.setInterpreter");
  return undefined;
}

/** Installs neuraldbg into the interpreter that was looked at first, from where the user says. */
export async function install(interpreter: Interpreter, folder: string): Promise<void> {
  const { findings } = await interpreter.look();
  const python = findings.find(({ candidate }) => candidate.python !== undefined)?.candidate.python;
  if (!python) {
    const choose = "Choose Interpreter...";
    const answer = await vscode.window.showWarningMessage(
      "neuraldbg: choose the Python to install into first.",
      choose,
    );
    if (answer === choose) await chooseInterpreter();
    return;
  }
  const source = await askSource();
  if (!source) return;
  const command = installCommand(python, source);
  const yes = "Install";
  const agreed = await vscode.window.showWarningMessage(
    "Install neuraldbg into this Python?",
    {
      modal: true,
      detail:
        `${command.join(" ")}\n\nThis changes the environment of ${python}; ` +
        "pip fetches what neuraldbg needs (torch among it, which is large).",
    },
    yes,
  );
  if (agreed !== yes) return;
  const code = await runTask("install", command, folder);
  if (code === 0) {
    interpreter.again();
    const { found } = await interpreter.look(); // what is still missing is said by whoever needs it
    if (found) void vscode.window.showInformationMessage(`neuraldbg ${found.version} is installed in ${python}.`);
  } else {
    void vscode.window.showErrorMessage(`neuraldbg: pip failed (exit code ${code ?? "unknown"}); the terminal says why.`);
  }
}

async function askSource(): Promise<Source | undefined> {
  const browseFolder = { label: "$(repo) A folder with neuraldbg's source...", from: "folder" as const };
  const browseWheel = { label: "$(package) A wheel...", from: "wheel" as const };
  const type = { label: "$(link) An address or a name, as pip takes it...", from: "text" as const };
  const answer = await vscode.window.showQuickPick([browseFolder, browseWheel, type], {
    title: "Where neuraldbg comes from",
  });
  if (!answer) return undefined;
  if (answer.from === "text") {
    const text = await vscode.window.showInputBox({
      title: "What pip installs",
      placeHolder: "git+https://... , https://.../neuraldbg-0.1.0-py3-none-any.whl",
      validateInput: (given) =>
        isPlainName(given.trim())
          ? {
              message: "A name alone is looked up in pip's index: be sure whose it is.",
              severity: vscode.InputBoxValidationSeverity.Warning,
            }
          : undefined,
    });
    return text?.trim() ? { kind: "text", value: text.trim() } : undefined;
  }
  const folder = answer.from === "folder";
  const picked = await vscode.window.showOpenDialog({
    canSelectFolders: folder,
    canSelectFiles: !folder,
    openLabel: "Install This",
    ...(!folder && { filters: { Wheels: ["whl"] } }),
  });
  const value = picked?.[0]?.fsPath;
  return value ? { kind: answer.from, value } : undefined;
}

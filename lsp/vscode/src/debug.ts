/** The debug type: which process serves a session, what a configuration is filled in with, what is asked first. */

import * as vscode from "vscode";
import { ADOPT_REQUEST, DEBUG_TYPE } from "./names";
import { type Interpreter, modelChoice } from "./interpreter";
import { type Configuration, comparing, fill, offered, ofCall, currentFile, refusal } from "./launch";
import type { Overview } from "./overview";
import type { Trust } from "./trust";

/** Starts `neuraldbg dap` with the interpreter that the language server has. */
class Adapters implements vscode.DebugAdapterDescriptorFactory {
  constructor(
    private readonly interpreter: Interpreter,
    private readonly folder: string,
  ) {}

  async createDebugAdapterDescriptor(): Promise<vscode.DebugAdapterDescriptor> {
    const command = await this.interpreter.command("dap", modelChoice());
    if (!command) throw new Error(await this.interpreter.problem());
    const [program = "", ...words] = command;
    return new vscode.DebugAdapterExecutable(program, words, { cwd: this.folder });
  }
}

class Configurations implements vscode.DebugConfigurationProvider {
  constructor(
    private readonly interpreter: Interpreter,
    private readonly trust: Trust,
    private readonly missing: () => Promise<void>,
  ) {}

  resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration | undefined {
    const document = vscode.window.activeTextEditor?.document;
    const filled = fill(given, document?.languageId);
    if (!filled) {
      void vscode.window.showInformationMessage("neuraldbg: open the Python file to predict, then start again.");
      return undefined;
    }
    return { ...(folder && { cwd: folder.uri.fsPath }), ...filled };
  }

  /** What needs the values of variables: asks before a program is run, says what is missing. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const refused = this.trust.trusted ? "" : refusal(configuration);
    if (refused) {
      await this.trust.refuse(refused);
      return undefined;
    }
    if (!(await this.interpreter.look()).found) {
      await this.missing();
      return undefined;
    }
    if (comparing(configuration)) {
      const file = String(configuration["program"] ?? configuration["trace"] ?? "");
      if (!(await this.trust.confirm(String(configuration["call"] ?? file), file))) return undefined;
    }
    return configuration;
  }
}

/** Offers the file in front and its known calls, where there is no launch.json. */
class Offers implements vscode.DebugConfigurationProvider {
  constructor(private readonly overview: (document: vscode.TextDocument) => Promise<Overview | undefined>) {}

  async provideDebugConfigurations(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.DebugConfiguration[]> {
    // VS Code asks for each folder and once for none; the same list twice helps nobody
    if (!folder && vscode.workspace.workspaceFolders?.length) return [];
    const document = vscode.window.activeTextEditor?.document;
    const known = document?.languageId === "python" ? await this.overview(document) : undefined;
    return offered((known?.functions ?? []).map(({ call }) => call).filter((call) => call !== ""));
  }
}

/** Notices when a session stops where the real run differs: then the real step can be taken. */
class Divergences implements vscode.DebugAdapterTrackerFactory {
  createDebugAdapterTracker(): vscode.DebugAdapterTracker {
    return {
      onDidSendMessage: (message: { type?: string; event?: string; body?: { reason?: string } }) => {
        if (message.type !== "event" || !["stopped", "continued", "terminated"].includes(message.event ?? "")) return;
        const diverged = message.event === "stopped" && message.body?.reason === "divergence";
        void vscode.commands.executeCommand("setContext", "neuraldbg.diverged", diverged);
      },
      onExit: () => void vscode.commands.executeCommand("setContext", "neuraldbg.diverged", false),
    };
  }
}

export function registerDebugging(
  interpreter: Interpreter,
  folder: string,
  trust: Trust,
  missing: () => Promise<void>,
  overview: (document: vscode.TextDocument) => Promise<Overview | undefined>,
): vscode.Disposable[] {
  const dynamic = vscode.DebugConfigurationProviderTriggerKind.Dynamic;
  return [
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, new Adapters(interpreter, folder)),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new Configurations(interpreter, trust, missing)),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new Offers(overview), dynamic),
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, new Divergences()),
  ];
}

/** Starts a session over a file, or a call of one of its functions. */
export async function start(document: vscode.TextDocument, call?: string): Promise<void> {
  // A file that has never been saved gets its name by saving, and another document then.
  const uri = document.isUntitled || document.isDirty ? await vscode.workspace.save(document.uri) : document.uri;
  if (!uri) return;
  const configuration: Configuration = call === undefined ? currentFile(uri.fsPath) : ofCall(call, uri.fsPath);
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), configuration);
}

/** Takes the real step for the predicted one, where a session has stopped at a difference. */
export async function adoptReal(): Promise<void> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== DEBUG_TYPE) {
    void vscode.window.showInformationMessage("neuraldbg: no predicted debug session is stopped at a difference.");
    return;
  }
  try {
    await session.customRequest(ADOPT_REQUEST);
  } catch (error) {
    void vscode.window.showWarningMessage(`neuraldbg: ${error instanceof Error ? error.message : String(error)}`);
  }
}

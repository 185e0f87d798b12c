/** The status bar item: which model, and what it is doing for the file in front. */

import * as vscode from "vscode";
import { COMMANDS, SECTION } from "./names";
import { modelChoice } from "./interpreter";
import { modelName } from "./settings";
import { type Known, type ServerState, type Status, shown } from "./state";

const COLOURS = {
  plain: undefined,
  warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
  error: new vscode.ThemeColor("statusBarItem.errorBackground"),
};

export class StatusBar implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly documents = new Map<string, Status>();
  private readonly listening: vscode.Disposable[];
  private server: ServerState = "searching";
  private reason = "";
  private version = "";

  constructor() {
    this.item = vscode.window.createStatusBarItem("neuraldbg.status", vscode.StatusBarAlignment.Right, 90);
    this.item.name = "neuraldbg";
    this.item.command = COMMANDS.showMenu;
    const draw = (): void => {
      this.draw();
    };
    this.listening = [
      this.item,
      vscode.window.onDidChangeActiveTextEditor(draw),
      vscode.workspace.onDidGrantWorkspaceTrust(draw),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(SECTION)) draw();
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.documents.delete(document.uri.toString())),
    ];
    this.draw();
  }

  dispose(): void {
    for (const each of this.listening) each.dispose();
  }

  /** The server is in another state; a new one knows no documents. */
  serverIs(state: ServerState, reason = "", version = this.version): void {
    if (state !== "running") this.documents.clear();
    this.server = state;
    this.reason = reason;
    this.version = version;
    void vscode.commands.executeCommand("setContext", "neuraldbg.running", state === "running");
    this.draw();
  }

  /** The server tells how a document is doing. */
  documentIs(status: Status): void {
    this.documents.set(vscode.Uri.parse(status.uri).toString(), status);
    if (status.state === "ready") void vscode.commands.executeCommand("setContext", "neuraldbg.predicted", true);
    this.draw();
  }

  /** What is known about the file in front. */
  known(): Known {
    const document = vscode.window.activeTextEditor?.document;
    const set = vscode.workspace.getConfiguration(SECTION, document);
    return {
      server: this.server,
      reason: this.reason,
      version: this.version,
      model: modelName(modelChoice()),
      document: document && this.documents.get(owner(document).toString()),
      enabled: set.get<boolean>("enable", true),
      hints: set.get<boolean>("hints.enable", true),
      trusted: vscode.workspace.isTrusted,
    };
  }

  private draw(): void {
    if (vscode.window.activeTextEditor?.document.languageId !== "python") {
      this.item.hide();
      return;
    }
    const { text, tooltip, tone, spoken } = shown(this.known());
    this.item.text = text;
    this.item.tooltip = new vscode.MarkdownString(tooltip);
    this.item.backgroundColor = COLOURS[tone];
    this.item.accessibilityInformation = { label: spoken, role: "button" };
    this.item.show();
  }
}

/** The server speaks of a notebook as one document. */
function owner(document: vscode.TextDocument): vscode.Uri {
  const notebook = vscode.workspace.notebookDocuments.find((each) =>
    each.getCells().some((cell) => cell.document === document),
  );
  return notebook?.uri ?? document.uri;
}

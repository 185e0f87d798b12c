/** Code actions that only an editor can carry out: the server offers the others. */

import * as vscode from "vscode";
import { COMMANDS, SERVER_COMMANDS } from "./names";
import { type Overview, MODULE } from "./overview";

export class Actions implements vscode.CodeActionProvider {
  constructor(
    private readonly overview: (document: vscode.TextDocument, line: number) => Promise<Overview | undefined>,
  ) {}

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    // Asked without the user's doing: a light bulb on every line would be noise.
    if (context.triggerKind === vscode.CodeActionTriggerKind.Automatic) return [];
    const overview = await this.overview(document, range.start.line);
    const known = overview?.functions.find((each) => each.function === overview.here);
    if (!known) return [];
    const uri = document.uri.toString();
    const asked =
      known.function === MODULE ? [] : [action(`Predict a call of ${known.function}...`, COMMANDS.predictFunction)];
    // a function without a call of its own is seen in the run of the file
    const shown = known.run ? known : overview?.functions.find((each) => each.function === MODULE && each.run);
    if (!shown?.run) return asked;
    const { title, call } = shown.run;
    return [
      ...asked,
      action(`Debug ${title}, predicted`, COMMANDS.debugFile, document.uri, call ?? undefined),
      action(`Open ${title} in the stepper`, SERVER_COMMANDS.stepper, uri, shown.function),
      action(`Export the steps of ${title}...`, SERVER_COMMANDS.export, uri, shown.function),
    ];
  }
}

function action(title: string, command: string, ...parts: unknown[]): vscode.CodeAction {
  const made = new vscode.CodeAction(title, vscode.CodeActionKind.Empty);
  made.command = { title, command, arguments: parts };
  return made;
}

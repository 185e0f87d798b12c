/** Asking before a program is run for real. */

import { basename } from "node:path";
import * as vscode from "vscode";

const RUN = "Run It";
const RUN_ALWAYS = "Run It, and Don't Ask Again in This Window";

export class Trust {
  private agreed = false;

  get trusted(): boolean {
    return vscode.workspace.isTrusted;
  }

  /**
   * Asks whether a program may be run; refuses in a workspace that is not trusted.
   *
   * @param what is run, as the user knows it.
   * @param file it is in.
   */
  async confirm(what: string, file: string): Promise<boolean> {
    if (!this.trusted) {
      await this.refuse("This would run the program, and this workspace is not trusted.");
      return false;
    }
    if (this.agreed) return true;
    const detail =
      `${what} will be executed by Python, in a process of its own with limits of time and memory. ` +
      "It can do whatever it does when you run it yourself: change files, use the network. " +
      "Nothing is run unless you ask for it.";
    const message = `Run ${basename(file)} for real?`;
    const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, RUN, RUN_ALWAYS);
    this.agreed = answer === RUN_ALWAYS;
    return answer !== undefined;
  }

  async refuse(message: string): Promise<void> {
    const manage = "Manage Workspace Trust";
    const answer = await vscode.window.showWarningMessage(`neuraldbg: ${message}`, manage);
    if (answer === manage) await vscode.commands.executeCommand("workbench.trust.manage");
  }
}

/** The output that the language client traces to: `neuraldbg.trace.server` turns tracing on, whatever the log level. */

import * as vscode from "vscode";
import { SECTION } from "./names";

function wanted(): boolean {
  return vscode.workspace.getConfiguration(SECTION).get<string>("trace.server", "off") !== "off";
}

/**
 * The client traces only where the channel's level is Trace, and VS Code keeps that level to itself; so it is shown a
 * channel whose level follows the setting too, and what it traces is then written as information.
 */
export function tracing(channel: vscode.LogOutputChannel, listening: vscode.Disposable[]): vscode.LogOutputChannel {
  const level = (): vscode.LogLevel => (wanted() ? vscode.LogLevel.Trace : channel.logLevel);
  const changed = new vscode.EventEmitter<vscode.LogLevel>();
  const tell = (): void => {
    changed.fire(level());
  };
  listening.push(
    changed,
    channel.onDidChangeLogLevel(tell),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.trace.server`)) tell();
    }),
  );
  const trace = (message: string, ...more: unknown[]): void => {
    if (wanted() && channel.logLevel > vscode.LogLevel.Trace) channel.info(message, ...more);
    else channel.trace(message, ...more);
  };
  return new Proxy(channel, {
    get(target, name) {
      if (name === "logLevel") return level();
      if (name === "onDidChangeLogLevel") return changed.event;
      if (name === "trace") return trace;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value as (...all: unknown[]) => unknown).bind(target) : value;
    },
  });
}

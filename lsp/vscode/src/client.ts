/** The language server's process: started, started again when it ends by itself, stopped. */

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type InitializeParams,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
  State,
} from "vscode-languageclient/node";
import { LAUNCH_SETTINGS, SECTION, STATUS_NOTIFICATION } from "./names";
import { type Interpreter, modelChoice } from "./interpreter";
import { Restarts } from "./restarts";
import { serverSettings } from "./settings";
import type { Status } from "./state";
import type { StatusBar } from "./status";

/** Documents that are predicted. */
export const SELECTOR = [
  { scheme: "file", language: "python" },
  { scheme: "untitled", language: "python" },
  { scheme: "vscode-notebook-cell", language: "python" },
];

/** Debug types whose extensions bring inline values of their own. */
const OWN_INLINE_VALUES = new Set(["python", "debugpy"]);

class Client extends LanguageClient {
  /** Its errors go to the output; what the user is told is said once, in {@link Server}. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  /** Asks the server for its status. */
  protected override fillInitializeParams(params: InitializeParams): void {
    super.fillInitializeParams(params);
    const asked: unknown = params.capabilities.experimental;
    params.capabilities.experimental = { ...(asked as object | undefined), neuraldbgStatus: true };
  }
}

type Execute = NonNullable<Middleware["executeCommand"]>;

export class Server implements vscode.Disposable {
  private client: Client | undefined;
  private readonly restarts = new Restarts();
  private readonly listening: vscode.Disposable[] = [];
  private work: Promise<void> = Promise.resolve();
  private lastWords = ""; // of the server, on stderr
  private started = ""; // its command line

  /**
   * @param trace where messages are traced to.
   * @param execute stands between a click and the server's commands.
   * @param missing tells the user what is missing.
   */
  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly trace: vscode.LogOutputChannel,
    private readonly folder: string,
    private readonly interpreter: Interpreter,
    private readonly status: StatusBar,
    private readonly execute: Execute,
    private readonly missing: (sentence: string, installable: boolean) => void,
  ) {
    this.listening.push(
      interpreter.onDidChange(() => void this.follow()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.tellSettings();
        interpreter.again();
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (LAUNCH_SETTINGS.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))) interpreter.again();
      }),
    );
  }

  dispose(): void {
    for (const each of this.listening) each.dispose();
  }

  get running(): boolean {
    return this.client?.state === State.Running;
  }

  /** Something else may be found now; if it is what runs, nothing is done. */
  private async follow(): Promise<void> {
    const command = await this.interpreter.command("lsp", modelChoice());
    await this.work;
    if (!this.running || command?.join("\0") !== this.started) await this.restart();
  }

  /** Starts, or starts again with what is found now. */
  restart(): Promise<void> {
    this.restarts.clear();
    this.work = this.work.then(async () => {
      await this.end();
      await this.begin();
    });
    return this.work;
  }

  /** Ends the process. */
  stop(): Promise<void> {
    this.work = this.work.then(() => this.end());
    return this.work;
  }

  /** The result of one of the server's commands, without what stands before it for clicks. */
  async ask<Answer>(command: string, ...parts: unknown[]): Promise<Answer | undefined> {
    await this.work;
    if (!this.client || !this.running) return undefined;
    return this.client.sendRequest<Answer>("workspace/executeCommand", { command, arguments: parts });
  }

  private async begin(): Promise<void> {
    this.status.serverIs("searching");
    const { found, findings } = await this.interpreter.look();
    const command = await this.interpreter.command("lsp", modelChoice());
    if (!found || !command) {
      const sentence = await this.interpreter.problem();
      this.log.warn(sentence);
      this.status.serverIs("missing", sentence, "");
      this.missing(
        sentence,
        findings.some((finding) => finding.installable),
      );
      return;
    }
    this.status.serverIs("starting", "", found.version);
    this.log.info(`starting ${command.join(" ")}`);
    this.started = command.join("\0");
    const [program = "", ...words] = command;
    const options = { cwd: this.folder, env: { ...process.env } };
    const client = new Client(SECTION, "neuraldbg", { command: program, args: words, options }, this.options());
    this.client = client;
    this.lastWords = "";
    client.onNotification(STATUS_NOTIFICATION, (status: Status) => {
      this.status.documentIs(status);
    });
    client.onDidChangeState(({ newState }) => {
      if (this.client === client && newState === State.Running) this.status.serverIs("running");
      if (this.client === client && newState === State.Starting) this.status.serverIs("starting");
    });
    try {
      await client.start();
    } catch (error) {
      const reason = this.lastWords || (error instanceof Error ? error.message : String(error));
      this.failed(`The language server could not be started: ${reason}`);
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (!client) return;
    this.status.serverIs("stopped");
    if (client.needsStop())
      await client.stop().catch((error: unknown) => {
        this.log.warn(`stopping: ${String(error)}`);
      });
    await client.dispose().catch((error: unknown) => {
      this.log.debug(`disposing: ${String(error)}`);
    });
  }

  private failed(sentence: string): void {
    this.log.error(sentence);
    this.status.serverIs("failed", sentence);
    const again = "Restart";
    const output = "Show Output";
    void vscode.window.showErrorMessage(`neuraldbg: ${sentence}`, again, output).then((answer) => {
      if (answer === again) void this.restart();
      if (answer === output) this.log.show();
    });
  }

  private tellSettings(): void {
    if (!this.client || !this.running) return;
    void this.client.sendNotification("workspace/didChangeConfiguration", { settings: null });
  }

  private options(): LanguageClientOptions {
    let ran = false;
    return {
      documentSelector: SELECTOR,
      outputChannel: this.log,
      traceOutputChannel: this.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      stdioOptions: {
        stdout: (input) => {
          lines(input, (line) => {
            this.log.info(line);
          });
        },
        stderr: (input) => {
          lines(input, (line) => {
            this.lastWords = line || this.lastWords;
            this.log.warn(line);
          });
        },
      },
      initializationOptions: () => ({ trusted: vscode.workspace.isTrusted }),
      initializationFailedHandler: (error) => {
        this.log.error(`the language server did not answer: ${String(error)}`);
        return false;
      },
      errorHandler: {
        error: (error, _message, count) => {
          this.log.warn(`connection: ${error.message}`);
          return { action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true };
        },
        closed: () => {
          ran ||= this.running;
          return this.ended(ran);
        },
      },
      middleware: {
        executeCommand: this.execute,
        provideInlineValues: (document, view, context, token, next) =>
          OWN_INLINE_VALUES.has(vscode.debug.activeDebugSession?.type ?? "")
            ? []
            : next(document, view, context, token),
        workspace: {
          configuration: (params, token, next) =>
            Promise.all(
              params.items.map(async (item) => {
                if (item.section !== SECTION) return one(await next({ items: [item] }, token));
                const uri = item.scopeUri ? vscode.Uri.parse(item.scopeUri) : undefined;
                const scope = { languageId: "python", ...(uri && { uri }) };
                const set = vscode.workspace.getConfiguration(SECTION, scope);
                return serverSettings((name) => set.inspect(name), vscode.workspace.isTrusted);
              }),
            ),
          // what has changed is asked for, by document
          didChangeConfiguration: (_sections, next) => next(undefined),
        },
      },
    };
  }

  /** The server ended without being told to. */
  private ended(ran: boolean): { action: CloseAction; handled: boolean } {
    const { again, first } = this.restarts.ended();
    if (ran && again) {
      const sentence = "The language server ended by itself and is started again.";
      this.log.warn(sentence);
      if (first) {
        const output = "Show Output";
        void vscode.window.showWarningMessage(`neuraldbg: ${sentence}`, output).then((answer) => {
          if (answer === output) this.log.show();
        });
      }
      return { action: CloseAction.Restart, handled: true };
    }
    if (ran) {
      this.failed("The language server ended by itself again and again, and is left alone now.");
    } else {
      this.log.error("the language server ended before it answered"); // whoever started it hears of it
    }
    return { action: CloseAction.DoNotRestart, handled: true };
  }
}

function lines(input: Readable, take: (line: string) => void): void {
  createInterface({ input, crlfDelay: Infinity, terminal: false }).on("line", take);
}

function one(answer: unknown): unknown {
  return Array.isArray(answer) ? (answer as unknown[])[0] : null;
}

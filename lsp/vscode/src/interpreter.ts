/** Finds the Python that has neuraldbg, and follows the settings and the Python extension when they change. */

import * as vscode from "vscode";
import { SECTION } from "./names";
import { type Finding, missing, probe, search } from "./probe";
import { candidates, isProgram } from "./search";
import { type ModelChoice, modelOptions } from "./settings";

/** The part of the Python extension's interface that is used (its package @vscode/python-extension). */
interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(
      path: unknown,
    ): Promise<{ readonly executable: { readonly uri?: vscode.Uri | undefined } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

const PYTHON = "ms-python.python";

export function modelChoice(): ModelChoice {
  const set = vscode.workspace.getConfiguration(SECTION);
  const text = (name: string): string => set.get<string>(name, "").trim();
  return { model: text("model"), server: text("server"), device: text("device"), quantize: text("quantize"), calculate: set.get<boolean>("calculate", true) };
}

export class Interpreter implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly listening: vscode.Disposable[] = [];
  private looking: Promise<{ found?: Finding; findings: Finding[] }> | undefined;
  private following = false;

  /** What may be found has changed. */
  readonly onDidChange = this.changed.event;

  /**
   * @param folder where programs are started: one that holds nothing that Python would import.
   */
  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly folder: string,
  ) {
    this.listening.push(
      this.changed,
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.again();
      }),
    );
  }

  dispose(): void {
    for (const each of this.listening) each.dispose();
  }

  /** Looks again at the next use. */
  forget(): void {
    this.looking = undefined;
  }

  /** Looks again, and tells those who use what was found. */
  again(): void {
    this.forget();
    this.changed.fire();
  }

  /** Looks once; whoever asks meanwhile gets the same answer. */
  look(): Promise<{ found?: Finding; findings: Finding[] }> {
    this.looking ??= this.search();
    return this.looking;
  }

  /** The command line of a subcommand such as `lsp`; undefined where there is no neuraldbg. */
  async command(subcommand: string, choice?: ModelChoice): Promise<string[] | undefined> {
    const { found } = await this.look();
    if (!found) return undefined;
    return [...found.candidate.command, subcommand, ...(choice ? modelOptions(choice) : [])];
  }

  /** What is missing, in one sentence. */
  async problem(): Promise<string> {
    const { found, findings } = await this.look();
    return found ? "" : missing(findings);
  }

  private async search(): Promise<{ found?: Finding; findings: Finding[] }> {
    const set = vscode.workspace.getConfiguration(SECTION);
    const trusted = vscode.workspace.isTrusted;
    const interpreter = set.get<string>("interpreter", "").trim();
    const command = set.get<string[]>("command", []);
    const own = interpreter !== "" || command.length > 0;
    const places = candidates({
      command,
      interpreter,
      active: trusted && !own ? await this.active() : undefined,
      folders: (vscode.workspace.workspaceFolders ?? [])
        .filter(({ uri }) => uri.scheme === "file")
        .map(({ uri }) => uri.fsPath),
      trusted,
      environment: process.env,
      platform: process.platform,
      isFile: isProgram,
    });
    const result = await search(places, (candidate) => probe(candidate, this.folder));
    for (const { candidate, problem, version, python } of result.findings) {
      const where = candidate.command.join(" ");
      if (problem) this.log.info(`${where} (${candidate.origin}): ${problem}`);
      else
        this.log.info(
          `${where} (${candidate.origin}): neuraldbg ${version || "as you set it"} ${python && `on Python ${python}`}`,
        );
    }
    return result;
  }

  /** The interpreter that the Python extension uses for the workspace; undefined where it has none, or is not there. */
  private async active(): Promise<string | undefined> {
    const extension = vscode.extensions.getExtension<PythonExtension>(PYTHON);
    if (!extension) return undefined;
    try {
      const { environments } = await extension.activate();
      if (!this.following) {
        this.following = true;
        this.listening.push(
          environments.onDidChangeActiveEnvironmentPath(() => {
            this.again();
          }),
        );
      }
      const path = environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
      const resolved = await environments.resolveEnvironment(path);
      return resolved?.executable.uri?.fsPath;
    } catch (error) {
      this.log.warn(`the Python extension does not say which interpreter it uses: ${String(error)}`);
      return undefined;
    }
  }
}

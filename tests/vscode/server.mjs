/** code-server with folders of its own: workspaces to change, settings, extensions, logs. */

import { execFile, spawn } from "node:child_process";
import { cpSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PACKAGE, PYTHON, ROOT, WORKSPACE } from "./folders.mjs";
import { ENTRY, NODE } from "./install.mjs";
import { until } from "./until.mjs";

const run = promisify(execFile);

/** What a user would have set who is asked nothing and shown no news. */
const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.enableExperiments": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "chat.disableAIFeatures": true,
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "editor.minimap.enabled": false,
  "editor.fontSize": 14,
  "window.zoomLevel": 0,
};

export class Server {
  /**
   * Starts it with the packed extension.
   *
   * @param settings of the user, beside those above.
   */
  static async start(settings = {}) {
    const server = new Server();
    try {
      await server.begin(settings);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async begin(settings) {
    this.folder = mkdtempSync(join(tmpdir(), "neuraldbg-vscode-"));
    this.data = join(this.folder, "data");
    this.extensions = join(this.folder, "extensions");
    this.workspaces = 0;
    this.settings = settings;
    this.writeSettings();
    this.config = join(this.folder, "config.yaml");
    writeFileSync(this.config, "auth: none\n");
    if (existsSync(PACKAGE)) await run(NODE, [ENTRY, ...this.where, "--install-extension", PACKAGE], this.options);
    this.port = await freePort();
    const log = createWriteStream(join(this.folder, "code-server.log"));
    this.process = spawn(
      NODE,
      [
        ENTRY, ...this.where, "--auth", "none", "--bind-addr", `127.0.0.1:${this.port}`,
        "--disable-telemetry", "--disable-update-check", "--reconnection-grace-time", "5", "--disable-getting-started-override",
      ],
      { ...this.options, stdio: ["ignore", "pipe", "pipe"], detached: true },
    );
    this.killed = () => signal(this.process.pid, "SIGKILL");
    process.once("exit", this.killed); // whatever ends this process takes the server along
    this.process.stdout.pipe(log);
    this.process.stderr.pipe(log);
    await until(() => this.answers(), "code-server answers");
  }

  /** The settings as they were, whatever was changed since. */
  writeSettings() {
    // Settings of the machine count only in its own file where the window runs elsewhere, as in a browser.
    const files = { User: { ...SETTINGS, ...this.settings }, Machine: { "neuraldbg.interpreter": PYTHON } };
    for (const [name, values] of Object.entries(files)) {
      mkdirSync(join(this.data, name), { recursive: true });
      writeFileSync(join(this.data, name, "settings.json"), JSON.stringify(values, null, 2));
    }
  }

  get where() {
    return ["--config", this.config, "--user-data-dir", this.data, "--extensions-dir", this.extensions];
  }

  get options() {
    const env = { ...process.env, OMP_NUM_THREADS: "1", HOME: this.folder };
    for (const name of Object.keys(env)) if (name.startsWith("VSCODE_") || name === "PORT") delete env[name];
    return { env, cwd: this.folder, timeout: 0 };
  }

  async answers() {
    if (this.process.exitCode !== null) throw new Error(`code-server ended with ${this.process.exitCode}`);
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok;
    } catch {
      return false; // it does not listen yet
    }
  }

  /** A copy of the workspace, for one window: what was typed in another does not come back in it. */
  newWorkspace() {
    this.workspaces += 1;
    const folder = join(this.folder, String(this.workspaces), "demo"); // a name that pictures show
    cpSync(WORKSPACE, folder, { recursive: true });
    cpSync(join(ROOT, "examples", "demo.py"), join(folder, "demo.py"));
    return folder;
  }

  /** Address of the workbench with a file of a workspace open. */
  url(workspace, file) {
    const address = new URL(`http://127.0.0.1:${this.port}/`);
    address.searchParams.set("folder", workspace);
    const open = `vscode-remote://127.0.0.1:${this.port}${join(workspace, file)}`;
    address.searchParams.set("payload", JSON.stringify([["openFile", open]]));
    return address.href;
  }

  /** Copies the logs of the server and of the extension host. */
  keepLogs(to) {
    mkdirSync(to, { recursive: true });
    const log = join(this.folder, "code-server.log");
    if (existsSync(log)) cpSync(log, join(to, "code-server.log"));
    if (existsSync(join(this.data, "logs"))) cpSync(join(this.data, "logs"), join(to, "logs"), { recursive: true });
  }

  /** Ends it with all its children. */
  async stop() {
    if (this.process && this.process.exitCode === null) {
      const gone = new Promise((done) => this.process.once("exit", done));
      signal(this.process.pid, "SIGTERM");
      const late = setTimeout(() => signal(this.process.pid, "SIGKILL"), 10_000);
      await gone;
      clearTimeout(late);
      signal(this.process.pid, "SIGKILL"); // what is left of its group
      process.removeListener("exit", this.killed);
    }
    if (this.folder) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Sends a signal to a process group that may be gone. */
function signal(group, name) {
  try {
    process.kill(-group, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

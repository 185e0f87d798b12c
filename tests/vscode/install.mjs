/** Installs a real VS Code (code-server) from the npm registry, once, and finds a browser. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CODE_SERVER, CODE_SERVER_VERSION, EDITORS } from "./folders.mjs";

/** Something that the tests need and cannot have here; they are skipped. */
export class Unavailable extends Error {}

const NODE_VERSION = "24"; // code-server says which one it runs on
const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

export const NODE = join(CODE_SERVER, "node_modules", ".bin", "node");
export const ENTRY = join(CODE_SERVER, "node_modules", "code-server", "out", "node", "entry.js");

/** The browser to drive: `$CHROMIUM`, else the first on PATH. */
export function browser() {
  const given = process.env.CHROMIUM;
  if (given) {
    if (!existsSync(given)) throw new Unavailable(`there is no ${given} (CHROMIUM)`);
    return given;
  }
  for (const name of BROWSERS) {
    const found = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
    if (found.status === 0) return found.stdout.trim();
  }
  throw new Unavailable("needs Chromium or Chrome: install it (Debian: apt-get install chromium) or set CHROMIUM=path");
}

/** Installs code-server, unless it is there. */
export function codeServer(say) {
  if (existsSync(join(CODE_SERVER, "installed"))) return;
  say(`installing code-server ${CODE_SERVER_VERSION} into ${CODE_SERVER} (about 740 MB, once)`);
  mkdirSync(EDITORS, { recursive: true });
  const folder = `${CODE_SERVER}.${process.pid}`; // moved into its place when it is whole
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{"private": true}\n');
    npm(folder, "install", "--save-exact", `node@${NODE_VERSION}`);
    const path = join(folder, "node_modules", ".bin");
    const server = join(folder, "node_modules", "code-server");
    npm(folder, "install", "--save-exact", "--ignore-scripts", `code-server@${CODE_SERVER_VERSION}`);
    for (const inner of ["lib/vscode", "lib/vscode/extensions"]) {
      npm(join(server, inner), "install", "--omit=dev", "--ignore-scripts", { path });
    }
    writeFileSync(join(folder, "installed"), `${new Date().toISOString()}\n`);
    rmSync(CODE_SERVER, { recursive: true, force: true });
    renameSync(folder, CODE_SERVER);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Unavailable(`code-server could not be installed with npm: ${error.message.split("\n").slice(0, 5).join(" ")}`);
  }
}

/** Runs npm quietly in a folder. */
export function npm(folder, ...rest) {
  const options = typeof rest.at(-1) === "object" ? rest.pop() : {};
  const env = { ...process.env };
  if (options.path) env.PATH = `${options.path}:${env.PATH}`;
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", [...rest, ...quiet], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], timeout: 900_000 });
}

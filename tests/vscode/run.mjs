/**
 * `make test-vscode`: installs what is missing, packs the extension, and runs the tests here in a real VS Code.
 *
 *     node tests/vscode/run.mjs [--keep-package] [test files]
 *
 * NEURALDBG_PYTHON    the Python with neuraldbg (.venv's)
 * NEURALDBG_EDITORS   where code-server is installed (~/.cache/neuraldbg/editors)
 * CHROMIUM            the browser
 * NEURALDBG_PATIENCE  seconds to wait for what a test wants to see (90)
 * SCREENSHOTS=1       writes the pictures of lsp/vscode/images; else they go to tests/vscode/results/pictures
 */

import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EXTENSION, HERE, PACKAGE, PYTHON, RESULTS } from "./folders.mjs";
import { Unavailable, browser, codeServer, npm } from "./install.mjs";

const say = (text) => console.log(`test-vscode: ${text}`);

function prepare() {
  const there = spawnSync(PYTHON, ["-P", "-c", "import neuraldbg.lsp"], { encoding: "utf8" });
  if (there.status !== 0) throw new Error(`${PYTHON} has no neuraldbg: ${there.error?.message ?? there.stderr}`);
  browser();
  codeServer(say);
  needed(() => npm(HERE, "install", "--no-package-lock"), "playwright-core");
  if (process.argv.includes("--keep-package") && existsSync(PACKAGE)) return;
  if (!existsSync(join(EXTENSION, "node_modules"))) needed(() => npm(EXTENSION, "ci"), "what the extension is built with");
  say("packing the extension");
  npm(EXTENSION, "run", "package");
}

/** A step that needs the registry. */
function needed(install, what) {
  try {
    install();
  } catch (error) {
    throw new Unavailable(`${what} could not be installed with npm: ${error.message.split("\n")[0]}`);
  }
}

try {
  prepare();
} catch (error) {
  if (!(error instanceof Unavailable)) {
    console.error(error.stderr?.toString() || error.stdout?.toString() || error.message);
    process.exit(1);
  }
  console.log(`skipped: test-vscode ${error.message}`);
  process.exit(0);
}
rmSync(RESULTS, { recursive: true, force: true });
const given = process.argv.slice(2).filter((each) => !each.startsWith("--"));
const files = given.length > 0 ? given : ["features.test.mjs", "debug.test.mjs"].map((each) => join(HERE, each));
const flags = ["--test", "--test-concurrency=1", "--test-timeout=600000", "--test-reporter=spec"];
const done = spawnSync(process.execPath, [...flags, ...files], { stdio: "inherit", cwd: HERE });
process.exit(done.status ?? 1);

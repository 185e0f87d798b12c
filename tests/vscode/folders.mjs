/** Where things lie. */

import { homedir } from "node:os";
import { join, resolve } from "node:path";

export const HERE = import.meta.dirname;
export const ROOT = resolve(HERE, "..", "..");
export const EXTENSION = join(ROOT, "lsp", "vscode");
export const PACKAGE = join(EXTENSION, "neuraldbg.vsix");
export const WORKSPACE = join(HERE, "workspace");

/** Pictures that the extension shows; only `SCREENSHOTS=1` writes them. */
export const PICTURES = join(EXTENSION, "images");

/** Pictures of this run, and what is kept of tests that failed; git ignores it. */
export const RESULTS = join(HERE, "results");

/** The editor and what it needs, installed once: `$NEURALDBG_EDITORS`, else a folder of the user's cache. */
export const EDITORS =
  process.env.NEURALDBG_EDITORS ??
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "neuraldbg", "editors");

export const CODE_SERVER_VERSION = "4.139.1";
export const CODE_SERVER = join(EDITORS, `code-server-${CODE_SERVER_VERSION}`);

/** The Python that has neuraldbg. */
export const PYTHON = process.env.NEURALDBG_PYTHON ?? join(ROOT, ".venv", "bin", "python");

// Bundles the extension into dist/ (--release: small) with the notices of what is in it, or the tests (--tests) into out/.

import { build, context } from "esbuild";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const release = process.argv.includes("--release");
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  logLevel: "warning",
};
const extension = {
  ...common,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  // as modules, unused parts of the client's dependencies can be left out
  mainFields: ["module", "main"],
  minify: release,
  sourcemap: release ? false : "linked",
  legalComments: "none",
  metafile: true,
};

// Licences of the packages whose code is in the bundle.
function notices(metafile) {
  const packages = new Set();
  for (const [input, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found && bytesInOutput > 0) packages.add(found[1]);
  }
  const texts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence file`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
  });
  return `dist/extension.js contains code of these packages.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

// VS Code's page of an extension shows pictures from https addresses alone. NEURALDBG_IMAGES_URL says where images/ is
// published; without it the package's README has no pictures, rather than broken ones.
function readme() {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const base = process.env.NEURALDBG_IMAGES_URL?.replace(/\/$/, "");
  if (base && !base.startsWith("https://")) throw new Error("NEURALDBG_IMAGES_URL must begin with https://");
  return text.replace(/^!\[(.*)\]\(images\/([\w-]+\.png)\)\n\n/gm, base ? `![$1](${base}/$2)\n\n` : "");
}

if (process.argv.includes("--tests")) {
  rmSync(join(root, "out"), { recursive: true, force: true });
  const tests = readdirSync(join(root, "test")).filter((file) => file.endsWith(".test.ts"));
  await build({ ...common, entryPoints: tests.map((file) => `test/${file}`), outdir: "out/test", sourcemap: "inline" });
} else if (process.argv.includes("--watch")) {
  await (await context(extension)).watch();
} else {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  const { metafile } = await build(extension);
  writeFileSync(join(root, "dist", "ThirdPartyNotices.txt"), notices(metafile));
  writeFileSync(join(root, "dist", "README.md"), readme());
}

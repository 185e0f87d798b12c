import assert from "node:assert/strict";
import { test } from "node:test";
import { type Inspected, explicit, modelName, modelOptions, serverSettings } from "../src/settings";

const NONE = { model: "", server: "", device: "", quantize: "", calculate: true };

test("only what is set goes to the server, and trust as VS Code has it", () => {
  const set: Record<string, Inspected> = {
    "hints.loops": { globalValue: false },
    "predict.maxSteps": { globalValue: 10, workspaceValue: 20 },
    trusted: { workspaceValue: true },
    interpreter: { globalValue: "/usr/bin/python3" },
  };
  const found = serverSettings((name) => set[name], false);
  assert.deepEqual(found, { "hints.loops": false, "predict.maxSteps": 20, trusted: false });
});

test("the narrowest place counts, a language's before the others; false and 0 are values", () => {
  assert.equal(explicit(undefined), undefined);
  assert.equal(explicit({}), undefined);
  assert.equal(explicit({ globalValue: true, workspaceFolderValue: false }), false);
  assert.equal(explicit({ globalLanguageValue: 0, workspaceFolderValue: 3 }), 0);
});

test("options of the command line", () => {
  assert.deepEqual(modelOptions(NONE), []);
  assert.deepEqual(modelOptions({ ...NONE, calculate: false }), ["--no-calculate"]);
  assert.deepEqual(modelOptions({ ...NONE, model: "a b", device: "cuda", quantize: "nf4" }), [
    "--model",
    "a b",
    "--device",
    "cuda",
    "--quantize",
    "nf4",
  ]);
  assert.deepEqual(
    modelOptions({ model: "cwm", server: "http://h:1", device: "cuda", quantize: "nf4", calculate: true }),
    ["--model", "cwm", "--server", "http://h:1"],
    "device and quantize are for a model that runs here",
  );
});

test("the model's short name", () => {
  assert.equal(modelName(NONE), "cwm-nano");
  assert.equal(modelName({ ...NONE, model: "facebook/cwm" }), "cwm");
  assert.equal(modelName({ ...NONE, model: "/models/mine/" }), "mine");
  assert.equal(modelName({ ...NONE, server: "https://me:secret@gpu.example:8000/v1" }), "gpu.example:8000");
  assert.equal(modelName({ ...NONE, model: "cwm", server: "http://gpu" }), "cwm at gpu");
});

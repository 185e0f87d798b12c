import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  ASKING_COMMANDS,
  CLIENT_SETTINGS,
  COMMANDS,
  DEBUG_TYPE,
  LAUNCH_SETTINGS,
  SECTION,
  SERVER_COMMANDS,
  SERVER_SETTINGS,
} from "../src/names";

interface Manifest {
  main: string;
  contributes: {
    commands: { command: string; title: string }[];
    configuration: { properties: Record<string, unknown> }[];
    debuggers: { type: string; variables: Record<string, string> }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
}

// The tests are bundled into out/test.
const manifest = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")) as Manifest;
const { contributes } = manifest;

test("settings of the code are those of the manifest", () => {
  const declared = contributes.configuration.flatMap(({ properties }) => Object.keys(properties));
  const used = [...SERVER_SETTINGS, ...CLIENT_SETTINGS].map((name) => `${SECTION}.${name}`);
  assert.deepEqual(declared.toSorted(), used.toSorted());
  assert.deepEqual(
    manifest.capabilities.untrustedWorkspaces.restrictedConfigurations,
    LAUNCH_SETTINGS.map((name) => `${SECTION}.${name}`),
  );
});

test("commands of the code are those of the manifest, and none is registered twice", () => {
  const declared = contributes.commands.map(({ command }) => command);
  assert.deepEqual(declared.toSorted(), Object.values(COMMANDS).toSorted());
  const all = [...declared, ...Object.values(ASKING_COMMANDS), ...Object.values(SERVER_COMMANDS)];
  assert.equal(new Set(all).size, all.length);
});

test("the debug type and its variables", () => {
  const [debuggers] = contributes.debuggers;
  assert.equal(debuggers?.type, DEBUG_TYPE);
  assert.deepEqual(Object.values(debuggers.variables).toSorted(), Object.values(ASKING_COMMANDS).toSorted());
});

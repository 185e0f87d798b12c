import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { describe, test } from "node:test";
import { type Surroundings, candidates, expand } from "../src/search";

const ROOT = "/home/me/project";

function around(given: Partial<Surroundings> & { files?: readonly string[] }): Surroundings {
  const { files = [], ...rest } = given;
  return {
    command: [],
    interpreter: "",
    active: undefined,
    folders: [ROOT],
    trusted: true,
    environment: { PATH: ["/usr/local/bin", "/usr/bin"].join(delimiter) },
    platform: "linux",
    isFile: (path) => files.includes(path),
    ...rest,
  };
}

const ALL = [
  join(ROOT, ".venv/bin/python"),
  join(ROOT, "venv/bin/python"),
  "/usr/bin/python3",
  "/usr/bin/python",
  "/usr/local/bin/neuraldbg",
];

describe("where neuraldbg is looked for", () => {
  test("the Python extension's choice, the workspace's environments, the PATH, in this order", () => {
    const found = candidates(around({ active: "/opt/python/bin/python", files: ALL }));
    assert.deepEqual(
      found.map(({ origin, python, command }) => [origin, python ?? command[0]]),
      [
        ["extension", "/opt/python/bin/python"],
        ["venv", ALL[0]],
        ["venv", ALL[1]],
        ["path", "/usr/bin/python3"],
        ["path", "/usr/bin/python"],
        ["program", "/usr/local/bin/neuraldbg"],
      ],
    );
  });

  test("what the user has set is the only place, a command before an interpreter", () => {
    const set = around({ interpreter: "~/py/bin/python", active: "/a/python", files: ALL });
    assert.deepEqual(
      candidates(set).map(({ origin }) => origin),
      ["setting"],
    );
    const [only, ...others] = candidates({ ...set, command: ["uv", "run", "neuraldbg"] });
    assert.deepEqual(only, { origin: "command", command: ["uv", "run", "neuraldbg"] });
    assert.equal(others.length, 0);
  });

  test("an interpreter is started without the folder it is started in on its path", () => {
    const [first] = candidates(around({ interpreter: "/x/python" }));
    assert.deepEqual(first?.command, ["/x/python", "-P", "-m", "neuraldbg"]);
  });

  test("programs of a workspace that is not trusted are passed over", () => {
    const found = candidates(around({ active: "/evil/python", trusted: false, files: ALL }));
    assert.deepEqual(
      found.map(({ origin }) => origin),
      ["path", "path", "program"],
    );
  });

  test("relative parts of the PATH are passed over, and so are doubles", () => {
    const environment = { PATH: [".", "bin", "", "/usr/bin", "/usr/bin"].join(delimiter) };
    const found = candidates(around({ environment, files: ["python3", "bin/python3", "/usr/bin/python3"] }));
    assert.deepEqual(
      found.map(({ python }) => python),
      ["/usr/bin/python3"],
    );
    const twice = candidates(around({ active: "/usr/bin/python3", files: ["/usr/bin/python3"] }));
    assert.equal(twice.length, 1);
  });

  test("on Windows environments have Scripts and programs have endings", () => {
    const files = [join(ROOT, ".venv", "Scripts", "python.exe"), "/usr/bin/python.exe"];
    const found = candidates(around({ platform: "win32", environment: { Path: "/usr/bin" }, files }));
    assert.deepEqual(
      found.map(({ python }) => python),
      files,
    );
  });

  test("nothing there, nothing found", () => {
    assert.deepEqual(candidates(around({})), []);
    assert.deepEqual(candidates(around({ environment: {} })), []);
  });
});

test("variables in the path of an interpreter", () => {
  assert.equal(expand("~/a", [], "/home/me"), "/home/me/a");
  assert.equal(expand("/a~/b", [], "/home/me"), "/a~/b");
  assert.equal(expand("${userHome}/a", [], "/home/me"), "/home/me/a");
  assert.equal(expand("${workspaceFolder}/.venv/bin/python", ["/w", "/x"], "/h"), "/w/.venv/bin/python");
  assert.equal(expand("${workspaceFolder}/p", [], "/h"), "${workspaceFolder}/p");
  assert.equal(expand("${workspaceFolder}/p", ["/has$&sign"], "/h"), "/has$&sign/p");
});

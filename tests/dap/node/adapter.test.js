// The debug adapter under @vscode/debugadapter-testsupport: what VS Code's own adapters must pass.
// PYTHON names the interpreter that has neuraldbg; the program is a recorded trace, so that its values are known.

const assert = require("node:assert");
const { execFileSync, spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { after, afterEach, before, beforeEach, describe, test } = require("node:test");
const { DebugClient } = require("@vscode/debugadapter-testsupport");

const PYTHON = process.env.PYTHON || "python3";
const PROGRAM = path.resolve(__dirname, "../../../examples/demo.py");
const THREAD = { threadId: 1 };

let server, port, folder, trace, client;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "neuraldbg-"));
  trace = path.join(folder, "demo.jsonl");
  execFileSync(PYTHON, ["-m", "neuraldbg", "record", PROGRAM, "-o", trace]);
  server = spawn(PYTHON, ["-m", "neuraldbg", "dap", "--port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  port = await new Promise((resolve, reject) => {
    server.on("exit", (code) => reject(new Error(`neuraldbg dap ended with ${code}`)));
    server.stderr.on("data", (data) => {
      const found = /listens on 127\.0\.0\.1:(\d+)/.exec(data);
      if (found) resolve(Number(found[1]));
    });
  });
});

after(() => {
  server.removeAllListeners("exit");
  server.kill();
  fs.rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  client = new DebugClient("node", "", "neuraldbg", undefined, false);
  client.defaultTimeout = 60000;
  await client.start(port);
});

afterEach(() => client.stop());

const settings = (more = {}) => ({ trace, ...more });

async function move(command) {
  const [event] = await Promise.all([client.waitForEvent("stopped"), client.customRequest(command, THREAD)]);
  return event.body.reason;
}

async function place() {
  const { body } = await client.stackTraceRequest(THREAD);
  return `${body.stackFrames[0].name}:${body.stackFrames[0].line}`;
}

async function locals() {
  const { body } = await client.stackTraceRequest(THREAD);
  const { scopes } = (await client.scopesRequest({ frameId: body.stackFrames[0].id })).body;
  const { variables } = (await client.variablesRequest({ variablesReference: scopes[0].variablesReference })).body;
  return Object.fromEntries(variables.map((v) => [v.name, v.value]));
}

describe("neuraldbg dap", () => {
  test("answers an unknown request with an error", async () => {
    await client.initializeRequest();
    await assert.rejects(client.customRequest("illegal"));
  });

  test("says what it can do", async () => {
    const { body } = await client.initializeRequest();
    for (const name of ["supportsStepBack", "supportsDataBreakpoints", "supportsConfigurationDoneRequest"]) {
      assert.strictEqual(body[name], true, name);
    }
  });

  test("stops on entry", async () => {
    await Promise.all([
      client.configurationSequence(),
      client.launch(settings({ stopOnEntry: true })),
      client.assertStoppedLocation("entry", { path: PROGRAM, line: 4 }),
    ]);
  });

  test("stops at a breakpoint", async () => {
    await client.hitBreakpoint(settings(), { path: PROGRAM, line: 14 });
    assert.strictEqual((await locals()).n, "4");
  });

  test("stops at a conditional breakpoint", async () => {
    const source = { path: PROGRAM };
    await Promise.all([
      client.waitForEvent("initialized").then(async () => {
        await client.setBreakpointsRequest({ source, breakpoints: [{ line: 14, condition: "n == 7" }] });
        await client.configurationDoneRequest();
      }),
      client.launch(settings()),
      client.assertStoppedLocation("breakpoint", { path: PROGRAM, line: 14 }),
    ]);
    assert.strictEqual((await locals()).halves, "[2]");
  });

  test("stops at an exception and explains it", async () => {
    await Promise.all([
      client.waitForEvent("initialized").then(async () => {
        await client.setExceptionBreakpointsRequest({ filters: ["raised"] });
        await client.configurationDoneRequest();
      }),
      client.launch(settings()),
      client.assertStoppedLocation("exception", { path: PROGRAM, line: 6 }),
    ]);
    assert.strictEqual((await client.exceptionInfoRequest(THREAD)).body.exceptionId, "ValueError");
  });

  test("steps in, out, over and back", async () => {
    await client.hitBreakpoint(settings(), { path: PROGRAM, line: 14 });
    const places = [];
    for (const command of ["stepIn", "stepOut", "next", "stepBack", "stepBack", "reverseContinue"]) {
      const reason = await move(command);
      places.push(`${command} ${reason} ${await place()}`);
    }
    assert.deepStrictEqual(places, [
      "stepIn step half:5",
      "stepOut step halve_all:14",
      "next step halve_all:12",
      "stepBack breakpoint halve_all:14",
      "stepBack step halve_all:13",
      "reverseContinue start <module>:4",
    ]);
  });

  test("goes to the end and stays", async () => {
    await Promise.all([client.configurationSequence(), client.launch(settings()), client.waitForEvent("stopped")]);
    assert.strictEqual(await move("continue"), "end");
    assert.strictEqual(await move("stepBack"), "step");
  });
});

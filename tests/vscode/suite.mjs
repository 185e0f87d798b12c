/** A server for the tests of a file, a window for each of them; what explains a failure is kept. */

import { after, before, test } from "node:test";
import { Server } from "./server.mjs";
import { Workbench } from "./workbench.mjs";

/**
 * Starts a server before the tests of this file and ends it behind them.
 *
 * @param settings of the user, beside the usual ones.
 * @returns a `test(name, file, body)` that opens a new window with a file of the workspace and hands it to the body.
 */
export function inVSCode(settings = {}) {
  let server;
  before(async () => {
    server = await Server.start(settings);
  });
  after(async () => {
    await server?.stop();
  });
  return (name, file, body) =>
    test(name, async (context) => {
      server.writeSettings();
      const window = await Workbench.open(server, file);
      try {
        await body(window, context);
      } catch (error) {
        context.diagnostic(`kept of this failure: ${await window.keep(name)}`);
        throw error;
      } finally {
        await window.close();
      }
    });
}

/** The menu behind the status bar item, and what is offered where neuraldbg is missing. Knows no VS Code. */

import { COMMANDS } from "./names";
import type { Known } from "./state";

export interface Entry {
  readonly label: string;
  readonly description?: string;
  readonly command: string;
  readonly arguments?: readonly unknown[];
}

/** Groups of entries, with lines between them. */
export function menu(known: Known): Entry[][] {
  const running = known.server === "running";
  const shown = running && known.enabled;
  const working = known.document?.state === "predicting";
  const groups: (Entry | false)[][] = [
    [
      known.server === "missing" && { label: "$(cloud-download) Install neuraldbg...", command: COMMANDS.install },
      known.enabled && {
        label: known.hints ? "$(eye-closed) Turn inlay hints off" : "$(eye) Turn inlay hints on",
        command: COMMANDS.toggleHints,
      },
      {
        label: known.enabled ? "$(circle-slash) Turn predictions off" : "$(play) Turn predictions on",
        command: COMMANDS.togglePredictions,
      },
      shown && working && { label: "$(stop) Stop predicting this file", command: COMMANDS.cancelPredictions },
      shown && { label: "$(clear-all) Clear predictions of this file", command: COMMANDS.clearPredictions },
    ],
    [
      shown && { label: "$(symbol-method) Predict a function with arguments...", command: COMMANDS.predictFunction },
      { label: "$(debug-alt) Debug this file, predicted", command: COMMANDS.debugFile },
      { label: "$(terminal) Open in the stepper", command: COMMANDS.openStepper },
      shown &&
        known.trusted && {
          label: "$(beaker) Cross-check by a real run...",
          description: "runs your program, after asking",
          command: COMMANDS.crossCheckHere,
        },
      shown && { label: "$(save) Export predicted steps...", command: COMMANDS.exportSteps },
    ],
    [
      {
        label: "$(debug-restart) Restart the language server",
        description: known.version,
        command: COMMANDS.restartServer,
      },
      running && { label: "$(refresh) Load the model anew", description: known.model, command: COMMANDS.reloadModel },
      { label: "$(snake) Choose the Python that has neuraldbg...", command: COMMANDS.chooseInterpreter },
      { label: "$(output) Show the output", command: COMMANDS.showOutput },
      {
        label: "$(settings-gear) Open the settings",
        command: "workbench.action.openSettings",
        arguments: ["@ext:neuraldbg.neuraldbg"],
      },
      { label: "$(book) Open the walkthrough", command: COMMANDS.openWalkthrough },
    ],
  ];
  return groups.map((group) => group.filter((entry) => entry !== false)).filter((group) => group.length > 0);
}

/** Buttons below the sentence that says what is missing; labels are what the user clicks. */
export function remedies(installable: boolean): Entry[] {
  return [
    ...(installable ? [{ label: "Install...", command: COMMANDS.install }] : []),
    { label: "Choose Interpreter...", command: COMMANDS.chooseInterpreter },
    { label: "Show Output", command: COMMANDS.showOutput },
    { label: "Help", command: COMMANDS.openWalkthrough },
  ];
}

/** Names that the manifest, the server and the code share; tests hold them against package.json. */

export const SECTION = "neuraldbg";
export const DEBUG_TYPE = "neuraldbg";

/** Settings that the server asks for (lsp/settings.py), without the section. `trusted` is ours to say. */
export const SERVER_SETTINGS = [
  "enable",
  "hints.enable",
  "hints.assignments",
  "hints.loops",
  "hints.branches",
  "hints.returns",
  "hints.exceptions",
  "hints.maxLength",
  "predict.module",
  "predict.functions",
  "predict.maxFunctions",
  "predict.maxSteps",
  "predict.debounce",
  "hover",
  "codeLens",
  "diagnostics",
  "dimUnreached",
  "unsureBelow",
] as const;

/** Settings that say what is started: changing one starts the server again. */
export const LAUNCH_SETTINGS = ["interpreter", "command", "model", "server", "device", "quantize", "calculate"] as const;

export const CLIENT_SETTINGS = [...LAUNCH_SETTINGS, "trace.server"] as const;

/** Commands of the server; the language client registers them while it runs. */
export const SERVER_COMMANDS = {
  predict: "neuraldbg.predict",
  iteration: "neuraldbg.iteration",
  crossCheck: "neuraldbg.crossCheck",
  adopt: "neuraldbg.adopt",
  clear: "neuraldbg.clear",
  cancel: "neuraldbg.cancel",
  export: "neuraldbg.export",
  stepper: "neuraldbg.stepper",
  restart: "neuraldbg.restart",
  overview: "neuraldbg.overview",
} as const;

/** Commands of the palette. */
export const COMMANDS = {
  showMenu: "neuraldbg.showMenu",
  toggleHints: "neuraldbg.toggleHints",
  togglePredictions: "neuraldbg.togglePredictions",
  predictFile: "neuraldbg.predictFile",
  predictFunction: "neuraldbg.predictFunction",
  crossCheckHere: "neuraldbg.crossCheckHere",
  adoptHere: "neuraldbg.adoptHere",
  exportSteps: "neuraldbg.exportSteps",
  openStepper: "neuraldbg.openStepper",
  clearPredictions: "neuraldbg.clearPredictions",
  cancelPredictions: "neuraldbg.cancelPredictions",
  debugFile: "neuraldbg.debugFile",
  debugFunction: "neuraldbg.debugFunction",
  adoptReal: "neuraldbg.adoptReal",
  restartServer: "neuraldbg.restartServer",
  reloadModel: "neuraldbg.reloadModel",
  chooseInterpreter: "neuraldbg.chooseInterpreter",
  install: "neuraldbg.install",
  showOutput: "neuraldbg.showOutput",
  openWalkthrough: "neuraldbg.openWalkthrough",
} as const;

/** Commands that fill in `${command:...}` of launch configurations; not in the palette. */
export const ASKING_COMMANDS = { askForCall: "neuraldbg.askForCall", pickTrace: "neuraldbg.pickTrace" } as const;

export const STATUS_NOTIFICATION = "neuraldbg/status";
export const ADOPT_REQUEST = "neuraldbg/adopt";

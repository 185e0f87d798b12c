// Draws the walkthrough's pictures, images/walkthrough/*.svg: an editor with what each step is about. They have a ground
// of their own, so that they can be read in any theme.

import { mkdirSync, writeFileSync } from "node:fs";

const WIDTH = 560;
const ROW = 22;
const COLUMN = 7.8; // of the font, at 13 px
const LEFT = 52;

const GROUND = "#1f2430";
const PANEL = "#2a3140";
const TEXT = "#d5dbe6";
const DIM = "#7d8798";
const HINT = "#6fc3b4";
const WORD = "#c99bdb";
const CALL = "#e3c97f";
const NUMBER = "#a7cf8c";
const WARN = "#e6a15c";
const BLUE = "#7aa7e8";

const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);

const text = (x, y, words, colour = TEXT, size = 13, extra = "") =>
  `<text x="${x}" y="${y}" fill="${colour}" font-size="${size}" xml:space="preserve"${extra}>${escape(words)}</text>`;

const box = (x, y, width, height, fill, radius = 4, stroke = "none") =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}" stroke="${stroke}"/>`;

// A line of Python in colours; enough of its grammar for the examples here.
function python(line, x, y, faded) {
  const parts = line.split(/(#.*$|\b(?:def|for|in|if|return|while|raise|else)\b|\b\d+\b|\b\w+(?=\())/);
  const spans = parts.map((part, i) => {
    const colour = faded
      ? DIM
      : i % 2 === 0
        ? TEXT
        : part.startsWith("#")
          ? DIM
          : /^\d/.test(part)
            ? NUMBER
            : /^(def|for|in|if|return|while|raise|else)$/.test(part)
              ? WORD
              : CALL;
    return `<tspan fill="${colour}">${escape(part)}</tspan>`;
  });
  return `<text x="${x}" y="${y}" font-size="13" xml:space="preserve">${spans.join("")}</text>`;
}

// Lines of an editor: {code, hint, lens, here, stop, faded, squiggle}.
function editor(lines, first = 1, top = 34) {
  let y = top;
  let number = first;
  const out = [];
  for (const line of lines) {
    if (line.lens) {
      out.push(text(LEFT + (line.indent ?? 0) * COLUMN, y + 12, line.lens, DIM, 11));
      y += 18;
    }
    if (line.here)
      out.push(box(0, y, WIDTH, ROW, "#4b4a2c", 0), `<path d="M 18 ${y + 5} l 9 6 l -9 6 z" fill="#f2c14e"/>`);
    if (line.stop) out.push(`<circle cx="12" cy="${y + 11}" r="5" fill="#e06c60"/>`);
    out.push(text(LEFT - 12, y + 15, String(number), DIM, 11, ' text-anchor="end"'));
    out.push(python(line.code, LEFT, y + 15, line.faded));
    const end = LEFT + line.code.length * COLUMN;
    if (line.squiggle) {
      const indent = line.code.length - line.code.trimStart().length;
      out.push(
        `<path d="M ${LEFT + indent * COLUMN} ${y + 19} h ${(line.code.length - indent) * COLUMN}" stroke="${WARN}" stroke-dasharray="2 2"/>`,
      );
    }
    if (line.hint) {
      out.push(
        box(end + 12, y + 2, line.hint.length * 7.2 + 12, ROW - 5, PANEL),
        text(end + 18, y + 15, line.hint, line.colour ?? HINT, 12),
      );
    }
    y += ROW;
    number += 1;
  }
  return { body: out.join("\n"), bottom: y };
}

const TABS = box(0, 0, WIDTH, 26, PANEL, 0) + text(16, 17, "total.py", TEXT, 12);

function picture(name, label, height, body) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(label)}" font-family="Menlo, Consolas, 'DejaVu Sans Mono', monospace">
${box(0, 0, WIDTH, height, GROUND, 8)}
${body}
</svg>
`;
  writeFileSync(new URL(`../images/walkthrough/${name}.svg`, import.meta.url), svg);
}

mkdirSync(new URL("../images/walkthrough/", import.meta.url), { recursive: true });

const FUNCTION = [
  { code: "def total(numbers):" },
  { code: "    found = 0" },
  { code: "    for n in numbers:" },
  { code: "        if n > 1:" },
  { code: "            found += n" },
  { code: "    return found" },
];
const HINTS = ["", "found = 0", "n = 1, 2, 3", "taken 2 of 3", "found = 2, 5", "-> 5"];
const hinted = (more = {}) => FUNCTION.map((line, i) => ({ ...line, hint: HINTS[i], ...(more[i] ?? {}) }));

{
  const { body, bottom } = editor(hinted());
  picture("hints", "A function with predicted values behind its lines", bottom + 12, TABS + body);
}
{
  const lines = [
    { code: "# neuraldbg: total([1, 2, 3])", lens: "" },
    ...hinted({
      0: { lens: "predicted total([1, 2, 3])  |  predict total([])" },
      2: { hint: "n = 2", lens: "◀ previous  |  turn 2 of 3  |  next ▶", indent: 4 },
      3: { hint: "taken" },
      4: { hint: "found = 2" },
    }),
  ];
  const { body, bottom } = editor(lines);
  picture("calls", "Lenses over a function and over a loop", bottom + 12, TABS + body);
}
{
  const { body, bottom } = editor(hinted());
  const rows = [
    "step  line  value  sure",
    "   2     2  0       99%",
    "   6     5  2       97%",
    "   9     5  5       88%",
  ];
  const x = 236;
  const y = 84;
  const table =
    box(x, y, 300, 118, PANEL, 6, DIM) +
    text(x + 14, y + 22, "found in total([1, 2, 3]), predicted", TEXT, 12) +
    rows.map((row, i) => text(x + 14, y + 46 + i * 19, row, i ? HINT : DIM, 12)).join("");
  picture("hover", "A table of a variable's values by step", Math.max(bottom, y + 118) + 12, TABS + body + table);
}
{
  const { body, bottom } = editor(
    hinted({ 2: { stop: true, hint: "" }, 3: { hint: "" }, 4: { here: true, hint: "" }, 5: { hint: "" } }).map(
      (line) => ({ ...line, hint: "" }),
    ),
  );
  const bar = [
    "M 0 4 l 8 6 l -8 6 z M 11 4 h 3 v 12 h -3 z",
    "M 2 12 a 7 6 0 0 1 13 0 M 15 5 v 7 h -6",
    "M 8 2 v 10 M 4 9 l 4 4 l 4 -4",
    "M 8 13 v -10 M 4 7 l 4 -4 l 4 4",
    "M 2 12 a 7 6 0 0 1 13 0 M 2 5 v 7 h 6",
    "M 14 4 l -8 6 l 8 6 z M 0 4 h 3 v 12 h -3 z",
  ];
  const tools =
    box(300, 30, 236, 34, PANEL, 6, DIM) +
    bar
      .map(
        (path, i) =>
          `<path transform="translate(${316 + i * 37} 37)" d="${path}" fill="none" stroke="${i > 3 ? HINT : BLUE}" stroke-width="2"/>`,
      )
      .join("");
  const x = 330;
  const y = 76;
  const panel =
    box(x, y, 206, 92, PANEL, 6, DIM) +
    text(x + 12, y + 20, "Predicted locals", TEXT, 12) +
    text(x + 12, y + 42, "n = 3", HINT, 12) +
    text(x + 100, y + 42, "int, 97% sure", DIM, 11) +
    text(x + 12, y + 61, "found = 2", HINT, 12) +
    text(x + 100, y + 61, "int, 95% sure", DIM, 11) +
    text(x + 12, y + 80, "numbers = [1, 2, 3]", HINT, 12);
  picture(
    "debug",
    "The debugger stopped at a line, with predicted locals and buttons to step back",
    bottom + 24,
    TABS + body + tools + panel,
  );
}
{
  const lines = hinted({ 4: { hint: "found = 2, 6", squiggle: true }, 5: { hint: "-> 6" } });
  const { body, bottom } = editor(lines);
  const message =
    box(LEFT, bottom + 8, 470, 52, PANEL, 6, WARN) +
    text(LEFT + 14, bottom + 30, "found: predicted 6, really 5", WARN, 12) +
    text(LEFT + 14, bottom + 49, "the steps before agree with the real run", DIM, 11);
  picture("truth", "A predicted value beside the real one", bottom + 72, TABS + body + message);
}
{
  const menu = [
    "Turn inlay hints off",
    "Predict a function with arguments...",
    "Debug this file, predicted",
    "Open in the stepper",
    "Restart the language server",
    "Choose the Python that has neuraldbg...",
  ];
  const body =
    box(90, 18, 380, 34 + menu.length * 24, PANEL, 6, DIM) +
    text(106, 39, "Predicted execution", DIM, 12) +
    menu
      .map((entry, i) => (i === 0 ? box(96, 46, 368, 24, "#34517d") : "") + text(112, 62 + i * 24, entry, TEXT, 12))
      .join("") +
    box(0, 218, WIDTH, 24, "#26507f", 0) +
    box(430, 218, 118, 24, "#3a6aa3", 0) +
    `<ellipse cx="446" cy="230" rx="7" ry="4.5" fill="none" stroke="#fff"/><circle cx="446" cy="230" r="2" fill="#fff"/>` +
    text(460, 234, "cwm-nano", "#ffffff", 12);
  picture("install", "The status bar item says which model is ready; a click opens the menu", 250, body);
}

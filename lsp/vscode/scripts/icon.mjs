// Draws images/icon.png: lines of code, the predicted value behind each, and the place where a debugger stands.
// Everything is a rounded rectangle or a triangle given by its distance, so that edges are smooth.

import { writeFileSync } from "node:fs";
import { deflateSync, crc32 as zlibCrc32 } from "node:zlib";

const SIZE = 128;

const INK = [0x17, 0x20, 0x2b];
const CODE = [0xc9, 0xd4, 0xe0];
const DIM = [0x5b, 0x6b, 0x7d];
const HINT = [0x4f, 0xb8, 0xa8];
const UNSURE = [0x2f, 0x6f, 0x69];
const STOP = [0xf2, 0xc1, 0x4e];

const box = (x, y, width, height, radius) => (px, py) => {
  const dx = Math.abs(px - x - width / 2) - width / 2 + radius;
  const dy = Math.abs(py - y - height / 2) - height / 2 + radius;
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
};

// A triangle as three half planes, its corners in order.
const triangle =
  (...corners) =>
  (px, py) =>
    Math.max(
      ...corners.map(([ax, ay], i) => {
        const [bx, by] = corners[(i + 1) % 3];
        return ((px - ax) * (by - ay) - (py - ay) * (bx - ax)) / Math.hypot(bx - ax, by - ay);
      }),
    );

const shapes = [
  [INK, box(0, 0, 128, 128, 24)],
  [CODE, box(34, 24, 42, 9, 4.5)],
  [HINT, box(84, 24, 26, 9, 4.5)],
  [CODE, box(44, 44, 30, 9, 4.5)],
  [HINT, box(82, 44, 18, 9, 4.5)],
  [[0x2a, 0x37, 0x45], box(14, 58, 100, 21, 5)],
  [CODE, box(44, 64, 34, 9, 4.5)],
  [HINT, box(86, 64, 20, 9, 4.5)],
  [DIM, box(44, 84, 24, 9, 4.5)],
  [UNSURE, box(76, 84, 28, 9, 4.5)],
  [DIM, box(34, 104, 38, 9, 4.5)],
  [UNSURE, box(80, 104, 14, 9, 4.5)],
  [STOP, triangle([18, 60], [34, 68.5], [18, 77])],
];

function crc(bytes) {
  if (zlibCrc32) return zlibCrc32(bytes) >>> 0;
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (0xedb88320 & -(value & 1));
  }
  return ~value >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

const rows = [];
for (let y = 0; y < SIZE; y++) {
  const row = Buffer.alloc(1 + SIZE * 4); // filter 0, then RGBA
  for (let x = 0; x < SIZE; x++) {
    let colour = [0, 0, 0];
    let alpha = 0;
    for (const [paint, distance] of shapes) {
      const cover = Math.min(1, Math.max(0, 0.5 - distance(x + 0.5, y + 0.5)));
      if (cover === 0) continue;
      colour = alpha === 0 ? paint : colour.map((part, i) => part + (paint[i] - part) * cover);
      alpha = Math.max(alpha, cover);
    }
    row.set([...colour.map(Math.round), Math.round(alpha * 255)], 1 + x * 4);
  }
  rows.push(row);
}

const header = Buffer.alloc(13);
header.writeUInt32BE(SIZE, 0);
header.writeUInt32BE(SIZE, 4);
header.set([8, 6, 0, 0, 0], 8); // 8 bits a channel, RGBA
const file = new URL("../images/icon.png", import.meta.url);
writeFileSync(
  file,
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]),
);

// Draws the pictures of the map: dots from afar, thumbnails as soon as they fit.
import { run } from "./data.js";
import { draw, sheet, sheetOf, fitsInMemory } from "./sheets.js";

const SMALLEST_TILE = 16; // pixels; below, a thumbnail says less than a dot
const LARGEST_TILE = 64;
const MOST_SHEETS = 60; // sheets that one view may need; more would throw each other out of memory
const LARGEST_DOT = 3; // radius, pixels
const SMALLEST_DOT = 1.4;
const LEVELS = Array.from({ length: 12 }, (_, i) => i / 11); // of a value that is shown by size

/** Draws `seen` ([row, x, y], ...) of a Plane; tells how many there are, and whether they are pictures. */
export function drawMarks(plane, seen) {
  const context = cleared(plane);
  const { width, height, value, hover, box, tint } = plane;
  const room = Math.sqrt((width * height) / Math.max(seen.length, 1)); // pixels between two of them
  const tile = Math.min(LARGEST_TILE, 0.95 * room);
  const pictures = tile >= SMALLEST_TILE && sheetsFit(seen);
  if (value) seen.sort((a, b) => value[a[0]] - value[b[0]]); // the strongest on top
  const dot = Math.min(LARGEST_DOT, Math.max(SMALLEST_DOT, room / 4));
  const size = pictures ? tileSize(tile) : [2 * dot, 2 * dot];
  if (pictures) drawTiles(context, plane, seen, size);
  else drawDots(context, plane, seen, dot);
  if (hover >= 0) frame(context, plane.at(hover), size, { colour: tint.strong, line: 2, gap: 4 });
  if (box) drawBox(context, box, tint.accent);
  return { seen: seen.length, pictures };
}

function cleared({ canvas, width, height }) {
  const context = canvas.getContext("2d");
  const ratio = Math.min(2, devicePixelRatio || 1);
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

const sheetsFit = (seen) => fitsInMemory() || new Set(seen.map(([row]) => sheetOf(row))).size <= MOST_SHEETS;

/** Width and height of a tile in the shape of the pictures, its longer side as large as there is room. */
function tileSize(size) {
  const longer = Math.max(run.width, run.height);
  return [(size * run.width) / longer, (size * run.height) / longer];
}

function drawDots(context, { tint, value, picked }, seen, dot) {
  if (value) drawCrowd(context, seen, tint.accent, LEVELS.map((v) => [dot * (0.5 + 1.2 * v), 0.1 + 0.85 * v]), value);
  else drawCrowd(context, seen, tint.dot, [[dot, 0.6]], null);
  context.fillStyle = tint.accent;
  context.strokeStyle = tint.strong;
  context.lineWidth = value ? 1 : dot / 2;
  for (const [row, px, py] of seen) { // on top, however many lie there
    if (!picked.has(row)) continue;
    context.beginPath();
    context.arc(px, py, dot + 1, 0, 7);
    context.fill();
    context.stroke();
  }
}

/** Dots as pixels: where several lie over each other it is darker. Writing pixels keeps 15,747 dots smooth where arcs do not.
 *  looks: [radius, strength] of each level of `value`, or one for all where there is no value. */
function drawCrowd(context, seen, colour, looks, value) {
  const { width, height } = context.canvas;
  const ratio = context.getTransform().a;
  const [red, green, blue] = colour.match(/\d+/g).map(Number);
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const ink = (blue << 16) | (green << 8) | red;
  const discs = looks.map(([radius, strength]) => discOf(radius * ratio, strength));
  const edge = Math.ceil(Math.max(...looks.map(([radius]) => radius)) * ratio);
  for (const [row, px, py] of seen) {
    const x = Math.round(px * ratio);
    const y = Math.round(py * ratio);
    if (x < edge || y < edge || x >= width - edge || y >= height - edge) continue; // would be cut at the edge of the canvas
    for (const [dx, dy, strength] of discs[value ? Math.round(value[row] * (discs.length - 1)) : 0]) {
      const at = (y + dy) * width + x + dx;
      const before = pixels[at] >>> 24;
      pixels[at] = (((before + (255 - before) * strength) & 255) << 24) | ink;
    }
  }
  context.putImageData(image, 0, 0);
}

/** [dx, dy, strength] of the pixels of a dot; its rim is softer. */
function discOf(radius, strength) {
  const found = [];
  const reach = Math.ceil(radius);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const inside = Math.min(1, radius + 0.5 - Math.hypot(dx, dy));
      if (inside > 0) found.push([dx, dy, strength * inside]);
    }
  }
  return found;
}

function drawTiles(context, plane, seen, [wide, tall]) {
  const { tint, value, picked } = plane;
  for (const [row, px, py] of seen) {
    const [x, y] = [px - wide / 2, py - tall / 2];
    if (!draw(context, row, x, y, wide, tall)) {
      whenRead(row, plane);
      context.fillStyle = tint.dot; // until its sheet is there
      context.globalAlpha = 0.3;
      context.fillRect(x, y, wide, tall);
      context.globalAlpha = 1;
    }
    if (value) {
      context.fillStyle = tint.accent;
      context.fillRect(x, y + tall - 4, wide * value[row], 4);
    }
    // in turn, so that a tile that lies over another hides its frame too
    if (picked.has(row)) frame(context, [px, py], [wide, tall], { colour: tint.accent, line: 2, gap: -2 });
  }
}

/** Draws the plane again once the sheet of a row is read; one that cannot be read leaves its tiles plain. */
function whenRead(row, plane) {
  const entry = sheet(sheetOf(row));
  if (entry.watched) return;
  entry.watched = true;
  entry.ready.then(() => plane.again(), () => {});
}

function frame(context, [px, py], [wide, tall], { colour, line, gap }) {
  context.strokeStyle = colour;
  context.lineWidth = line;
  context.strokeRect(px - wide / 2 - gap / 2, py - tall / 2 - gap / 2, wide + gap, tall + gap);
}

function drawBox(context, box, colour) {
  context.fillStyle = context.strokeStyle = colour;
  context.globalAlpha = 0.14;
  context.fillRect(...box);
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  context.strokeRect(...box);
}

// The plane of the map: where each picture lies on the canvas, what is seen of it, and how it is drawn. Dots from afar, pictures
// up close.
import { h } from "./dom.js";
import { run } from "./data.js";
import { sheet, sheetOf, fitsInMemory } from "./sheets.js";

const SMALLEST_TILE = 16; // pixels; below, a thumbnail says less than a dot
const LARGEST_TILE = 64;
const CLOSEST = 200; // times the whole map
const MOST_SHEETS = 60; // sheets that one view may need; more would throw each other out of memory
const MARGIN = 40; // pixels around the canvas that still count as seen
const DOT = 3; // radius of a dot, pixels

export class Plane {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.view = { x: 0, y: 0, zoom: 1 };
    this.x = this.y = new Float32Array(0);
    this.picked = new Set(); // rows
    this.hover = -1;
    this.box = null;
    this.value = null; // 0..1 of each row, when something is shown by size
    this.drawn = () => {};
    this.tints();
  }

  /** Takes new places; they are moved and scaled into -1..1, both axes alike unless `stretch`. */
  put(x, y, stretch) {
    const [low, high] = [x, y].map(ends).reduce(([a, b], [c, d]) => [[...a, c], [...b, d]], [[], []]);
    const spans = [0, 1].map((axis) => (high[axis] - low[axis]) / 2 || 1);
    const most = Math.max(...spans);
    const place = (values, axis) => {
      const half = stretch ? spans[axis] : most;
      const middle = (high[axis] + low[axis]) / 2;
      return Float32Array.from(values, (v) => (v - middle) / half);
    };
    this.x = place(x, 0);
    this.y = place(y, 1);
    this.stretch = stretch;
    this.home();
  }

  resize() {
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.again();
  }

  /** Pixels of one unit on each axis. */
  units() {
    const { width, height } = this;
    const short = Math.min(width, height) * 0.47 * this.view.zoom;
    return this.stretch ? [(short * width) / Math.min(width, height), (short * height) / Math.min(width, height)] : [short, short];
  }

  at(row) {
    const [ux, uy] = this.units();
    return [this.width / 2 + (this.x[row] - this.view.x) * ux, this.height / 2 - (this.y[row] - this.view.y) * uy];
  }

  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const zoom = Math.min(CLOSEST, Math.max(0.7, this.view.zoom * factor));
    const [ux, uy] = this.units();
    const kept = 1 - this.view.zoom / zoom; // the point below the pointer stays where it is
    this.view.x += ((px - this.width / 2) / ux) * kept;
    this.view.y -= ((py - this.height / 2) / uy) * kept;
    this.view.zoom = zoom;
    this.again();
  }

  move(dx, dy) {
    const [ux, uy] = this.units();
    this.view.x = Math.min(2, Math.max(-2, this.view.x - dx / ux));
    this.view.y = Math.min(2, Math.max(-2, this.view.y + dy / uy));
    this.again();
  }

  home() {
    Object.assign(this.view, { x: 0, y: 0, zoom: 1 });
    this.again();
  }

  /** The row whose picture lies nearest to a pixel, or -1. */
  near(px, py, reach = 26) {
    const [ux, uy] = this.units();
    let best = -1;
    let least = reach * reach;
    for (let row = 0; row < this.x.length; row++) {
      const dx = this.width / 2 + (this.x[row] - this.view.x) * ux - px;
      const dy = this.height / 2 - (this.y[row] - this.view.y) * uy - py;
      const far = dx * dx + dy * dy;
      if (far < least) [least, best] = [far, row];
    }
    return best;
  }

  /** The rows within a box of pixels [x, y, width, height], width and height of either sign. */
  within([x, y, width, height]) {
    const [left, right] = [Math.min(x, x + width), Math.max(x, x + width)];
    const [top, bottom] = [Math.min(y, y + height), Math.max(y, y + height)];
    const rows = [];
    for (let row = 0; row < this.x.length; row++) {
      const [px, py] = this.at(row);
      if (px >= left && px <= right && py >= top && py <= bottom) rows.push(row);
    }
    return rows;
  }

  /** A row and those nearest to it on the map, nearest first. */
  neighbours(row, count) {
    const far = Float32Array.from(this.x, (v, other) => (v - this.x[row]) ** 2 + (this.y[other] - this.y[row]) ** 2);
    return [...far.keys()].sort((a, b) => far[a] - far[b]).slice(0, count);
  }

  /** Draws with the next frame, once however often it is asked. */
  again() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.draw();
    });
  }

  /** Reads the colours of the theme: a canvas knows no custom properties. */
  tints() {
    const probe = h("i");
    document.body.append(probe);
    const read = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    this.tint = { dot: read("--ink-3"), accent: read("--accent"), strong: read("--ink") };
    probe.remove();
    this.again();
  }

  draw() {
    const { canvas, context, width, height } = this;
    if (!width) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    const size = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const seen = this.seen();
    const fit = Math.min(LARGEST_TILE, 0.95 * Math.sqrt((width * height) / Math.max(seen.length, 1)));
    this.tile = fit >= SMALLEST_TILE && this.sheetsFit(seen) ? fit : 0;
    if (this.value) seen.sort((a, b) => this.value[a[0]] - this.value[b[0]]); // the strongest on top
    if (this.tile) this.drawTiles(seen);
    else this.drawDots(seen);
    if (this.hover >= 0) this.frame(this.at(this.hover), this.tint.strong, 2, 4);
    if (this.box) this.drawBox();
    this.drawn({ seen: seen.length, pictures: Boolean(this.tile) });
  }

  seen() {
    const [ux, uy] = this.units();
    const list = [];
    for (let row = 0; row < this.x.length; row++) {
      const px = this.width / 2 + (this.x[row] - this.view.x) * ux;
      const py = this.height / 2 - (this.y[row] - this.view.y) * uy;
      if (px > -MARGIN && py > -MARGIN && px < this.width + MARGIN && py < this.height + MARGIN) list.push([row, px, py]);
    }
    return list;
  }

  sheetsFit(seen) {
    return fitsInMemory() || new Set(seen.map(([row]) => sheetOf(row))).size <= MOST_SHEETS;
  }

  drawDots(seen) {
    const { context, tint, value, picked } = this;
    const radius = (row) => (value ? 1.5 + 4.5 * value[row] : DOT);
    const colour = (row) => (value || picked.has(row) ? tint.accent : tint.dot);
    const light = (row) => (value ? 0.1 + 0.85 * value[row] : picked.has(row) ? 1 : 0.6);
    for (const [row, px, py] of seen) {
      context.globalAlpha = light(row);
      context.fillStyle = colour(row);
      context.beginPath();
      context.arc(px, py, radius(row), 0, 7);
      context.fill();
    }
    context.globalAlpha = 1;
    context.strokeStyle = tint.strong;
    context.lineWidth = 1.5;
    for (const [row, px, py] of seen) {
      if (!picked.has(row)) continue;
      context.beginPath();
      context.arc(px, py, radius(row) + 1, 0, 7);
      context.stroke();
    }
  }

  drawTiles(seen) {
    const { context, tint, value, picked } = this;
    const { cell, width, height, per_row: perRow, per_sheet: perSheet } = run.tile;
    const [wide, tall] = this.tileSize();
    for (const [row, px, py] of seen) {
      const place = row % perSheet;
      const { bitmap } = this.sheetFor(row);
      const [x, y] = [px - wide / 2, py - tall / 2];
      if (bitmap) {
        context.drawImage(bitmap, (place % perRow) * cell, Math.floor(place / perRow) * cell, width, height, x, y, wide, tall);
      } else {
        context.fillStyle = tint.dot; // until its sheet is there
        context.globalAlpha = 0.3;
        context.fillRect(x, y, wide, tall);
        context.globalAlpha = 1;
      }
      if (value) {
        context.fillStyle = tint.accent;
        context.fillRect(x, y + tall - 4, wide * value[row], 4);
      }
    }
    for (const [row, px, py] of seen) if (picked.has(row)) this.frame([px, py], tint.accent, 2.5, 1);
  }

  sheetFor(row) {
    const entry = sheet(sheetOf(row));
    if (!entry.bitmap && !entry.watched) {
      entry.watched = true;
      entry.ready.then(() => this.again(), () => {}); // a sheet that cannot be read leaves its tiles plain
    }
    return entry;
  }

  /** Width and height of a tile in the shape of the pictures, its longer side as large as there is room. */
  tileSize() {
    const size = this.tile || 2 * DOT;
    const longer = Math.max(run.width, run.height);
    return this.tile ? [(size * run.width) / longer, (size * run.height) / longer] : [size, size];
  }

  frame([px, py], colour, line, gap) {
    const [wide, tall] = this.tileSize();
    this.context.strokeStyle = colour;
    this.context.lineWidth = line;
    this.context.strokeRect(px - wide / 2 - gap / 2, py - tall / 2 - gap / 2, wide + gap, tall + gap);
  }

  drawBox() {
    const { context, tint, box } = this;
    context.fillStyle = context.strokeStyle = tint.accent;
    context.globalAlpha = 0.14;
    context.fillRect(...box);
    context.globalAlpha = 1;
    context.lineWidth = 1.5;
    context.strokeRect(...box);
  }
}

function ends(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? [low, high] : [0, 0];
}

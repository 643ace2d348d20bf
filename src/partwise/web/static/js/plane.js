// The plane of the map: where each picture lies on the canvas, what is in view, what is near a point.
import { h } from "./dom.js";
import { drawMarks } from "./marks.js";

const CLOSEST = 200; // times the whole map
const MARGIN = 40; // pixels around the canvas that still count as seen

export class Plane {
  constructor(canvas) {
    this.canvas = canvas;
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
    if (this.width) this.drawn(drawMarks(this, this.seen()));
  }

  /** [row, x, y] of each picture in view. */
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

// A grid that holds only the rows in view. Tiles are links: Tab, arrows, Home, End and Page keys work.
import { h, style } from "./dom.js";

const GAP = 8;
const SPARE = 3; // rows beyond the view on each side, so that a scroll finds them drawn

/** `make(item)` gives the children of one <li>; `tall` is height / width of a picture, `caption` the height below it.
 *  `paintRow(canvas, items, box)` draws the pictures of a row on one canvas behind its tiles (box: width, height, step in CSS
 *  pixels): one canvas a tile costs the browser 1 ms each, 150 ms a jump. `seen(first, last)` is told what is held. */
export function virtualGrid(viewport, list, { size, tall = 1, caption = 20, make, paintRow = null, seen = () => {} }) {
  let items = [];
  let wanted = size;
  let tile = size;
  let columns = 1;
  let laidOut = 0; // the width for which the places were reckoned
  const live = new Map(); // place -> its <li>
  const strips = new Map(); // row of the grid -> its canvas
  const spare = []; // canvases of rows that went out of view

  const pitch = () => tile * tall + caption + GAP;
  const topOf = (place) => GAP + Math.floor(place / columns) * pitch();

  function layout() {
    laidOut = viewport.clientWidth;
    const width = laidOut - 2 * GAP;
    columns = Math.max(1, Math.floor((width + GAP) / (wanted + GAP)));
    tile = (width - GAP * (columns - 1)) / columns;
    list.style.height = `${Math.ceil(items.length / columns) * pitch() + GAP}px`;
    clear();
    draw();
  }

  function clear() {
    live.forEach((element) => element.remove());
    live.clear();
    strips.forEach((canvas) => canvas.remove());
    strips.clear();
    spare.length = 0;
  }

  function draw() {
    const firstRow = Math.floor(viewport.scrollTop / pitch()) - SPARE;
    const lastRow = Math.ceil((viewport.scrollTop + viewport.clientHeight) / pitch()) + SPARE;
    const first = Math.max(0, firstRow * columns);
    const last = Math.min(items.length, lastRow * columns);
    for (const [place, element] of live) {
      if (place >= first && place < last) continue;
      if (element.contains(document.activeElement)) continue; // the focus is never taken away
      element.remove();
      live.delete(place);
    }
    const fresh = document.createDocumentFragment();
    for (let place = first; place < last; place++) {
      if (!live.has(place)) fresh.append(put(place));
    }
    list.append(fresh);
    if (paintRow) drawStrips(Math.floor(first / columns), Math.ceil(last / columns));
    seen(first, last);
  }

  function drawStrips(first, last) {
    for (const [row, canvas] of strips) {
      if (row >= first && row < last) continue;
      strips.delete(row);
      spare.push(canvas);
    }
    for (let row = first; row < last; row++) {
      if (!strips.has(row)) strips.set(row, strip(row));
    }
    spare.forEach((canvas) => canvas.remove());
  }

  function strip(row) {
    const canvas = spare.pop() ?? h("canvas", { class: "strip", "aria-hidden": "true" });
    const inRow = items.slice(row * columns, (row + 1) * columns);
    const box = { width: tile, height: tile * tall, step: tile + GAP };
    style(canvas, { left: `${GAP}px`, top: `${topOf(row * columns)}px` });
    paintRow(canvas, inRow, box);
    if (canvas.parentNode !== list.parentNode) list.before(canvas);
    return canvas;
  }

  function put(place) {
    const element = h("li", { "aria-setsize": items.length, "aria-posinset": place + 1 }, make(items[place], place));
    style(element, {
      width: `${tile}px`,
      left: `${GAP + (place % columns) * (tile + GAP)}px`,
      top: `${topOf(place)}px`,
    });
    live.set(place, element);
    return element;
  }

  function focus(place) {
    const top = topOf(place);
    if (top - GAP < viewport.scrollTop) viewport.scrollTop = top - GAP;
    else if (top + pitch() > viewport.scrollTop + viewport.clientHeight) {
      viewport.scrollTop = top + pitch() - viewport.clientHeight;
    }
    draw();
    live.get(place)?.querySelector("a")?.focus({ preventScroll: true });
  }

  function walk(event) {
    const place = [...live].find(([, element]) => element.contains(event.target))?.[0];
    const page = Math.max(1, Math.floor(viewport.clientHeight / pitch())) * columns;
    const end = items.length - 1;
    const first = Math.ceil((viewport.scrollTop - GAP) / pitch()) * columns;
    if (place === undefined) { // the frame itself has the focus: arrows enter the first row in view
      if (!/^Arrow(Right|Down)$/.test(event.key) || !items.length) return;
      event.preventDefault();
      focus(Math.min(end, Math.max(0, first)));
      return;
    }
    const steps = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: page, PageUp: -page, Home: -place, End: end - place,
    };
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    focus(Math.min(end, Math.max(0, place + step)));
  }

  viewport.addEventListener("scroll", draw, { passive: true }); // scroll events already come once a frame
  viewport.addEventListener("keydown", walk);
  new ResizeObserver(() => {
    if (viewport.clientWidth === laidOut) return draw();
    const place = Math.floor(viewport.scrollTop / pitch()) * columns;
    layout();
    viewport.scrollTop = Math.floor(place / columns) * pitch();
  }).observe(viewport);

  return {
    show(next, top = 0) {
      items = next;
      viewport.scrollTop = 0;
      layout();
      viewport.scrollTop = top;
    },
    resize(next) {
      const place = Math.floor(viewport.scrollTop / pitch()) * columns;
      wanted = next;
      layout();
      viewport.scrollTop = Math.floor(place / columns) * pitch();
    },
  };
}

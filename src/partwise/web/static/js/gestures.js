// Pointer, wheel, pinch and keys on the plane of the map.

const PAN = 60; // pixels of an arrow key
const STEP = 1.5; // of a zoom key or button
const STILL = 5; // pixels a press may move and still be a click

/** `brushing()` says whether a drag selects; `click(row)`, `select(rows)`, `hover(row, px, py)` are told what happens. */
export function gestures(plane, { brushing, click, select, hover }) {
  const { canvas } = plane;
  const touches = new Map(); // pointer id -> [x, y]
  let from = null;
  let moved = 0;
  let gap = 0;

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * 33 : event.deltaY; // Firefox counts lines
    plane.zoom(Math.exp(-pixels * 0.0016), event.offsetX, event.offsetY);
  }, { passive: false });

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, [event.offsetX, event.offsetY]);
    gap = 0;
    moved = touches.size > 1 ? Infinity : 0; // the end of a pinch is no click
    from = [event.offsetX, event.offsetY];
    plane.box = touches.size === 1 && (brushing() || event.shiftKey) ? [...from, 0, 0] : null;
  });

  canvas.addEventListener("pointermove", (event) => {
    const here = [event.offsetX, event.offsetY];
    if (!touches.has(event.pointerId)) return hover(plane.near(...here, 14), ...here);
    touches.set(event.pointerId, here);
    if (touches.size === 2) return pinch();
    const [dx, dy] = [here[0] - from[0], here[1] - from[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    if (moved > STILL) hover(-1);
    if (plane.box) {
      plane.box = [plane.box[0], plane.box[1], here[0] - plane.box[0], here[1] - plane.box[1]];
      return plane.again();
    }
    if (moved > STILL) plane.move(dx, dy);
    from = here;
  });

  function pinch() {
    const [[a, b], [c, d]] = [...touches.values()];
    const wide = Math.hypot(a - c, b - d);
    if (gap) plane.zoom(wide / gap, (a + c) / 2, (b + d) / 2);
    gap = wide;
  }

  function end(event) {
    if (!touches.delete(event.pointerId)) return;
    const { box } = plane;
    plane.box = null;
    if (box && Math.abs(box[2]) + Math.abs(box[3]) > STILL) select(plane.within(box));
    else if (moved <= STILL && event.type === "pointerup") click(plane.near(event.offsetX, event.offsetY));
    if (touches.size) from = [...touches.values()][0];
    plane.again();
  }
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", () => hover(-1));

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      ArrowLeft: () => plane.move(PAN, 0),
      ArrowRight: () => plane.move(-PAN, 0),
      ArrowUp: () => plane.move(0, PAN),
      ArrowDown: () => plane.move(0, -PAN),
      "+": () => plane.zoom(STEP),
      "=": () => plane.zoom(STEP),
      "-": () => plane.zoom(1 / STEP),
      "−": () => plane.zoom(1 / STEP),
      0: () => plane.home(),
      Enter: () => click(plane.near(plane.width / 2, plane.height / 2, Infinity)),
      Escape: () => select([]),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

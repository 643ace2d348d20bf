// Small line charts and histograms as SVG. Lines differ by dash and by label at their end, never by colour alone.
import { svg } from "./dom.js";

function label(x, y, text, anchor, cls = "") {
  const element = svg("text", { x, y, "text-anchor": anchor, class: cls });
  element.textContent = text;
  return element;
}

/** A chart of `series` [{ points: [[x, y], ...], name, cls: "l1" | "l2" | "l3", dots, spread: [half a height for each point] }].
 *  `mark` = [y, text] draws a goal, `pick` = [x, text] an upright line. The chart has `at([x, y])`, which puts one point on it. */
export function lines(series, options = {}) {
  const { x = [0, 1], y = [0, 1], log = false, xlabel = "", ylabel = "", title = "", width = 520, height = 220 } = options;
  const { ticks = [], xticks = [], format = String, mark = null, pick = null, right = 92 } = options;
  const scale = log ? Math.log10 : (v) => v;
  const top = ylabel || pick ? 24 : 14;
  const box = { left: 46, top, wide: width - 46 - right, high: height - top - 34 };
  const X = (v) => box.left + ((v - x[0]) / (x[1] - x[0] || 1)) * box.wide;
  const Y = (v) => box.top + box.high - ((scale(v) - scale(y[0])) / (scale(y[1]) - scale(y[0]) || 1)) * box.high;
  const root = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title });
  const level = (cls, at) => svg("line", { class: cls, x1: box.left, x2: box.left + box.wide, y1: at, y2: at });

  for (const tick of ticks) root.append(level("grid", Y(tick)), label(box.left - 7, Y(tick) + 4, format(tick), "end"));
  for (const tick of xticks) root.append(label(X(tick), height - 18, tick, "middle"));
  root.append(level("axis", box.top + box.high));
  root.append(label(box.left + box.wide / 2, height - 3, xlabel, "middle"), label(box.left - 40, 8, ylabel, "start"));
  const taken = [];
  if (mark) {
    root.append(level("mark", Y(mark[0])), label(box.left + box.wide + 6, Y(mark[0]) + 4, mark[1], "start"));
    taken.push(Y(mark[0]) + 4);
  }
  if (pick) {
    const at = X(pick[0]);
    root.append(svg("line", { class: "pick", x1: at, x2: at, y1: box.top - 2, y2: box.top + box.high }));
    root.append(label(at, box.top - 6, pick[1], "middle", "picked"));
  }
  const floor = (v) => (log ? Math.max(v, y[0]) : v);
  for (const line of series) drawLine(root, line, { X, Y, floor, end: box.left + box.wide, taken, upright: pick ? X(pick[0]) : 0 });
  root.at = ([a, b]) => {
    root.querySelector(".now")?.remove();
    root.append(svg("circle", { class: "dot now", cx: X(a), cy: Y(b), r: 5 }));
  };
  return root;
}

function drawLine(root, { points, cls = "l1", name, dots, spread }, { X, Y, floor, end, taken, upright }) {
  if (!points.length) return;
  spread?.forEach((half, i) => {
    if (!(half > 0)) return;
    const [a, b] = points[i];
    root.append(svg("line", { class: "spread", x1: X(a), x2: X(a), y1: Y(floor(b - half)), y2: Y(floor(b + half)) }));
  });
  const d = points.map(([a, b], i) => `${i ? "L" : "M"}${X(a).toFixed(1)} ${Y(floor(b)).toFixed(1)}`).join("");
  root.append(svg("path", { class: cls, d }));
  if (dots) root.append(...points.map(([a, b]) => svg("circle", { class: dots, cx: X(a), cy: Y(b), r: 3.5 })));
  if (!name) return;
  const [a, b] = points.at(-1);
  let at = Y(floor(b)) + 4;
  const near = taken.find((other) => Math.abs(other - at) < 13); // labels make room for each other
  while (taken.some((other) => Math.abs(other - at) < 13)) at += at > near ? 7 : -7;
  taken.push(at);
  const beyond = upright - X(a);
  root.append(label((beyond > 0 && beyond < 100 ? upright : Math.min(X(a), end)) + 8, at, name, "start", "strong"));
}

/** Bars of `counts` over 0..max; heights are square roots, so that rare values stay visible. marks: [[value, text], ...] */
export function histogram(counts, { width = 720, height = 130, low = 0, max = 1, title = "", unit = "", marks = [] } = {}) {
  const top = Math.max(...counts, 1);
  const foot = height - 26;
  const tall = (n) => Math.sqrt(n / top) * (foot - 8);
  const X = (v) => ((v - low) / (max - low || 1)) * width;
  const root = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title });
  const step = width / counts.length;
  counts.forEach((n, i) => root.append(
    svg("rect", { class: "h", x: i * step + 1, width: Math.max(1, step - 2), y: foot - tall(n), height: tall(n), rx: 1 }),
  ));
  root.append(svg("line", { class: "axis", x1: 0, x2: width, y1: foot, y2: foot }));
  for (let i = 0; i <= 4; i++) {
    const text = `${(low + (i / 4) * (max - low)).toFixed(1)}${i === 4 ? unit : ""}`;
    root.append(label((i / 4) * width, height - 8, text, ["start", "middle", "middle", "middle", "end"][i]));
  }
  for (const [value, text] of marks) {
    root.append(svg("line", { class: "mark", x1: X(value), x2: X(value), y1: 0, y2: foot }), label(X(value) + 5, 12, text, "start"));
  }
  return root;
}

// What criteria say over the number of parts: their curves, all on one axis, and the picks side by side.
import { svg } from "./dom.js";
import { lines } from "./chart.js";
import { percents, plain, ticksOf } from "./curves.js";

const ROOM = 0.08; // share of an axis left free above and below
export const narrow = () => matchMedia("(max-width: 720px)").matches;
const size = () => (narrow() ? { width: 350, height: 210 } : { width: 520, height: 220 });
const CLASSES = ["l1", "l2", "l3"];
export const NAMES = {
  "held-out": "held-out error",
  permutation: "permutation test",
  bend: "bend of the error",
  "mask-stability": "stable under masks",
  "restart-stability": "stable over starts",
  cophenetic: "firm groups",
  dispersion: "dispersion",
  silhouette: "silhouette",
  "explained-variance": "explained variance",
  kneedle: "kneedle",
  "bi-cross-validation": "bi-cross-validation",
};
export const nameOf = ({ key }) => NAMES[key] ?? key;

/** Whole numbers on an axis of numbers of parts. */
function wholes([first, last]) {
  const { ticks } = ticksOf(first, last, narrow() ? 6 : 10);
  const whole = ticks.filter(Number.isInteger);
  return whole.includes(first) || whole[0] - first < 2 ? whole : [first, ...whole];
}

/** A chart over numbers of parts. `series` as of `lines`; options: range, pick, threshold, log, percents, axis. */
export function overParts(series, { range, pick = null, threshold = null, log = false, percents: share = false, axis = "", title = axis }) {
  const shown = series.filter(({ points }) => points.length);
  const values = shown.flatMap(({ points }) => points.map(([, value]) => value)).concat(threshold ?? []);
  const spread = shown.flatMap(({ points, spread: half = [] }) => points.flatMap(([, value], i) => (half[i] > 0 ? [value - half[i], value + half[i]] : [])));
  const all = values.concat(spread);
  const base = { x: range, xticks: wholes(range), xlabel: "parts", ...size(), right: 126, ylabel: "", title, pick: pick === null ? null : [pick, String(pick)] };
  if (!all.length) return lines([], { ...base, title: `${title}: nothing yet` });
  const y = scaleOf(all, log);
  const { step, ticks } = log ? decades(y) : ticksOf(...y);
  const format = log ? (v) => String(Number(v.toPrecision(2))) : (share ? percents : plain)(step);
  return lines(shown, { ...base, y, ticks, log, format, mark: threshold === null ? null : [threshold, String(threshold)] });
}

function scaleOf(values, log) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) return [low / 1.15, high * 1.15];
  const room = (high - low || Math.abs(high) || 1) * ROOM;
  return [low - room, high + room];
}

/** 1, 2 and 5 of every power of ten within; powers alone where they are many. */
function decades([low, high]) {
  const wide = Math.log10(high / low) > 3;
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const times of wide ? [1] : [1, 2, 5]) {
      const value = times * 10 ** power;
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks.length > 2 ? { ticks } : ticksOf(low, high);
}

/** The chart of one criterion of a report, on the axis that all share. */
export function criterionChart(criterion, range) {
  const log = criterion.log ?? /\(log\)/.test(criterion.axis);
  const series = criterion.curves.map((curve, at) => {
    const known = curve.k.map((k, i) => [k, curve.values[i], curve.standard_error?.[i] ?? 0]).filter(([, value]) => Number.isFinite(value) && (!log || value > 0));
    return {
      name: criterion.curves.length > 1 ? curve.name : "",
      cls: CLASSES[Math.min(at, 2)],
      points: known.map(([k, value]) => [k, value]),
      spread: known.map(([, , half]) => half),
      dots: known.length < 2 || (at === 0 && known.length <= (narrow() ? 14 : 24)) ? "dot" : null,
    };
  });
  const words = `${nameOf(criterion)}: ${criterion.axis}, by number of parts. ${criterion.said}`;
  return overParts(series, { range, pick: criterion.pick, threshold: criterion.threshold, log, title: words });
}

/** One row a criterion, a dot at its pick: filled where it votes. The upright band is the recommended number. */
export function picks({ criteria, recommended }, range) {
  const [wide, left, right, row] = [narrow() ? 350 : 1040, narrow() ? 118 : 140, 26, 24];
  const foot = criteria.length * row + 6;
  const X = (k) => left + ((k - range[0]) / (range[1] - range[0] || 1)) * (wide - left - right);
  const words = criteria.map((one) => `${nameOf(one)}: ${one.pick ?? "none"}`).join(", ");
  const root = svg("svg", { class: "chart picks", viewBox: `0 0 ${wide} ${foot + 34}`, role: "img", "aria-label": `What each criterion picks. ${words}` });
  const put = (x, y, text, anchor, cls = "") => {
    const element = svg("text", { x, y, "text-anchor": anchor, class: cls });
    element.textContent = text;
    root.append(element);
  };
  if (recommended !== null) root.append(svg("rect", { class: "band", x: X(recommended) - 13, y: 0, width: 26, height: foot, rx: 4 }));
  criteria.forEach((one, at) => {
    const y = at * row + row / 2 + 2;
    root.append(svg("line", { class: "grid", x1: left, x2: wide - right, y1: y, y2: y }));
    put(left - 14, y + 4, nameOf(one), "end", one.votes ? "strong" : "");
    if (one.pick === null) return put(left + 2, y + 4, "none", "start");
    root.append(svg("circle", { class: one.votes ? "dot" : "ring", cx: X(one.pick), cy: y, r: 5 }));
    const before = X(one.pick) > wide - right - 30;
    put(X(one.pick) + (before ? -10 : 10), y + 4, one.pick, before ? "end" : "start", "strong");
  });
  root.append(svg("line", { class: "axis", x1: left, x2: wide - right, y1: foot, y2: foot }));
  for (const k of wholes(range)) put(X(k), foot + 15, k, "middle");
  put((left + wide - right) / 2, foot + 31, "parts", "middle");
  return root;
}

// The two curves of a fit: the error and the KKT residual by iteration, on axes that fit what has happened so far.
import { percent, sci } from "./dom.js";
import { lines } from "./chart.js";

const HALF_DECADE = Math.sqrt(10);
const TOLD = 0.001; // the last value is told at least to a tenth of a per cent
const ROOM = 0.08; // share of an axis left free above and below a curve

/** Drawn smaller where it is shown smaller, so that its letters stay legible. */
export const size = () => (matchMedia("(max-width: 720px)").matches ? { width: 330, height: 200 } : { width: 480, height: 220 });

/** Round numbers between low and high, about as many as asked for. */
export function ticksOf(low, high, about = 5) {
  const rough = (high - low || Math.abs(high) || 1) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
  return { step, ticks };
}

/** 12345.6 -> "1.2e4" where digits would not help, else as many as tell the ticks apart. */
export function plain(step) {
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return (v) => (Math.abs(v) >= 1e6 ? sci(v) : v.toFixed(digits));
}

export function percents(step) {
  const digits = Math.max(0, Math.ceil(-Math.log10(100 * step) - 1e-9));
  return (v) => percent(v, Math.min(5, digits));
}

function iterations(limit) {
  const most = Math.max(limit, 1);
  return { x: [0, most], xticks: ticksOf(0, most, 5).ticks.filter(Number.isInteger), xlabel: "iteration", right: 66 };
}

/** history: [[iteration, seconds, error, residual], ...]; `relative` says that errors are shares, written in per cent. */
export function errorCurve(history, { limit, relative = true }) {
  const measured = history.filter(([, , error]) => Number.isFinite(error));
  const started = measured.filter(([iteration]) => iteration > 0);
  const points = (started.length > 1 ? started : measured).map(([iteration, , error]) => [iteration, error]);
  if (!points.length) return lines([], { ...iterations(limit), ...size(), title: "No error yet" });
  const values = points.map(([, error]) => error);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || high || 1) * ROOM;
  const y = [low - room, high + room];
  const { step, ticks } = ticksOf(...y);
  const words = relative ? percents : plain;
  const last = points.at(-1);
  return lines([{ points, name: words(Math.min(step / 10, TOLD))(last[1]), dots: points.length < 2 ? "dot" : null }], {
    ...iterations(limit),
    ...size(),
    y,
    ticks,
    format: words(step),
    title: `${relative ? "Relative error" : "Objective"} up to iteration ${last[0]}`,
  });
}

/** The residual on a logarithmic axis, with the goal as a dotted line. */
export function residualCurve(history, { limit, goal }) {
  const points = history.filter(([, , , residual]) => residual > 0).map(([iteration, , , residual]) => [iteration, residual]);
  if (!points.length) return lines([], { ...iterations(limit), ...size(), title: "No KKT residual yet" });
  const values = points.map(([, residual]) => residual).concat(goal || []);
  const y = [Math.min(...values) / HALF_DECADE, Math.max(...values) * HALF_DECADE];
  const decades = [];
  for (let power = Math.ceil(Math.log10(y[0])); power <= Math.floor(Math.log10(y[1])); power++) decades.push(10 ** power);
  const every = Math.ceil(decades.length / 6);
  const last = points.at(-1);
  return lines([{ points, name: sci(last[1]), dots: points.length < 2 ? "dot" : null }], {
    ...iterations(limit),
    ...size(),
    y,
    log: true,
    ticks: decades.filter((_, i) => i % every === 0),
    format: (v) => `1e${Math.round(Math.log10(v))}`,
    title: `KKT residual up to iteration ${last[0]}, logarithmic`,
    mark: goal ? [goal, "goal"] : null,
  });
}

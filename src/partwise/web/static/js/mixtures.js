// Mixtures as text, as addresses hold them: "6:7.34,12:1" is 7.34 of part 6 and 1 of part 12.
import { run } from "./data.js";

const DIGITS = 4; // significant ones: the same picture to the eye, and an address that can be read

export const inRun = (i) => Number.isInteger(i) && i >= 0 && i < run.k;

/** "3:1,7:0.5" -> [[2, 1], [6, 0.5]]; what is no part of this run is left out. */
export function pairs(text) {
  const found = (text ?? "").split(",").map((term) => term.split(":").map(Number));
  return found.filter(([number, value]) => inRun(number - 1) && Number.isFinite(value)).map(([number, value]) => [number - 1, value]);
}

/** The code that "3:1,7:0.5" means. */
export function mixtureOf(text) {
  const code = Array(run.k).fill(0);
  for (const [i, value] of pairs(text)) code[i] = Math.max(-1e6, Math.min(1e6, value));
  return code;
}

export const mixtureText = (code) => Array.from(code, (w, i) => (w ? `${i + 1}:${Number(w.toPrecision(DIGITS))}` : ""))
  .filter(Boolean)
  .join(",");

// The verdict on a model in words: how good, how finished, why it stopped. Nothing is called good that was not measured.
import { percent, sci } from "./dom.js";

const KNOWN_GOOD = 0.5; // relative error above which an answer is not called a good one
const known = (x) => typeof x === "number" && Number.isFinite(x);
const parts = (k) => `${k} part${k === 1 ? "" : "s"}`;

/** { good, pill, headline, explained: [[heading, sentences], ...] } of a run. */
export function verdict({ k, facts, goal }) {
  const { converged, relative_error: error, n_iter: iterations } = facts;
  const they = `${parts(k)} rebuild${k === 1 ? "s" : ""} these pictures`;
  const result = known(error) ? `${they} with a relative error of ${percent(error)}.` : `${they}.`;
  return {
    good: Boolean(converged),
    pill: `${converged ? "Converged" : "Not converged"}: stopped after ${iterations} iteration${iterations === 1 ? "" : "s"}`,
    headline: `${opening(Boolean(converged), known(error) && error <= KNOWN_GOOD)} ${result}`,
    explained: [
      ["How good", howGood(facts)],
      ["How finished", howFinished(facts.kkt_residual, goal)],
      ["Why it stopped", inWords(facts.reason ?? "No reason was kept.")],
    ],
  };
}

function opening(converged, good) {
  if (!good) return converged ? "The fit is finished." : "The fit is not finished.";
  return converged ? "As good as it gets from this start." : "A good answer, not yet the best one.";
}

function howGood({ relative_error: error, n_dead_components: dead = 0 }) {
  if (!known(error)) return "The error was not measured.";
  const unused = dead ? ` ${parts(dead)} ${dead === 1 ? "is" : "are"} dead: not used by any picture.` : "";
  return `Relative error ${percent(error, 2)}: the length of what is left over, measured against the length of the pictures `
    + `themselves. 0\u202f% would be a perfect copy.${unused}`;
}

function howFinished(residual, goal) {
  if (!known(residual)) return "The KKT residual was not measured, so nothing is known about how far from optimal this answer is.";
  const far = residual / goal;
  const times = far < 10 ? far.toFixed(1) : Math.round(far).toLocaleString("en");
  const against = goal ? `, goal ${sci(goal, 0)}: ${far <= 1 ? "reached" : `${times} times too large`}` : "";
  const pull = percent(residual, residual < 1e-4 ? 4 : 2);
  return `KKT residual ${sci(residual)}${against}. In words: the pull still left on the weights is ${pull} of `
    + "the pulls that hold each other in balance. At 0, no small change could improve the answer.";
}

/** The fit's own sentence, with its powers written as on the rest of the page. */
export function inWords(sentence) {
  const powers = /\b\d(?:\.\d+)?e[+-]?\d+\b|\b0\.0+\d+\b/g;
  return sentence.replaceAll(powers, (text) => sci(Number(text)).replace(".0e", "e")).replace("<=", "≤");
}

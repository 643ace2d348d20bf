// The model card: what was fitted, how good the answer is, and what it is not.
import { $, h, percent, sci, bytes, count } from "./dom.js";
import { run } from "./data.js";
import { stat } from "./tiles.js";
import { errorCurve, residualCurve } from "./curves.js";
import { verdict } from "./verdict.js";
import { duration } from "./live.js";
import { start } from "./shell.js";

const known = (x) => typeof x === "number" && Number.isFinite(x);
const LONG = /^[0-9a-f]{32,}$/; // a checksum; its beginning tells it apart
const FIRST = ["model", "data", "source", "partwise"]; // the order of what it was made with, by the first word

function showVerdict() {
  const { good, pill, headline, explained } = verdict(run);
  $("#verdict").append(
    h("span", { class: `pill ${good ? "good" : "warn"}` }, pill),
    h("h2", { class: "verdict" }, headline),
    h("div", { class: "three" }, explained.map(([title, text]) => h("div", {}, h("h3", {}, title), h("p", { class: "small soft" }, text)))),
  );
}

function showCurves() {
  const limit = run.history.at(-1)?.[0] ?? 1;
  const relative = run.history_is === "relative error";
  const text = (words) => h("p", { class: "small quiet" }, words);
  if (!run.history.length) {
    $("#curve").append(text("This run keeps no history."));
    $("#residual").append(text("This run keeps no history."));
    return;
  }
  const about = `${relative ? "Relative error" : "Objective"} after each iteration.`;
  $("#curve").append(errorCurve(run.history, { limit, relative }), text(about));
  $("#residual").append(
    residualCurve(run.history, { limit, goal: run.goal }),
    text("KKT residual: size of the projected gradient over the size of the gradient's two halves, after balancing. "
      + "It has no unit and does not depend on the pictures' brightness."),
  );
}

function numbers() {
  const { facts } = run;
  const sparsity = run.parts.reduce((sum, part) => sum + part.sparsity, 0) / (run.k || 1);
  const dead = facts.n_dead_components;
  const shape = `${run.height} × ${run.width}${run.channels === 3 ? " × 3" : ""}`;
  const took = (seconds) => (seconds < 60 ? [seconds.toFixed(2), "s"] : [duration(seconds)]);
  $("#stats").append(
    stat("pictures", count(run.n), added(facts)),
    stat("values each", count(run.pixels), shape),
    stat("parts", String(run.k), known(dead) ? `${dead} dead` : ""),
    ...(known(facts.relative_error) ? [stat("relative error", percent(facts.relative_error, 2))] : []),
    ...(known(facts.kkt_residual) ? [stat("KKT residual", sci(facts.kkt_residual))] : []),
    stat("how local, mean", sparsity.toFixed(2), "Hoyer, 0 to 1"),
    ...(known(facts.n_iter) ? [stat("iterations", count(facts.n_iter))] : []),
    ...(known(facts.seconds) ? [stat("solver time", ...took(facts.seconds))] : []),
    ...(known(facts.seconds_read) ? [stat("reading", ...took(facts.seconds_read))] : []),
    ...run.findings.map(([label, value, aside]) => stat(label, value, aside)),
  );
}

/** How many pictures came after the fit, or have gone since. */
function added({ n_samples: fitted }) {
  if (!known(fitted) || fitted === run.n) return "";
  return `fitted on ${count(fitted)}`;
}

function madeWith() {
  const entries = Object.entries(run.made_with).filter(([, value]) => value !== null && value !== "");
  const rank = ([name]) => (FIRST.indexOf(name.split(" ")[0]) + FIRST.length + 1) % (FIRST.length + 1);
  entries.sort((a, b) => rank(a) - rank(b));
  const words = { loss: run.facts.model };
  $("#made").append(
    ...(words.loss ? [row("kind of model", words.loss)] : []),
    ...(run.facts.source ? [row("source", run.facts.source)] : []),
    ...entries.map(([name, value]) => row(name, value)),
  );
}

function row(name, value) {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const long = LONG.test(text);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    h("td", { class: long ? "mono" : "long", title: long ? text : null }, long ? `${text.slice(0, 16)}…` : text),
  );
}

function limits() {
  const { facts } = run;
  const skipped = facts.n_skipped;
  const files = skipped > 0 ? [`${count(skipped)} file${skipped === 1 ? " was" : "s were"} skipped: skipped.csv in the run says why.`] : [];
  $("#limits").append(...[
    ...run.notes,
    ...files,
    ...(run.channels === 1
      ? ["The parts see grey light only. Two pictures of different colour and equal brightness look the same to them."]
      : []),
    ...(run.signed ? ["These parts may also take away: red adds, blue takes away. They are no longer things that are simply there."] : []),
    "Backgrounds are pictures too: several parts may describe corners and edges. Switch them off in Search when they get in the way.",
    "Another start gives partly other parts; with another seed you see which ones return.",
    "The error is measured on the pictures that were fitted. New pictures will have a little more.",
  ].map((text) => h("li", {}, text)));
}

function downloads() {
  const entry = ({ name, title, bytes: size }) => h(
    "li",
    {},
    h("a", { href: `/api/files/${name}`, download: name.split("/").at(-1) }, title),
    h("span", { class: "small quiet num" }, [name.split("/").at(-1), size ? bytes(size) : ""].filter(Boolean).join(", ")),
  );
  $("#files").append(...run.files.map(entry));
}

start(async () => {
  $("#content").classList.remove("hide");
  showVerdict();
  showCurves();
  numbers();
  madeWith();
  limits();
  downloads();
}, { parts: false });

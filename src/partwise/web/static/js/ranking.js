// A rank run as it goes on: how far it is, which fits are done, and the errors growing over the number of parts.
import { h, svg, count, note } from "./dom.js";
import { cancel, follow, showState } from "./job.js";
import { duration } from "./live.js";
import { narrow, overParts } from "./criteria.js";

const KNOWN = 0.03; // share of the work after which the time left is worth telling
const FAMILIES = [["held-out", "held out"], ["all entries", "all entries"], ["columns permuted", "columns shuffled"], ["restart", "restarts"]];
const LINE = {
  cut: ["The line to the server is cut", "The rank run goes on as long as partwise serve runs; this page tries again by itself."],
  lost: ["The server does not know this rank run", "It was started anew since. Every fit that had ended is kept: start the same again, and it goes on."],
};

/** Shows rank run `about` (as /api/ranks gives it) in `place` until it ends or another is shown. `ended(end)` is called at its end. */
export function watchRanks(place, about, { ended }) {
  const lines = new Map(); // the errors of each line: name -> Map(k -> error)
  const view = frame(place, about);
  let last = about;
  return follow(`/api/ranks/${about.id}`, {
    draw: () => view.show(last, lines),
    line: view.line,
    events: {
      shot(shot, draw) {
        last = { ...last, ...shot };
        draw();
      },
      step(step, draw) {
        last = { ...last, ...step };
        if (!lines.has(step.line)) lines.set(step.line, new Map());
        if (Number.isFinite(step.value)) lines.get(step.line).set(step.k, step.value);
        draw();
      },
      end(end) {
        last = { ...last, ...end, left: null };
        view.show(last, lines);
        view.end(last);
        ended(last);
      },
    },
  });
}

function frame(place, about) {
  const pill = h("span", { class: "pill", role: "status" });
  const ending = h("div");
  const stop = h("button", { type: "button", onclick: () => cancel(`/api/ranks/${about.id}`, stop, ending) }, "Cancel");
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Share of the work" });
  const text = h("p", { class: "small num soft" });
  const broken = h("div");
  const fits = h("div");
  const charts = [h("div"), h("div")];
  const step = about.step > 1 ? ` in steps of ${about.step}` : "";
  const grown = [
    h(
      "div",
      { class: "two" },
      h("div", {}, h("h3", {}, "Error on hidden entries"), charts[0], h("p", { class: "small quiet" }, "Thin: each set of hidden entries. Lowest is best; it rises where parts describe noise.")),
      h("div", {}, h("h3", {}, "Error on all entries"), charts[1], h("p", { class: "small quiet" }, "A part that is really there gains more than one in shuffled columns.")),
    ),
    h("div", { class: "stack tight" }, h("h3", {}, "Fits that are done"), fits),
  ];
  place.replaceChildren(
    h("div", { class: "head" }, h("h2", {}, `${about.from} to ${about.to} parts${step}`), pill, stop),
    bar, text, broken, ending, ...grown,
  );
  return {
    show(now, lines) {
      showState({ ...now, reason: "Converged" }, { place, pill, stop });
      progress(bar, now);
      text.textContent = sentence(now);
      const range = [about.from, about.to];
      grown.forEach((part) => part.classList.toggle("hide", now.state === "failed" && !lines.size));
      charts[0].replaceChildren(heldOut(lines, range));
      charts[1].replaceChildren(overParts(shares(lines, { "as they are": "all entries", "columns shuffled": "columns permuted" }), { range, ...PERCENT }));
      fits.replaceChildren(done(lines, about, now));
    },
    end: (now) => ending.replaceChildren(...(now.state === "failed" ? [note("The rank run failed", now.reason || "No reason is known.")] : [])),
    line: (state) => broken.replaceChildren(...(LINE[state] ? [note(...LINE[state], "warn")] : [])),
  };
}

const PERCENT = { axis: "share of the first error", percents: true };

/** Each line as a share of its first error: what they are measured in differs. */
function shared(points) {
  const sorted = [...points].sort(([a], [b]) => a - b);
  const first = sorted[0]?.[1] || 1;
  return sorted.map(([k, error]) => [k, error / first]);
}

function shares(lines, names) {
  return Object.entries(names).flatMap(([name, line], at) => (lines.has(line)
    ? [{ name, cls: at ? "l2" : "l1", points: shared(lines.get(line)), dots: lines.get(line).size < 2 ? "dot" : null }]
    : []));
}

function heldOut(lines, range) {
  const folds = [...lines].filter(([name]) => name.startsWith("held-out")).map(([, points]) => new Map(shared(points)));
  const ks = [...(folds[0]?.keys() ?? [])].filter((k) => folds.every((fold) => fold.has(k)));
  const mean = ks.map((k) => [k, folds.reduce((sum, fold) => sum + fold.get(k), 0) / folds.length]);
  const thin = folds.map((fold) => ({ cls: "l4", points: [...fold] }));
  const series = mean.length ? [...thin, { name: "mean", points: mean, dots: mean.length < 2 ? "dot" : null }] : thin;
  return overParts(series, { range, ...PERCENT });
}

/** One row a kind of fit, one column a number of parts: the fuller, the more of them are done. */
function done(lines, about, now) {
  const ks = [];
  for (let k = about.from; k <= about.to; k += about.step) ks.push(k);
  const counts = FAMILIES.map(([begins]) => {
    const own = [...lines].filter(([name]) => name.startsWith(begins)).map(([, points]) => points);
    return ks.map((k) => own.filter((points) => points.has(k)).length);
  });
  const most = counts.map((row, at) => (FAMILIES[at][0] === "restart" ? about.restarts : Math.max(1, ...row)));
  const [left, right, high, wide] = [118, 2, 18, narrow() ? 350 : 1040];
  const step = (wide - left - right) / ks.length;
  const words = now.of ? `${count(now.fits)} of ${count(now.of)} fits are done` : "No fit is done yet";
  const root = svg("svg", { class: "chart fits-done", viewBox: `0 0 ${wide} ${FAMILIES.length * high + 20}`, role: "img", "aria-label": words });
  const put = (x, y, text, anchor) => {
    const element = svg("text", { x, y, "text-anchor": anchor });
    element.textContent = text;
    root.append(element);
  };
  FAMILIES.forEach(([, name], row) => {
    put(left - 10, row * high + 13, name, "end");
    ks.forEach((k, at) => {
      const place = { x: left + at * step + 0.75, y: row * high + 1, width: Math.max(1, step - 1.5), height: high - 3, rx: 1.5 };
      root.append(svg("rect", { class: "todo", ...place }));
      const share = Math.min(1, counts[row][at] / most[row]);
      if (share) root.append(svg("rect", { class: "done", ...place, "fill-opacity": 0.25 + 0.75 * share }));
    });
  });
  const every = Math.ceil(ks.length / (narrow() ? 10 : 25));
  ks.forEach((k, at) => at % every || put(left + (at + 0.5) * step, FAMILIES.length * high + 13, k, "middle"));
  return root;
}

function progress(bar, { state, stage, done: filed, total, share }) {
  const files = state === "running" && (stage === "reading" || stage === "drawing") && total;
  bar.max = files ? total : 1;
  bar.value = files ? filed : state === "finished" ? 1 : share;
}

function sentence({ state, stage, line, k, fits, of, share, seconds, left, done: filed, total }) {
  const file = total ? ` ${filed} of ${total}` : "";
  if (state === "running" && stage === "reading") return `Reading the pictures${file}`;
  if (state === "running" && stage === "starting") return "Read. Fitting the first parts";
  if (state === "running" && stage === "drawing") return `All is fitted. Drawing the figures${file}`;
  const made = `${count(fits)}${of ? ` of ${count(of)}` : ""} fits`;
  if (state !== "running") return `${made} · ${duration(seconds)}`;
  const about = left == null || share < KNOWN ? "" : ` · about ${duration(left)} left`;
  return `${made} · last: ${line}, ${k} part${k === 1 ? "" : "s"}${about}`;
}

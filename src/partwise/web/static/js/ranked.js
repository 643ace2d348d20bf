// A rank report: the answer in words, what every criterion says and how far to trust it, and the parts at the candidates.
import { h, bytes, count, note } from "./dom.js";
import { get } from "./data.js";
import { criterionChart, nameOf, picks } from "./criteria.js";
import { duration } from "./live.js";
import { paintSmall, stat } from "./tiles.js";

const BARE = 24; // letters below which a sentence is a number alone
const parts = (k) => `${k} part${k === 1 ? "" : "s"}`;
const card = (...children) => h("div", { class: "card stack" }, children);

/** Shows a report in `place`. `fitWith(k)` asks for a fit; `goOn()`, where there is one, for the fits that are missing. */
export async function showReport(place, report, { fitWith, goOn = null }) {
  const range = [report.ks[0], report.ks.at(-1)];
  const galleries = h("div", { class: "stack" });
  place.replaceChildren(answer(report, { fitWith, goOn }), said(report, range), curves(report, range), galleries, files(report));
  const shown = await Promise.all(report.galleries.map((k) => get(`/api/rank-report/parts/${k}`)));
  galleries.replaceChildren(...shown.map((one) => gallery(one, report, fitWith)));
}

/** What is said first, a bare number with what follows it, and the rest. */
function divided(sentence) {
  const said = sentence.split(". ");
  let at = 1;
  while (at < said.length && said.slice(0, at).join(". ").length < BARE) at++;
  return at < said.length ? [`${said.slice(0, at).join(". ")}.`, said.slice(at).join(". ")] : [sentence, ""];
}

/** How the criteria stand to each other, in a few words. */
function standing({ complete, recommended, agree, criteria }) {
  const picks = [...new Set(criteria.filter((one) => one.votes && one.pick !== null).map((one) => one.pick))].sort((a, b) => a - b);
  if (!complete) return ["Not complete", "warn"];
  if (recommended === null) return ["No clear number", "warn"];
  if (agree) return ["The criteria agree", "good"];
  return [picks.length > 1 ? `The criteria differ: ${picks.join(", ")}` : "One number, not sure", "warn"];
}

function answer(report, { fitWith, goOn }) {
  const [first, rest] = divided(report.sentence);
  const { recommended, robust, firm, complete, warnings, n_fits: fits, seconds, ks } = report;
  const [state, cls] = standing(report);
  const others = report.candidates.filter((k) => k !== recommended);
  const button = (k, main) => h("button", { type: "button", class: main ? "main" : null, onclick: () => fitWith(k) }, `Fit ${parts(k)}`);
  const end = ks.length > 1 ? `${ks[0]} to ${ks.at(-1)} parts` : parts(ks[0]);
  const stopped = complete ? [] : warnings.filter((words) => words.startsWith("Stopped"));
  const missing = note("Stopped before the end", [...stopped, "Every fit that had ended is kept; starting the same again goes on from there."].join(" "), "warn");
  if (goOn) missing.append(h("p", { class: "note-actions" }, h("button", { type: "button", onclick: goOn }, "Go on")));
  return card(
    h("div", { class: "head" }, h("h2", {}, "How many parts?"), h("span", { class: `pill ${cls}` }, state), h("span", { class: "small quiet num" }, `${end}, ${count(fits)} fits, ${duration(seconds)}`)),
    h("p", { class: "verdict" }, first),
    ...(rest ? [h("p", { class: "soft further" }, rest)] : []),
    ...(complete ? [] : [missing]),
    ...warnings.filter((words) => !stopped.includes(words)).map((words) => note("Mind", words, "warn")),
    h(
      "dl",
      { class: "stats num" },
      stat("recommended", recommended ?? "–", recommended === null ? "no number can be given" : ""),
      stat("robust: its parts come back", robust ?? "–"),
      stat("firm groups of pictures", firm.length ? firm.join(", ") : "none"),
    ),
    h("div", { class: "toolbar" }, ...(recommended === null ? [] : [button(recommended, true)]), others.map((k) => button(k, false))),
  );
}

function said(report, range) {
  const cell = (cls, ...children) => h("td", { class: cls }, ...children);
  const row = (one) => h(
    "tr",
    {},
    h("th", { scope: "row" }, h("b", {}, nameOf(one)), h("span", {}, one.title)),
    cell("r", h("b", {}, one.pick ?? "–")),
    cell("", one.votes ? "votes" : "beside"),
    cell("", one.said),
    cell("quiet", one.reliability),
  );
  const head = ["Criterion", "Picks", "", "Why", "How reliable"].map((words, at) => h("th", { scope: "col", class: at === 1 ? "r" : "" }, words || h("span", { class: "sr" }, "Role")));
  return card(
    h("div", { class: "head" }, h("h2", {}, "What each criterion picks"), h("span", { class: "small quiet" }, "Filled: it votes. Open: it stands beside.")),
    picks(report, range),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of criteria" },
      h("table", { class: "criteria" }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, report.criteria.map(row))),
    ),
  );
}

function curves(report, range) {
  const one = (criterion) => h(
    "figure",
    {},
    h("h3", {}, criterion.title),
    criterionChart(criterion, range),
    h("p", { class: "small quiet" }, `${criterion.axis[0].toUpperCase()}${criterion.axis.slice(1)}. ${criterion.said}`),
  );
  return card(
    h("div", { class: "head" }, h("h2", {}, "Over the number of parts"), h("span", { class: "small quiet" }, "The upright line is what a criterion picks, a dotted one the level its values are held against.")),
    h("div", { class: "two wide" }, report.criteria.filter(({ curves: all }) => all.length).map(one)),
  );
}

function gallery({ k, shape: [height, width], parts: values, stability, sureness }, report, fitWith) {
  const roles = [
    ...(k === report.recommended ? ["recommended"] : []),
    ...(k === report.robust ? ["robust"] : []),
    ...report.criteria.filter((one) => one.votes && one.pick === k).map(nameOf),
  ];
  const tile = (part, i) => {
    const [sure, word] = [stability[i], sureness[i]];
    const name = `Part ${i + 1} of ${k}${word ? `, comes back with cosine ${sure.toFixed(2)}: ${word}` : ""}`;
    const canvas = h("canvas", { width, height, role: "img", "aria-label": name });
    paintSmall(canvas, part);
    return h(
      "li",
      { class: "part", title: name },
      canvas,
      ...(word
        ? [
          h("div", { class: "cap" }, h("span", {}, word), h("b", {}, sure.toFixed(2))),
          h("div", { class: `meter ${word}`, "aria-hidden": "true" }, h("i", { style: { width: `${100 * Math.max(0, sure)}%` } })),
        ]
        : []),
    );
  };
  return card(
    h("div", { class: "head" }, h("h2", {}, parts(k)), ...roles.map((role) => h("span", { class: "pill" }, role)), h("button", { type: "button", onclick: () => fitWith(k) }, `Fit ${parts(k)}`)),
    h("p", { class: "small quiet" }, "The most energetic first. The number says how surely a part comes back in the other fits: its mean cosine with its match."),
    h("ul", { class: "parts few" }, values.map(tile)),
  );
}

function files(report) {
  const entry = ({ name, title, bytes: size }) => h(
    "li",
    {},
    h("a", { href: `/api/rank-report/files/${name}`, download: name.split("/").at(-1) }, title),
    h("span", { class: "small quiet num" }, `${name.split("/").at(-1)}, ${bytes(size)}`),
  );
  return card(
    h("div", { class: "head" }, h("h2", {}, "To keep"), h("span", { class: "small quiet" }, `all of it lies in ${report.out}, beside this run`)),
    h("ul", { class: "downloads" }, report.files.map(entry)),
  );
}

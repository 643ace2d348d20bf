// "How many parts?": asks for a rank run, follows it, shows what the last one said. It belongs to the server, as fits do.
import { $, h, count, empty } from "./dom.js";
import { get, post, run } from "./data.js";
import { complain, has, notWhole, numberIn, tidy } from "./form.js";
import { stateOf } from "./job.js";
import { duration } from "./live.js";
import { watchRanks } from "./ranking.js";
import { showReport } from "./ranked.js";
import { fail } from "./shell.js";

const WHOLE = [
  ["from", "From is a whole number, 1 or more."],
  ["to", "To is a whole number, 2 or more."],
  ["step", "The step is a whole number, 1 or more."],
  ["restarts", "Restarts are a whole number, 0 or more."],
  ["seed", "The seed is a whole number, 0 or more.", true],
];
const FIELDS = ["from", "to", "step", "restarts", "seed"];
const HELP = { restarts: "Fits of the same number from other random numbers: do the same parts come back?" };
const ABOUT = "of this server since it started; the fits of each are kept beside this run";
let facts; // the answer of /api/ranks
let options; // { fitWith(k) }
let leave = () => {}; // stops watching

const form = () => $("#ranks-form");

/** Fills the form, goes on with what runs, shows the last report. `first` is the answer of /api/ranks. */
export async function openRanks(first, { fitWith }) {
  facts = first;
  options = { fitWith };
  for (const name of FIELDS) form().elements[name].value = facts.defaults[name];
  form().addEventListener("input", effort);
  form().addEventListener("submit", (event) => {
    event.preventDefault();
    begin();
  });
  tidy(form(), HELP);
  effort();
  list();
  const last = facts.ranks[0];
  if (last && (last.state === "running" || last.state === "failed")) follow(last);
  if (last?.state !== "running") await report(last);
}

function wanted() {
  return Object.fromEntries(FIELDS.map((name) => [name, numberIn(form(), name) ?? 0]));
}

/** How much there is to do, before it is asked for. */
function effort() {
  const { from, to, step, restarts } = wanted();
  const ks = [];
  if (from >= 1 && step >= 1 && to <= facts.most) for (let k = from; k <= to && ks.length < 1000; k += step) ks.push(k);
  if (ks.length < 2 || !(restarts >= 0)) return $("#effort").replaceChildren();
  const fits = ks.length * (facts.effort.lines + restarts);
  const work = ks.reduce((sum, k) => sum + k + 2, 0) * (facts.effort.lines + facts.effort.restart * restarts);
  $("#effort").textContent = `${count(ks.length)} numbers of parts, ${count(fits)} fits: ${roughly(work * facts.effort.seconds)}. `
    + "You can cancel at any time: what is fitted is kept, and starting the same again goes on.";
}

function roughly(seconds) {
  if (seconds < 10) return "some seconds";
  if (seconds < 90) return `about ${10 * Math.round(seconds / 10)} seconds`;
  return seconds < 5400 ? `about ${Math.round(seconds / 60)} minutes` : `about ${Math.round(seconds / 3600)} hours`;
}

async function begin(asked = null) {
  $("#ranks-note").replaceChildren();
  tidy(form(), HELP);
  if (asked) for (const name of FIELDS) form().elements[name].value = asked[name];
  const wrong = notWhole(form(), WHOLE);
  if (wrong) return complain(form(), ...wrong);
  const button = $("button.main", form());
  button.disabled = true;
  try {
    const { id } = await post("/api/ranks", wanted());
    await refresh();
    follow(facts.ranks.find((one) => one.id === id));
    if (matchMedia("(max-width: 1120px)").matches) $("#ranking").scrollIntoView({ block: "start" });
  } catch (error) {
    if (has(form(), error.field)) complain(form(), error.field, [error.message, error.hint].filter(Boolean).join(" "));
    else fail(error, $("#ranks-note"), "The rank run was not started");
  } finally {
    button.disabled = false;
  }
}

/** Shows one rank run until it ends, then what it says. */
function follow(about) {
  leave();
  $("#report").replaceChildren();
  leave = watchRanks($("#ranking"), about, {
    ended: async (end) => {
      await refresh().catch(() => {});
      if (end.state !== "failed") await report(end);
    },
  });
}

async function refresh() {
  facts = await get("/api/ranks");
  list();
}

/** Shows the newest report there is; `job` is the rank run that made it, where this server knows it. */
async function report(job) {
  if (!facts.found) {
    if (!job) $("#ranking").replaceChildren(empty("Not asked yet", `Press Start to find out how many parts these ${count(run.n)} pictures are made of.`));
    return;
  }
  try {
    const found = await get("/api/rank-report");
    const made = job && job.state !== "failed" && job.out === found.out ? job : null;
    if (job?.state !== "failed") $("#ranking").replaceChildren();
    await showReport($("#report"), found, { ...options, goOn: made && !found.complete ? () => begin(made) : null });
  } catch (error) {
    fail(error, $("#ranks-note"), "The report could not be shown");
  }
}

function list() {
  const cls = (at) => (at === 1 || at === 2 ? "r" : "");
  const head = ["Parts", "Restarts", "Fits", "Took", "State", "Folder"].map((words, at) => h("th", { class: cls(at), scope: "col" }, words));
  const row = (one) => {
    const step = one.step > 1 ? `, in steps of ${one.step}` : "";
    const ended = one.state !== "running";
    const cells = [
      one.restarts,
      ended && one.of ? `${count(one.fits)} of ${count(one.of)}` : "–", // until then: above
      ended && one.seconds ? duration(one.seconds) : "–",
      stateOf({ ...one, reason: "Converged" }).words,
      one.out,
    ];
    return h("tr", {}, h("th", { scope: "row" }, `${one.from} to ${one.to}${step}`), cells.map((text, at) => h("td", { class: cls(at + 1) }, String(text))));
  };
  $("#rank-runs").classList.toggle("hide", !facts.ranks.length);
  $("#rank-runs").replaceChildren(
    h("div", { class: "head" }, h("h2", {}, "Rank runs"), h("span", { class: "small quiet" }, ABOUT)),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of rank runs" },
      h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, facts.ranks.map(row))),
    ),
  );
}

// Start a fit, watch it, cancel it, open what it made. A fit belongs to the server: this page may come and go.
import { $, all, h, choice, count, percent, sci, query, empty } from "./dom.js";
import { get, post } from "./data.js";
import { complain, has, notWhole, numberIn, tidy } from "./form.js";
import { stateOf } from "./job.js";
import { watch } from "./live.js";
import { openRanks } from "./ranks.js";
import { start, fail } from "./shell.js";

const SOLVERS = {
  hals: "extrapolated HALS",
  cd: "extrapolated HALS, by scikit-learn’s name",
  bpp: "block principal pivoting",
  pg: "accelerated projected gradient",
  nenmf: "accelerated projected gradient (NeNMF)",
  newton: "projected Newton",
  mu: "multiplicative updates",
  "hals-plain": "HALS, as published",
  als: "alternating least squares",
  lin: "projected gradient (Lin)",
  gd: "gradient descent",
};
const INITS = {
  random: "random numbers",
  nndsvd: "NNDSVD",
  nndsvda: "NNDSVD, filled with the mean",
  nndsvdar: "NNDSVD, filled with small random numbers",
};
const WHOLE = [
  ["k", "The number of parts must be a whole number, 1 or more."],
  ["seed", "The seed is a whole number, 0 or more.", true],
  ["max_iter", "The most iterations are a whole number, 1 or more.", true],
];
const HELP = { k: "Not sure? “How many parts?” compares several." };
const ABOUT_FITS = "of this server since it started; every one is a run, a folder beside this one";
const GOALS = "partwise.goals"; // the KKT residual that each fit was to come to, kept for the curve
let facts; // the answer of /api/fits
let leave = () => {}; // stops watching

const option = (words, fallback) => (value) => h(
  "option",
  { value },
  `${words[value] ?? value}${value === fallback ? " (default)" : ""}`,
);

function form() {
  const { source, solvers, inits, defaults } = facts;
  $("#source").textContent = source;
  $("#solver").append(...solvers.map(option(SOLVERS, defaults.solver)));
  if (defaults.init === null) $("#init").append(h("option", { value: "" }, "what suits the solver (default)"));
  $("#init").append(...inits.map(option(INITS, defaults.init)));
  for (const name of ["k", "seed", "solver", "init", "max_iter"]) $(`#${name}`).value = defaults[name] ?? "";
  $("#tol").value = defaults.tol < 0.001 ? defaults.tol.toExponential(0) : defaults.tol;
  $("#form").addEventListener("submit", (event) => {
    event.preventDefault();
    begin();
  });
}

/** What is asked for, as the server wants it: numbers as numbers. What is none stays as it is typed, and the server says so. */
function wanted() {
  const number = (name) => numberIn($("#form"), name);
  return {
    k: number("k"),
    seed: number("seed") ?? 0,
    solver: $("#solver").value || null,
    init: $("#init").value || null,
    max_iter: number("max_iter"),
    tol: number("tol"),
  };
}

/** What can be said without the server: whether these are numbers at all. */
function unreadable() {
  const tol = numberIn($("#form"), "tol");
  return notWhole($("#form"), WHOLE) ?? (Number.isNaN(tol) ? ["tol", "The KKT residual is a number such as 1e-4."] : null);
}

async function begin() {
  $("#tol").value = $("#tol").value.replace(",", ".");
  $("#form-note").replaceChildren();
  tidy($("#form"), HELP);
  const wrong = unreadable();
  if (wrong) return complain($("#form"), ...wrong);
  $("#start").disabled = true;
  try {
    const asked = wanted();
    const { id } = await post("/api/fits", asked);
    keepGoal(id, asked.tol ?? facts.defaults.tol);
    await refresh();
    follow(id);
    if (matchMedia("(max-width: 1120px)").matches) $("#live").scrollIntoView({ block: "start" });
  } catch (error) {
    if (has($("#form"), error.field)) complain($("#form"), error.field, [error.message, error.hint].filter(Boolean).join(" "));
    else fail(error, $("#form-note"), "The fit was not started");
  } finally {
    $("#start").disabled = false;
  }
}

function goals() {
  try {
    return JSON.parse(sessionStorage.getItem(GOALS)) ?? {};
  } catch {
    return {};
  }
}

function keepGoal(id, tol) {
  try {
    sessionStorage.setItem(GOALS, JSON.stringify({ ...goals(), [id]: tol }));
  } catch {
    // Not kept: the curve shows the goal that fits have by default.
  }
}

/** Shows one fit; the address holds it, unless another question is being looked at. */
function follow(id, { told = true } = {}) {
  const about = facts.fits.find((fit) => fit.id === id);
  if (!about) return;
  leave();
  if (told) history.replaceState(null, "", `?id=${id}`);
  leave = watch($("#live"), about, { goal: about.tol ?? goals()[id] ?? facts.defaults.tol, ended: () => refresh().catch(() => {}) });
  list(id);
}

async function refresh() {
  facts = { ...facts, ...(await get("/api/fits")) };
  list(new URLSearchParams(location.search).get("id"));
}

function list(shown) {
  const { fits } = facts;
  const columns = ["Run", "Parts", "Iterations", "Error", "KKT residual", "State"];
  const cls = (at) => (at > 0 && at < 5 ? "r" : "");
  const heading = h(
    "tr",
    {},
    columns.map((words, at) => h("th", { class: cls(at), scope: "col" }, words)),
    h("th", { scope: "col" }, h("span", { class: "sr" }, "Show")),
  );
  const row = (fit) => {
    const ended = (value, words) => (fit.state !== "running" && Number.isFinite(value) ? words(value) : "–"); // until then: above
    const cells = [
      fit.k,
      ended(fit.iteration, count),
      ended(fit.error, (error) => percent(error, 2)),
      ended(fit.residual, (residual) => sci(residual)),
      stateOf(fit).words,
    ];
    const here = fit.id === shown;
    const look = h("button", { type: "button", "aria-pressed": String(here), onclick: () => follow(fit.id) }, here ? "Shown" : "Show");
    const rest = cells.map((text, at) => h("td", { class: cls(at + 1) }, String(text)));
    return h("tr", {}, h("th", { scope: "row" }, fit.out), rest, h("td", { class: "r" }, look));
  };
  $("#runs").replaceChildren(
    h("div", { class: "head" }, h("h2", {}, "Fits"), h("span", { class: "small quiet" }, ABOUT_FITS)),
    fits.length
      ? h(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of fits" },
        h("table", {}, h("thead", {}, heading), h("tbody", {}, fits.map(row))),
      )
      : h("p", { class: "small soft" }, "None yet."),
  );
}

/** "fit" or "ranks". */
function turn(mode) {
  all("#mode button").forEach((button) => button.setAttribute("aria-pressed", String(button.value === mode)));
  $("#content").classList.toggle("hide", mode !== "fit");
  $("#ranks").classList.toggle("hide", mode !== "ranks");
}

/** Asks for a fit of k parts: the rest is as it was. */
function fitWith(k) {
  turn("fit");
  history.replaceState(null, "", location.pathname);
  $("#k").value = k;
  tidy($("#form"), { k: "As the report of “How many parts?” says." });
  $("#start").focus();
  $("#start").scrollIntoView({ block: "center" });
}

start(async () => {
  const [fits, ranks] = await Promise.all([get("/api/fits"), get("/api/ranks")]);
  facts = fits;
  form();
  list(null);
  const running = ranks.ranks.some((one) => one.state === "running");
  const mode = query.get("mode") === "ranks" || (running && !query.has("id")) ? "ranks" : "fit";
  turn(mode);
  choice($("#mode"), (value) => {
    history.replaceState(null, "", value === "ranks" ? "?mode=ranks" : location.pathname);
    turn(value);
  });
  const chosen = facts.fits.find((fit) => fit.id === query.get("id"))
    ?? facts.fits.find((fit) => fit.state === "running") ?? facts.fits[0];
  if (chosen) follow(chosen.id, { told: mode === "fit" });
  else $("#live").replaceChildren(empty("No fit yet", `Choose the number of parts and press Start; there are ${count(facts.n)} pictures.`));
  await openRanks(ranks, { fitWith });
}, { parts: false });

// Search: a query, the parts that count, the most and least similar, and why.
import { $, h, count, query, empty } from "./dom.js";
import { run, get, post, mix, nameOf, order, pictureName, short } from "./data.js";
import { picture, field } from "./tiles.js";
import { countingParts } from "./counting.js";
import { hitRow } from "./hits.js";
import { whyView } from "./why.js";
import { mixtureOf, mixtureText } from "./mixtures.js";
import { takePictures } from "./upload.js";
import { start, fail } from "./shell.js";

const HITS = 8; // a row at full width
const LONGEST = 24; // letters of the name of an uploaded picture, where it stands in sentences
const state = {
  number: null, // the picture of the run that is searched with; null for one from outside or a mixture
  own: null, // { name, code, pixels } of a picture or mixture that is not in the run
  other: null, // the result that is explained
  code: null, // the code of the query, as the last answer gave it
  hits: [],
  seen: false, // whether reconstructions stand below the results
  whole: false, // whether every part has its row in the explanation
};
let parts; // which parts count, and how much
let rows; // the two rows of results
let asked = 0;

const chosen = () => ({ measure: $("#measure").value, weights: parts.scale });
const nothingCounts = () => parts.scale.every((s) => s === 0);
const asQuery = () => (state.own ? { code: state.own.code } : { picture: state.number });
const called = () => clipped(short(state.own ? state.own.name : pictureName(state.number)));
const clipped = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);

/** Ranks anew and explains; `keep` leaves the explained picture where it is. */
async function search({ keep = false } = {}) {
  const turn = ++asked;
  $("#on").textContent = parts.told();
  if (nothingCounts()) return nothing();
  $("#results-note").replaceChildren();
  try {
    const label = $("#label").value || undefined;
    const answer = await post("/api/search", { ...asQuery(), n: HITS, label, ...chosen() });
    if (turn !== asked) return; // a later switch has been moved meanwhile
    show(answer, keep);
    await explain();
  } catch (error) {
    if (turn === asked) refused(error);
  }
}

function show({ query: of, similar, dissimilar, n, milliseconds }, keep) {
  state.code = of.code;
  state.hits = [...similar, ...dissimilar];
  if (!keep || state.other === null || !run.rowOf.has(state.other)) state.other = similar[0]?.number ?? null;
  const took = milliseconds < 0.1 ? "under 0.1" : milliseconds.toFixed(1);
  $("#took").textContent = `${count(n)} pictures ranked in ${took}\u202fms`;
  head();
  rows.near.show(similar, state);
  rows.far.show(dissimilar, state);
  if (!similar.length) {
    const none = of.code.every((weight, i) => !weight || !parts.scale[i]);
    const words = none ? "It is a sum of no parts that count, so nothing is like it, or unlike." : "Choose another label, or add pictures to the run.";
    $("#results-note").replaceChildren(empty("Nothing to compare with", words));
  }
  if (state.seen) reconstructions();
}

function head() {
  const { own, number, code } = state;
  $("#query-name").textContent = $("#query-name").title = own ? own.name : pictureName(number);
  $("#open").classList.toggle("hide", Boolean(own));
  if (!own) $("#open").href = `/pictures/${number}`;
  const counts = field(mix(code.map((w, i) => w * Math.min(1, parts.scale[i]))), "What the parts that count say of it");
  const caption = (image, text) => h("figure", {}, image, h("figcaption", { class: "small" }, text));
  $("#query").replaceChildren(
    caption(own ? ownTile() : picture(number, { tag: "span" }), own?.pixels ? "your picture" : own ? "your mix" : "picture"),
    caption(counts, "what counts of it"),
  );
}

const ownTile = (cls) => field(state.own.pixels ?? mix(state.own.code), state.own.pixels ? "Your picture" : "Your mix", {}, cls);

/** Why the chosen result is where it is. */
async function explain() {
  remember();
  rows.near.mark(state.other);
  rows.far.mark(state.other);
  if (state.other === null) return $("#why").replaceChildren();
  const turn = asked;
  const other = state.other;
  const explanation = await post("/api/explain", { a: asQuery(), b: { picture: other }, ...chosen() });
  if (turn !== asked || other !== state.other) return;
  const names = [called(), clipped(short(pictureName(other)))];
  const again = () => searchWith(other);
  const left = state.own ? ownTile("mini") : picture(state.number, { tag: "span" });
  $("#why").replaceChildren(...whyView({
    explanation, names, left, right: picture(other), whole: state.whole, measure: $("#measure").value, again,
    unfold: () => { state.whole = true; explain().catch(refused); },
  }));
  $("#told").textContent = `${names[0]} and ${names[1]}: cosine ${explanation.cosine.toFixed(3)}`;
}

function choose(number) {
  state.other = number;
  explain().catch(refused);
}

function searchWith(number) {
  Object.assign(state, { number, own: null, other: null });
  search();
}

function nothing() {
  rows.near.show([], state);
  rows.far.show([], state);
  $("#took").textContent = "";
  $("#results-note").replaceChildren(empty("Nothing to compare", "All parts are switched off. Switch at least one on."));
  $("#why").replaceChildren();
  if (state.code) head();
  remember();
}

function refused(error) {
  $("#results-note").replaceChildren();
  fail(error, $("#results-note"), "This search could not be done");
}

/** What the model sees of each result, below it: its code is asked for once. */
async function reconstructions() {
  const turn = asked;
  await Promise.all(state.hits.map(async ({ number }) => {
    const code = await codeOf(number);
    if (turn !== asked || !state.seen) return;
    const image = field(mix(code, undefined, (i) => parts.scale[i] > 0), `Reconstruction of ${pictureName(number)}`, {}, "shot under");
    rows.near.below(number, image);
    rows.far.below(number, image);
  })).catch(refused);
}

const codes = new Map();
function codeOf(number) {
  if (!codes.has(number)) codes.set(number, get(`/api/pictures/${number}`).then((facts) => facts.code));
  return codes.get(number);
}

/** The address holds query, result, measure, label and parts, so that it can be sent. A picture from outside is not in it. */
function remember() {
  if (state.own?.pixels) {
    history.replaceState(null, "", "/search"); // or a reload would show what was asked before
    return;
  }
  const held = new URLSearchParams(state.own ? { parts: mixtureText(state.own.code) } : { q: state.number });
  if (state.other !== null) held.set("with", state.other);
  for (const [key, text] of Object.entries(parts.asText())) held.set(key, text);
  if ($("#measure").value !== "cosine") held.set("measure", $("#measure").value);
  if ($("#label").value) held.set("label", $("#label").value);
  history.replaceState(null, "", `?${held.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`);
}

/** Reads the address: ?q=17&with=21&off=3,4&weights=7:2 or ?parts=3:1,7:0.5 */
function recall() {
  const mixture = query.get("parts");
  if (mixture) state.own = { name: "your mix", code: mixtureOf(mixture), pixels: null };
  else state.number = Number(query.get("q")) || run.pictures.number[0] || null;
  state.other = Number(query.get("with")) || null;
  for (const name of ["measure", "label"]) {
    const select = $(`#${name}`);
    if ([...select.options].some((option) => option.value === query.get(name))) select.value = query.get(name);
  }
}

function controls() {
  $("#measure").addEventListener("change", () => search());
  $("#label").addEventListener("change", () => search());
  $("#random").addEventListener("click", () => searchWith(run.pictures.number[Math.floor(Math.random() * run.n)]));
  $("#seen").addEventListener("click", (event) => {
    state.seen = !state.seen;
    event.currentTarget.setAttribute("aria-pressed", String(state.seen));
    if (state.seen) reconstructions();
    else [rows.near, rows.far].forEach((row) => row.bare());
  });
  takePictures((own) => {
    Object.assign(state, { own, number: null, other: null });
    search();
  });
}

start(async () => {
  if (!run.n) {
    $("#content").before(empty("No pictures yet", "Add some: partwise add RUN FOLDER, then reload."));
    return;
  }
  $("#content").classList.remove("hide");
  if (run.labels?.length > 1) {
    $("#label-filter").classList.remove("hide");
    $("#label").append(...run.labels.map((label) => h("option", { value: label }, label)));
  }
  parts = countingParts({
    query,
    change: () => search(),
    presets: [
      ["Eyes only", (i) => /eye|lid/i.test(nameOf(i))],
      ["Its top 5", (i) => order(state.code ?? []).slice(0, 5).includes(i)],
    ],
  });
  rows = { near: hitRow($("#near"), choose), far: hitRow($("#far"), choose) };
  recall();
  controls();
  await search({ keep: true });
});

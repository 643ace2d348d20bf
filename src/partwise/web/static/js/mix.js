// The mixer: w @ H on a canvas while a slider moves. The address holds the state, so that a mix can be sent as a link.
import { $, h, count, query, toast, empty } from "./dom.js";
import { run, get, post, mix, pictureName } from "./data.js";
import { picture, place, field } from "./tiles.js";
import { pairs } from "./counting.js";
import { sliders } from "./sliders.js";
import { start, fail } from "./shell.js";

const STEPS = 200; // that Undo remembers
const SETTLED = 250; // milliseconds without a change before the address is written
const SMALLEST_PNG = 512; // pixels on the shorter side of a saved mix: whole multiples of its own
const NOTHING = {
  used: ["No part is in use", "All weights are zero. Show all parts, and move a slider."],
  named: ["No part has a name", "Name them on the page Parts."],
};
let w; // the weights
let rows; // their sliders
let stage; // the canvas of the mix
let near; // { tile, caption } of the nearest real picture
const past = [];
let drawing = 0;

/** Draws once a frame, however fast the slider moves. */
function draw() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    const began = performance.now();
    stage.show(mix(w, stage.values));
    stage.took = performance.now() - began;
    const used = w.filter((v) => v !== 0).length;
    $("#what").textContent = used ? `${used} of ${run.k} parts` : "All weights are zero: black. Move a slider or press Random.";
    if ($("#show").value === "used") filter();
    seekNearest();
    rememberSoon();
  });
}

const begin = () => {
  past.push(Float32Array.from(w));
  if (past.length > STEPS) past.shift();
  $("#undo").disabled = false;
};

/** Sets all weights but the locked ones. */
function put(next, { undo = true } = {}) {
  if (undo) begin();
  for (let i = 0; i < run.k; i++) if (!rows.locked[i]) w[i] = next[i];
  rows.sync();
  draw();
}

/** One question at a time: while it is under way the newest mix waits, those between are dropped. */
let asking = false;
let waiting = false;
async function seekNearest() {
  if (asking) {
    waiting = true;
    return;
  }
  asking = true;
  try {
    do {
      waiting = false;
      const began = performance.now();
      const answer = await post("/api/nearest", { code: Array.from(w) });
      showNearest(answer, performance.now() - began);
    } while (waiting);
    near.note.replaceChildren();
  } catch (error) {
    near.note.replaceChildren();
    fail(error, near.note, "The nearest picture is not known");
  } finally {
    asking = false;
  }
}

function showNearest({ number, name, distance }, took) {
  near.tile.classList.remove("hide");
  if (near.tile.dataset.number !== String(number)) place(near.tile, number);
  near.tile.href = `/pictures/${number}`;
  near.tile.title = name;
  near.tile.setAttribute("aria-label", `Nearest real picture: ${name}`);
  const far = distance < 0.005 ? "the same code" : `distance ${distance.toFixed(1)}`;
  near.caption.replaceChildren(h("b", {}, "Nearest real picture"), `${name}, ${far}. `, searchLink());
  $("#speed").textContent = `Sum of ${run.k} parts: ${stage.took.toFixed(1)}\u202fms. `
    + `Nearest of ${count(run.n)}: ${took.toFixed(0)}\u202fms, there and back.`;
}

const searchLink = () => h("a", { href: `/search?parts=${asText()}` }, "Search with this mix");

const asText = () => Array.from(w, (v, i) => (v ? `${i + 1}:${Number(v.toFixed(2))}` : "")).filter(Boolean).join(",");

let later = 0;
function rememberSoon() {
  clearTimeout(later);
  later = setTimeout(() => history.replaceState(null, "", `#w=${asText()}`), SETTLED);
}

const codeOf = async (number) => (await get(`/api/pictures/${number}`)).code;

/** Each part's weight is that of one of two real pictures; so the mix stays something that could be. */
async function random() {
  const any = () => run.pictures.number[Math.floor(Math.random() * run.n)];
  const [a, b] = await Promise.all([codeOf(any()), codeOf(any())]);
  put(a.map((v, i) => (Math.random() < 0.5 ? v : b[i])));
}

async function snap() {
  const { number, name } = await post("/api/nearest", { code: Array.from(w) });
  put(await codeOf(number));
  toast(rows.locked.some(Boolean) ? `Snapped to ${name}, but for the locked parts` : `Snapped to ${name}`);
}

function undo() {
  const last = past.pop();
  $("#undo").disabled = !past.length;
  if (!last) return;
  w.set(last);
  rows.sync();
  draw();
}

async function copy() {
  history.replaceState(null, "", `#w=${asText()}`);
  try {
    await navigator.clipboard.writeText(location.href);
    toast("Link copied");
  } catch {
    toast("Copy the address of this page: it holds the mix");
  }
}

function save() {
  const times = Math.max(1, Math.ceil(SMALLEST_PNG / Math.min(run.width, run.height)));
  const large = h("canvas", { width: run.width * times, height: run.height * times });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false; // the pixels of the mix, not an impression of them
  context.drawImage(stage, 0, 0, large.width, large.height);
  large.toBlob((blob) => {
    const link = h("a", { href: URL.createObjectURL(blob), download: "mix.png" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

/** Where to start: #w=6:7.34,12:1, or picture ?from=17, or the first picture of the run. */
async function given() {
  const hash = new URLSearchParams(location.hash.slice(1));
  if (hash.has("w")) {
    const code = new Float32Array(run.k);
    for (const [i, value] of pairs(hash.get("w"))) code[i] = Math.max(-1e6, Math.min(1e6, value));
    return code;
  }
  const from = Number(query.get("from") ?? hash.get("from")) || run.pictures.number[0];
  return from ? codeOf(from) : new Float32Array(run.k);
}

function build() {
  stage = field(new Float32Array(run.pixels), "The mix of the parts");
  near = { tile: picture(run.pictures.number[0]), caption: h("figcaption"), note: h("div") };
  near.tile.classList.add("hide");
  $("#stage").append(
    h("figure", {}, stage, h("figcaption", {}, h("b", {}, "Your mix"), h("span", { id: "what" }))),
    h("figure", {}, near.tile, near.caption),
    near.note,
  );
  rows = sliders($("#sliders"), w, { begun: begin, moved: draw, held: tellLocked });
}

function tellLocked() {
  const locked = rows.locked.filter(Boolean).length;
  $("#locked").textContent = locked ? `${locked} locked` : "";
  $("#unlock").disabled = !locked;
}

function filter() {
  const which = $("#show").value;
  const left = rows.only(which);
  $("#sliders .empty")?.remove();
  if (!left) $("#sliders").append(empty(...NOTHING[which]));
}

function controls() {
  const tried = (action) => () => action().catch((error) => {
    $("#mix-note").replaceChildren();
    fail(error, $("#mix-note"), "That did not work");
  });
  $("#random").addEventListener("click", tried(random));
  $("#snap").addEventListener("click", tried(snap));
  $("#undo").addEventListener("click", undo);
  $("#reset").addEventListener("click", () => put(new Float32Array(run.k)));
  $("#copy").addEventListener("click", copy);
  $("#save").addEventListener("click", save);
  $("#unlock").addEventListener("click", () => rows.unlock());
  $("#show").addEventListener("change", filter);
  addEventListener("hashchange", async () => put(await given()));
}

start(async () => {
  if (!run.n) {
    $("#content").before(empty("No pictures yet", "Add some: partwise add RUN FOLDER, then reload."));
    return;
  }
  w = new Float32Array(run.k);
  build();
  controls();
  let code = w;
  try {
    code = await given();
  } catch (error) {
    fail(error, $("#mix-note"), "The picture to start from is not there");
  }
  $("#content").classList.remove("hide");
  put(code, { undo: false });
});

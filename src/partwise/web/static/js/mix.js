// The mixer: w @ H on a canvas while a slider moves. The address holds the state, so that a mix can be sent as a link.
import { $, h, query, toast, empty } from "./dom.js";
import { run, get, post, mix } from "./data.js";
import { field } from "./tiles.js";
import { mixtureOf, mixtureText } from "./mixtures.js";
import { sliders } from "./sliders.js";
import { nearestPicture } from "./nearest.js";
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
let near; // the nearest real picture
const past = [];
let drawing = 0;

/** Draws once a frame, however fast the slider moves. */
function draw() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    const began = performance.now();
    stage.show(mix(w, stage.values));
    near.before = `Sum of ${run.k} parts: ${(performance.now() - began).toFixed(1)}\u202fms.`;
    const used = w.filter((v) => v !== 0).length;
    $("#what").textContent = used ? `${used} of ${run.k} parts` : "All weights are zero: black. Move a slider or press Random.";
    if ($("#show").value === "used") filter();
    near.seek(w);
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

let later = 0;
function rememberSoon() {
  clearTimeout(later);
  later = setTimeout(() => history.replaceState(null, "", `${location.pathname}#w=${mixtureText(w)}`), SETTLED);
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
  history.replaceState(null, "", `${location.pathname}#w=${mixtureText(w)}`);
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
  if (hash.has("w")) return mixtureOf(hash.get("w"));
  const from = Number(query.get("from") ?? hash.get("from")) || run.pictures.number[0];
  return from ? codeOf(from) : new Float32Array(run.k);
}

function build() {
  stage = field(new Float32Array(run.pixels), "The mix of the parts");
  near = nearestPicture($("#speed"));
  $("#stage").append(
    h("figure", {}, stage, h("figcaption", {}, h("b", {}, "Your mix"), h("span", { id: "what" }))),
    ...near.elements,
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

// Codes in two dimensions on one canvas. The list beside it holds the selection: it is the canvas in words.
import { $, h, count, choice, empty, note } from "./dom.js";
import { run, get, post, nameOf, pictureName } from "./data.js";
import { picture, thumb, labelled, place } from "./tiles.js";
import { Plane } from "./plane.js";
import { gestures } from "./gestures.js";
import { start, fail } from "./shell.js";

const NAMES = { pca: "Straight view (PCA)", tsne: "Neighbours (t-SNE)", umap: "Neighbours (UMAP)" };
const AGAIN = 1500; // milliseconds until a layout that is being made is asked for again
const NEIGHBOURS = 24; // a picture and those beside it, as a click selects them
const SHOWN = 60; // thumbnails of a selection
const APART = 4; // parts that set a selection apart
const STRONG = 0.985; // share of the pictures below the value that is shown full
let plane;
let told; // the answer of /api/map that is shown
let brush = false;
let turn = 0;

async function layout(method) {
  const mine = ++turn;
  $("#map-note").replaceChildren();
  try {
    const answer = await laidOut(method, mine);
    if (mine !== turn) return;
    $("#map-note").replaceChildren();
    told = answer;
    plane.put(answer.x, answer.y, method !== "pca");
  } catch (error) {
    if (mine === turn) fail(error, $("#map-note"), "This map could not be drawn");
  }
}

/** Asks for a layout until it is there; slow ones are made by the server meanwhile. */
async function laidOut(method, mine) {
  for (;;) {
    const answer = await get(`/api/map?method=${encodeURIComponent(method)}`);
    if (answer.state !== "working" || mine !== turn) return answer;
    const words = `${count(run.n)} pictures, ${Math.round(answer.seconds)} s so far; 15,000 take about a minute. The map stays as it is until then.`;
    $("#map-note").replaceChildren(note("Neighbours are being laid out", words));
    await new Promise((ready) => { setTimeout(ready, AGAIN); });
  }
}

function hint({ seen, pictures }) {
  const axes = told?.method === "pca"
    ? `From left to right: ${told.axes[0]}; upwards: ${told.axes[1]}.`
    : "Only neighbourhoods mean something here; distances between groups do not.";
  const more = pictures ? "The longer the bar, the more of it." : "Larger and stronger: more of it.";
  const size = plane.value ? ` ${more}` : "";
  $("#hint").textContent = `${count(seen)} in view${pictures ? "" : "; zoom in for pictures"}.${size} ${axes}`;
}

/** Selects rows, shows them, and asks what sets them apart. */
async function pick(rows, words) {
  plane.picked = new Set(rows);
  plane.again();
  $("#chosen").textContent = rows.length ? `${count(rows.length)} picture${rows.length === 1 ? "" : "s"}` : "";
  if (!rows.length) {
    $("#picked").replaceChildren(empty("Nothing selected", "Click a picture, or drag over an area with Shift."));
    return;
  }
  const numbers = rows.map((row) => run.pictures.number[row]);
  const apart = h("div", { class: "stack" });
  const left = numbers.length - SHOWN;
  $("#picked").replaceChildren(
    h("p", { class: "small soft" }, words),
    apart,
    h("div", { class: "thumbs" }, numbers.slice(0, SHOWN).map((number) => picture(number))),
    ...(left > 0 ? [h("p", { class: "small quiet" }, `and ${count(left)} more`)] : []),
  );
  try {
    const { parts } = await post("/api/selection", { numbers });
    apart.replaceChildren(...setApart(parts, rows.length));
  } catch (error) {
    fail(error, apart, "What sets them apart is not known");
  }
}

function setApart(parts, size) {
  const strongest = parts.filter(({ contrast }) => Math.abs(contrast) > 0.005).slice(0, APART);
  if (!strongest.length) return [h("p", { class: "small soft" }, "They use the parts as all pictures do.")];
  const entry = ({ number, contrast }) => h(
    "li",
    {},
    h("a", { href: `/parts/${number}`, "aria-label": nameOf(number - 1) }, thumb(number - 1, { hidden: true })),
    h("span", {}, contrast > 0 ? "more " : "less ", labelled(number - 1)),
    h("b", { class: "num" }, `${contrast > 0 ? "+" : "−"}${Math.abs(contrast).toFixed(2)}`),
  );
  return [
    h("h3", {}, `What sets ${size > 1 ? "them" : "it"} apart`),
    h("ul", { class: "apart" }, strongest.map(entry)),
    h("p", { class: "small quiet" }, "Mean weight here less the mean of all, over a strong weight of the part."),
  ];
}

const around = (row) => pick(plane.neighbours(row, NEIGHBOURS), `${pictureName(run.pictures.number[row])} and its nearest on the map.`);

function point(row, px, py) {
  if (row === plane.hover && row < 0) return;
  const changed = row !== plane.hover;
  plane.hover = row;
  $("#tip").classList.toggle("hide", row < 0);
  if (row >= 0) {
    const number = run.pictures.number[row];
    if (changed) tipOf(number);
    const beyond = px > plane.width - 140;
    const below = py > plane.height - 170;
    $("#tip").style.left = `${beyond ? px - 124 : px + 16}px`;
    $("#tip").style.top = `${below ? Math.max(0, py - 150) : py + 16}px`;
  }
  if (changed) plane.again();
}

let tipTile;
function tipOf(number) {
  tipTile ??= picture(number, { tag: "span" });
  place(tipTile, number);
  $("#tip").replaceChildren(tipTile, h("p", {}, pictureName(number)));
}

/** Shows a value by size and strength of the accent: the error, or the weight of a part. */
async function colour(by) {
  try {
    plane.value = by ? shares(by === "error" ? run.pictures.error : await weights(by)) : null;
  } catch (error) {
    $("#colour").value = "";
    plane.value = null;
    fail(error, $("#map-note"), "The map could not be coloured");
  }
  plane.again();
}

async function weights(by) {
  const { rows, values } = await get(`/api/order?by=${by}&descending=true`);
  const byRow = new Float32Array(run.n);
  // Without the values themselves the rank says which pictures have much of the part.
  rows.forEach((row, at) => { byRow[row] = values ? values[at] : 1 - at / rows.length; });
  return byRow;
}

function shares(raw) {
  const top = Float32Array.from(raw).sort()[Math.floor(raw.length * STRONG)] || 1;
  return Float32Array.from(raw, (v) => Math.min(1, Math.max(0, v / top)));
}

function controls() {
  $("#in").addEventListener("click", () => plane.zoom(1.5));
  $("#out").addEventListener("click", () => plane.zoom(1 / 1.5));
  $("#home").addEventListener("click", () => plane.home());
  $("#colour").addEventListener("change", () => colour($("#colour").value));
  $("#by-part").append(...run.parts.map((part, i) => h("option", { value: `part:${part.number}` }, nameOf(i))));
  $("#brush").addEventListener("click", (event) => {
    brush = !brush;
    event.currentTarget.setAttribute("aria-pressed", String(brush));
    plane.canvas.classList.toggle("brushing", brush);
  });
  document.addEventListener("themechange", () => plane.tints());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plane.tints());
  gestures(plane, {
    brushing: () => brush,
    click: (row) => (row < 0 ? pick([]) : around(row)),
    select: (rows) => pick(rows, "The selected area."),
    hover: point,
  });
}

function layouts() {
  if (told.methods.length < 2) return;
  const button = (method) => h(
    "button",
    { type: "button", value: method, "aria-pressed": String(method === told.method) },
    NAMES[method] ?? method,
  );
  $("#layout").append(...told.methods.map(button));
  $("#layout").classList.remove("hide");
  choice($("#layout"), layout);
}

start(async () => {
  if (!run.n) {
    $("#content").before(empty("No pictures yet", "Add some: partwise add RUN FOLDER, then reload."));
    return;
  }
  $("#content").classList.remove("hide");
  plane = new Plane($("#canvas"));
  plane.drawn = hint;
  await layout("pca");
  if (!told) {
    $("#content").classList.add("hide");
    return;
  }
  controls();
  layouts();
  new ResizeObserver(() => plane.resize()).observe($("#canvas"));
  around(0);
});

// All pictures in one grid that stays smooth: by name, error, brightness or by a part; filtered by label.
import { $, all, h, style, percent, count, query, typing, empty } from "./dom.js";
import { run, get, nameOf, short } from "./data.js";
import { thumbnail } from "./tiles.js";
import { draw, sheet, sheetOf, fitsInMemory } from "./sheets.js";
import { virtualGrid } from "./grid.js";
import { start, fail } from "./shell.js";

const LEADS = {
  name: "The number at the right is the relative error: how large what is left over is against the picture.",
  number: "Newest first. The number at the right is the relative error.",
  error: "Sorted by the relative error: how large what is left over is against the picture.",
  brightness: "Sorted by how much light the parts bring. The number at the right is the relative error.",
};
const SHARP = 100; // device pixels of a tile above which the sheets look soft
const natural = new Intl.Collator(undefined, { numeric: true }).compare;
let grid;
let values = null; // what the tiles show at the right, by row; null: the error
let byName = true;
let asked = 0;
let back = history.state?.top ?? 0; // where the person was when a picture was opened from here

function tile(row) {
  const { number, name, error } = run.pictures;
  const label = `${name[row]}, error ${percent(error[row])}`;
  const link = h("a", {
    class: "pic window",
    href: `/pictures/${number[row]}`,
    "data-number": number[row],
    "aria-label": label,
    title: label,
  });
  if (!fromSheets()) link.append(h("img", { src: thumbnail(number[row]), alt: "", decoding: "async" }));
  const right = values ? (values.get(row)?.toFixed(1) ?? "") : percent(error[row], 0);
  return [link, h("div", { class: "cap" }, h("span", {}, short(name[row])), h("span", {}, right))];
}

/** Thumbnails come from sheets; one by one where the order jumps through more sheets than memory should hold. */
const fromSheets = () => byName || fitsInMemory();

/** All pictures of one row of the grid on one canvas; those whose sheet is still on its way are drawn when it comes. */
function paintRow(canvas, rows, { width, height, step }) {
  if (!fromSheets()) return;
  const dots = devicePixelRatio || 1;
  canvas.rows = rows;
  canvas.width = Math.round(step * rows.length * dots);
  canvas.height = Math.round(height * dots);
  style(canvas, { width: `${step * rows.length}px`, height: `${height}px` });
  const context = canvas.getContext("2d");
  const wide = Math.min(width, (height * run.width) / run.height); // very tall pictures stand in the middle of their tile
  const corner = 6 * dots;
  const one = (row, at) => {
    const box = [Math.round((at * step + (width - wide) / 2) * dots), 0, Math.round(wide * dots), canvas.height];
    context.save();
    context.beginPath();
    context.roundRect(...box, corner);
    context.clip();
    const drawn = draw(context, row, ...box);
    context.restore();
    return drawn;
  };
  rows.forEach((row, at) => {
    if (one(row, at)) return;
    const later = () => canvas.rows === rows && one(row, at);
    sheet(sheetOf(row)).ready.then(later, () => {}); // a sheet that does not come leaves its tiles empty, with their names
  });
}

/** Sheets are read in the order in which they can be needed: those beside the view first, then all that memory can hold. */
function prefetch() {
  if (!fitsInMemory()) return;
  let next = 0;
  const step = async () => {
    while (next < run.tile.sheets) await sheet(next++).ready.catch(() => {});
  };
  step();
  step(); // two at a time: the browser has room left for the clicks of the person
}

/** Large tiles get their own thumbnails, twice as fine as the sheets, once the grid has come to rest. */
function sharpen() {
  clearTimeout(sharpen.timer);
  sharpen.timer = setTimeout(() => {
    for (const link of all("#grid a.window")) {
      if (link.clientWidth * devicePixelRatio <= SHARP) return;
      if (link.childElementCount) continue;
      const image = h("img", { alt: "", src: thumbnail(link.dataset.number) });
      image.decode().then(() => link.append(image), () => {});
    }
  }, 200);
}

function nearby(rows) {
  return (first, last) => {
    sharpen();
    if (fitsInMemory() || !byName) return;
    for (const place of [first - 2 * (last - first), last + 2 * (last - first)]) {
      const row = rows[Math.min(rows.length - 1, Math.max(0, place))];
      if (row !== undefined) sheet(sheetOf(row)).ready.catch(() => {});
    }
  };
}

async function show() {
  const turn = ++asked;
  const [by, way] = $("#order").value.split(/:(?=descending$)/);
  const label = $("#label").value;
  const partNumber = by.startsWith("part:") ? Number(by.slice(5)) : null;
  const question = new URLSearchParams({ by, descending: String(Boolean(way) || partNumber !== null) });
  if (label) question.set("label", label);
  const answer = await get(`/api/order?${question}`);
  if (turn !== asked) return; // a later choice has been made meanwhile
  if (answer.generation && answer.generation !== run.pictures.generation) return location.reload(); // pictures came or went
  const { rows } = answer;
  values = answer.values && partNumber ? new Map(rows.map((row, at) => [row, answer.values[at]])) : null;
  byName = by === "name" || by === "number";
  $("#lead").textContent = `${lead(rows.length, label)} ${partNumber ? partLead(partNumber) : LEADS[by]}`;
  $("#viewport .empty")?.remove();
  if (!rows.length) $("#viewport").prepend(nothing(label));
  grid.seen = nearby(rows);
  grid.show(rows, back);
  back = 0;
  remember();
}

const lead = (shown, label) => (label ? `${count(shown)} of ${count(run.n)} pictures.` : `${count(run.n)} pictures.`);
const partLead = (number) => `Sorted by the weight of ${nameOf(number - 1)}, strongest first. `
  + `The number at the right is ${values ? "that weight" : "the relative error"}.`;
const nothing = (label) => (label
  ? empty(`No picture has the label “${label}”`, "Choose another label.")
  : empty("No pictures yet", "Add some: partwise add RUN FOLDER, then reload."));

/** The address holds the order, so that going back finds it again. */
function remember() {
  const state = new URLSearchParams();
  if ($("#order").value !== "name") state.set("order", $("#order").value);
  if ($("#label").value) state.set("label", $("#label").value);
  const text = state.toString().replaceAll("%3A", ":");
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
}

function choices() {
  $("#by-part").append(...run.parts.map((part, i) => h("option", { value: `part:${part.number}` }, nameOf(i))));
  if (run.labels?.length > 1) {
    $("#label-filter").classList.remove("hide");
    $("#label").append(...[...run.labels].sort(natural).map((label) => h("option", { value: label }, label)));
  }
  choose($("#order"), query.get("order"));
  choose($("#label"), query.get("label"));
}

function choose(select, value) {
  if (value !== null && [...select.options].some((option) => option.value === value)) select.value = value;
}

function zoomKeys(event) {
  const step = { "+": 16, "-": -16, "−": -16 }[event.key];
  if (typing(event) || event.ctrlKey || event.metaKey || (!step && event.key !== "0")) return;
  $("#size").value = step ? Number($("#size").value) + step : 88;
  $("#size").dispatchEvent(new Event("input", { bubbles: true }));
}

start(async () => {
  choices();
  const tall = Math.min(1.5, run.height / run.width);
  const seen = (first, last) => grid.seen?.(first, last);
  grid = virtualGrid($("#viewport"), $("#grid"), { size: 88, tall, make: tile, paintRow, seen });
  const again = () => show().catch((error) => fail(error, $("#lead"), "The order could not be changed"));
  $("#order").addEventListener("change", again);
  $("#label").addEventListener("change", again);
  $("#size").addEventListener("input", () => grid.resize(Number($("#size").value)));
  $("#grid").addEventListener("click", () => history.replaceState({ top: $("#viewport").scrollTop }, ""));
  addEventListener("keydown", zoomKeys);
  await show();
  prefetch();
}, { parts: false });

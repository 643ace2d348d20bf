// The gallery of parts on one scale of brightness, with the selected part beside it.
import { $, all, h, style, percent, count, toast, empty } from "./dom.js";
import { run, part, nameOf, isNamed, rename } from "./data.js";
import { paint, ramp } from "./colour.js";
import { blank, picture, labelled, stat, returning, field, lookOfPart } from "./tiles.js";
import { start, fail } from "./shell.js";

const BRIGHT = 0.6; // top of the one scale: the light a part adds in a picture that uses it strongly (99 % of weights are below)
const ORDERS = {
  energy: (a, b) => a - b,
  light: (a, b) => run.parts[b].light - run.parts[a].light,
  used: (a, b) => run.parts[b].used - run.parts[a].used,
  sparsity: (a, b) => run.parts[b].sparsity - run.parts[a].sparsity,
  stability: (a, b) => run.parts[b].stability - run.parts[a].stability,
  name: (a, b) => isNamed(b) - isNamed(a) || nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true }),
};
const GAP = 12; // between tiles, as in the style sheet
const CAPTION = 30; // name and meter below a tile
const FOOT = 60; // the foot of the page
let selected = -1;

/** The largest tiles with which all parts are in one view; where even small ones do not fit the page scrolls. */
function tileSize() {
  const wide = $("#parts").clientWidth;
  const room = innerHeight - $("#parts").getBoundingClientRect().top - scrollY - FOOT;
  const fits = (tile) => {
    const columns = Math.max(1, Math.floor((wide + GAP) / (tile + GAP)));
    const exact = (wide - GAP * (columns - 1)) / columns;
    const tall = exact * Math.min(1.5, run.height / run.width) + CAPTION + GAP;
    return Math.ceil(run.k / columns) * tall <= room;
  };
  return [240, 200, 168, 144, 120, 104].find(fits) ?? 88;
}

const oneScale = () => $("#scale").value === "one";
const brightEnd = (i) => (oneScale() ? BRIGHT / (run.parts[i].p99 || run.parts[i].max || 1) : run.own[i]);

function gallery() {
  const numbers = [...Array(run.k).keys()].sort(ORDERS[$("#sort").value]);
  const most = Math.max(...run.parts.map((p) => p.light)) || 1;
  $("#parts").replaceChildren(...numbers.map((i) => tile(i, most)));
  legend();
}

function tile(i, most) {
  const canvas = blank({ "aria-hidden": "true" });
  canvas.repaint = () => paint(canvas, part(i), lookOfPart(brightEnd(i)));
  canvas.repaint();
  const share = run.parts[i].light;
  return h(
    "a",
    {
      class: i === selected ? "part here" : "part",
      href: `/parts/${i + 1}`,
      "data-part": i,
      title: `${nameOf(i)}, ${percent(share)} of ${run.signed ? "the whole" : "the light"}`,
      onmouseenter: () => look(i),
      onfocus: () => look(i),
    },
    canvas,
    h("div", { class: "cap" }, labelled(i)),
    h("div", { class: "meter", "aria-hidden": "true" }, h("i", { style: { width: `${Math.max(0, share / most) * 100}%` } })),
  );
}

function legend() {
  const { map } = lookOfPart(1);
  ramp($("#ramp"), run.channels === 3 ? "grey" : map);
  const top = oneScale() ? `${BRIGHT} of full brightness` : "own peak";
  const signed = map === "error";
  $("#low").textContent = signed ? (oneScale() ? `takes away ${BRIGHT}` : "takes away") : "0";
  $("#top").textContent = signed && oneScale() ? `adds ${BRIGHT}` : signed ? "adds" : top;
}

/** Fills the panel beside the gallery, so that browsing costs no click. */
function look(i) {
  if (i === selected) return;
  selected = i;
  all(".part.here").forEach((element) => element.classList.remove("here"));
  $(`.part[data-part="${i}"]`)?.classList.add("here");
  const facts = run.parts[i];
  $("#peek").replaceChildren(
    h(
      "div",
      { class: "peek" },
      field(part(i), nameOf(i), { map: "part", high: run.own[i] }),
      h(
        "dl",
        { class: "stats" },
        stat(run.signed ? "of the whole" : "of all the light", percent(facts.light)),
        stat("used by", count(facts.used), `of ${count(run.n)}`),
        stat("how local, 0 to 1", facts.sparsity.toFixed(2)),
        ...returning(facts),
      ),
    ),
    naming(i),
    h("h2", {}, "Strongest in"),
    facts.top.length
      ? h("div", { class: "thumbs" }, facts.top.map((number) => picture(number)))
      : empty("No picture uses it", "This part is left over from the fit; fewer parts would do."),
    h("a", { href: `/parts/${i + 1}`, class: "button" }, "Open this part"),
  );
}

function naming(i) {
  const name = h("input", {
    value: isNamed(i) ? nameOf(i) : "",
    placeholder: `Part ${i + 1}`,
    maxlength: 40,
    autocomplete: "off",
    "aria-label": `Name of part ${i + 1}`,
  });
  const form = h("form", { class: "rename" }, name, h("button", {}, "Name"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.nextElementSibling.matches(".note") && form.nextElementSibling.remove();
    try {
      toast(`Named: ${await rename(i, name.value)}`);
    } catch (error) {
      const place = h("div");
      fail(error, place, "The name was not kept");
      form.after(place.firstChild);
    }
  });
  return form;
}

/** Arrow keys walk the gallery as it lies. */
function walk(event) {
  const columns = getComputedStyle($("#parts")).gridTemplateColumns.split(" ").length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (!step) return;
  event.preventDefault();
  const tiles = all("a.part");
  const next = tiles.indexOf(document.activeElement) + step;
  tiles[Math.min(tiles.length - 1, Math.max(0, next))]?.focus();
}

start(async () => {
  $("#title").textContent = run.k === 1 ? "1 part" : `${run.k} parts`;
  $("#lead").textContent = run.signed
    ? "Every picture in this run is a sum of these. This model may also take away: red adds, blue takes away, white does nothing."
    : "Every picture in this run is a sum of these, each with a weight of zero or more. Nothing is ever taken away, "
      + "so each part has to be something that is really there.";
  if (run.parts[0].stability !== null) $("#sort").append(h("option", { value: "stability" }, "stability"));
  style($("#parts"), { "--tile": `${tileSize()}px` });
  gallery();
  look(Math.max(0, run.parts.findIndex((p) => p.name)));
  $("#sort").addEventListener("change", gallery);
  $("#scale").addEventListener("change", gallery);
  document.addEventListener("mapchange", legend);
  $("#parts").addEventListener("keydown", walk);
});

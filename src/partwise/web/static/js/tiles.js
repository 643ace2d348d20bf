// The two tiles: a picture and a part. Everything on the pages is made of them.
import { h } from "./dom.js";
import { run, part, nameOf, isNamed, pictureName } from "./data.js";
import { paint, chosen } from "./colour.js";

export const thumbnail = (number) => `/api/pictures/${number}/thumbnail`;

/** Tells the style sheets the shape of the pictures of this run. */
export function setShape() {
  const root = document.documentElement.style;
  const ratio = run.width / run.height;
  root.setProperty("--ratio", `${run.width} / ${run.height}`);
  root.setProperty("--fit", `${Math.min(100, 150 * ratio)}%`); // a very tall picture stays within one and a half tile widths
}

/** Picture `number` as a link to its page; tag "button" or "span" where it is not a link. */
export function picture(number, { tag = "a", label = pictureName(number), ...more } = {}) {
  const roles = {
    a: { href: `/pictures/${number}`, "aria-label": label },
    button: { type: "button", "aria-label": label },
    span: { role: "img", "aria-label": label },
  };
  const image = h("img", { alt: "", decoding: "async", draggable: "false" });
  return place(h(tag, { class: "pic", ...roles[tag], title: label, ...more }, image), number);
}

/** Shows another picture in the tile. */
export function place(tile, number) {
  tile.querySelector("img").src = thumbnail(number);
  tile.dataset.number = number;
  return tile;
}

/** How a part is painted: `high` is the value at the bright end of the map. */
export function lookOfPart(high) {
  if (run.signed && run.channels === 1) return { map: "error", low: -high, high };
  return { map: chosen(), low: run.signed ? -high : 0, high };
}

export const blank = (props = {}) => h("canvas", { width: run.width, height: run.height, ...props });

const described = (alt) => (alt ? { role: "img", "aria-label": alt } : { "aria-hidden": "true" });

/** Part i (from 0) as a small canvas on its own scale. */
export function thumb(i, { cls = "mini", alt = nameOf(i), hidden = false } = {}) {
  const canvas = blank({ class: cls, "data-part": i, ...described(hidden ? "" : alt) });
  canvas.repaint = () => paint(canvas, part(i), lookOfPart(run.own[i]));
  canvas.repaint();
  return canvas;
}

/** A canvas for any values in the shape of a picture. options: { map: "grey" | "error" | "part", low, high }; show(values, options)
 *  paints others, an empty `alt` hides it from readers that cannot see it. */
export function field(values, alt, options = {}, cls = "shot") {
  const canvas = blank({ class: cls, ...described(alt) });
  canvas.repaint = () => {
    const { map = "grey", high = 1, ...rest } = canvas.options;
    paint(canvas, canvas.values, map === "part" ? lookOfPart(high) : { map, high, ...rest });
  };
  canvas.show = (next, nextOptions) => {
    canvas.values = next;
    if (nextOptions) canvas.options = nextOptions;
    canvas.repaint();
    return canvas;
  };
  canvas.options = options;
  return canvas.show(values);
}

/** Paints a part that is not one of this run, up to its own largest value, on a canvas of its size. */
export function paintSmall(canvas, values) {
  const high = Math.max(...values.map(Math.abs)) || 1;
  const signed = values.some((v) => v < 0);
  const mapped = signed && values.length === canvas.width * canvas.height;
  canvas.repaint = () => paint(canvas, values, { map: mapped ? "error" : chosen(), low: signed ? -high : 0, high });
  canvas.repaint();
}

/** The name of a part; bold once a person has given it. It follows when the part is named anew. */
export function labelled(i) {
  const label = h("span", { "data-name-of": i });
  nameLabel(label);
  return label;
}

function nameLabel(label) {
  const i = Number(label.dataset.nameOf);
  label.textContent = nameOf(i);
  label.classList.toggle("named", isNamed(i));
}

export const stat = (name, value, unit = "") => h(
  "div",
  { class: "stat" },
  h("dt", {}, name),
  h("dd", {}, value, unit ? h("small", {}, ` ${unit}`) : null),
);

/** How surely a part comes back from other starts, where the run was made of several. */
export const returning = ({ stability, sureness }) => stability === null
  ? [] : [stat("returns on refit", stability.toFixed(2), sureness)];

export const figure = (image, title, text) => h("figure", {}, image, h("figcaption", {}, h("b", {}, title), text));

/** A small tile with a caption: what it is at the left, a number at the right. */
export const captioned = (tile, left, right) => h(
  "div",
  { class: "cell" },
  tile,
  h("div", { class: "cap" }, h("span", {}, left), h("b", {}, right)),
);

export const repaintAll = () => document.querySelectorAll("canvas").forEach((canvas) => canvas.repaint?.());

document.addEventListener("nameschange", () => document.querySelectorAll("[data-name-of]").forEach(nameLabel));

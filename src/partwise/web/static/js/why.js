// Why two pictures are alike. With codes a and b of length 1:  cosine = sum a_i b_i,  1 - cosine = sum (a_i - b_i)^2 / 2.
// Both sums are exact, so one bar of length 1 splits into: shared, more in the first, more in the second.
import { h } from "./dom.js";
import { nameOf } from "./data.js";
import { thumb, labelled } from "./tiles.js";

const ROWS = 12; // parts with a row of their own, before it is unfolded
const APART = 5; // parts shown of what one picture has more of
const HAIR = 0.005; // share below which a part has no line of its own in the bar: lines would take more room than the parts
const NOTES = {
  euclidean: "Ranked by distance; explained by cosine, which looks at the mixture and not at the brightness.",
  whitened: "Every weight is divided by how much it varies over all pictures, so that every part is equally loud.",
};

const total = (values) => values.reduce((sum, v) => sum + v, 0);
const wide = (x) => ({ width: `${(100 * Math.max(0, x)).toFixed(3)}%` });
const falling = (values) => [...values.keys()].filter((i) => values[i] !== 0).sort((i, j) => values[j] - values[i]);
const minus = (x) => `−${x.toFixed(4)}`;

/** The children of the explanation of `left` and `right`, called `names`; `again` searches with the second. */
export function whyView({ explanation, names, left, right, whole, measure, again, unfold }) {
  const { cosine, shared, more_in_a: mine, more_in_b: theirs } = explanation;
  const sums = { cosine, mine: total(mine), theirs: total(theirs) };
  const title = `Why ${names[0]} and ${names[1]} are ${cosine < 0.5 ? "not " : ""}alike`;
  const head = h(
    "div",
    { class: "pair" },
    left,
    right,
    h("h2", {}, title),
    h("button", { type: "button", onclick: again }, `Search with ${names[1]}`),
  );
  return [
    head,
    ...(NOTES[measure] ? [h("p", { class: "note" }, NOTES[measure])] : []),
    h("div", {}, wholeBar(shared, sums, names), legend(sums, names)),
    partRows(explanation, names, whole, unfold),
    h("div", { class: "two" }, apart(mine, names[0]), apart(theirs, names[1])),
  ];
}

/** The bar of length 1. Where parts speak against each other the shared ones are drawn as their sum. */
function wholeBar(shared, { cosine, mine, theirs }, names) {
  const label = `Shared ${cosine.toFixed(3)}, more in ${names[0]} ${mine.toFixed(3)}, more in ${names[1]} ${theirs.toFixed(3)}; together 1`;
  const size = Math.max(1, mine + theirs); // more than 1 only where the cosine is negative
  const each = shared.some((v) => v < -1e-9)
    ? [h("i", { class: "both", style: wide(cosine / size) })]
    : falling(shared).map((i) => h("i", {
      class: shared[i] < HAIR ? "both thin" : "both",
      style: wide(shared[i] / size),
      title: `${nameOf(i)}: ${shared[i].toFixed(4)}`,
    }));
  return h(
    "div",
    { class: "whole", role: "img", "aria-label": label },
    each,
    h("i", { class: "mine", style: wide(mine / size) }),
    h("i", { class: "theirs", style: wide(theirs / size) }),
  );
}

function legend({ cosine, mine, theirs }, names) {
  const entry = (cls, value, words) => h("span", {}, h("i", { class: `swatch ${cls}` }), h("b", {}, value.toFixed(4)), words);
  return h(
    "p",
    { class: "legend num" },
    entry("both", cosine, " shared = the cosine"),
    entry("mine", mine, ` more in ${names[0]}`),
    entry("theirs", theirs, ` more in ${names[1]}`),
    h("span", { class: "quiet" }, `together ${(cosine + mine + theirs).toFixed(4)}`),
  );
}

/** One row a part: its weight here, its picture, its weight there, and what both share of it. */
function partRows({ shared, a, b, cosine }, names, whole, unfold) {
  const order = falling(shared);
  const shown = whole ? order : order.slice(0, ROWS);
  const rest = order.slice(shown.length);
  const left = total(rest.map((i) => shared[i]));
  const most = Math.max(...shown.map((i) => Math.abs(shared[i])), Math.abs(left), 1e-9);
  const longest = Math.max(...a.map(Math.abs), ...b.map(Math.abs), 1e-9);
  const side = (cls, x) => h("span", { class: `side ${cls}` }, h("i", { style: wide(Math.abs(x) / longest), title: lengthOf(x) }));
  const gap = () => h("span", {});
  const row = (i) => h(
    "li",
    {},
    h("span", { class: "who" }, labelled(i)),
    side("l", a[i]),
    h("a", { href: `/parts/${i + 1}`, title: nameOf(i), "aria-label": nameOf(i) }, thumb(i, { hidden: true })),
    side("r", b[i]),
    h("span", { class: shared[i] < 0 ? "share fade" : "share" }, h("i", { style: wide(Math.abs(shared[i]) / most) })),
    h("b", {}, shared[i].toFixed(4)),
  );
  const heading = h(
    "li",
    { class: "headrow" },
    h("span", { class: "who" }, "part"),
    h("span", { class: "to" }, `in ${names[0]}`),
    gap(),
    h("span", {}, `in ${names[1]}`),
    h("span", { class: "share" }, "shared"),
    gap(),
  );
  const folded = h(
    "li",
    { class: "rest" },
    h("button", { type: "button", class: "bare who", onclick: unfold }, `${rest.length} more part${rest.length === 1 ? "" : "s"}`),
    gap(), gap(), gap(),
    h("span", { class: "share fade" }, h("i", { style: wide(Math.abs(left) / most) })),
    h("b", {}, left.toFixed(4)),
  );
  const sum = h(
    "li",
    { class: "total" },
    h("span", { class: "who" }, "Sum = cosine"),
    gap(), gap(), gap(),
    h("span", { class: "share" }),
    h("b", {}, cosine.toFixed(4)),
  );
  return h("ol", { class: "why" }, heading, shown.map(row), rest.length ? folded : null, sum);
}

const lengthOf = (x) => `${x.toFixed(3)} of the code's length`;

/** The parts that one picture has more of, strongest first. */
function apart(more, name) {
  const first = falling(more).filter((i) => more[i] >= 0.00005).slice(0, APART);
  const tile = (i) => h(
    "li",
    {},
    h("a", { href: `/parts/${i + 1}`, class: "part" }, thumb(i, { cls: "", hidden: true }), h("span", { class: "cap" }, labelled(i))),
    h("span", { class: "num" }, minus(more[i])),
  );
  return h(
    "div",
    {},
    h("h3", {}, `More in ${name}`),
    h("p", { class: "small quiet num" }, `${total(more).toFixed(4)} of what keeps them apart`),
    first.length
      ? h("ul", { class: "only" }, first.map(tile))
      : h("p", { class: "small" }, "Nothing: every part counts at least as much in the other."),
  );
}

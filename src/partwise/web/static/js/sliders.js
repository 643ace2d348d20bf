// The sliders of the mixer: one row a part with its picture, weight and lock.
import { h, svg, fill } from "./dom.js";
import { run, nameOf, isNamed } from "./data.js";
import { thumb, labelled } from "./tiles.js";

const ROOM = 1.05; // a slider goes a little beyond the largest weight that the run has
const PAUSE = 800; // milliseconds after which arrow keys on the same slider are a new step for Undo

/** The largest weight of the run, and with how many decimals its weights can be told apart. */
export const largest = () => Math.max(...run.parts.map((part) => part.max)) || 1;
export const weightDigits = () => Math.max(1, 1 - Math.floor(Math.log10(largest())));

function lockIcon() {
  const icon = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  icon.append(svg("path", { d: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z" }));
  return icon;
}

/** Rows of sliders over the weights `w`. `begun()` is called before a change that Undo takes back, `moved()` after each change,
 *  `held()` when a lock has changed. */
export function sliders(place, w, { begun, moved, held }) {
  const locked = Array(run.k).fill(false);
  const ends = Array.from(w, (_, i) => (run.parts[i].max || 1) * ROOM);
  const digits = weightDigits();
  let last = { i: -1, at: -PAUSE };
  const rows = ends.map((end, i) => row(i, end));
  place.replaceChildren(...rows.map(({ element }) => element));

  function row(i, end) {
    const id = `weight-${i + 1}`;
    const range = h("input", { type: "range", id, min: 0, max: end, step: "any" });
    const output = h("output", { for: id });
    const lock = h("button", { type: "button", title: "Lock (l)", onclick: () => hold(i) }, lockIcon());
    const element = h("div", { class: "slide" }, thumb(i, { hidden: true }), h("label", { for: id }, labelled(i)), range, output, lock);
    let gesture = false;
    range.addEventListener("input", (event) => {
      const again = last.i === i && event.timeStamp - last.at < PAUSE;
      if (!gesture && !again) begun();
      gesture = true;
      last = { i, at: event.timeStamp };
      w[i] = Number(range.value);
      tell(i);
      moved();
    });
    range.addEventListener("change", () => { gesture = false; });
    range.addEventListener("keydown", (event) => {
      if (event.key === "l") hold(i);
      if (event.key === "0" && !locked[i]) {
        begun();
        w[i] = 0;
        sync();
        moved();
      }
    });
    return { element, range, output, lock };
  }

  function hold(i, value = !locked[i]) {
    const here = document.activeElement === rows[i].range;
    locked[i] = value;
    tell(i);
    if (here && value) rows[i].lock.focus(); // a locked slider cannot hold the focus; its lock is beside it
    held();
  }

  /** The row as its weight is; a weight beyond the end of its slider makes room for itself. */
  function tell(i) {
    const { element, range, output, lock } = rows[i];
    if (w[i] > Number(range.max)) range.max = w[i];
    if (w[i] < Number(range.min)) range.min = w[i]; // models whose weights may be negative
    if (Number(range.value) !== w[i]) range.value = w[i];
    fill(range);
    output.textContent = w[i] ? w[i].toFixed(digits) : "0";
    element.classList.toggle("on", w[i] !== 0);
    range.disabled = locked[i];
    lock.setAttribute("aria-pressed", String(locked[i]));
    lock.setAttribute("aria-label", `Lock ${nameOf(i)}`);
  }

  function sync() {
    rows.forEach((_, i) => tell(i));
  }

  return {
    sync,
    locked,
    unlock: () => rows.forEach((_, i) => hold(i, false)),
    /** Shows only some rows: "all", "used" or "named". How many are left? */
    only(which) {
      const keeps = { all: () => true, used: (i) => w[i] !== 0, named: isNamed }[which];
      rows.forEach(({ element }, i) => element.classList.toggle("hide", !keeps(i)));
      return rows.filter((_, i) => keeps(i)).length;
    },
  };
}

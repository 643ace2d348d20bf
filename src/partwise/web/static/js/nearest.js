// The nearest real picture beside the mix: asked of the server while sliders move, one question at a time.
import { h, count } from "./dom.js";
import { run, post } from "./data.js";
import { picture, place } from "./tiles.js";
import { mixtureText } from "./mixtures.js";
import { largest, weightDigits } from "./sliders.js";
import { fail } from "./shell.js";

const SAME = 0.002; // of the largest weight: a distance that comes of rounding

/** `elements` to stand beside the mix; `seek(w)` shows what is nearest to it. How long that took is told in `speed`. */
export function nearestPicture(speed) {
  const tile = picture(run.pictures.number[0]);
  const caption = h("figcaption");
  const note = h("div");
  tile.classList.add("hide");
  let asking = false;
  let waiting = null; // the newest mix, while a question is under way; those between are dropped

  async function seek(w) {
    waiting = w;
    if (asking) return;
    asking = true;
    try {
      while (waiting) {
        const code = Array.from(waiting);
        waiting = null;
        const began = performance.now();
        show(await post("/api/nearest", { code }), code, performance.now() - began);
      }
      note.replaceChildren();
    } catch (error) {
      note.replaceChildren();
      fail(error, note, "The nearest picture is not known");
    } finally {
      asking = false;
    }
  }

  function show({ number, name, distance }, code, took) {
    tile.classList.remove("hide");
    if (tile.dataset.number !== String(number)) place(tile, number);
    tile.href = `/pictures/${number}`;
    tile.title = name;
    tile.setAttribute("aria-label", `Nearest real picture: ${name}`);
    const far = distance < SAME * largest() ? "the same code" : `distance ${distance.toFixed(weightDigits())}`;
    const search = h("a", { href: `/search?parts=${mixtureText(code)}` }, "Search with this mix");
    caption.replaceChildren(h("b", {}, "Nearest real picture"), `${name}, ${far}. `, search);
    speed.textContent = `${self.before} Nearest of ${count(run.n)}: ${took.toFixed(0)}\u202fms, there and back.`;
  }

  const self = { elements: [h("figure", {}, tile, caption), note], seek, before: "" };
  return self;
}

// A row of results. When the ranking changes, tiles glide to their new place instead of jumping.
import { $, all } from "./dom.js";
import { pictureName, short } from "./data.js";
import { picture, captioned } from "./tiles.js";

const GLIDE = { duration: 260, easing: "cubic-bezier(.2,.7,.3,1)" };
const APPEAR = 200; // milliseconds

/** `choose(number)` is called for the result that is pressed. */
export function hitRow(place, choose) {
  const cell = (number) => $(`[data-hit="${number}"]`, place);

  function tile({ number, score, label: kind }, other) {
    const text = score.toFixed(3);
    const name = pictureName(number);
    const label = `${name}${kind ? `, ${kind}` : ""}, ${text}: explain`;
    const pressed = String(number === other);
    const button = picture(number, { tag: "button", label, "aria-pressed": pressed, onclick: () => choose(number) });
    const cell = captioned(button, short(name), text);
    cell.dataset.hit = number;
    return cell;
  }

  function show(hits, { other }) {
    const before = new Map(all(".cell", place).map((element) => [element.dataset.hit, element.getBoundingClientRect()]));
    place.replaceChildren(...hits.map((hit) => tile(hit, other)));
    if (before.size && matchMedia("(prefers-reduced-motion: no-preference)").matches) glide(before);
  }

  function glide(before) {
    for (const element of all(".cell", place)) {
      const was = before.get(element.dataset.hit);
      const is = element.getBoundingClientRect();
      if (!was) element.animate([{ opacity: 0 }, { opacity: 1 }], APPEAR);
      else if (was.left !== is.left || was.top !== is.top) {
        element.animate([{ transform: `translate(${was.left - is.left}px, ${was.top - is.top}px)` }, { transform: "none" }], GLIDE);
      }
    }
  }

  place.addEventListener("keydown", (event) => {
    const buttons = all("button", place);
    const at = buttons.indexOf(event.target.closest("button"));
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || !buttons[next]) return;
    event.preventDefault();
    buttons[next].focus();
  });

  return {
    show,
    mark(other) {
      for (const element of all(".cell", place)) {
        $("button", element).setAttribute("aria-pressed", String(Number(element.dataset.hit) === other));
      }
    },
    /** Puts an image below a result, when it is in this row. */
    below(number, image) {
      const element = cell(number);
      if (!element) return;
      $(".under", element)?.remove();
      $("button", element).after(image);
    },
    bare: () => all(".under", place).forEach((image) => image.remove()),
  };
}

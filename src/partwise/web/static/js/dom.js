// Builds elements. Text goes in as text only, never as HTML; styles go through the CSSOM, so a strict policy holds.

export const $ = (selector, from = document) => from.querySelector(selector);
export const all = (selector, from = document) => [...from.querySelectorAll(selector)];

/** An element: h("a", { href, class, style: { width: "3px" }, onclick }, ...children). */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style") style(element, value);
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

export function style(element, properties) {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
  return element;
}

export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(props)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export const percent = (x, digits = 1) => `${(100 * x).toFixed(digits)}\u202f%`; // the space does not break
export const sci = (x, digits = 1) => x.toExponential(digits).replace("-", "\u2011");
export const count = (n) => n.toLocaleString("en");
export const query = new URLSearchParams(location.search);

/** "1.2 MB" */
export function bytes(n) {
  if (n < 1000) return `${n} bytes`;
  if (n < 1e6) return `${(n / 1000).toFixed(n < 1e4 ? 1 : 0)} kB`;
  return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`;
}

export function toast(text) {
  const place = $("#toast");
  place.textContent = text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { place.textContent = ""; }, 3000);
}

/** Colours the track of a slider up to its thumb. */
export function fill(range) {
  const low = Number(range.min) || 0;
  const high = Number(range.max) || 100;
  range.style.setProperty("--at", `${(100 * (range.value - low)) / (high - low || 1)}%`);
}

/** A group of buttons of which one is pressed; `change` is called with the value of the one pressed. */
export function choice(group, change) {
  const buttons = all("button", group);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      change(button.value);
    });
  }
}

/** True while the person types, so that single-letter keys are text. Sliders take arrows, not letters. */
export const typing = (event) => /INPUT|SELECT|TEXTAREA/.test(event.target.tagName) && event.target.type !== "range";

export const note = (title, text, kind = "bad") => h(
  "div",
  { class: `note ${kind}`, role: kind === "bad" ? "alert" : null },
  h("b", {}, title),
  text,
);
export const empty = (title, text) => h("div", { class: "empty" }, h("b", {}, title), text);

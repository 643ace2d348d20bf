// A form whose fields each have a line below them: help, or what is wrong.
import { all } from "./dom.js";

const field = (form, name) => form.elements.namedItem(name);
const line = (input) => document.getElementById(input.getAttribute("aria-describedby"));

/** Takes back what was said to be wrong; `help` holds the lines that stand there else. */
export function tidy(form, help = {}) {
  for (const input of all("input, select", form)) {
    input.removeAttribute("aria-invalid");
    line(input).className = "";
    line(input).textContent = help[input.name] ?? "";
  }
}

/** Whether the form has a field of this name. */
export const has = (form, name) => Boolean(name && field(form, name));

/** Says under the field what is wrong with it. */
export function complain(form, name, words) {
  const input = field(form, name);
  input.setAttribute("aria-invalid", "true");
  line(input).className = "oops";
  line(input).setAttribute("role", "alert");
  line(input).textContent = words;
  input.focus();
}

/** What is typed, as a number; null where nothing is. What is none stays NaN. */
export function numberIn(form, name) {
  const text = field(form, name).value.trim();
  return text === "" ? null : Number(text);
}

/** The first of `fields` ([name, words, whether it may be empty]) that is no whole number, as [name, words]. */
export function notWhole(form, fields) {
  return fields.find(([name, , optional]) => {
    const value = numberIn(form, name);
    return value === null ? !optional : !Number.isInteger(value);
  })?.slice(0, 2) ?? null;
}

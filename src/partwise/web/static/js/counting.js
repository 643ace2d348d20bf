// Which parts count in a search: a switch for each, presets, and how loud the part touched last is.
import { $, h, fill, style } from "./dom.js";
import { run, nameOf, isNamed } from "./data.js";
import { thumb } from "./tiles.js";
import { inRun, pairs } from "./mixtures.js";

const LOUDEST = 4;

/** Fills #switches, #presets and #loud. `query` may hold off=3,4 and weights=7:2 (parts from 1); `change` is called after each switch. */
export function countingParts({ query, change, presets }) {
  const scale = Array(run.k).fill(1);
  for (const number of (query.get("off") ?? "").split(",")) if (inRun(number - 1) && number) scale[number - 1] = 0;
  for (const [i, value] of pairs(query.get("weights"))) scale[i] = Math.min(LOUDEST, Math.max(0, value));
  const first = scale.findIndex((value) => value !== 0 && value !== 1);
  let touched = first < 0 ? Math.max(0, run.parts.findIndex((part) => part.name)) : first;

  const switches = scale.map((_, i) => h(
    "button",
    { type: "button", onclick: () => set(i, scale[i] ? 0 : 1), onfocus: () => touch(i) },
    thumb(i, { cls: "", hidden: true }),
  ));
  const range = h("input", { type: "range", id: "loudness", min: 0, max: LOUDEST, step: 0.1 });
  const output = h("output", { for: "loudness" });
  const label = h("label", { for: "loudness" });
  const image = h("span", { class: "mini-place" });

  function set(i, value) {
    scale[i] = value;
    touch(i);
    tell(i);
    change();
  }

  function touch(i) {
    touched = i;
    image.replaceChildren(thumb(i, { hidden: true }));
    label.textContent = `How loud: ${nameOf(i)}`;
    sync();
  }

  function sync() {
    range.value = scale[touched];
    fill(range);
    output.textContent = scale[touched] ? `× ${scale[touched].toFixed(1)}` : "off";
  }

  function tell(i) {
    const words = scale[i] === 0 || scale[i] === 1 ? nameOf(i) : `${nameOf(i)}, × ${scale[i].toFixed(1)}`;
    switches[i].setAttribute("aria-pressed", String(scale[i] > 0));
    switches[i].setAttribute("aria-label", words);
    switches[i].title = words;
    switches[i].classList.toggle("louder", scale[i] !== 0 && scale[i] !== 1);
  }

  function keep(which) {
    scale.forEach((value, i) => {
      scale[i] = which(i) ? value || 1 : 0;
      tell(i);
    });
    sync();
    change();
  }

  range.addEventListener("input", () => {
    scale[touched] = Number(range.value);
    sync();
    tell(touched);
    change();
  });
  const preset = (text, action) => h("button", { type: "button", class: "bare", onclick: action }, text);
  const every = () => {
    scale.fill(1);
    keep(() => true);
  };
  const offered = presets.filter(([text]) => text !== "Eyes only" || run.parts.some((_, i) => presets[0][1](i)));
  $("#presets").replaceChildren(
    preset("All", every),
    preset("None", () => keep(() => false)),
    preset("Swap", () => keep((i) => !scale[i])),
    ...(run.parts.some((part) => part.name) ? [preset("Named", () => keep(isNamed))] : []),
    ...offered.map(([text, which]) => preset(text, () => keep(which))),
  );
  $("#switches").replaceChildren(...switches);
  style($("#switches"), {
    "--columns": Math.min(10, Math.max(7, Math.ceil(Math.sqrt(run.k)))),
    "--switch": Math.min(1.6, Math.max(0.8, run.width / run.height)), // very tall parts stand smaller in theirs
  });
  $("#loud").replaceChildren(image, label, range, output);
  scale.forEach((_, i) => tell(i));
  touch(touched);

  return {
    scale,
    told: () => {
      const on = scale.filter(Boolean).length;
      return on === run.k ? "all" : `${on} of ${run.k}`;
    },
    asText() {
      const off = scale.flatMap((value, i) => (value ? [] : [i + 1]));
      const weights = scale.flatMap((value, i) => (value && value !== 1 ? [`${i + 1}:${value.toFixed(1)}`] : []));
      return { ...(off.length && { off: off.join(",") }), ...(weights.length && { weights: weights.join(",") }) };
    },
  };
}

// One picture as a sum of parts: step through it, see what is left over, its code, its neighbours, its file.
import { $, h, percent, query, fill, choice, typing, note } from "./dom.js";
import { run, get, del, floats, nameOf, mix, addPart, order, norm, part, short, ApiError } from "./data.js";
import { picture, thumbnail, field, labelled, figure, captioned } from "./tiles.js";
import { lines } from "./chart.js";
import { file } from "./fileof.js";
import { start, fail } from "./shell.js";

const LEFT_OVER = { map: "error", low: -0.6, high: 0.6 }; // the same for every picture, so that pictures can be compared
const SMALL = 0.004; // parts that bring a smaller share of the light stand together as one term
const PACE = 420; // milliseconds between two parts while it plays
const number = Number($("[data-number]").dataset.number);

/** The values that the model saw. Where the file is gone the thumbnail stands in, and the page says so. */
async function seen() {
  try {
    return await floats(`/api/pictures/${number}/pixels`);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
const instead = "Its thumbnail stands in for it below, so the picture and the errors are only about right.";
    $("#pixels-note").append(note("The file that was fitted is gone or has changed", `${error.message.replace(/\.$/, "")}. ${instead}`, "warn"));
    return fromThumbnail();
  }
}

async function fromThumbnail() {
  const image = await createImageBitmap(await (await fetch(thumbnail(number))).blob());
  const context = new OffscreenCanvas(run.width, run.height).getContext("2d");
  context.drawImage(image, 0, 0, run.width, run.height);
  const rgba = context.getImageData(0, 0, run.width, run.height).data;
  const out = new Float32Array(run.pixels);
  for (let p = 0, q = 0; p < out.length; q += 4) {
    if (run.channels === 3) for (let c = 0; c < 3; c++) out[p++] = rgba[q + c] / 255;
    else out[p++] = (0.299 * rgba[q] + 0.587 * rgba[q + 1] + 0.114 * rgba[q + 2]) / 255;
  }
  return out;
}

/** Partial sums, strongest part first, and the relative error after each. */
function partialSums(x, code, used) {
  const size = norm(x) || 1;
  const sums = [new Float32Array(run.pixels)];
  for (const i of used) sums.push(addPart(Float32Array.from(sums.at(-1)), code[i], i));
  const errors = sums.map((sum) => norm(x.map((v, p) => v - sum[p])) / size);
  return { sums, errors };
}

function heading(facts, used) {
  const sorted = Float32Array.from(run.pictures.error).sort();
  const median = sorted[sorted.length >> 1];
  $("#title").textContent = facts.name;
  document.title = `${facts.name} · ${run.name} · partwise`;
  $("#lead").textContent = `Rebuilt from ${used} of ${run.k} parts with a relative error of ${percent(facts.error)} `
    + `(half of the pictures of this run are below ${percent(median)}).`;
}

/** Picture, sum so far, left over, with the slider that moves through the sum. */
function stepper({ facts, x, used, sums, errors, terms }) {
  const all = used.length;
  const now = field(sums[all], "Sum of the parts so far");
  const left = field(x, "What is left over", LEFT_OVER);
  const nowText = h("span");
  const leftText = h("span", { class: "num" });
  const asSeen = run.channels === 3 ? "as the model sees it" : "in grey, as the model sees it";
  $("#figures").append(
    figure(field(x, `${facts.name} ${asSeen}`), "Picture", asSeen),
    figure(now, "Sum so far", nowText),
    figure(left, "Left over", leftText),
  );
  const curve = errorCurve(errors);
  const step = $("#step");
  step.max = all;

  function show(n) {
    step.value = n;
    fill(step);
    now.show(sums[n]);
    left.show(x.map((v, p) => v - sums[n][p]));
    curve.at([n, errors[n]]);
    nowText.textContent = n ? `${n} of ${all} parts` : "nothing yet";
    leftText.textContent = `${percent(errors[n])}; red: still missing, blue: too much`;
    $("#count").textContent = !n ? "no parts" : n === all ? "all parts" : `+ ${nameOf(used[n - 1])}`;
    terms.forEach((term, at) => {
      term.classList.toggle("later", at >= n);
      term.classList.toggle("newest", at === n - 1 && n < all);
    });
  }
  player(step, all, show);
  show(Math.min(Number(query.get("step") ?? all) || 0, all));
}

function player(step, all, show) {
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    $("#play").textContent = "Play";
  };
  $("#play").addEventListener("click", () => {
    if (timer) return stop();
    show(Number(step.value) >= all ? 0 : Number(step.value));
    $("#play").textContent = "Pause";
    timer = setInterval(() => {
      show(Number(step.value) + 1);
      if (Number(step.value) >= all) stop();
    }, PACE);
  });
  $("#one").addEventListener("click", () => {
    stop();
    show((Number(step.value) + 1) % (all + 1));
  });
  step.addEventListener("input", () => {
    stop();
    show(Number(step.value));
  });
}

function errorCurve(errors) {
  const all = errors.length - 1;
  const rising = errors.some((error, n) => n && error > errors[n - 1] + 1e-6);
  $("#order-note").textContent = rising ? "strongest part first" : "strongest part first; each added part lowers the error";
  const curve = lines([{ points: errors.map((error, n) => [n, error]) }], {
    x: [0, all || 1],
    y: [0, Math.max(1, ...errors)],
    ticks: [0, 0.25, 0.5, 0.75, 1],
    xticks: [...new Set([0, Math.round(all / 2), all])],
    format: (v) => `${v * 100} %`,
    xlabel: "parts added",
    ylabel: "relative error",
    title: `Relative error as parts are added, from ${percent(errors[0], 0)} to ${percent(errors[all])}`,
    width: 352,
    height: 196,
    right: 12,
  });
  $("#curve").append(curve);
  return curve;
}

/** picture ≈ all parts = w × part + w × part + ...; gives the terms of single parts, in the order of `used`. */
function equation({ facts, code, used }) {
  const share = run.signed ? sizes(code) : facts.shares; // where parts also take away, light is no whole to have a share of
  const strip = used.filter((i) => share[i] > SMALL);
  const small = used.filter((i) => !strip.includes(i));
  const brightest = Math.max(...strip.map((i) => Math.abs(code[i]) * run.own[i])) || 1;
  const terms = strip.map((i) => term(i, code[i], run.signed ? "" : `${percent(share[i], 0)} of light`));
  const sign = (text) => h("span", { class: "op", "aria-hidden": "true" }, text);
  const box = (tile, title, text) => h(
    "div",
    { class: "term" },
    tile,
    h("div", { class: "cap" }, h("b", {}, title), h("span", { class: "quiet" }, text)),
  );
  $("#sum").append(
    box(picture(number, { tag: "span", label: facts.name }), "Picture", facts.name),
    sign("≈"),
    box(field(mix(code), "Reconstruction from all parts"), "All parts", `${percent(facts.error)} left`),
    sign("="),
    ...terms.flatMap((element, at) => (at ? [sign("+"), element] : [element])),
  );
  if (small.length) {
    const rest = field(mix(code, undefined, (i) => small.includes(i)), "The small parts together", { map: "part", high: brightest });
    $("#sum").append(sign("+"), box(rest, `${small.length} more`, "small, together"));
  }
  choice($("#scale"), (scale) => strip.forEach((i, at) => {
    const canvas = $("canvas", terms[at]);
    canvas.options.high = scale === "one" ? brightest : Math.abs(code[i]) * run.own[i];
    canvas.repaint();
  }));
  return [...terms, ...small.map(() => $("#sum").lastElementChild)];
}

function sizes(code) {
  const size = code.map((weight, i) => Math.abs(weight) * norm(part(i)));
  const total = size.reduce((sum, v) => sum + v, 0) || 1;
  return size.map((v) => v / total);
}

function term(i, weight, text) {
  const values = Float32Array.from(part(i), (v) => v * weight);
  return h(
    "a",
    { class: "term", href: `/parts/${i + 1}` },
    field(values, "", { map: "part", high: Math.abs(weight) * run.own[i] }),
    h(
      "div",
      { class: "cap" },
      h("b", {}, `${weight.toFixed(2)} ×`),
      labelled(i),
      h("span", { class: "quiet" }, text),
    ),
  );
}

function codeBars(code) {
  const mean = run.parts.map((p) => p.mean);
  const most = Math.max(...code.map(Math.abs), ...mean) || 1;
  const high = (v) => `${(Math.abs(v) / most) * 100}%`;
  $("#bars").append(...code.map((weight, i) => {
    const text = `${nameOf(i)}: ${weight.toFixed(2)}, typical ${mean[i].toFixed(2)}`;
    return h(
      "a",
      { href: `/parts/${i + 1}`, title: text, "aria-label": text },
      h("i", { style: { height: high(weight) } }),
      h("u", { style: { bottom: high(mean[i]) } }),
    );
  }));
  const strange = [...code.keys()]
    .filter((i) => run.parts[i].std > 0)
    .map((i) => [i, (code[i] - mean[i]) / run.parts[i].std])
    .sort((a, b) => b[1] - a[1]);
  const names = (list) => list.map(([i]) => nameOf(i)).join(", ") || "nothing";
  const strong = strange.slice(0, 4).filter(([, z]) => z > 0.5);
  const weak = strange.slice(-4).reverse().filter(([, z]) => z < -0.5);
  $("#bars-note").textContent = `Unusually strong here: ${names(strong)}. Unusually weak: ${names(weak)}.`;
}

async function neighbours() {
  const { similar, dissimilar } = await get(`/api/search?picture=${number}&n=8&measure=cosine`);
  const row = (hits) => hits.map((hit) => captioned(
    picture(hit.number, {
      href: `/search?q=${number}&with=${hit.number}`,
      label: `${hit.name}, cosine ${hit.score.toFixed(3)}: why`,
    }),
    short(hit.name),
    hit.score.toFixed(3),
  ));
  if (!similar.length) $("#neighbours").classList.add("hide");
  $("#near").append(...row(similar));
  $("#far").append(...row(dissimilar));
}

function removal() {
  const dialog = $("#removal");
  $("#remove").addEventListener("click", () => dialog.showModal());
  $("#removal-yes").addEventListener("click", async (event) => {
    event.preventDefault();
    $("#removal-note").replaceChildren();
    try {
      await del(`/api/pictures/${number}`);
      location.href = $("#after").href || "/pictures";
    } catch (error) {
      fail(error, $("#removal-note"), "The picture was not removed");
    }
  });
}

/** Arrow keys go to the picture before and after in the catalogue; at an end the arrow leads nowhere. */
function walk() {
  const row = run.rowOf.get(number);
  const link = (selector, other) => {
    if (other !== undefined) $(selector).href = `/pictures/${other}`;
    else $(selector).setAttribute("aria-disabled", "true");
  };
  link("#before", run.pictures.number[row - 1]);
  link("#after", run.pictures.number[row + 1]);
  addEventListener("keydown", (event) => {
    if (typing(event) || event.target.type === "range" || event.target.closest("#sum, dialog")) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { ArrowLeft: $("#before"), ArrowRight: $("#after") }[event.key];
    if (to?.href) location.href = to.href;
  });
}

start(async () => {
  const facts = await get(`/api/pictures/${number}`);
  const x = await seen();
  $("#content").classList.remove("hide");
  const { code } = facts;
  const used = order(code).filter((i) => code[i] !== 0);
  heading(facts, used.length);
  const terms = equation({ facts, code, used });
  stepper({ facts, x, used, terms, ...partialSums(x, code, used) });
  codeBars(code);
  file(facts);
  removal();
  walk();
  await neighbours();
});

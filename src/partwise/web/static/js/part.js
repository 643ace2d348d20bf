// One part: what it is, what it does to a picture, where it is strong, which parts share its place.
import { $, h, percent, count, toast, typing, note, empty } from "./dom.js";
import { run, get, floats, part, nameOf, isNamed, rename, mix, addPart, dot, norm, pictureName, short, ApiError } from "./data.js";
import { picture, thumb, labelled, stat, returning, field, figure, captioned } from "./tiles.js";
import { histogram } from "./chart.js";
import { start, fail } from "./shell.js";

const number = Number($("[data-number]").dataset.number);
const i = number - 1;

function heading() {
  $("#title").textContent = nameOf(i);
  document.title = `${nameOf(i)} · ${run.name} · partwise`;
}

function facts() {
  const { light, used, sparsity, max, p99, mean } = run.parts[i];
  const pictures = `${count(used)} of ${count(run.n)} pictures (more than 1 % of their light)`;
  $("#lead").textContent = run.signed
    ? `Part ${number} of ${run.k}. Red adds, blue takes away, white does nothing.`
    : `Part ${number} of ${run.k}. It brings ${percent(light)} of all the light and is used by ${pictures}.`;
  $("#big").append(field(part(i), nameOf(i), { map: "part", high: run.own[i] }));
  $("#stats").append(
    stat(run.signed ? "of the whole" : "of all the light", percent(light)),
    stat("used by", percent(used / (run.n || 1), 0), "of pictures"),
    stat("how local (Hoyer)", sparsity.toFixed(2)),
    ...returning(run.parts[i]),
    stat("mean weight", mean.toFixed(2)),
    stat("largest weight", max.toFixed(1)),
    stat("99 % are below", p99.toFixed(1)),
  );
}

function naming() {
  $("#name").value = isNamed(i) ? nameOf(i) : "";
  $("#name").placeholder = `Part ${number}`;
  $("#rename").addEventListener("submit", async (event) => {
    event.preventDefault();
    $("#rename-note").replaceChildren();
    try {
      toast(`Named: ${await rename(i, $("#name").value)}`);
      heading();
    } catch (error) {
      fail(error, $("#rename-note"), "The name was not kept");
    }
  });
}

/** The strongest picture four times: as it is, without the part, as fitted, and the part alone. */
async function whatItDoes(best) {
  if (best === undefined) {
    $("#does").replaceWith(empty("No picture uses this part", "Its weight is zero everywhere; fewer parts would do."));
    return;
  }
  const { code } = await get(`/api/pictures/${best}`);
  const whole = mix(code);
  const without = mix(code, undefined, (other) => other !== i);
  const alone = addPart(new Float32Array(run.pixels), code[i], i);
  $("#does").append(
    figure(picture(best), "The picture", pictureName(best)),
    figure(field(without, "Reconstruction without this part"), "Without it", "weight 0"),
    figure(field(whole, "Reconstruction with this part"), "As fitted", `weight ${code[i].toFixed(1)}`),
    figure(field(alone, "Only this part", { map: "part", high: 0.9 }), "Only this part", "weight × part"),
  );
}

/** Where other starts find the part too; of a run of one start nobody knows. */
async function whereItReturns() {
  const { stability, sureness } = run.parts[i];
  if (stability === null) return;
  const values = await floats(`/api/parts/${number}/stability.f32`);
  $("#returns").classList.remove("hide");
  $("#returns-note").textContent = `${sureness}: a cosine of ${stability.toFixed(2)} with its match in the other runs`;
  $("#sure").append(
    figure(field(part(i), nameOf(i), { map: "part", high: run.own[i] }), "The part", "on its own scale"),
    figure(field(values, "How sure each pixel is", { map: "sure" }), "How sure", "yellow: surely there; violet: nothing, or not sure"),
  );
}

async function whereStrongest() {
  const { strongest, weights } = await useOf();
  $("#strong").append(...strongest.map((hit) => {
    const tile = picture(hit.number);
    return hit.weight === undefined ? tile : captioned(tile, short(pictureName(hit.number)), hit.weight.toFixed(1));
  }));
  $("#all").href = `/pictures?order=part:${number}`;
  if (!weights) return;
  $("#use").classList.remove("hide");
  $("#use-note").textContent = `${count(weights.zero)} pictures do without it; bar heights are square roots of counts`;
  $("#histogram").append(histogram(weights.counts, {
    low: weights.low,
    max: weights.max,
    title: `Weights of ${nameOf(i)} over all pictures`,
    marks: [[run.parts[i].p99, "99 %"]],
  }));
}

/** How pictures use the part, as the server counts it; the twelve of the run's facts where it does not. */
async function useOf() {
  const plain = { strongest: run.parts[i].top.map((top) => ({ number: top })), weights: null };
  try {
    return { ...plain, ...(await get(`/api/parts/${number}`)) };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return plain;
    throw error;
  }
}

function sharedPlaces() {
  const size = norm(part(i)) || 1;
  const near = [...Array(run.k).keys()]
    .filter((j) => j !== i)
    .map((j) => [j, dot(part(i), part(j)) / (size * (norm(part(j)) || 1))])
    .sort((a, b) => b[1] - a[1])
    .slice(0, 8);
  if (!near.length) $("#neighbours").classList.add("hide");
  $("#overlap").append(...near.map(([j, cosine]) => h(
    "a",
    { class: "part", href: `/parts/${j + 1}` },
    thumb(j, { cls: "", hidden: true }),
    h("div", { class: "cap" }, labelled(j), h("b", {}, cosine.toFixed(2).replace("-", "\u2212"))),
  )));
}

/** Arrow keys go to the part before and after; the last is followed by the first. */
function neighbours() {
  const to = (step) => `/parts/${((i + step + run.k) % run.k) + 1}`;
  $("#before").href = to(-1);
  $("#after").href = to(1);
  addEventListener("keydown", (event) => {
    if (typing(event) || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") location.href = to(-1);
    if (event.key === "ArrowRight") location.href = to(1);
  });
}

function savePng() {
  const link = h("a", { download: `part-${String(number).padStart(2, "0")}.png` });
  $("#big canvas").toBlob((blob) => {
    link.href = URL.createObjectURL(blob);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

start(async () => {
  if (!(i >= 0 && i < run.k)) {
    $("#content").before(note("There is no such part", `This run has ${run.k} parts, numbered from 1.`));
    return;
  }
  $("#content").classList.remove("hide");
  heading();
  facts();
  naming();
  sharedPlaces();
  neighbours();
  $("#save").addEventListener("click", savePng);
  $("#mix").href = `/mix#w=${number}:${run.parts[i].p99.toFixed(2)}`;
  await Promise.all([whatItDoes(run.parts[i].top[0]), whereItReturns(), whereStrongest()]);
});

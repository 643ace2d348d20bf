// What every page has: theme and colour switches, shortcuts, a way to find a picture, honest failure.
import { $, all, h, toast, fill, count, typing, note } from "./dom.js";
import { load, run } from "./data.js";
import { chosen } from "./colour.js";
import { repaintAll, setShape } from "./tiles.js";

const GO = { p: "parts", i: "pictures", s: "search", x: "mix", m: "map", f: "fit", c: "model" };
const LEADER = 900; // milliseconds in which the second letter of "g p" must follow

/** Starts a page: loads the run (`needs`: { parts, pictures }, both true unless said otherwise), then calls `page`. */
export async function start(page, needs = {}) {
  switches();
  keys();
  finder();
  document.addEventListener("input", (event) => {
    if (event.target.type === "range") fill(event.target);
  });
  try {
    await load(needs);
    setShape();
    foot();
    await page();
  } catch (error) {
    fail(error);
    throw error;
  } finally {
    all(".loading").forEach((element) => element.remove());
    all("input[type=range]").forEach(fill);
    document.documentElement.dataset.ready = "1";
  }
}

/** Puts a failure where the person looks: in `place`, with its remedy. */
export function fail(error, place = $("#main"), title = "This page could not be shown") {
  const text = error.hint ? `${error.message}. ${error.hint}` : `${error.message}. Reload the page.`;
  place.append(note(title, text.replace(/\.\. /, ". ")));
}

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Not kept: the choice lasts as long as the page.
  }
}

function switches() {
  $("#theme").addEventListener("click", theme);
  $("#colours").addEventListener("click", colours);
  $("#keys").addEventListener("click", () => $("#help").showModal());
  tellColours();
}

function theme() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const next = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  keep("partwise.theme", next);
  toast(next === "dark" ? "Dark theme" : "Light theme");
  document.dispatchEvent(new Event("themechange"));
}

function colours() {
  keep("partwise.map", chosen() === "grey" ? "magma" : "grey");
  tellColours();
  repaintAll();
  document.dispatchEvent(new Event("mapchange"));
  toast(chosen() === "grey" ? "Parts in grey" : "Parts in magma");
}

const tellColours = () => $("#colours").setAttribute("aria-pressed", String(chosen() === "grey"));

function keys() {
  let leader = -LEADER;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || $("dialog[open]")) return;
    const led = event.timeStamp - leader < LEADER;
    leader = -LEADER;
    if (led && GO[event.key]) location.href = `/${GO[event.key]}`;
    else if (event.key === "g") leader = event.timeStamp;
    else if (event.key === "?") $("#help").showModal();
    else if (event.key === "t") theme();
    else if (event.key === "c") colours();
    else if (event.key === "/") {
      event.preventDefault();
      $("#find").focus();
    }
  });
}

function finder() {
  $("#find").form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = $("#find").value.trim();
    if (!wanted || !run) return;
    const row = find(wanted.toLowerCase());
    if (row < 0) toast(`No picture called “${wanted}” in this run`);
    else location.href = `/pictures/${run.pictures.number[row]}`;
  });
}

/** The row of the picture with this name: the whole name first, then without its folder and ending, then the first that begins so. */
function find(wanted) {
  const names = run.pictures.name.map((name) => name.toLowerCase());
  const file = (name) => name.split("/").at(-1);
  const tests = [
    (name) => name === wanted,
    (name) => file(name) === wanted,
    (name) => name.replace(/\.[^.]*$/, "") === wanted,
    (name) => file(name).replace(/\.[^.]*$/, "") === wanted,
    (name) => name.startsWith(wanted) || file(name).startsWith(wanted),
  ];
  return tests.reduce((row, test) => (row < 0 ? names.findIndex(test) : row), -1);
}

function foot() {
  const shape = `${run.height} × ${run.width}${run.channels === 3 ? " in colour" : ""}`;
  $("#foot").replaceChildren(
    h("span", {}, "Run ", h("b", {}, run.name)),
    h("span", {}, `${count(run.n)} pictures of ${shape}`),
    h("span", {}, `${run.k} parts`),
    h("span", {}, "everything on this page stays on this computer"),
    h("a", { href: "/api" }, "API"),
  );
}

// What the page knows of the run: facts, names, columns of the pictures, and the parts H (k x pixels).
// The codes stay on the server; everything that ranks or sorts pictures is one small request.

const TOKEN = document.querySelector("meta[name=partwise-token]")?.content ?? "";

/** An answer that is not the one asked for: `message` says what happened, `hint` what to do, `field` which field is wrong. */
export class ApiError extends Error {
  constructor(status, { error, hint, field } = {}) {
    super(error || `The server answered ${status}`);
    this.status = status;
    this.hint = hint || "Reload the page; if it happens again, look at the terminal in which partwise serve runs.";
    this.field = field ?? null;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { error: "The server does not answer", hint: "Is partwise serve still running? Start it again, then reload." });
  }
  if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

const send = (method) => async (path, body = null, options = {}) => {
  const raw = body instanceof Blob;
  const headers = { "X-Partwise-Token": TOKEN };
  if (body !== null && !raw) headers["Content-Type"] = "application/json";
  const answer = await ask(path, { method, headers, body: raw || body === null ? body : JSON.stringify(body), ...options });
  return answer.status === 204 ? null : answer.json();
};

export const get = async (path, options) => (await ask(path, options)).json();
export const floats = async (path, options) => new Float32Array(await (await ask(path, options)).arrayBuffer());
export const post = send("POST");
export const put = send("PUT");
export const del = send("DELETE");

/** Facts of the run as /api/run gives them, and beside them:
 *  `H` (all parts in one array), `pixels`, `width`, `height`, `channels`, `light[i]` (sum of part i), `own[i]` (its bright end),
 *  `pictures` (columns: number, name, label, error) and `rowOf` (number -> row of these columns). */
export let run;

export async function load({ parts = true, pictures = true } = {}) {
  const [facts, H, columns] = await Promise.all([
    get("/api/run"),
    parts ? floats("/api/parts.f32") : null,
    pictures ? get("/api/pictures") : null,
  ]);
  const [height, width, channels = 1] = facts.shape;
  run = { ...facts, H, height, width, channels, pixels: height * width * channels };
  if (H) {
    run.light = Array.from({ length: run.k }, (_, i) => part(i).reduce((sum, v) => sum + v, 0));
    run.own = Array.from({ length: run.k }, (_, i) => brightEnd(part(i)));
  }
  run.pictures = columns ?? { number: [], name: [], label: null, error: [] };
  run.rowOf = new Map(run.pictures.number.map((number, row) => [number, row]));
  return run;
}

/** The value that 99.9 % of the pixels do not exceed: one hot pixel does not make a part dark. */
function brightEnd(values) {
  const sorted = Float32Array.from(values, Math.abs).sort();
  const end = sorted[Math.floor(sorted.length * 0.999)];
  return end || sorted.at(-1) || 1;
}

/** Part i (from 0) as a view on H. */
export const part = (i) => run.H.subarray(i * run.pixels, (i + 1) * run.pixels);

export const isNamed = (i) => Boolean(run.parts[i].name);
export const nameOf = (i) => run.parts[i].name || `Part ${i + 1}`;

/** Names part i on the server, so that every page, the figures and the exports use it. An empty name clears it. */
export async function rename(i, text) {
  const answer = await put(`/api/parts/${i + 1}/name`, { name: text.trim() });
  run.parts[i].name = answer.name || null;
  document.dispatchEvent(new Event("nameschange"));
  return nameOf(i);
}

/** The name of a picture by its number. */
export const pictureName = (number) => run.pictures.name[run.rowOf.get(number)] ?? `picture ${number}`;

/** A name without its ending, and without its folder where all have the same or it would not fit under a tile. */
export function short(name) {
  const bare = name.replace(/\.[a-z0-9]{1,5}$/i, "");
  return bare.length <= 10 && run.labels?.length !== 1 ? bare : bare.split("/").at(-1);
}

export const norm = (v) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));

export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** out = w @ H, without the zeros; `only(i)` leaves parts out. */
export function mix(w, out = new Float32Array(run.pixels), only = null) {
  out.fill(0);
  for (let i = 0; i < run.k; i++) {
    if (!w[i] || (only && !only(i))) continue;
    addPart(out, w[i], i);
  }
  return out;
}

export function addPart(out, weight, i) {
  const row = part(i);
  for (let p = 0; p < out.length; p++) out[p] += weight * row[p];
  return out;
}

/** What each part brings of the light of a picture with code w; together 1. */
export function shares(w) {
  const light = Array.from(w, (weight, i) => weight * run.light[i]);
  const total = light.reduce((sum, v) => sum + v, 0) || 1;
  return light.map((v) => v / total);
}

/** The parts (from 0) by falling size of their weight. */
export const order = (w) => Array.from(w.keys()).sort((a, b) => Math.abs(w[b]) - Math.abs(w[a]));

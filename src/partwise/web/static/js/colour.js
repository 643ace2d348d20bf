// Colour maps and painting. Parts: magma (zero is black, lightness rises evenly), or RdBu about a white zero when a model
// has parts that also take away. Left over: RdBu. Colour pictures are painted as they are.

const MAGMA =
  "0000040303120a0822130d341e11492a115c38106c45107754137d6018806d1d81792282882781942c80a1307eae347b" +
  "bd3977ca3e72d6456ce24d66ec5860f3655cf8745cfb835ffd9467fea36ffeb27afec185fed194fde0a1fceeb0fcfdbf";
const VIRIDIS = "4401544828783e4a8931688e26828e1f9e8935b7796ece58b5de2bfde725";
const RDBU = "0530611752902a71b23f8ec06bacd19bc9e0c2ddece0ecf3f7f6f6fbe5d8fbccb4f5aa89e48066d05548ba2832930e2667001f";

function table(hex) {
  const stops = hex.match(/.{6}/g).map((stop) => [0, 2, 4].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  const lut = new Uint8ClampedArray(256 * 3);
  for (let v = 0; v < 256; v++) {
    const x = (v / 255) * (stops.length - 1);
    const i = Math.min(stops.length - 2, Math.floor(x));
    const f = x - i;
    for (let c = 0; c < 3; c++) lut[3 * v + c] = stops[i][c] * (1 - f) + stops[i + 1][c] * f;
  }
  return lut;
}

const maps = { magma: table(MAGMA), sure: table(VIRIDIS), error: table(RDBU), grey: table("000000ffffff") };

/** The map that the person has chosen for parts: "magma" or "grey". */
export function chosen() {
  try {
    return localStorage.getItem("partwise.map") === "grey" ? "grey" : "magma";
  } catch {
    return "magma";
  }
}

/** Paints values (h x w, or h x w x 3 for colour) on a canvas that already has the width and height of the picture. */
export function paint(canvas, values, { map = "grey", low = 0, high = 1 } = {}) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const places = canvas.width * canvas.height;
  const scale = 255 / (high - low || 1);
  if (values.length === 3 * places && map !== "error") paintColour(image.data, values, low, scale);
  else paintMapped(image.data, values.length === places ? values : meanOfChannels(values, places), maps[map], low, scale);
  context.putImageData(image, 0, 0);
  return canvas;
}

function paintMapped(out, values, lut, low, scale) {
  for (let p = 0, q = 0; p < values.length; p++, q += 4) {
    const v = (values[p] - low) * scale;
    const at = 3 * (v < 0 ? 0 : v > 255 ? 255 : v | 0);
    out[q] = lut[at];
    out[q + 1] = lut[at + 1];
    out[q + 2] = lut[at + 2];
    out[q + 3] = 255;
  }
}

function paintColour(out, values, low, scale) {
  for (let p = 0, q = 0; p < values.length; p += 3, q += 4) {
    for (let c = 0; c < 3; c++) out[q + c] = (values[p + c] - low) * scale; // the array clamps by itself
    out[q + 3] = 255;
  }
}

/** What is left over of a colour picture is one number a pixel: red or blue must not be mistaken for a colour of the picture. */
function meanOfChannels(values, places) {
  const out = new Float32Array(places);
  for (let p = 0; p < places; p++) out[p] = (values[3 * p] + values[3 * p + 1] + values[3 * p + 2]) / 3;
  return out;
}

export function ramp(canvas, map) {
  canvas.width = 256;
  canvas.height = 1;
  return paint(canvas, Float32Array.from({ length: 256 }, (_, v) => v / 255), { map });
}

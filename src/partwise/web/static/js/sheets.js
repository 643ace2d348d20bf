// The sheets of thumbnails as bitmaps that stay decoded, so that a tile is drawn at once and no scroll meets a blank.
import { run } from "./data.js";

const KEPT = 72; // sheets in memory at most: 72 x 1024 x 1024 x 4 bytes = 300 MB; 18,432 pictures
const held = new Map(); // index -> { bitmap, ready: Promise }, the least recently used first

export const sheetOf = (row) => Math.floor(row / run.tile.per_sheet);
export const fitsInMemory = () => run.tile.sheets <= KEPT;

/** The sheet, now or as a promise of it. */
export function sheet(index) {
  const known = held.get(index);
  held.delete(index);
  const entry = known ?? { bitmap: null, ready: null };
  held.set(index, entry);
  entry.ready ??= load(index, entry);
  if (held.size > KEPT) drop();
  return entry;
}

async function load(index, entry) {
  const answer = await fetch(`/api/sheets/${index}?v=${run.generation}`);
  if (!answer.ok) throw new Error(`Sheet ${index} of the thumbnails could not be read (${answer.status})`);
  entry.bitmap = await createImageBitmap(await answer.blob());
  return entry.bitmap;
}

function drop() {
  const [index, entry] = held.entries().next().value;
  held.delete(index);
  entry.ready.then((bitmap) => bitmap.close(), () => {});
}

/** Draws the thumbnail of a row of the catalogue into a box of the context. False when its sheet is not there yet. */
export function draw(context, row, x, y, wide, high) {
  const { bitmap } = sheet(sheetOf(row));
  if (!bitmap) return false;
  const { cell, width, height, per_row: perRow, per_sheet: perSheet } = run.tile;
  const place = row % perSheet;
  context.drawImage(bitmap, (place % perRow) * cell, Math.floor(place / perRow) * cell, width, height, x, y, wide, high);
  return true;
}

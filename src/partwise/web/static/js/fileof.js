// What is known of the file that a picture came from.
import { $, h, bytes } from "./dom.js";
import { run, pictureName } from "./data.js";

/** Of the file, where the picture came from one; else of what the model saw. */
function size({ width, height, bytes: length }) {
  if (length == null) return `${run.width} × ${run.height} pixels; it came from no file`;
  return `${width} × ${height} pixels, ${bytes(length)}`;
}

/** Fills the table of a picture, by what /api/pictures says of it. */
export function file(facts) {
  const line = (name, ...value) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, ...value));
  const copies = facts.repeats.filter((other) => other !== facts.number);
  const links = copies.flatMap((other, at) => [at ? ", " : "", h("a", { href: `/pictures/${other}` }, pictureName(other))]);
  const added = new Date(facts.added);
  const when = Number.isNaN(added.getTime()) ? String(facts.added ?? "unknown") : added.toLocaleString();
  $("#file").append(
    line("Name", facts.name),
    line("Number in this run", String(facts.number)),
    ...(facts.label ? [line("Label", h("a", { href: `/pictures?label=${encodeURIComponent(facts.label)}` }, facts.label))] : []),
    line("Size", size(facts)),
    line("SHA-256", h("code", {}, facts.sha256)),
    line("Exact copies", ...(links.length ? links : ["none in this run"])),
    line("Added", `${when}, ${facts.source === "added" ? "after the fit: the parts do not know it" : "part of the fit"}`),
  );
}

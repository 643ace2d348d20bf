// A picture from outside the run: chosen, dropped or pasted. The server reads it and answers with its code.
import { $, h } from "./dom.js";
import { post } from "./data.js";
import { fail } from "./shell.js";

const LARGEST = 20e6; // bytes; the server refuses more, and would have to cut the sending off to say so

/** `use({ name, code, pixels, error })` is called with each picture that could be read. */
export function takePictures(use) {
  let turn = 0;

  async function take(file) {
    const mine = ++turn;
    const name = plain(file.name) || "pasted picture";
    $("#upload-note").replaceChildren();
    busy(`Reading ${name} …`);
    try {
      check(file);
      const answer = await post(`/api/codes?name=${encodeURIComponent(name)}`, file);
      if (mine === turn) use({ ...answer, name, pixels: Float32Array.from(answer.pixels) });
    } catch (error) {
      if (mine === turn) fail(error, $("#upload-note"), `${name} could not be used`);
    } finally {
      if (mine === turn) busy("");
    }
  }

  $("#file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) take(file);
    event.target.value = ""; // the same file can be chosen again
  });
  addEventListener("paste", (event) => {
    const [file] = event.clipboardData.files;
    if (file) take(file);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    addEventListener(kind, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      $("#drop").classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
    });
  }
}

/** A name without what turns the direction of writing, so that it cannot show another ending than it has. */
const plain = (name) => name.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

function busy(text) {
  $("#drop").setAttribute("aria-busy", String(Boolean(text)));
  $("#drop-text").replaceChildren(...(text ? [text] : [h("b", {}, "Choose a picture"), ", drop one or paste it"]));
}

function check(file) {
  if (!file.size) throw refusal("The file is empty", "Choose a picture: JPEG, PNG, WebP, GIF or BMP.");
  if (file.size > LARGEST) {
    const size = Math.round(file.size / 1e6);
    throw refusal(`Upload is ${size} MB; the limit is ${LARGEST / 1e6} MB`, "Make the picture smaller, then try again.");
  }
}

const refusal = (message, hint) => Object.assign(new Error(message), { hint });

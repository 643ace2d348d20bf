// A job that goes on at the server, a fit or a rank run: its line of events, how it stands in words, and its buttons.
import { post } from "./data.js";
import { fail } from "./shell.js";

const WORDS = {
  running: ["Running", "good"],
  finished: ["Finished", "good"],
  limit: ["Finished at the limit", "warn"],
  cancelled: ["Cancelled, kept", ""],
  failed: ["Failed", "bad"],
};

/**
 * Follows the job at `path` to its end: `events` has what is done on each kind of them, given also how to ask for a drawing;
 * `draw` draws, once a frame however often it is asked; `line` is told how the line to the server stands. Returns how to stop.
 */
export function follow(path, { events, draw, line }) {
  let drawing = 0;
  const ask = () => {
    drawing ||= requestAnimationFrame(() => {
      drawing = 0;
      draw();
    });
  };
  const source = new EventSource(`${path}/events`);
  for (const [kind, action] of Object.entries(events)) {
    source.addEventListener(kind, (event) => {
      if (kind === "end") source.close();
      action(JSON.parse(event.data), ask);
    });
  }
  source.addEventListener("open", () => line("open"));
  source.addEventListener("error", () => line(source.readyState === EventSource.CLOSED ? "lost" : "cut"));
  ask();
  return () => {
    source.close();
    cancelAnimationFrame(drawing);
  };
}

/** Which words say how a job stands. A fit at its limit is finished, but not converged. */
export function stateOf({ state, reason }) {
  const key = state === "finished" && !/^Converged/.test(reason ?? "") ? "limit" : state;
  const [words, cls] = WORDS[key] ?? [state, ""];
  return { words, cls };
}

/** Shows how a job stands: in the pill, by whether it can be stopped, and to those who hear the page. */
export function showState(now, { place, pill, stop }) {
  const { words, cls } = stateOf(now);
  if (pill.textContent !== words) pill.textContent = words; // a status that is set anew is read out anew
  pill.className = `pill ${cls}`;
  stop.classList.toggle("hide", now.state !== "running");
  place.setAttribute("aria-busy", String(now.state === "running"));
}

/** Posts `path` while the button says `doing`, then does `after`; where that fails the button is as it was and `place` says so. */
export async function press(button, doing, { path, place, failed, after = () => {} }) {
  const words = button.textContent;
  button.disabled = true;
  button.textContent = doing;
  place.replaceChildren();
  try {
    await post(path);
    after();
  } catch (error) {
    button.disabled = false;
    button.textContent = words;
    fail(error, place, failed);
  }
}

export const cancel = (path, button, place) =>
  press(button, "Cancelling …", { path: `${path}/cancel`, place, failed: "It could not be cancelled" });

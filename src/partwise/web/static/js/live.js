// A fit as it goes on: the server sends its whole past first, so that a page that comes later shows the same.
import { h, percent, sci, toast, note } from "./dom.js";
import { cancel, follow, press, showState, stateOf } from "./job.js";
import { paintSmall, stat } from "./tiles.js";
import { errorCurve, residualCurve } from "./curves.js";
import { inWords } from "./verdict.js";

const LINE = {
  cut: ["The line to the server is cut", "The fit goes on as long as partwise serve runs; this page tries again by itself."],
  lost: ["The server does not know this fit", "It was started anew since. What the fit had saved is a run, beside this one."],
};

/** "12 s", "3 min 5 s", "1 h 2 min" */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (seconds < 1) return "under a second";
  if (whole < 60) return `${whole}\u202fs`;
  if (whole < 3600) return `${Math.floor(whole / 60)}\u202fmin ${whole % 60}\u202fs`;
  return `${Math.floor(whole / 3600)}\u202fh ${Math.floor((whole % 3600) / 60)}\u202fmin`;
}

/** Shows fit `about` (as /api/fits gives it) in `place` until it ends or another is shown. `ended()` is called at its end. */
export function watch(place, about, { goal, ended }) {
  const history = [];
  const view = frame(place, about);
  let last = about;
  return follow(`/api/fits/${about.id}`, {
    draw: () => view.show(last, history, goal),
    line: view.line,
    events: {
      shot(shot, draw) {
        last = { ...last, ...shot };
        if (shot.stage === "fitting" && shot.iteration > (history.at(-1)?.[0] ?? -1)) {
          history.push([shot.iteration, shot.seconds, shot.error, shot.residual]);
        }
        draw();
      },
      parts: ({ shape, parts }) => view.parts(shape, parts),
      end(end, draw) {
        last = { ...last, ...end, left: null };
        if (last.iteration > (history.at(-1)?.[0] ?? -1)) history.push([last.iteration, last.seconds, last.error, last.residual]);
        else if (history.length) history.at(-1).splice(2, 2, last.error, last.residual); // as it was saved
        draw();
        view.end(last);
        ended(last);
      },
    },
  });
}

function frame(place, about) {
  const pill = h("span", { class: "pill", role: "status" });
  const stop = h("button", { type: "button", class: "hide", onclick: () => cancel(`/api/fits/${about.id}`, stop, ending) }, "Cancel");
  const bar = h("progress", { max: about.max_iter, value: 0, "aria-label": "Iterations" });
  const text = h("p", { class: "small num soft" });
  const broken = h("div");
  const numbers = h("dl", { class: "stats num" });
  const curves = [h("div"), h("div")];
  const forming = h("div", { class: "forming" });
  const formingTitle = h("h3");
  const ending = h("div");
  place.replaceChildren(
    h("div", { class: "head" }, h("h2", {}, `${about.k} part${about.k === 1 ? "" : "s"}`), pill, stop),
    bar, text, broken, ending, numbers,
    h("div", { class: "two" }, h("div", {}, h("h3", {}, "Error"), curves[0]), h("div", {}, h("h3", {}, "KKT residual"), curves[1])),
    h("div", { class: "stack tight" }, formingTitle, forming),
  );

  function show(now, history, goal) {
    showState(now, { place, pill, stop });
    progress(bar, now);
    text.textContent = sentence(now);
    numbers.replaceChildren(...figures(now, history, goal));
    const limit = now.state === "running" ? reach(now) : Math.max(1, history.at(-1)?.[0] ?? 1);
    curves[0].replaceChildren(errorCurve(history, { limit, relative: true }));
    curves[1].replaceChildren(residualCurve(history, { limit, goal }));
  }

  return {
    show,
    parts(shape, parts) {
      formingTitle.textContent = parts.length < about.k ? `The first ${parts.length} parts, forming` : "The parts, forming";
      drawParts(forming, shape, parts);
    },
    end(now) {
      formingTitle.textContent = formingTitle.textContent.replace(", forming", "");
      ending.replaceChildren(...endOf(now));
    },
    line: (state) => broken.replaceChildren(...(LINE[state] ? [note(...LINE[state], "warn")] : [])),
  };
}

/** How far the axis of iterations goes: somewhat beyond what has happened, in steps, and never beyond the limit. */
function reach({ iteration, max_iter: most }) {
  let far = 20;
  while (far < 1.2 * iteration) far *= 2;
  return Math.min(far, most);
}

function progress(bar, { state, stage, done, total, iteration, max_iter: most }) {
  const filed = state === "running" && stage !== "fitting" && stage !== "starting" && total;
  bar.max = filed ? total : most;
  bar.value = filed ? done : state === "running" ? iteration : most;
}

function sentence({ state, stage, iteration, max_iter: most, seconds, left, done, total }) {
  const file = total ? ` ${done} of ${total}` : "";
  const about = left == null ? "" : ` · about ${duration(left)} left`;
  if (state === "running" && stage === "reading") return `Reading the pictures${file}${about}`;
  if (state === "running" && stage === "starting") return "Read. Looking for where to start";
  if (state === "running" && stage === "drawing") return `Saved. Drawing the figures${file}`;
  const spent = `${seconds.toFixed(2)}\u202fs of solver time`;
  if (state !== "running") return `${iteration} iteration${iteration === 1 ? "" : "s"} · ${spent}`;
  return `Iteration ${iteration} of at most ${most} · ${spent}${about && `${about} at most`}`;
}

function figures({ error, residual }, history, goal) {
  const [, , before] = history.at(-2) ?? [];
  const [, , latest] = history.at(-1) ?? [];
  const change = history.length > 2 && latest > 0 ? (before - latest) / latest : NaN;
  const small = Math.abs(change) < 5e-5 && change !== 0;
  return [
    stat("relative error", Number.isFinite(error) ? percent(error, 2) : "–"),
    stat("last change", Number.isFinite(change) ? (small ? sci(change) : percent(change, 2)) : "–"),
    stat("KKT residual", Number.isFinite(residual) ? sci(residual) : "–"),
    stat("goal", goal ? sci(goal, 0) : "none"),
  ];
}

function drawParts(forming, [height, width], parts) {
  if (forming.children.length !== parts.length) {
    forming.replaceChildren(...parts.map((_, i) => h("canvas", { width, height, role: "img", "aria-label": `Part ${i + 1} as it forms` })));
  }
  parts.forEach((values, i) => paintSmall(forming.children[i], values));
}

function endOf(now) {
  const reason = inWords(now.reason ?? "");
  if (now.state === "failed") return [note("The fit failed", reason || "No reason is known.")];
  const { words, cls } = stateOf(now);
  const titles = {
    Finished: "The goal is reached",
    "Finished at the limit": "Not converged: the parts are usable; they would still change a little",
    "Cancelled, kept": "Cancelled: the parts of the last iteration are kept",
  };
  const place = h("div");
  const open = h("button", { type: "button", class: "main", onclick: () => openRun(now, open, place) }, "Open this run");
  const end = note(titles[words] ?? words, reason, cls === "warn" ? "warn" : "");
  end.append(h("p", { class: "note-actions" }, open, h("span", { class: "quiet" }, ` saved as ${now.out}`)));
  return [end, place];
}

/** The server shows this run from now on, on every page; its card is what to read first. */
function openRun({ id, out }, button, place) {
  return press(button, "Opening …", {
    path: `/api/fits/${id}/open`,
    place,
    failed: "It could not be opened",
    after() {
      toast(`${out} is shown now`);
      location.href = "/model";
    },
  });
}

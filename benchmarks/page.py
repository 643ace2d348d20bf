"""How soon the web page paints in Chromium: `python -m benchmarks.page RUN` opens, jumps, scrolls and searches."""

import random
import shutil
import socket
import subprocess
import sys
import time
from statistics import median
from typing import Any

FIRST = 7  # openings of the page Pictures
JUMPS = 200
FRAMES = 400
SEARCHES = 40
WARM = 12  # seconds in which the server makes its sheets, before the first opening

# a tile is painted when the canvas behind it, or an image of its own, has something opaque at its place
INSTRUMENT = """() => {
  const ink = (link) => {
    const own = link.querySelector("img");
    if (own?.complete && own.naturalWidth) return true;
    const at = link.getBoundingClientRect();
    for (const strip of document.querySelectorAll("canvas.strip")) {
      const box = strip.getBoundingClientRect();
      if (at.top > box.bottom || at.bottom < box.top || !box.width) continue;
      const dots = strip.width / box.width;
      const [x, y] = [(at.left - box.left) * dots, (at.top - box.top) * dots];
      const [from, wide] = [Math.round(x + 4), Math.round(at.width * dots) - 8];
      const middle = Math.round(y + at.height * dots * 0.5);
      return strip.getContext("2d").getImageData(from, middle, wide, 1).data.some((value) => value);
    }
    return false;
  };
  const seen = () => {
    const view = document.querySelector("#viewport")?.getBoundingClientRect();
    if (!view) return [];
    return [...document.querySelectorAll("#grid a")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.bottom > view.top + 1 && box.top < Math.min(view.bottom, innerHeight) - 1;
    });
  };
  window.__painted = (sample) => {
    const links = seen();
    if (!links.length) return false;
    const step = Math.max(1, Math.floor(links.length / sample));
    return links.filter((_, at) => at % step === 0).every(ink);
  };
}"""
# run in the page before its own scripts: notes when the first, and when all thumbnails in view are painted
FIRST_PAINT = f"""(() => {{
  ({INSTRUMENT})();
  const look = () => {{
    if (window.__some === undefined && window.__painted(1)) window.__some = performance.now();
    if (window.__painted(12)) window.__all = performance.now();
    else requestAnimationFrame(look);
  }};
  requestAnimationFrame(look);
}})()"""
JUMP = """async (share) => {
  const view = document.querySelector("#viewport");
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  const began = performance.now();
  view.scrollTop = share * (view.scrollHeight - view.clientHeight);
  for (;;) {
    await frame();
    if (window.__painted(12)) return performance.now() - began;
    if (performance.now() - began > 5000) return 5000;
  }
}"""
# scrolls on by as many pixels each frame; gives how long, in milliseconds, thumbnails in view were not painted
SCROLL = """async ([pixels, frames]) => {
  const view = document.querySelector("#viewport");
  view.scrollTop = 0;
  const blanks = [];
  let since = null;
  for (let at = 0; at < frames; at++) {
    view.scrollTop += pixels;
    const now = await new Promise(requestAnimationFrame);
    if (!window.__painted(12)) since ??= now;
    else if (since !== null) { blanks.push(now - since); since = null; }
  }
  return blanks;
}"""
SEARCH = """async (at) => {
  const near = document.querySelector("#near");
  const began = performance.now();
  await new Promise((done) => {
    const watch = new MutationObserver(() => { watch.disconnect(); requestAnimationFrame(done); });
    watch.observe(near, { childList: true });
    document.querySelectorAll("#switches button")[at].click();
  });
  return performance.now() - began;
}"""


def told(name: str, values: list[float]) -> None:
    """Print the middle, the 95 % and the most of some times in milliseconds."""
    ordered = sorted(values)
    print(
        f"{name:<44} median {median(ordered):7.0f} ms, 95 % {ordered[int(0.95 * (len(ordered) - 1))]:7.0f} ms, "
        f"most {ordered[-1]:7.0f} ms  ({len(ordered)} times)"
    )


def first_paint(browser: Any, home: str) -> None:
    """Open Pictures in a new browser profile each time, so that nothing is in a cache."""
    some, everything, contentful = [], [], []
    for _ in range(FIRST):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.add_init_script(FIRST_PAINT)
        page.goto(home + "/pictures")
        page.wait_for_function("() => window.__all !== undefined")
        some.append(page.evaluate("window.__some"))
        everything.append(page.evaluate("window.__all"))
        contentful.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"))
        context.close()
    told("Pictures, first contentful paint", contentful)
    told("Pictures, first thumbnails painted", some)
    told("Pictures, all thumbnails in view painted", everything)


def jumps(browser: Any, home: str) -> None:
    """Jump through the grid at random, then scroll it evenly; how long no thumbnail, or not every, is painted."""
    drawn = random.Random(0)
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(f"({INSTRUMENT})()")
    page.goto(home + "/pictures")
    page.wait_for_function("() => window.__painted?.(12)")
    told("a jump right after opening, all painted", [page.evaluate(JUMP, drawn.random()) for _ in range(JUMPS // 4)])
    told("a jump anywhere, all painted", [page.evaluate(JUMP, drawn.random()) for _ in range(JUMPS)])
    told("a scroll by one view, all painted", [page.evaluate(JUMP, at / JUMPS) for at in range(JUMPS)])
    for pixels in (40, 200, 1000):
        blanks = page.evaluate(SCROLL, [pixels, FRAMES])
        longest = max(blanks, default=0)
        print(f"{FRAMES} frames, each {pixels} pixels on: {len(blanks)} blanks, longest {longest:.0f} ms")
    for order in ("error:descending", "part:3"):
        page.goto(f"{home}/pictures?order={order}")
        page.wait_for_function("() => window.__painted?.(12)")
        page.wait_for_timeout(1000)
        told(f"a jump, ordered by {order}", [page.evaluate(JUMP, drawn.random()) for _ in range(JUMPS)])


def searches(browser: Any, home: str) -> None:
    """Switch parts off one after the other: from the click to the new ranking."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(home + "/search?q=4802")
    page.wait_for_selector("#near [data-hit]")
    page.wait_for_timeout(500)
    parts = page.locator("#switches button").count()
    found = []
    for at in range(SEARCHES):
        found.append(page.evaluate(SEARCH, at % parts))
        page.wait_for_timeout(150)
    told("a part switched: click to new ranking", found)


def main(run: str) -> None:
    """Serve the run, open it in Chromium, and print a line for each kind of wait."""
    from playwright.sync_api import sync_playwright

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "partwise", "serve", run, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, sync_playwright() as driver:
        try:
            print(server.stdout.readline().strip() if server.stdout else "")
            time.sleep(WARM)
            program = shutil.which("chromium") or shutil.which("google-chrome")
            browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
            home = f"http://127.0.0.1:{port}"
            first_paint(browser, home)
            jumps(browser, home)
            searches(browser, home)
            browser.close()
        finally:
            server.terminate()


if __name__ == "__main__":
    main(sys.argv[1])

"""A page that is watched: what the console says, what fails to load, who is asked, and what axe-core finds."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

WIDE, NARROW = (1440, 900), (390, 844)
READY = "() => document.documentElement.dataset.ready === '1'"


@dataclass
class Watched:
    """A tab of the browser at one server.

    `forgiven` are statuses that a story provokes: the browser itself writes an error into the console for each.
    """

    page: Any
    home: str
    screens: Path
    errors: list[str] = field(default_factory=list)
    forgiven: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        page = self.page
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: Any) -> None:
        status = re.search(r"responded with a status of (\d+)", message.text)
        if message.type == "error" and not (status and int(status[1]) in self.forgiven):
            self.errors.append(f"console: {message.text} at {message.location.get('url')}")

    def _dialog(self, dialog: Any) -> None:
        self.errors.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if request.url.startswith(("blob:", "data:")):
            return
        if not request.url.startswith(f"{self.home}/"):
            self.errors.append(f"another host is asked: {request.url}")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # what is under way when a page is left
            self.errors.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.forgiven:
            self.errors.append(f"answered {response.status}: {response.url}")

    def open(self, path: str) -> Any:
        """Go there and wait until the page says that it is ready."""
        self.page.goto(self.home + path)
        return self.ready()

    def ready(self) -> Any:
        """Wait for the page that is being opened."""
        self.page.wait_for_function(READY)
        return self.page

    def wait_at(self, pattern: str) -> Any:
        """Wait until the address matches, and that page is ready."""
        self.page.wait_for_url(re.compile(re.escape(self.home) + pattern))
        return self.ready()

    @property
    def path(self) -> str:
        """Path, query and fragment of the address."""
        return self.page.url.removeprefix(self.home)

    def ask(self, path: str) -> Any:
        """Ask the API, beside the page."""
        return self.page.request.get(self.home + path).json()

    def ask_by_post(self, path: str, body: dict) -> Any:
        """Ask the API by POST, with the token of the page."""
        token = self.page.locator("meta[name=partwise-token]").get_attribute("content")
        return self.page.request.post(self.home + path, data=body, headers={"X-Partwise-Token": token}).json()

    def shot(self, name: str, *, full: bool = False) -> None:
        """Keep a picture of the page, to be looked at."""
        if full:  # what sticks to the window stands at its place then
            self.page.evaluate("scrollTo(0, 0)")
        self.page.screenshot(path=str(self.screens / f"{name}.png"), full_page=full)

    def settle(self) -> None:
        """Wait until nothing glides or fades, so that colours are those that stay."""
        self.page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")

    def findings(self) -> list[str]:
        """What axe-core finds that is serious or critical."""
        from axe_playwright_python.base import AXE_SCRIPT

        self.settle()
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("axe.run({ resultTypes: ['violations'] }).then((told) => told.violations)")
        return [
            f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    def overhang(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def grey(canvas: Any) -> Any:
    """The values of a canvas that shows grey, as the person sees them, between 0 and 1."""
    shape_and_reds = canvas.evaluate(
        "(c) => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " return [c.height, c.width, [...d].filter((_, at) => at % 4 === 0)]; }"
    )
    height, width, reds = shape_and_reds
    return np.array(reds, dtype=float).reshape(height, width) / 255

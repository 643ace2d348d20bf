"""Real Chromium in front of a real server: each story watches console, requests and dialogs to its end."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from partwise.sources import load_sample
from partwise.tasks.fit import Settings, fit
from partwise.tasks.look import look
from partwise.tasks.read import Reading

from ..raw import serving
from .watched import WIDE, Watched

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20_000  # milliseconds: several programs may share one core


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="the stories of the page need playwright")
    pytest.importorskip("axe_playwright_python", reason="the stories of the page need axe-playwright-python")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"the stories of the page need a browser: none of {', '.join(BROWSERS)} is here")
    playwright.expect.set_options(timeout=PATIENCE)
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def screens(tmp_path_factory):
    """Where pictures of the pages are kept: the folder PARTWISE_SCREENS, to look at them."""
    wanted = os.environ.get("PARTWISE_SCREENS")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("screens")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """The 400 ORL faces at half their size, a folder for each person."""
    faces = load_sample("orl")
    folder = tmp_path_factory.mktemp("faces") / "people"
    for name, values in zip(faces.names, faces.X, strict=True):
        path = (folder / name).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((255 * values.reshape(112, 92)).round().astype(np.uint8)).reduce(2).save(path)
    return folder


@pytest.fixture(scope="session")
def faces_run(people, tmp_path_factory):
    fitted = fit(
        people, tmp_path_factory.mktemp("runs") / "faces", Settings(25, {"max_iter": 100, "random_state": 0}, Reading())
    )
    look(fitted.run, fitted.data)
    return fitted.run.path


@pytest.fixture(scope="session")
def faces(faces_run):
    """A server that stories read from; what one of them names it clears again."""
    with serving(faces_run) as site:
        yield site


@pytest.fixture
def own_faces(faces_run, tmp_path):
    """A server whose run a story may change."""
    with serving(shutil.copytree(faces_run, tmp_path / "faces")) as site:
        yield site


@pytest.fixture
def visit(browser, screens):
    """Open a tab at a server: visit(site, size=NARROW, theme="dark"). At the end nothing may have gone wrong in it."""
    opened = []

    def tab(site, *, size=WIDE, theme="light", **more):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=theme, reduced_motion="reduce", **more
        )
        context.set_default_timeout(PATIENCE)
        watched = Watched(context.new_page(), f"http://{site.host}", screens)
        opened.append((context, watched))
        return watched

    yield tab
    wrong = [error for _, watched in opened for error in watched.errors]
    for context, _ in opened:
        context.close()
    assert not wrong, wrong


@pytest.fixture
def tab(visit, faces):
    """A wide window at the faces, where a story needs no more than one."""
    return visit(faces)

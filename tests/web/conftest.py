import shutil

import numpy as np
import pytest
from PIL import Image

from partwise.tasks.fit import Settings, fit
from partwise.tasks.look import look
from partwise.tasks.read import Reading

from .raw import begin, end, serving

SECRET = "a secret that no answer may hold"


@pytest.fixture(scope="session")
def album(tmp_path_factory):
    """Forty pictures made of four overlapping bars, two of them with the same bytes, in two folders that are labels."""
    folder = tmp_path_factory.mktemp("pictures") / "album"
    rng = np.random.default_rng(0)
    bars = np.zeros((4, 24, 20))
    for place, bar in enumerate(bars):
        bar[4 * place : 4 * place + 9, 3 * place : 3 * place + 8] = 1
    for number in range(40):
        values = np.tensordot(rng.random(4) * (rng.random(4) < 0.7), bars, 1) + 0.02 * rng.random((24, 20))
        path = folder / ("cats" if number % 2 else "dogs") / f"{number:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((255 * values.clip(0, 1)).astype(np.uint8)).save(path)
    (folder / "cats" / "copy.png").write_bytes((folder / "cats" / "01.png").read_bytes())
    return folder


@pytest.fixture(scope="session")
def saved(album, tmp_path_factory):
    """A run, with secrets beside it that nobody may read."""
    home = tmp_path_factory.mktemp("home")
    (home / "secret.txt").write_text(SECRET)
    (home / "run2").mkdir()
    (home / "run2" / "report.html").write_text(SECRET)
    fitted = fit(album, home / "run", Settings(4, {"max_iter": 300, "random_state": 0}, Reading()))
    look(fitted.run, fitted.data)
    return home / "run"


@pytest.fixture(scope="session")
def site(saved):
    """A server that tests only read from."""
    with serving(saved) as site:
        yield site


@pytest.fixture
def own_site(saved, tmp_path):
    """A server whose run a test may change."""
    site = begin(shutil.copytree(saved, tmp_path / "own"))
    yield site
    if site.process.poll() is None:
        end(site)

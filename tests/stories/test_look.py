"""The report made again: with the pictures as it was, without them not in place of a fuller one unless told to."""

import gc
import shutil
import weakref

import pytest
from matplotlib.figure import Figure

from partwise.tasks.figures import write_figures
from partwise.tasks.fit import Settings, fit
from partwise.tasks.progress import Silent
from partwise.views import Drawing

from .conftest import album, picture, tree

OF_PICTURES = {"sum.png", "top.png", "reconstructions.png"}


@pytest.fixture
def drawn(tmp_path, told):
    """A run of 5 parts with all its figures, and the folder of its pictures."""
    folder = album(tmp_path / "album", 8)
    told("fit", folder, "-k", 5, "--max-iter", 20, "--out", tmp_path / "run")
    return tmp_path / "run", folder


def figures(run):
    return {path.name for path in (run / "figures").iterdir()}


def test_look_makes_the_same_figures_again(drawn, told):
    run, _ = drawn
    before = figures(run)
    assert len(told("look", run)["figures"]) == 7
    assert figures(run) == before >= OF_PICTURES


def test_look_without_the_pictures_keeps_the_fuller_report(drawn, cli):
    run, folder = drawn
    shutil.rmtree(folder)
    before = tree(run)
    ended = cli("look", run, "--parts", 3)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(
        f"error: {run} has figures that cannot be made again: Folder not found: {folder}. Give a folder of pictures"
    )
    assert ended.err.endswith(". Its report stays as it is; --force makes it again without them.\n")
    assert len(ended.err.splitlines()) == 1
    assert tree(run) == before


def test_look_with_force_leaves_nothing_that_is_stale(drawn, cli):
    run, folder = drawn
    shutil.rmtree(folder)
    ended = cli("look", run, "--parts", 3, "--force")
    assert ended.code == 0
    assert ended.err.startswith(f"note: Figures that show samples are left out: Folder not found: {folder}. ")
    assert len(ended.err.splitlines()) == 1
    assert figures(run) == {"parts.png", "usage.png", "convergence.png", "clustermap.png"}
    report = (run / "report.html").read_text(encoding="utf-8")
    assert "The 3 strongest of 5 parts" in report
    assert "Figures that show samples are left out" in report
    assert "Pictures beside what the parts make of them" not in report
    assert cli("look", run).code == 0  # nothing fuller is there any more


def test_look_notices_that_the_pictures_have_changed(drawn, cli):
    run, folder = drawn
    picture(77).save(folder / "good3.png")
    ended = cli("look", run)
    assert (ended.code, ended.err) == (
        2,
        f"error: {run} has figures that cannot be made again: {folder} has changed since the fit. "
        "Its report stays as it is; --force makes it again without them.\n",
    )
    assert cli("look", run, "--force").code == 0


def test_a_first_report_is_made_without_the_pictures_if_need_be(tmp_path, cli):
    folder = album(tmp_path / "album", 5)
    fit(folder, tmp_path / "run", Settings(2, {"random_state": 0, "max_iter": 20}))
    shutil.rmtree(folder)
    ended = cli("look", tmp_path / "run")
    assert ended.code == 0
    assert ended.err.startswith("note: Figures that show samples are left out: ")
    assert (tmp_path / "run" / "report.html").is_file()


def test_figures_are_not_lost_with_their_report(drawn, cli):
    run, folder = drawn
    shutil.rmtree(folder)
    (run / "report.html").unlink()
    assert cli("look", run).code == 0
    assert figures(run) >= OF_PICTURES


def test_no_figure_is_kept_when_the_next_is_drawn(tmp_path):
    """Each keeps the pixels that it was drawn with, some ten megabytes."""
    drawn = []

    def draw():
        gc.collect()
        assert not any(one() for one in drawn)
        figure = Figure()
        figure.text(0.5, 0.5, "words")
        drawn.append(weakref.ref(figure))
        return figure

    made = [Drawing(f"figure{number}", "Title", "Caption.", draw, "") for number in range(3)]
    figures, paths = write_figures(tmp_path, made, Silent())
    assert len(drawn) == len(figures) == len(paths) == 3
    assert all("<svg" in one.figure.svg for one in figures)

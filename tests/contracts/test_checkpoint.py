"""A fit that was killed and resumed is the fit that was left alone; what is not that fit's checkpoint is refused."""

import functools
import itertools
import json
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning

from partwise import NMF, storage
from partwise.iterate import iterate
from partwise.losses import LOSSES, QuadraticLoss, as_loss
from partwise.models import checkpoint as kept
from partwise.models import fitting
from partwise.models.packing import pack, unpack
from partwise.problems import State
from partwise.solvers import HALS, SOLVERS, Solver, shared
from partwise.storage import read_tensors, write_tensors

from .conftest import low_rank

PAIRS = [
    (solver, beta)
    for solver, kind in SOLVERS.items()
    for beta in (*LOSSES.values(), 0.5)
    if isinstance(as_loss(beta), kind.accepts)
]


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fit.checkpoint"


def nmf(path=None, resume=False, k=4, every=0, **settings):
    given = {"random_state": 0, "max_iter": 40, "tol": 0} | settings
    return NMF(k, checkpoint=path, checkpoint_every=every, resume=resume, **given)


def until(iteration):
    return lambda shot: shot.record.iteration >= iteration


def figures(model):
    """All that must be the same, to the last bit: everything but the seconds."""
    return [(r.iteration, r.objective, r.residual) for r in model.history_]


def assert_same(one, other, X):
    np.testing.assert_array_equal(one.components_, other.components_)
    np.testing.assert_array_equal(one.transform(X), other.transform(X))
    assert figures(one) == figures(other)
    assert (one.n_iter_, one.stopped_, one.kkt_residual_) == (other.n_iter_, other.stopped_, other.kkt_residual_)


def assert_resumes(X, path, stop=10, **settings):
    alone = nmf(**settings).fit(X)
    nmf(path, **settings, callback=until(stop)).fit(X)
    resumed = nmf(path, resume=True, **settings).fit(X)
    assert alone.n_iter_ > stop
    assert_same(alone, resumed, X)
    seconds = [record.seconds for record in resumed.history_]
    assert seconds == sorted(seconds)


@pytest.mark.parametrize(("solver", "beta"), PAIRS)
def test_every_solver_goes_on_as_if_it_had_never_stopped(solver, beta, dtype, path):
    assert_resumes(
        low_rank(dtype=dtype, zeros=0.2 if beta > 0 else 0.0) + (beta <= 0), path, solver=solver, beta_loss=beta
    )


def test_second_derivatives_that_rows_share_come_back(path, monkeypatch, dtype):
    monkeypatch.setattr(shared, "WORTH", 0)
    assert_resumes(low_rank(dtype=dtype), path, solver="newton", beta_loss="kullback-leibler")


@pytest.mark.parametrize(
    "settings",
    [
        {"shuffle": True},
        {"shuffle": True, "random_state": None},
        {"shuffle": True, "random_state": np.random.RandomState(3)},
        {"alpha_W": 0.01, "l1_ratio": 0.5},
        {"init": "random"},
        {"solver": HALS(extrapolate=False)},
        {"solver": HALS(most_sweeps=2, share=3.0)},
    ],
    ids=["shuffle", "no seed", "random state", "penalty", "random init", "no extrapolation", "few sweeps"],
)
def test_every_setting_goes_on(settings, path):
    X = low_rank()
    if settings.get("random_state") is None and "random_state" in settings:
        # nobody can start such a fit again, but what was begun can be ended
        nmf(path, **settings, callback=until(10)).fit(X)
        one = nmf(path, resume=True, **settings)
        copy = path.read_bytes()
        one.fit(X)
        path.write_bytes(copy)
        assert_same(one, nmf(path, resume=True, **settings).fit(X), X)
        return
    state = settings.get("random_state")
    if isinstance(state, np.random.RandomState):
        fresh = functools.partial(np.random.RandomState, 3)
        alone = nmf(**settings | {"random_state": fresh()}).fit(X)
        nmf(path, **settings | {"random_state": fresh()}, callback=until(10)).fit(X)
        assert_same(alone, nmf(path, resume=True, **settings | {"random_state": fresh()}).fit(X), X)
        return
    assert_resumes(X, path, **settings)


@pytest.mark.parametrize("form", [np.asfortranarray, scipy.sparse.csr_array, scipy.sparse.csc_matrix])
def test_every_kind_of_matrix_goes_on(form, path):
    assert_resumes(form(low_rank()), path)


def test_a_start_on_a_stand_in_goes_on(path):
    # large enough that HALS begins on one (`solvers/stand_in.py` counts)
    X = low_rank(700, 600, 6)
    assert_resumes(X, path, k=50, max_iter=4, stop=1)


def test_data_in_an_extreme_unit_go_on(path):
    assert_resumes(low_rank() * 1e200, path)


def test_a_given_start_goes_on(path, rng):
    X, start = low_rank(), {"W": rng.random((40, 4)), "H": rng.random((4, 30))}
    alone = nmf(init="custom").fit(X, **start)
    nmf(path, init="custom", callback=until(9)).fit(X, **start)
    assert_same(alone, nmf(path, resume=True, init="custom").fit(X, **start), X)
    with pytest.raises(ValueError, match="another fit: it wants given H = "):
        nmf(path, resume=True, init="custom").fit(X, W=start["W"], H=start["H"] + 1)


@pytest.mark.parametrize("tol", [1e-3, 1e-5])
def test_every_iteration_is_a_place_to_go_on_from(tol, path, tmp_path):
    X = low_rank(60, 50)
    copies = []

    def copied(shot):
        if path.exists():
            copies.append(path.read_bytes())

    alone = nmf(tol=tol, max_iter=2000).fit(X)
    nmf(path, tol=tol, max_iter=2000, callback=copied).fit(X)
    copies.append(path.read_bytes())  # of the end too: who resumes an ended fit gets it again
    assert len(copies) > 5
    for copy in copies[:: max(1, len(copies) // 12)] + copies[-2:]:
        path.write_bytes(copy)
        assert_same(alone, nmf(path, resume=True, tol=tol, max_iter=2000).fit(X), X)


def test_a_fit_whose_goal_was_tightened_goes_on(path, monkeypatch):
    # solving the codes is made to spoil the residual, so that the goal is halved again and again
    def spoiled(half):
        W = solve(half)
        W[:, 0] *= 3
        return W

    solve = fitting.solve_codes
    monkeypatch.setattr(fitting, "solve_codes", spoiled)
    X = low_rank()
    alone = nmf(tol=1e-2).fit(X)
    nmf(path, tol=1e-2, callback=until(alone.n_iter_ - 1)).fit(X)
    assert read_tensors(path)[1]["tightened"] > 1
    resumed = nmf(path, resume=True, tol=1e-2).fit(X)
    np.testing.assert_array_equal(alone.components_, resumed.components_)
    assert figures(alone) == figures(resumed)


@pytest.mark.parametrize(("solver", "beta"), [pair for pair in PAIRS if pair[1] > 0])
def test_an_ended_fit_goes_on_to_a_new_limit_as_if_it_had_been_the_first(solver, beta, path):
    # some losses are measured every tenth iteration only, and where a limit cut the fit
    X, settings = low_rank(), {"solver": solver, "beta_loss": beta}
    longer = nmf(max_iter=60, **settings).fit(X)
    nmf(path, max_iter=25, **settings).fit(X)
    assert_same(longer, nmf(path, resume=True, max_iter=60, **settings).fit(X), X)


def test_what_may_differ(path):
    X = low_rank()
    nmf(path, callback=until(10)).fit(X)
    seen = []
    model = nmf(path, resume=True, tol=1e-4, max_iter=900, callback=seen.append, every=60).fit(X)
    assert model.converged_
    assert seen[0].record.iteration == 10
    assert_same(NMF(4, random_state=0, max_iter=900).fit(X), model, X)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"k": 5}, r"it wants n_components = 4, got 5\. Resume with the settings of that fit"),
        ({"init": "random"}, "it wants init = None, got 'random'"),
        ({"random_state": 1}, "it wants random_state = 0, got 1"),
        ({"alpha_W": 0.1}, "it wants alpha_W = 0.0, got 0.1"),
        ({"l1_ratio": 0.1}, "it wants l1_ratio = 0.0, got 0.1"),
        ({"shuffle": True}, "it wants shuffle = False, got True"),
        ({"solver": "mu"}, "it wants solver = 'cd', got 'mu'"),
        ({"solver": HALS(most_sweeps=3)}, "it wants solver = 'cd', got "),
        ({"solver": "mu", "beta_loss": 1.0}, "it wants beta_loss = 'frobenius', got 1.0"),
    ],
    ids=lambda given: str(given)[:30],
)
def test_a_checkpoint_of_other_settings_is_refused(settings, words, path):
    nmf(path, callback=until(3)).fit(low_rank())
    before = path.read_bytes()
    with pytest.raises(ValueError, match=words):
        nmf(path, resume=True, **settings).fit(low_rank())
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (low_rank(41), r"it wants shape of X = \(40, 30\), got \(41, 30\)\. Resume with the data of that fit"),
        (low_rank(dtype=np.float32), "it wants dtype of X = 'float64', got 'float32'"),
        (low_rank() + np.eye(40, 30) * 1e-12, "it wants checksum of X = "),
    ],
    ids=["shape", "dtype", "entries"],
)
def test_a_checkpoint_of_other_data_is_refused(X, words, path):
    nmf(path, callback=until(3)).fit(low_rank())
    with pytest.raises(ValueError, match=words):
        nmf(path, resume=True).fit(X)


def test_places_of_sparse_entries_are_part_of_the_data(path):
    X = scipy.sparse.csr_array(np.diag([1.0, 2.0, 3.0]) + np.eye(3, k=1))
    nmf(path, k=2, callback=until(3)).fit(X)
    other = scipy.sparse.csr_array((X.data, X.indices[::-1].copy(), X.indptr), shape=X.shape)
    with pytest.raises(ValueError, match="checksum of X"):
        nmf(path, k=2, resume=True).fit(other)


def rewritten(path, **changes):
    arrays, facts = read_tensors(path)
    write_tensors(path, arrays, facts | changes)


def test_a_newer_format_and_another_versions_memory_are_refused(path):
    nmf(path, callback=until(3)).fit(low_rank())
    facts = read_tensors(path)[1]
    rewritten(path, checkpoint=2)
    with pytest.raises(ValueError, match=r"Checkpoint format 2 is newer than this version reads \(1\)\. Upgrade"):
        nmf(path, resume=True).fit(low_rank())
    module, name, given = facts["state"]["dataclass"]
    for other in ([module, name, given | {"pace": 1}], ["os", "system", {}], ["partwise.problems", "Nothing", {}]):
        rewritten(path, checkpoint=1, partwise="9.9", state={"dataclass": other})
        with pytest.raises(ValueError, match=r"was written by partwise 9\.9, whose solver remembers other things"):
            nmf(path, resume=True).fit(low_rank())


def damage(path):
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


def test_a_damaged_checkpoint_falls_back_to_the_one_before(path):
    X = low_rank()
    alone = nmf().fit(X)
    nmf(path, callback=until(10)).fit(X)
    before = path.with_name("fit.checkpoint.previous")
    assert len(read_tensors(before)[0]["history"]) == 10
    damage(path)
    with pytest.warns(UserWarning, match=r"is damaged: .*\. Going on from the checkpoint before, .*previous\."):
        nmf(path, resume=True, callback=until(10)).fit(X)
    # what is damaged does not push out what was sound
    assert len(read_tensors(before)[0]["history"]) == 10
    assert len(read_tensors(path)[0]["history"]) == 11
    path.unlink()
    with pytest.warns(UserWarning, match=r"fit.checkpoint is gone\. Going on from the checkpoint before"):
        assert_same(alone, nmf(path, resume=True).fit(X), X)
    for one in (path, before):
        damage(one)
    with pytest.raises(ValueError, match=r"fit\.checkpoint is damaged: checksum of .* and the one before is too\."):
        nmf(path, resume=True).fit(X)


def test_where_there_is_no_checkpoint_yet_the_fit_begins(path):
    X = low_rank()
    with pytest.warns(UserWarning, match=r"There is no checkpoint at .* yet: the fit begins at its start\."):
        assert_same(nmf().fit(X), nmf(path, resume=True).fit(X), X)


def test_nothing_is_overwritten_and_wrong_places_are_told_first(path, tmp_path):
    X = np.array([["nobody looks at this"]])
    path.write_text("precious")
    with pytest.raises(ValueError, match=r"exists already\. Go on from it with resume=True"):
        nmf(path).fit(X)
    assert path.read_text() == "precious"
    with pytest.raises(ValueError, match="is a folder"):
        nmf(tmp_path, resume=True).fit(X)
    with pytest.raises(FileNotFoundError, match="Folder not found"):
        nmf(tmp_path / "none" / "c").fit(X)
    with pytest.raises(ValueError, match=r"resume=True \(--resume\) wants a checkpoint to go on from, got none"):
        nmf(resume=True).fit(X)
    with pytest.raises(ValueError, match=r"keeps one fit in a checkpoint, got n_init=2\. Use n_init=1"):
        nmf(tmp_path / "c", n_init=2).fit(X)


def test_other_files_are_refused(path):
    path.write_text("precious")
    with pytest.raises(ValueError, match="is damaged or was not written by partwise"):
        nmf(path, resume=True).fit(low_rank())
    path.write_bytes(b"\x80\x04 a pickle")
    with pytest.raises(ValueError, match="is a pickle"):
        nmf(path, resume=True).fit(low_rank())
    write_tensors(path, {"H": np.ones((2, 2))}, {"estimator": "NMF"})
    with pytest.raises(ValueError, match="is no checkpoint of a fit"):
        nmf(path, resume=True).fit(low_rank())


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("call", [5, 6, 7, 8])
@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_killed_while_writing(moment, call, path, monkeypatch):
    X = low_rank()
    alone = nmf().fit(X)
    calls, real = itertools.count(1), getattr(os, moment)

    def killing(*given):
        if next(calls) == call:
            raise Killed
        return real(*given)

    with monkeypatch.context() as patched:
        patched.setattr(storage.os, moment, killing)
        with pytest.raises(Killed):
            nmf(path).fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        resumed = (
            nmf(path, resume=True, callback=lambda shot: seen.append(shot.record.iteration)) if (seen := []) else None
        )
        resumed = nmf(path, resume=True, callback=lambda shot: seen.append(shot.record.iteration)).fit(X)
    assert seen[0] >= 1
    assert_same(alone, resumed, X)


def test_what_a_killed_writer_left_is_cleared(path, tmp_path):
    X = low_rank()
    nmf(path, callback=until(3)).fit(X)
    left, other = tmp_path / ".fit.checkpoint.abc_1234.unfinished", tmp_path / ".fit.checkpoint.mine"
    left.touch()
    other.touch()
    nmf(path, resume=True).fit(X)
    assert sorted(os.listdir(tmp_path)) == [".fit.checkpoint.mine", "fit.checkpoint", "fit.checkpoint.previous"]


def test_checkpoints_are_due_by_the_clock_and_not_billed(path, monkeypatch):
    now = itertools.count()
    ticks = []
    monkeypatch.setattr(kept, "monotonic", lambda: ticks[-1] if ticks else 0)
    # the solver's clock moves by 1 a step; writing would move it by thousands
    monkeypatch.setattr(fitting, "iterate", functools.partial(iterate, clock=lambda: float(next(now))))
    written = []

    def writing(place, arrays, facts, previous=None):
        written.append(len(arrays["history"]) - 1)
        for _ in range(1000):
            next(now)

    monkeypatch.setattr(kept, "write_tensors", writing)
    model = nmf(path, every=10, callback=lambda shot: ticks.append(shot.record.iteration)).fit(low_rank())
    assert written == [10, 20, 30, 40]
    assert model.history_[-1].seconds == 40


def test_without_a_checkpoint_nothing_is_written_or_hashed(monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "fingerprint", None)
    monkeypatch.chdir(tmp_path)
    NMF(3, random_state=0).fit(low_rank())
    assert not os.listdir(tmp_path)


@dataclass(frozen=True)
class Notes:
    """What an imaginary solver carries: every kind of thing that can be kept."""

    turned: np.ndarray
    same: np.ndarray
    rate: float
    single: np.float32
    count: int
    flag: bool
    name: str
    nothing: None
    pair: tuple
    table: dict


def test_packing_keeps_every_bit_layout_and_identity(rng):
    X = rng.random((3, 4))
    array = np.asfortranarray(rng.random((5, 6)))
    table = {"a": [1, 2.5], "b": np.arange(3, dtype=np.int32)}
    notes = Notes(array, array, 0.1 + 0.2, np.float32(0.1), 2**60, True, "ü", None, (1.5, -np.inf), table)
    arrays, tree = pack((notes, X), {"X": X})
    assert len(arrays) == 2
    again, same_X = unpack(json.loads(json.dumps(tree, allow_nan=False)), arrays, {"X": X})
    assert same_X is X
    np.testing.assert_array_equal(again.turned, array)
    assert again.turned.flags.f_contiguous
    assert again.turned.flags.writeable
    assert not np.shares_memory(again.turned, array)
    assert again.single == notes.single
    assert type(again.single) is np.float32
    assert replace(again, turned=None, same=None, table=None) == replace(notes, turned=None, same=None, table=None)
    assert again.table["a"] == [1, 2.5]
    assert again.table["b"].dtype == np.int32


@dataclass(frozen=True)
class Forgetful(Solver):
    """A solver whose memory nobody can keep."""

    accepts: ClassVar = QuadraticLoss

    def step(self, problem, state):
        moved = HALS().step(problem, replace(state, memory=None))
        return replace(moved, memory={"rng": np.random.default_rng(0)})


def test_a_memory_that_cannot_be_kept_is_said(path):
    with pytest.raises(TypeError, match=r"holds arrays, .*, got Generator at State\.memory\.rng\. Let"):
        nmf(path, solver=Forgetful()).fit(low_rank())
    NMF(3, solver=Forgetful(), max_iter=3).fit(low_rank())


def test_a_state_is_restored_whole():
    assert {f.name for f in State.__dataclass_fields__.values()} == {"W", "H", "left", "right", "iteration", "memory"}


# a process that has loaded everything forks the fits that are killed and those that resume them
KILLER = """
import hashlib, os, random, signal, sys, time, warnings
import numpy as np
from partwise import NMF
from partwise.losses import Frobenius
from partwise.models.fitting import prepare
from partwise.solvers import HALS

warnings.simplefilter("ignore")
X = np.random.default_rng(0).random((300, 200))
prepare(HALS, Frobenius(), X.dtype)

def forked(path):
    out, into = os.pipe()
    pid = os.fork()
    if pid:
        os.close(into)
        return pid, os.fdopen(out, "rb")
    try:
        model = NMF(8, random_state=0, max_iter=150, tol=0, checkpoint=path, checkpoint_every=0,
                    resume=path is not None, callback=lambda shot: os.write(into, b".") and False)
        W = model.fit_transform(X)
        figures = repr([(r.iteration, r.objective, r.residual) for r in model.history_]).encode()
        digest = hashlib.sha256(W.tobytes() + model.components_.tobytes() + figures).hexdigest()
        os.write(into, digest.encode())
    finally:
        os._exit(0)

def ended(path):
    pid, told = forked(path)
    digest = told.read().decode().lstrip(".")
    os.waitpid(pid, 0)
    return digest

folder, tries = sys.argv[1], int(sys.argv[2])
alone = ended(None)
draw = random.Random(tries)
for number in range(tries):
    path = os.path.join(folder, str(number))
    for _ in range(draw.randrange(1, 4)):  # a fit may be killed several times
        pid, told = forked(path)
        for _ in range(draw.randrange(1, 45)):
            told.read(1)
        time.sleep(draw.random() * 0.01)  # somewhere in a step, in a measurement or in writing
        os.kill(pid, signal.SIGKILL)
        killed = os.waitpid(pid, 0)[1] == signal.SIGKILL
        print("killed" if killed else "too late", len(told.read()), len(os.listdir(folder)))
    print("same" if ended(path) == alone != "" else "other")
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize("tries", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_any_moment_and_resumed_ends_with_the_same_bits(tries, tmp_path):
    given = [sys.executable, "-W", "ignore", "-c", KILLER, str(tmp_path), str(tries)]
    done = subprocess.run(given, capture_output=True, text=True, check=True)
    words = [line.split()[0] for line in done.stdout.splitlines()]
    assert words.count("same") == tries, done.stdout
    assert words.count("killed") >= tries
    assert "other" not in words

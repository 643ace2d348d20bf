"""X on disk is learned from in blocks of rows: the parts, the certificate and the codes are those of X in memory."""

import gc
import itertools
import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from partwise import NMF
from partwise.kernels.threads import one_pool
from partwise.losses import Frobenius
from partwise.matrices import as_matrix
from partwise.matrices.on_disk import OnDisk
from partwise.matrices.row_blocks import sound
from partwise.matrices.row_reader import RowReader, is_store
from partwise.models.working_memory import WorkingMemory
from partwise.penalties import Elastic
from partwise.problems import TwoFactors
from partwise.solvers.by_rows import ANCHOR, HALSByRows
from partwise.solvers.row_works import Codes

from .conftest import Store, low_rank

SMALL = "400MB"  # 324 MB at least


@pytest.fixture
def planted(rng):
    W = rng.gamma(1.0, size=(900, 5)) * (rng.random((900, 5)) < 0.4)
    H = rng.gamma(1.0, size=(5, 60)) * (rng.random((5, 60)) < 0.4)
    return W @ H + 0.05 * rng.random((900, 60)), H


def blocks_of(X, height=100):
    made = OnDisk(RowReader(Store(X)), height * X.shape[1] * 8)
    made._height = height
    made.squared_norm, made.mean = float(np.sum(X**2)), float(X.mean())
    return made


def matched(A, B):
    """Return both with rows of length 1, in the order of B."""
    A, B = (F / np.linalg.norm(F, axis=1, keepdims=True) for F in (A, B))
    return A[linear_sum_assignment(-(B @ A.T))[1]], B


def test_the_same_parts_as_in_memory(planted, tmp_path):
    X, H = planted
    np.save(tmp_path / "x.npy", X)
    on_disk = Store(np.load(tmp_path / "x.npy", mmap_mode="r"))
    settings = {"tol": 1e-10, "max_iter": 2000, "random_state": 0}
    here, there = NMF(5, **settings).fit(X), NMF(5, memory=SMALL, **settings)
    W = there.fit_transform(on_disk)
    assert there.converged_
    A, B = matched(there.components_, here.components_)
    np.testing.assert_allclose(A, B, atol=1e-6 * B.max())
    assert there.reconstruction_err_ == pytest.approx(here.reconstruction_err_, rel=1e-9)
    assert there.reconstruction_err_ == pytest.approx(np.linalg.norm(X - W @ there.components_), rel=1e-9)
    assert np.min(np.sum(np.multiply(*matched(there.components_, H)), axis=1)) > 0.99


def test_the_codes_are_those_of_transform(planted):
    X, _ = planted
    model = NMF(5, random_state=0)
    W = model.fit_transform(Store(X))
    assert isinstance(W, np.memmap)
    np.testing.assert_array_equal(W, model.transform(Store(X)))
    np.testing.assert_allclose(W, model.transform(X), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("height", [1, 7, 100, 900, 5000])
def test_sums_are_those_of_all_rows(planted, height):
    X, H = planted
    blocks = blocks_of(X, height)
    with one_pool():
        first, _ = blocks.go(Codes(H, Elastic()))
        codes, sums = blocks.go(Codes(H, Elastic(), sweeps=1, distance=True), first)
    W, V = (np.array(blocks.collected(one)) for one in (codes, first))
    np.testing.assert_allclose(sums.cross, W.T @ X)
    np.testing.assert_allclose(sums.gram, W.T @ W)
    np.testing.assert_allclose(sums.mixed, W.T @ V)
    assert sums.distance == pytest.approx(np.sum((X - W @ H) ** 2))
    half = Frobenius().half(as_matrix(X), np.ascontiguousarray(H), Elastic())
    np.testing.assert_allclose(sums.reading, half.read(np.ascontiguousarray(W.T)).sums, rtol=1e-6, atol=1e-9)


def test_a_step_reads_every_row_once(planted):
    X, H = planted
    store = Store(X)
    blocks = OnDisk(RowReader(store), 64 * 60 * 8)
    blocks.squared_norm = float(np.sum(X**2))
    problem, solver = TwoFactors(blocks, Frobenius()), HALSByRows()
    with one_pool():
        state = solver.begin(problem, H)
        store.asked.clear()
        solver.step(problem, state)
    assert [rows.start for rows in store.asked] == list(range(0, 900, blocks._height))


@pytest.mark.parametrize("penalty", [Elastic(), Elastic(0.3, 0.2)], ids=["plain", "penalised"])
@pytest.mark.parametrize("extrapolate", [True, False])
def test_the_objective_never_rises_and_measures_are_exact(planted, penalty, extrapolate):
    X, _ = planted
    problem = TwoFactors(blocks_of(X), Frobenius(), penalty, penalty)
    whole = TwoFactors(as_matrix(X), Frobenius(), penalty, penalty)
    solver = HALSByRows(extrapolate=extrapolate)
    with one_pool():
        state = solver.begin(problem, np.abs(np.random.default_rng(1).standard_normal((5, 60))))
        past = np.inf
        for _ in range(3 * ANCHOR):
            found = problem.measure(state)
            W = np.ascontiguousarray(problem.X.collected(state.W).T)
            expected = whole.measure(whole.start(W, state.H))
            assert found.objective == pytest.approx(expected.objective, rel=1e-9)
            assert found.residual == pytest.approx(expected.residual, rel=1e-4, abs=1e-9)
            assert found.objective <= past * (1 + 1e-12)
            past, state = found.objective, solver.step(problem, state)


def test_an_exact_fit_is_measured_directly(rng):
    X = rng.gamma(1.0, size=(400, 3)) @ rng.gamma(1.0, size=(3, 30))
    model = NMF(3, random_state=0, tol=1e-12, max_iter=500).fit(Store(X))
    assert model.reconstruction_err_ < 1e-6 * np.linalg.norm(X)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.uint8, bool])
def test_narrow_entries_are_widened_by_blocks(rng, dtype):
    X = (rng.random((300, 20)) * (200 if dtype == np.uint8 else 1)).astype(dtype)
    store = Store(X)
    model = NMF(3, random_state=0, max_iter=20, tol=1e-3)
    W = model.fit_transform(store)
    assert W.dtype == model.components_.dtype == np.float32
    np.testing.assert_allclose(
        W, NMF(3).adopt_components(model.components_).transform(X.astype(np.float32)), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_the_unit_of_x_does_not_matter(planted, scale):
    X, _ = planted
    one, other = (NMF(5, random_state=0, tol=1e-6).fit(Store(X * size)) for size in (1.0, scale))
    np.testing.assert_allclose(
        matched(other.components_ / np.sqrt(scale), one.components_)[0],
        matched(one.components_, one.components_)[0],
        atol=1e-4,
    )


def test_penalties_weigh_as_in_memory(planted):
    X, _ = planted
    settings = {"alpha_W": 1e-3, "l1_ratio": 0.5, "tol": 1e-9, "max_iter": 3000, "random_state": 0}
    here, there = NMF(5, **settings).fit(X), NMF(5, **settings).fit(Store(X))
    assert there.history_[-1].objective == pytest.approx(here.history_[-1].objective, rel=1e-6)


def test_a_mapped_file_is_read_where_it_lies(tmp_path, planted):
    X, _ = planted
    np.save(tmp_path / "x.npy", X)
    M = np.load(tmp_path / "x.npy", mmap_mode="r")
    for view in (M, M[100:], M[100:][50:300]):
        np.testing.assert_array_equal(RowReader(view).read(10, 90), view[10:90])
    for other in (M[:, 5:20], M[::2], M.T, np.load(tmp_path / "x.npy", mmap_mode="c")):
        np.testing.assert_array_equal(RowReader(other).read(10, 30), other[10:30])


def test_small_mapped_files_are_read_as_a_whole(tmp_path, planted):
    X, _ = planted
    np.save(tmp_path / "x.npy", X)
    model = NMF(5, random_state=0)
    W = model.fit_transform(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert not isinstance(W, np.memmap)
    np.testing.assert_array_equal(W, NMF(5, random_state=0).fit_transform(X))


def test_what_is_a_store(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    assert is_store(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert is_store(Store(np.ones((3, 2))))
    assert not any(map(is_store, (np.ones((3, 2)), [[1.0]], None, "x", as_matrix(np.ones((3, 2))))))


@pytest.mark.parametrize("stop", [1, ANCHOR, ANCHOR + 3, 25])
def test_a_fit_that_was_stopped_goes_on_to_the_same_bits(planted, tmp_path, stop):
    X, _ = planted
    settings = {"random_state": 0, "tol": 0.0, "max_iter": 3 * ANCHOR + 4, "checkpoint_every": 0}
    alone = NMF(5, **settings)
    W = alone.fit_transform(Store(X))
    place = tmp_path / "fit.checkpoint"
    with pytest.raises(KeyboardInterrupt):
        NMF(5, checkpoint=place, callback=_interrupts(stop), **settings).fit(Store(X))
    again = NMF(5, checkpoint=place, resume=True, **settings)
    np.testing.assert_array_equal(again.fit_transform(Store(X)), W)
    np.testing.assert_array_equal(again.components_, alone.components_)
    assert [r.objective for r in again.history_] == [r.objective for r in alone.history_]


@pytest.mark.parametrize("stop", [3, ANCHOR, ANCHOR + 7])
def test_a_fit_that_ends_on_request_leaves_a_checkpoint_to_go_on_from(planted, tmp_path, stop):
    X, _ = planted
    settings = {"random_state": 0, "tol": 0.0, "max_iter": 2 * ANCHOR + 4}
    alone = NMF(5, **settings).fit(Store(X))
    place = tmp_path / "fit.checkpoint"
    # an hour between two checkpoints: only the end writes one
    NMF(
        5, checkpoint=place, checkpoint_every=3600, callback=lambda shot: shot.record.iteration == stop, **settings
    ).fit(Store(X))
    shots = []
    again = NMF(5, checkpoint=place, resume=True, callback=shots.append, **settings).fit(Store(X))
    assert shots[0].record.iteration == stop // ANCHOR * ANCHOR
    np.testing.assert_array_equal(again.components_, alone.components_)


def _interrupts(after):
    def callback(shot):
        if shot.record.iteration == after:
            raise KeyboardInterrupt

    return callback


def test_a_checkpoint_of_other_data_is_refused(planted, tmp_path):
    X, _ = planted
    settings = {"random_state": 0, "tol": 0.0, "max_iter": 12, "checkpoint_every": 0, "checkpoint": tmp_path / "c"}
    NMF(5, **settings).fit(Store(X))
    with pytest.raises(ValueError, match="checkpoint of another fit: it wants checksum of X"):
        NMF(5, resume=True, **settings).fit(Store(X + 1))


def test_a_callback_stops_it_and_keeps_what_it_has(planted):
    X, _ = planted
    model = NMF(5, random_state=0, tol=0.0, callback=lambda shot: shot.record.iteration == 3)
    W = model.fit_transform(Store(X))
    assert model.n_iter_ == 3
    assert "on request" in model.stopped_
    np.testing.assert_array_equal(W, model.transform(Store(X)))


def test_given_components_are_the_start(planted):
    X, H = planted
    model = NMF(5, init="custom", max_iter=1, tol=1e-12)
    with pytest.warns(UserWarning, match="Maximum number of iterations"):
        model.fit(Store(X), H=H)
    assert np.min(np.sum(np.multiply(*matched(model.components_, H)), axis=1)) > 0.999


def test_handles_stay_until_they_are_given_back(planted):
    X, H = planted
    blocks = blocks_of(X)
    with one_pool():
        first, _ = blocks.go(Codes(H, Elastic()))
        before = np.array(blocks.collected(first))
        second, _ = blocks.go(Codes(2 * H, Elastic(), exact=True), first)
        third, _ = blocks.go(Codes(3 * H, Elastic(), exact=True), second)
    np.testing.assert_array_equal(blocks.collected(first), before)
    del second, third
    assert len(blocks._free) == 2


def locked(array):
    """Return an array that may not be written to."""
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


def askew(array):
    """Return an array that begins between two places where its numbers may lie."""
    copy = np.frombuffer(bytearray(3) + bytearray(array.tobytes()), array.dtype, offset=3).reshape(array.shape)
    assert not copy.flags.aligned
    return copy


@pytest.mark.parametrize("spoilt", [locked, askew, np.asfortranarray])
def test_arrays_from_elsewhere_have_the_same_bits(planted, spoilt):
    X, H = planted
    W, _ = Codes(H, Elastic())(as_matrix(X), None)
    new, sums = Codes(H, Elastic())(as_matrix(X), W)
    other, theirs = Codes(spoilt(H), Elastic())(as_matrix(sound(spoilt(X))), spoilt(W))
    np.testing.assert_array_equal(other, new)
    for name in ("cross", "gram", "mixed", "reading"):
        np.testing.assert_array_equal(getattr(theirs, name), getattr(sums, name))


def test_works_travel():
    work = Codes(np.ones((2, 3)), Elastic(0.1, 0.2), 3)
    X = as_matrix(low_rank(10, 3, 2))
    for one, other in zip(work(X, None), pickle.loads(pickle.dumps(work))(X, None), strict=True):
        np.testing.assert_equal(one, other) if isinstance(one, np.ndarray) else None


@pytest.mark.parametrize(
    ("X", "settings", "given", "message"),
    [
        (np.full((4, 3), np.nan), {}, {}, r"Input X contains NaN"),
        (
            np.array([[1.0, 2], [3, -1]]),
            {},
            {},
            r"Negative values in data passed to NMF \(input X\): min -1 at row 1, column 1",
        ),
        (np.array([[1.0, np.inf]]), {}, {}, "contains infinity"),
        (np.ones((4, 3), complex), {}, {}, "NMF wants real numbers, got complex128"),
        (np.ones(4), {}, {}, "Expected 2D array, got 1D array"),
        (np.ones((0, 3)), {}, {}, r"Found array with 0 sample\(s\)"),
        (np.zeros((4, 3)), {"beta_loss": 0, "solver": "mu"}, {}, "When beta_loss <= 0 and X contains zeros"),
        (np.ones((4, 3)), {"n_init": 2}, {}, "n_init=1, got 2"),
        (np.ones((4, 3)), {"missing": "mask"}, {}, "without missing entries and weights, got missing='mask'"),
        (np.ones((4, 3)), {"memory": "1MB"}, {}, r"wants memory of at least 324MB .* got '1MB'"),
        (np.ones((4, 3)), {"memory": "much"}, {}, "A size of memory is a number of bytes or a text"),
        (np.ones((4, 3)), {"init": "custom"}, {}, "needs H, got None"),
        (np.ones((4, 3)), {}, {"W": np.ones((4, 2))}, "and H alone as a start, got W too"),
    ],
)
def test_what_cannot_be_is_refused(X, settings, given, message):
    with pytest.raises(ValueError, match=message):
        NMF(2, **settings).fit(Store(X), **given)


@pytest.mark.parametrize(("beta", "solver"), [(2, "bpp"), (2, "mu"), (1, "newton"), (1, "mu"), (0.5, "mu"), (0, "mu")])
def test_other_losses_and_solvers_hold_the_factors_in_memory(planted, beta, solver):
    X = planted[0] + 0.01
    settings = {"solver": solver, "beta_loss": beta, "random_state": 0, "max_iter": 30, "tol": 1e-3}
    here, there = NMF(5, **settings), NMF(5, **settings)
    W = there.fit_transform(Store(X))
    np.testing.assert_allclose(W, here.fit_transform(X), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(there.components_, here.components_, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(W, there.transform(Store(X)))


def test_another_number_of_features_is_refused(planted):
    X, _ = planted
    model = NMF(5, random_state=0, max_iter=5, tol=1e-2).fit(Store(X))
    with pytest.raises(ValueError, match="X has 59 features, but NMF is expecting 60 features as input"):
        model.transform(Store(X[:, 1:]))


def test_zeros_and_fewer_rows_than_parts(planted):
    with pytest.warns(UserWarning, match="X is all zeros"):
        model = NMF(2, random_state=0).fit(Store(np.zeros((5, 4))))
    assert not model.components_.any()
    X = planted[0][:3]
    assert NMF(5, random_state=0, init="random").fit_transform(Store(X)).shape == (3, 5)


def test_more_memory_is_more_room():
    rooms = [WorkingMemory.of(f"{size}MB", "NMF") for size in (400, 600, 5000)]
    assert all(a.block <= b.block and a.sample <= b.sample for a, b in itertools.pairwise(rooms))
    assert 2 * rooms[0].block + rooms[0].sample < 140e6


@pytest.fixture
def mapped(tmp_path, planted, monkeypatch):
    """A mapped file that counts as too large for memory, and what is in it."""
    monkeypatch.setattr("partwise.memory.SHARE", 1e-12)
    np.save(tmp_path / "x.npy", planted[0])
    return np.load(tmp_path / "x.npy", mmap_mode="r"), planted[0]


@pytest.mark.parametrize("fate", ["replaced", "removed"])
def test_a_map_is_what_it_was_when_its_name_stands_for_another_file(mapped, tmp_path, fate):
    M, X = mapped
    model = NMF(5, random_state=0).fit(M)
    before = np.array(model.transform(M))
    np.save(tmp_path / "other.npy", np.ones_like(X))
    if fate == "replaced":
        (tmp_path / "other.npy").replace(tmp_path / "x.npy")
    else:
        (tmp_path / "x.npy").unlink()
    np.testing.assert_array_equal(model.transform(M), before)
    np.testing.assert_array_equal(NMF(5, random_state=0).fit(M).components_, model.components_)


def test_rows_that_change_are_no_result(tmp_path, planted, monkeypatch):
    monkeypatch.setattr("partwise.memory.SHARE", 1e-12)
    np.save(tmp_path / "x.npy", planted[0])
    M = np.load(tmp_path / "x.npy", mmap_mode="r+")

    def spoil(shot):
        if shot.record.iteration == 2:
            M[-1] = np.nan
            M.flush()

    with pytest.raises(ValueError, match="X is no longer what it was when the fit began"):
        NMF(5, random_state=0, tol=0.0, callback=spoil).fit(M)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not tell which files are open")
def test_no_file_stays_open(mapped):
    M, _ = mapped
    gc.disable()
    try:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            NMF(5, random_state=0, max_iter=3, tol=1e-3).fit(M).transform(M)
        after = len(list(Path("/proc/self/fd").iterdir()))
    finally:
        gc.enable()
    assert after <= before


def test_a_checkpoint_of_rows_is_none_of_an_array(mapped, tmp_path):
    M, X = mapped
    settings = {"random_state": 0, "tol": 0.0, "max_iter": 12, "checkpoint_every": 0}
    NMF(5, checkpoint=tmp_path / "rows", **settings).fit(M)
    NMF(5, checkpoint=tmp_path / "array", **settings).fit(X)
    remedy = r"Resume with the memory= \(--memory\) and --dask of that fit"
    for name, data, places in (("rows", X, "'on disk', got 'in memory'"), ("array", M, "'in memory', got 'on disk'")):
        with pytest.raises(ValueError, match=f"it wants place of X = {places}.*{remedy}"):
            NMF(5, checkpoint=tmp_path / name, resume=True, **settings).fit(data)


def test_a_fit_goes_on_with_other_memory(mapped, tmp_path):
    M, _ = mapped
    settings = {"random_state": 0, "tol": 0.0, "checkpoint_every": 0, "checkpoint": tmp_path / "c"}
    NMF(5, memory="400MB", max_iter=12, **settings).fit(M)
    model = NMF(5, memory="500MB", max_iter=20, resume=True, **settings).fit(M)
    assert model.n_iter_ == 20
    assert [r.iteration for r in model.history_[:12]] == list(range(12))


def test_places_of_wrong_entries_are_rows_of_the_whole(planted, monkeypatch):
    X = planted[0].copy()
    X[777, 3] = np.nan
    monkeypatch.setattr("partwise.models.working_memory.BLOCK", (1, 1 << 16))
    with pytest.raises(ValueError, match=r"NaN, first at row 777, column 3\. Drop or fill such rows first\.$"):
        NMF(5).fit(Store(X))
    X[777, 3] = -2
    with pytest.raises(ValueError, match="min -2 at row 777, column 3"):
        NMF(5).fit(Store(X))


def test_fill_wants_x_in_memory(mapped):
    M, X = mapped
    model = NMF(5, random_state=0).fit(M)
    with pytest.raises(TypeError, match=r"fill takes an X in memory, got one that is not\. Load it"):
        model.fill(M)
    np.testing.assert_array_equal(model.fill(X), X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nearly_exact_data_are_learned_to_the_end_in_either_precision(rng, dtype):
    X = (rng.random((1500, 5)) @ rng.random((5, 40))).astype(dtype)
    model = NMF(5, tol=1e-5, max_iter=1000, random_state=0).fit(Store(X))
    assert model.converged_
    # a step that is taken back leaves the objective as it was
    assert len({r.objective for r in model.history_}) > 0.8 * len(model.history_)

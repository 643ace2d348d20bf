"""Whoever follows a fit on workers: told of every step, asked whether to stop, and free to interrupt."""

import signal
import time

import numpy as np
import pytest

from partwise import NMF, open_source

from ..clusters import local_client

da = pytest.importorskip("dask.array")
pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client():
    """Workers in this process: what they still hold can be seen."""
    with local_client(2, processes=False, protocol="tcp") as made:
        yield made


@pytest.fixture
def X(rng):
    W, H = rng.gamma(1.0, size=(600, 4)), rng.gamma(1.0, size=(4, 30))
    return da.from_array(W @ H + 0.05 * rng.random((600, 30)), chunks=(100, -1))


def model(**settings):
    return NMF(4, **{"tol": 0.0, "max_iter": 12, "random_state": 0, **settings})


def test_every_step_is_told_with_its_objective_and_residual(client, X, capsys):
    shots = []
    found = model(callback=shots.append, verbose=1).fit(X)
    assert [shot.record.iteration for shot in shots] == list(range(13))
    assert [shot.record.objective for shot in shots] == sorted((s.record.objective for s in shots), reverse=True)
    assert shots[-1].reason is not None
    # one more line is taken when the codes have been solved
    assert found.history_[:-1] == tuple(shot.record for shot in shots)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 13
    assert lines[3].startswith("iteration 3, ")
    assert "KKT residual" in lines[3]


def test_a_true_answer_stops_it_and_what_it_has_is_kept(client, X):
    stopped = model(callback=lambda shot: shot.record.iteration == 5).fit(X)
    assert stopped.n_iter_ == 5
    assert stopped.stopped_.startswith("Stopped on request after 5 iterations")
    codes = stopped.transform(X).compute()
    left = np.linalg.norm(X.compute() - codes @ stopped.components_)
    assert left == pytest.approx(stopped.reconstruction_err_, rel=1e-9)


def test_interrupted_it_is_not_fitted_and_workers_are_free(client, X):
    """As any other fit: the interrupt comes through; nothing goes on behind it, and the cluster is as it was."""

    def follow(shot):
        if shot.record.iteration == 3:
            signal.setitimer(signal.ITIMER_REAL, 0.001)  # in the middle of a step, or before it

    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    interrupted = model(max_iter=10_000, callback=follow)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted.fit(X)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not hasattr(interrupted, "components_")
    ends = time.monotonic() + 10
    while any(client.processing().values()) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not any(client.processing().values())
    assert len(client.nthreads()) == 2
    assert model().fit(X).n_iter_ == 12


def test_a_checkpoint_of_workers_is_none_of_a_file(client, X, tmp_path):
    np.save(tmp_path / "x.npy", X.compute())
    model(checkpoint=tmp_path / "c", checkpoint_every=0).fit(X)
    rows = open_source(tmp_path / "x.npy", stored=True).X
    with pytest.raises(ValueError, match="it wants place of X = 'on workers', got 'on disk'"):
        model(checkpoint=tmp_path / "c", resume=True).fit(rows)
    longer = model(checkpoint=tmp_path / "c", resume=True, max_iter=15).fit(X)
    assert np.array_equal(longer.components_, model(max_iter=15).fit(X).components_)

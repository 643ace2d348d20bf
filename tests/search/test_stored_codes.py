"""Codes on disk: ranked as brute force ranks what is stored, whole or not there, refused where damaged."""

import json
import multiprocessing
import os
import shutil
import signal
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from partwise.kernels.halves import cosines_of, distances_of
from partwise.search import MEASURES, BusyError, CodeIndex, StoredCodes, appending, segments
from partwise.storage import DamagedError, read_json, write_json

from .conftest import codes
from .test_code_index import MEASURED, SMALL, assert_ranked, brute


@pytest.fixture(scope="module")
def W():
    """Codes whose rounding to float16 changes nothing, so that they are what is stored."""
    return codes(np.random.default_rng(1), 400).astype(np.float16).astype(np.float32)


@pytest.fixture(params=[1 << 24, 900])
def store(request, tmp_path, W, monkeypatch):
    """A store of them, in one segment or in many, each of several blocks."""
    monkeypatch.setattr(appending, "SEGMENT", request.param)
    monkeypatch.setattr(segments, "BLOCK", 240)
    return stored(tmp_path / "codes", W)


def stored(path, W, *, at=()):
    made = StoredCodes.create(path, W.shape[1])
    for some in np.split(W, list(at)):
        made.add(some)
    return made


def test_every_half_is_widened_to_what_it_stands_for():
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    halves = halves[np.isfinite(halves)][:, None]
    one = np.ones(1)
    np.testing.assert_array_equal(distances_of(halves, one, np.zeros(1)), np.abs(halves[:, 0].astype(np.float64)))
    near, whole = cosines_of(halves, one, one)
    np.testing.assert_array_equal(near, np.sign(halves[:, 0]))
    np.testing.assert_array_equal(whole, np.abs(np.sign(halves[:, 0])))


@pytest.mark.parametrize("measure", MEASURED)
@pytest.mark.parametrize("farthest", [False, True])
def test_queries_rank_as_brute_force_does(store, W, measure, farthest, rng):
    for row in range(40):
        query = W[row] if row % 2 else codes(rng, 1)[0]
        found = store.nearest(query, 20, measure=measure, farthest=farthest)
        assert_ranked(found, brute(W, query, measure), 20, measure, farthest)


@pytest.mark.parametrize("measure", MEASURED)
@pytest.mark.parametrize("farthest", [False, True])
def test_weighted_parts_and_a_choice_of_rows_rank_as_brute_force_does(store, W, measure, farthest, rng):
    for row in range(20):
        weights, among = rng.choice([0, 0.01, 1, 1000], size=W.shape[1]), rng.random(len(W)) < 0.2
        weights[row % W.shape[1]] = 1
        for n in (1, 15, 1000):
            asked = {"measure": measure, "weights": weights, "farthest": farthest, "among": among}
            found = store.nearest(W[row], n, **asked)
            assert_ranked(found, brute(W, W[row], measure, weights), n, measure, farthest, among)


@pytest.mark.parametrize("measure", MEASURED)
def test_the_answer_is_to_the_bit_that_of_an_index_in_memory(store, W, measure, rng):
    index = CodeIndex(W)
    for row in range(20):
        # the deviation of all rows comes of sums of blocks, in another order
        given_ = {"weights": rng.random(W.shape[1])} if row % 2 and measure != "whitened" else {}
        mine, other = (one.nearest(W[row], 30, measure=measure, **given_) for one in (store, index))
        assert mine.rows.tolist() == other.rows.tolist()
        np.testing.assert_allclose(mine.scores, other.scores, rtol=0, atol=1e-14 if measure == "whitened" else 0)


@pytest.mark.parametrize("measure", MEASURED)
@pytest.mark.parametrize("farthest", [False, True])
def test_equal_scores_stand_in_order_of_their_rows_across_blocks(tmp_path, measure, farthest, rng, monkeypatch):
    monkeypatch.setattr(segments, "BLOCK", 100)
    W = np.tile(codes(rng, 7, 5).astype(np.float16), (60, 1))
    found = stored(tmp_path / "codes", W, at=(3, 50, 51, 200)).nearest(W[2], 300, measure=measure, farthest=farthest)
    for score in np.unique(found.scores):
        assert (np.diff(found.rows[found.scores == score]) > 0).all()
    nearest = StoredCodes(tmp_path / "codes").nearest(W[2], 40, measure=measure)
    assert nearest.rows.tolist() == list(range(2, 280, 7))
    assert set(nearest.scores.tolist()) == {0.0 if measure == "euclidean" else 1.0}


@settings(max_examples=100, deadline=None)
@given(
    W=st.tuples(st.integers(1, 30), st.integers(1, 5)).flatmap(lambda shape: arrays(np.float16, shape, elements=SMALL)),
    data=st.data(),
)
def test_whatever_is_asked_the_answer_is_that_of_brute_force(tmp_path_factory, W, data):
    W[np.abs(W) < 1e-4] = 0
    parts, n = W.shape[1], data.draw(st.integers(1, 40))
    measure, farthest = data.draw(st.sampled_from(MEASURED)), data.draw(st.booleans())
    query = data.draw(arrays(np.float64, parts, elements=SMALL))
    weights = data.draw(st.none() | arrays(np.float64, parts, elements=st.sampled_from([0.5, 1.0, 4.0])))
    made = stored(tmp_path_factory.mktemp("any") / "codes", W, at=(data.draw(st.integers(0, len(W))),))
    found = made.nearest(query, n, measure=measure, weights=weights, farthest=farthest)
    assert_ranked(found, brute(W.astype(np.float32), query, measure, weights), n, measure, farthest)


def test_codes_with_negative_weights_are_ranked_too(tmp_path, rng):
    W = rng.normal(size=(300, 6)).astype(np.float16)
    made = stored(tmp_path / "codes", W)
    for measure in MEASURES:
        for farthest in (False, True):
            found = made.nearest(W[4], 50, measure=measure, farthest=farthest)
            assert_ranked(found, brute(W, W[4], measure), 50, measure, farthest)


@pytest.mark.parametrize("unit", [2.0**-100, 2.0**-20, 2.0**20, 2.0**100])
@pytest.mark.parametrize("measure", MEASURED)
def test_codes_outside_of_the_range_of_float16_keep_their_digits(tmp_path, measure, unit, rng):
    W = rng.uniform(0.1, 1, (200, 6)).astype(np.float16).astype(np.float64) * unit
    made = stored(tmp_path / "codes", W, at=(20, 90))
    np.testing.assert_array_equal(made.codes_of(np.arange(200)), W)
    for row in (3, 150):
        found = made.nearest(W[row], 9, measure=measure)
        plain = brute(W / unit, W[row] / unit, measure) * (unit if measure == "euclidean" else 1)
        np.testing.assert_allclose(found.scores, plain[found.rows], rtol=1e-12, atol=1e-13 * min(unit, 1))
        assert found.rows[0] == row


def test_segments_of_different_units_are_ranked_together(tmp_path, rng):
    W = rng.uniform(0.1, 1, (90, 6)).astype(np.float16).astype(np.float64)
    W[30:60] *= 2.0**30
    W[60:] *= 2.0**-30
    made = stored(tmp_path / "codes", W, at=(30, 60))
    np.testing.assert_array_equal(made.codes_of([0, 45, 89]), W[[0, 45, 89]])
    for row in (0, 45, 89):
        for measure in MEASURED:
            assert made.nearest(W[row], 90, measure=measure).rows[0] == row
            assert_ranked(made.nearest(W[row], 90, measure=measure), brute(W, W[row], measure), 90, measure)


def test_a_weight_is_rounded_by_one_part_in_two_thousand(tmp_path, rng):
    for number, unit in enumerate((1.0, 1e9, 1e-9)):
        W = rng.uniform(0.5, 1, (50, 4)) * unit
        made = stored(tmp_path / str(number), W)
        np.testing.assert_allclose(made.codes_of(np.arange(50)), W, rtol=2**-11)


def test_rows_are_counted_from_the_beginning_and_are_those_that_were_added(tmp_path, W):
    made = StoredCodes.create(tmp_path / "codes", W.shape[1])
    assert (len(made), made.n_components, made.nearest(W[0]).rows.tolist()) == (0, W.shape[1], [])
    assert [made.add(some) for some in (W[:5], W[5:5], W[5:300], W[300:])] == [0, 5, 5, 300]
    assert len(StoredCodes(tmp_path / "codes")) == len(W)
    np.testing.assert_array_equal(made.codes_of([399, 0, 5, 5]), W[[399, 0, 5, 5]])
    with pytest.raises(IndexError, match="no row 400: the store has 400"):
        made.codes_of([0, 400])
    assert made.check() == []


def test_a_mapped_file_of_codes_is_added_in_blocks(tmp_path, W):
    np.save(tmp_path / "W.npy", W)
    made = stored(tmp_path / "codes", np.load(tmp_path / "W.npy", mmap_mode="r"))
    np.testing.assert_array_equal(made.codes_of(np.arange(400)), W)


def test_small_adds_share_a_segment(tmp_path, W):
    made = stored(tmp_path / "codes", W, at=range(1, 400))
    assert len(read_json(made.path / segments.MANIFEST)["segments"]) == 1
    np.testing.assert_allclose(made.scale("whitened"), CodeIndex(W).scale("whitened"), rtol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.ones((3, 11)), r"Expected codes of shape \(n_samples, 12\), got \(3, 11\)"),
        (np.ones(12), r"Expected codes of shape \(n_samples, 12\), got \(12,\)"),
        (np.full((3, 12), np.nan), "must be finite, got NaN or infinity in row 0. Leave"),
        (np.r_[np.ones((2, 12)), np.full((1, 12), np.inf)], "NaN or infinity in row 2"),
        (np.full((3, 12), 1e39), "range of float32.*got 1e.39. Multiply"),
        (np.full((3, 12), 1e-39), "range of float32.*got 1e-39. Multiply"),
        (np.repeat([[1e6], [1e-4]], 12, axis=1), "row 1 is 0.0001 beside one of 1e.06.*a call of their own"),
    ],
)
def test_codes_that_cannot_be_held_are_told_and_nothing_is_added(store, W, wrong, words):
    before = (store.path / segments.DATA).read_bytes()
    with pytest.raises(ValueError, match=words) as caught:
        store.add(wrong)
    assert "\n" not in str(caught.value)
    assert (len(store), (store.path / segments.DATA).read_bytes()) == (len(W), before)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"n": 0}, "at least one result, got n=0"),
        ({"measure": "manhattan"}, "no measure 'manhattan'"),
        ({"weights": np.ones(3)}, "Expected 12 weights, one a part, got 3"),
        ({"code": np.ones(11)}, "Expected a code of 12 weights, one a part, got 11"),
        ({"code": np.r_[np.nan, np.ones(11)]}, "A code must be finite"),
        ({"among": np.ones(401, dtype=bool)}, "true or false for each of 400 rows, got bool"),
        ({"among": np.arange(3)}, "true or false for each of 400 rows, got int64"),
    ],
)
def test_wrong_questions_are_told(store, W, settings_, words):
    with pytest.raises(ValueError, match=words):
        store.nearest(**{"code": W[0], **settings_})


def test_places_that_are_no_store_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no stored codes\. Make a place for them with StoredCodes.create"):
        StoredCodes(tmp_path)
    StoredCodes.create(tmp_path / "codes", 3)
    with pytest.raises(ValueError, match=r"exists already\. Open it with"):
        StoredCodes.create(tmp_path / "codes", 3)
    with pytest.raises(ValueError, match="at least one weight, got n_components=0"):
        StoredCodes.create(tmp_path / "none", 0)
    write_json(tmp_path / segments.MANIFEST, {"format": 1, "of": "a run"})
    with pytest.raises(ValueError, match=r"is not of stored codes. Give the folder"):
        StoredCodes(tmp_path)
    about = read_json(tmp_path / "codes" / segments.MANIFEST)
    write_json(tmp_path / "codes" / segments.MANIFEST, about | {"layout": 99})
    with pytest.raises(ValueError, match="layout 99, newer than this version reads"):
        StoredCodes(tmp_path / "codes")


def test_every_flipped_bit_of_the_codes_is_found(store, W, rng):
    data = store.path / segments.DATA
    whole = data.read_bytes()
    for place in rng.choice(len(whole), 25, replace=False):
        broken = bytearray(whole)
        broken[place] ^= 1 << int(rng.integers(8))
        data.write_bytes(bytes(broken))
        with pytest.raises(
            DamagedError, match=r"codes.f16 in .* is damaged \(rows \d+ to \d+ differ .*Restore a backup"
        ):
            store.nearest(W[0])
        assert len(store.check()) == 1
    data.write_bytes(whole)
    assert store.check() == []


def test_a_file_that_is_cut_short_missing_or_another_is_refused(store, W, tmp_path):
    data, manifest = store.path / segments.DATA, store.path / segments.MANIFEST
    whole, about = data.read_bytes(), manifest.read_bytes()
    data.write_bytes(whole[:-1])
    for ask in (lambda: store.nearest(W[0]), lambda: store.add(W[:3]), lambda: store.codes_of([399])):
        with pytest.raises(DamagedError, match="it ends before row"):
            ask()
    data.unlink()
    with pytest.raises(DamagedError, match=r"codes.f16 is not beside it"):
        StoredCodes(store.path)
    other = stored(tmp_path / "other", W[::-1])
    shutil.copy(other.path / segments.DATA, data)
    with pytest.raises(DamagedError, match="differ from their checksum"):
        store.nearest(W[0])
    manifest.write_bytes(about.replace(b"n_components", b"n_component5"))
    with pytest.raises(DamagedError, match=r"codes.json in .* is damaged .*make the store anew"):
        StoredCodes(store.path)
    assert "differs from its checksum" in store.check()[0]


def test_what_a_killed_writer_left_is_overwritten(store, W):
    with open(store.path / segments.DATA, "ab") as file:
        file.write(b"half of an add")
    assert store.nearest(W[7], 1).rows.tolist() == [7]
    assert store.add(W[:3]) == 400
    np.testing.assert_array_equal(store.codes_of([400, 401, 402]), W[:3])
    assert store.check() == []


def test_a_second_writer_waits_and_is_told(store, W, monkeypatch):
    monkeypatch.setattr(appending, "PATIENCE", 0.05)
    with appending.one_writer(store.path), pytest.raises(BusyError, match="in use by another process"):
        store.add(W[:1])
    assert store.add(W[:1]) == 400


BATCH = 500  # of the same code, so that a search that sees a part of an add sees a number that is no multiple of it


def add_for_ever(path):
    store, number = StoredCodes(path), len(StoredCodes(path)) // BATCH
    while True:
        store.add(np.full((BATCH, 4), number % 64 + 1.0, dtype=np.float32))
        number += 1


def assert_whole(store):
    found = store.nearest(np.ones(4), 10**6, measure="euclidean")
    rows = np.sort(found.rows)
    assert len(rows) % BATCH == 0
    assert (rows == np.arange(len(rows))).all()
    assert (found.scores == 2.0 * (np.sort(rows // BATCH % 64))).all()
    return len(rows)


def test_a_search_during_an_add_sees_all_or_nothing_of_it(tmp_path):
    store, ended, wrong = StoredCodes.create(tmp_path / "codes", 4), threading.Event(), []

    def add():
        try:
            for number in range(60):
                store.add(np.full((BATCH, 4), number % 64 + 1.0))
        except BaseException as error:
            wrong.append(error)
        ended.set()

    thread = threading.Thread(target=add)
    thread.start()
    seen = [0]
    while not ended.is_set():
        seen.append(assert_whole(store))
    thread.join()
    assert wrong == []
    assert (np.diff(seen) >= 0).all()
    assert assert_whole(store) == 60 * BATCH


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system cannot kill a process at once")
def test_a_writer_that_is_killed_leaves_whole_adds_and_no_lock(tmp_path, rng):
    path = tmp_path / "codes"
    store, counts = StoredCodes.create(path, 4), []
    context = multiprocessing.get_context("spawn")
    for _ in range(3):
        writer = context.Process(target=add_for_ever, args=(path,))
        writer.start()
        before, limit = len(store), time.monotonic() + 60
        while len(store) == before and time.monotonic() < limit:
            time.sleep(0.01)
        time.sleep(float(rng.uniform(0, 0.05)))
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        counts.append(assert_whole(store))
        assert store.check() == []
    assert (np.diff([0, *counts]) > 0).all()
    store.add(np.full((BATCH, 4), counts[-1] // BATCH % 64 + 1.0))
    assert assert_whole(store) == counts[-1] + BATCH
    assert json.loads((path / segments.MANIFEST).read_text())["n_components"] == 4


@pytest.mark.parametrize("order", ["F", "list", "integers"])
def test_codes_come_in_any_order_of_memory(tmp_path, rng, order):
    W = np.rint(rng.gamma(2.0, size=(50, 4)) * 8)
    given = {"F": np.asfortranarray(W), "list": W.tolist(), "integers": W.astype(int)}[order]
    made = StoredCodes.create(tmp_path / "codes", 4)
    made.add(given)
    np.testing.assert_array_equal(made.codes_of(np.arange(50)), W)
    with pytest.raises(ValueError, match="Codes are real numbers, got complex128"):
        made.add(W * 1j)
    with pytest.raises(IndexError, match="Rows are whole numbers, got float64"):
        made.codes_of([1.7])
    with pytest.raises(ValueError, match=r"a whole number of results, got n=2\.5"):
        made.nearest(W[0], 2.5)


@pytest.mark.parametrize("unit", [1e-300, 1e-155, 1e155, 1e300])
@pytest.mark.parametrize("measure", ["cosine", "whitened"])
def test_an_angle_has_no_unit(tmp_path, rng, unit, measure):
    W = rng.gamma(1.0, size=(60, 5)).astype(np.float16).astype(np.float64)
    made = StoredCodes.create(tmp_path / "codes", 5)
    made.add(W)
    expected = made.nearest(W[7], 9, measure=measure)
    for index in (made, CodeIndex(W)):
        for question in ({"code": W[7] * unit}, {"code": W[7], "weights": np.full(5, unit)}):
            found = index.nearest(n=9, measure=measure, **question)
            np.testing.assert_array_equal(found.rows, expected.rows)
            np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-12)

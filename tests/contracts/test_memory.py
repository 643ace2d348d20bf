"""How much a fit may grow the process: a few blocks, no copy of X; measured in processes of their own."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from partwise import open_source

MB = 2**20

if not Path("/proc/self/clear_refs").exists():
    pytest.skip("the peak of a process is read and reset in Linux's /proc", allow_module_level=True)

# everything is loaded and compiled, X is in memory, the peak is reset: what follows is the fit's own
MEASURE = """
import json, sys, warnings
import numpy as np
from partwise import NMF, MiniBatchNMF
warnings.simplefilter("ignore")

def now(field):
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(field))

def grown(X, Model, k, copies=False):
    Model(3, max_iter=2, random_state=0).fit_transform(np.random.default_rng(0).random((300, 200)).astype(X.dtype))
    model = Model(k, max_iter=2, random_state=0)
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    before = now("VmRSS")
    copy = X + X.dtype.type(0) if copies else None
    assert len(model.fit_transform(X)) == len(X)
    return now("VmHWM") - before

def grown_beside_files(X, k):
    # file pages that are mapped are the system's to drop; memory of the process's own is looked at in every step
    seen = []
    MiniBatchNMF(3, max_iter=2, random_state=0).fit_transform(np.array(X[:300, :200]))
    before = now("RssAnon")
    W = MiniBatchNMF(k, max_iter=2, random_state=0, callback=lambda shot: seen.append(now("RssAnon"))).fit_transform(X)
    return max(*seen, now("RssAnon")) - before
"""


def growth(path, cases):
    done = subprocess.run([sys.executable, "-c", MEASURE + cases, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory):
    path = tmp_path_factory.mktemp("memory") / "X.npy"
    np.save(path, np.random.default_rng(0).random((8000, 4096), dtype=np.float32))
    return path


def test_a_fit_copies_no_matrix(matrix):
    seen = growth(
        matrix,
        "X = np.load(sys.argv[1])\n"
        "seen = [grown(X, NMF, 2, copies=True), grown(X, NMF, 8), grown(X, MiniBatchNMF, 8)]\n"
        "X = np.asfortranarray(X)\n"
        "print(json.dumps([*seen, grown(X, NMF, 8)]))",
    )
    # X has 125 MB, its float64 copy 250; the two blocks of an estimate that are held at a time 64
    assert seen[0] >= 125 * MB, "a copy would not be seen"
    assert max(seen[1:]) < 100 * MB


def test_a_file_is_never_in_memory_as_a_whole(matrix):
    # bytes become float64, eight times as large
    seen = growth(
        matrix,
        "X = np.load(sys.argv[1], mmap_mode='r')\n"
        "path = sys.argv[1] + '.bytes.npy'\n"
        "np.save(path, (255 * X[:, :2048]).astype(np.uint8))\n"
        "print(json.dumps([grown_beside_files(X, 8), grown_beside_files(np.load(path, mmap_mode='r'), 8)]))",
    )
    assert max(seen) < 100 * MB


@pytest.mark.slow
def test_cats_fit_into_little_more_than_themselves(shared_data, tmp_path):
    pack = shared_data / "cats64.tar"
    if not pack.exists():
        pytest.skip("cats64.tar is not among the real data")
    with tarfile.open(pack) as archive:
        archive.extractall(tmp_path, filter="data")
    X = open_source(tmp_path).X
    assert (X.shape, X.dtype) == ((15747, 4096), np.float32)
    np.save(tmp_path / "X.npy", X)
    (seen,) = growth(tmp_path / "X.npy", "print(json.dumps([grown(np.load(sys.argv[1]), NMF, 50)]))")
    factors = 50 * 4 * sum(X.shape)
    assert seen < 4 * factors + 200 * MB

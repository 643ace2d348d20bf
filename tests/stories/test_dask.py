"""A fit on workers, on the command line: the run of a fit from disk, whoever dies or stops it."""

import os
import pickle
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest

from partwise import load_run, memory, open_source
from partwise.cli import bars, needing
from partwise.models.working_memory import WorkingMemory
from partwise.sources import RowStore, SourceError, cache_place
from partwise.tasks import rows_on_workers, workers
from partwise.tasks.fit import Settings, fit
from partwise.tasks.progress import Silent
from partwise.tasks.transform import read_alike
from partwise.tasks.workers import Place

from ..clusters import local_cluster
from .conftest import album, matrix
from .test_checkpoint import assert_same_run
from .test_interrupt import TELLING, interrupting
from .test_wrong_inputs import assert_one_line

dask = pytest.importorskip("dask")
pytest.importorskip("distributed")
psutil = pytest.importorskip("psutil")

FIT = ("-k", 3, "--tol", 0, "--max-iter", 25, "--seed", 3)
SMALL = (8000, 8000, 8000)  # bytes of a chunk


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch, tmp_path):
    monkeypatch.setattr(rows_on_workers, "BYTES", SMALL)
    monkeypatch.setenv(cache_place.PLACE, str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def cluster():
    """One worker that a test finds by the address of its scheduler."""
    with local_cluster(1) as made:
        yield made


@pytest.fixture
def there(cluster):
    return ("--dask", cluster.scheduler_address)


def fitted(source, out, place=None, progress=None, **model):
    """Make the run of `FIT` without its report."""
    settings = {"tol": 0.0, "max_iter": 25, "random_state": 3, **model}
    fit(source, out, Settings(3, settings, dask=place), progress=progress)
    return out


@pytest.fixture
def source(tmp_path, rng):
    X = rng.gamma(0.5, size=(500, 3)) @ rng.gamma(0.5, size=(3, 20)) + 0.1 * rng.random((500, 20))
    np.save(tmp_path / "x.npy", X)
    return tmp_path / "x.npy"


def workers_of(process):
    """The processes that it has started, but for the one that counts what they share."""
    return [
        one for one in psutil.Process(process).children(recursive=True) if "resource_tracker" not in str(one.cmdline())
    ]


def test_two_workers_started_here_make_the_run_of_a_fit_from_disk(cli, source, cluster, tmp_path, monkeypatch):
    before = {one.pid for one in workers_of(os.getpid())}
    ended = cli("fit", source, *FIT, "--dask", "local:2", "--out", tmp_path / "run")
    assert (ended.code, ended.err) == (0, "")
    assert not {one.pid for one in workers_of(os.getpid())} - before
    with monkeypatch.context() as patched:
        patched.setattr(memory, "SHARE", 1e-9)
        assert cli("fit", source, *FIT, "--memory", "600MB", "--out", tmp_path / "disk").code == 0
    run, disk = load_run(tmp_path / "run"), load_run(tmp_path / "disk")
    assert {path.name for path in run.path.rglob("*")} == {path.name for path in disk.path.rglob("*")}
    np.testing.assert_allclose(run.parts, disk.parts, atol=1e-6 * disk.parts.max())
    np.testing.assert_allclose(run.codes, disk.codes, atol=1e-6 * disk.codes.max())
    for fact in ("fingerprint", "source", "n_iter", "n_samples"):
        assert run.facts[fact] == disk.facts[fact]
    assert run.facts["relative_error"] == pytest.approx(disk.facts["relative_error"], rel=1e-9)
    assert run.settings["stored"]
    # and of one worker somewhere else the same bits
    one = load_run(fitted(source, tmp_path / "one", cluster.scheduler_address))
    np.testing.assert_array_equal(run.parts, one.parts)
    np.testing.assert_array_equal(run.codes, one.codes)

    assert cli("look", run.path).code == 0
    assert cli("search", run.path, 7).code == 0
    assert cli("explain", run.path, 7, 8).code == 0
    assert cli("transform", run.path, source, "--out", tmp_path / "codes.npy").code == 0
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), run.codes, atol=1e-6 * run.codes.max())
    # of its own source the very rows of the fit; another one may be small
    assert isinstance(read_alike(run, source).X, RowStore)
    np.save(tmp_path / "few.npy", np.load(source)[:9])
    assert isinstance(read_alike(run, tmp_path / "few.npy").X, np.ndarray)


def test_a_folder_of_pictures_is_read_from_its_cache(cli, there, tmp_path):
    folder = album(tmp_path / "album", 60)
    ended = cli("fit", folder, "-k", 2, *there, "--out", tmp_path / "run")
    assert ended.code == 0, ended.err
    assert "note: The decoded pictures lie in" in ended.err
    run, held = load_run(tmp_path / "run"), load_run(fitted(folder, tmp_path / "held"))
    assert run.facts["fingerprint"] == held.facts["fingerprint"]
    assert {path.stem for path in (run.path / "figures").iterdir()} >= {"parts", "sum", "reconstructions", "top"}


@pytest.mark.parametrize("suffix", [".zarr", ".parquet"])
def test_other_stores_are_cut_where_they_are_written(source, cluster, tmp_path, suffix):
    X, path = np.load(source), tmp_path / f"x{suffix}"
    if suffix == ".zarr":
        zarr = pytest.importorskip("zarr")
        zarr.create_array(str(path), data=X, chunks=(70, 20))
        seams = [*range(0, 500, 70), 500]
    else:
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.table({f"c{i}": X[:, i] for i in range(20)}), path, row_group_size=110)
        seams = [*range(0, 500, 110), 500]
    assert list(open_source(path, stored=True).X.seams()) == seams
    made = [fitted(given, tmp_path / given.suffix, cluster.scheduler_address) for given in (path, source)]
    parts = [load_run(one).parts for one in made]
    np.testing.assert_allclose(*parts, atol=1e-6 * parts[0].max())


@pytest.mark.slow
def test_a_process_that_is_stopped_with_its_workers_saves_and_goes_on_to_the_same_bits(cli, source, there, tmp_path):
    fitted(source, tmp_path / "alone", there[1], solver="cd")
    command = ("fit", source, *FIT, "--checkpoint", tmp_path / "c", "--checkpoint-every", 0, "--out", tmp_path / "run")
    telling = f"from partwise.tasks import rows_on_workers; rows_on_workers.BYTES = {SMALL}\n{TELLING}"
    told = [sys.executable, "-c", telling, "fitting", "0", *map(str, command), "--dask", "local:1"]
    process = subprocess.Popen(told, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stderr.readline() == "now\n"
        started = workers_of(process.pid)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers too
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err.startswith("Stopped at iteration ")
    assert err.endswith("To go on: the same command with --resume.\n")
    assert len(started) == 1
    assert not psutil.wait_procs(started, timeout=10)[1]
    assert 3 <= load_run(tmp_path / "run").facts["n_iter"] < 25
    resumed = cli(*command, *there, "--resume")
    assert (resumed.code, resumed.err) == (0, "")
    assert_same_run(tmp_path / "alone", tmp_path / "run")


def test_interrupted_while_rows_are_read_it_leaves_nothing(cli, source, tmp_path, monkeypatch):
    monkeypatch.setattr(bars.Bars, "fitting", interrupting(bars.Bars.fitting))
    monkeypatch.setattr(bars, "KEPT", set())
    ended = cli("fit", source, *FIT, "--dask", "local:1", "--out", tmp_path / "run")
    assert ended.code == 130
    assert ended.err.endswith("nothing is half written.\n")
    assert not (tmp_path / "run").exists()


class Killing(Silent):
    """Kills a worker in the fourth iteration, and keeps what it was told of rows that were read."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.killed = False
        self.loaded = []

    def loading(self, done, total):
        self.loaded.append((done, total))

    def fitting(self, shot, max_iter):
        if shot.record.iteration == 4 and not self.killed:
            self.killed = True
            os.kill(self.cluster.workers[0].pid, signal.SIGKILL)
        return False


def test_a_worker_that_dies_changes_no_bit(source, cluster, tmp_path):
    watcher = Killing(cluster)
    alone = fitted(source, tmp_path / "alone", cluster.scheduler_address)
    assert_same_run(alone, fitted(source, tmp_path / "run", cluster.scheduler_address, watcher))
    assert watcher.killed
    assert [done for done, _ in watcher.loaded][:10] == list(range(1, 11))
    assert {total for _, total in watcher.loaded} == {10}


@pytest.mark.parametrize("kept", [True, False])
def test_no_worker_left_is_said_with_how_to_go_on(cli, source, tmp_path, monkeypatch, kept):
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__NO_WORKERS_TIMEOUT", "1s")
    real = bars.Bars.fitting
    place = ("--checkpoint", tmp_path / "c", "--checkpoint-every", 0) if kept else ()
    with (
        dask.config.set({"distributed.scheduler.no-workers-timeout": "1s"}),
        local_cluster(1, processes=False, protocol="tcp") as made,
    ):

        def fitting(self, shot, max_iter):
            if shot.record.iteration == 3:
                made.scale(0)
            return real(self, shot, max_iter)

        monkeypatch.setattr(bars.Bars, "fitting", fitting)
        ended = cli("fit", source, *FIT, *place, "--dask", made.scheduler_address, "--out", tmp_path / "run")
    assert_one_line(ended, "The cluster has had no worker for 1 s.")
    assert ended.err.endswith("from the checkpoint.\n" if kept else "with --checkpoint FILE too.\n")
    assert (tmp_path / "c").exists() is kept
    assert not (tmp_path / "run").exists()


def test_wrong_entries_are_said_with_their_row(cli, there, tmp_path):
    X = matrix(500, 20)
    X[321, 4] = np.nan
    np.save(tmp_path / "x.npy", X)
    assert_one_line(
        cli("fit", tmp_path / "x.npy", *FIT, *there, "--out", tmp_path / "run"), "first at row 321, column 4"
    )


@pytest.mark.parametrize(
    "place", ["local:0", "local:x", "local", "foo", "", "tcp://nowhere", "http://host:1", "host:1"]
)
def test_what_is_no_place_is_said(cli, source, tmp_path, place):
    ended = cli("fit", source, *FIT, "--dask", place, "--out", tmp_path / "run")
    assert_one_line(ended, "--dask wants local:N for N workers on this machine, or the address of a scheduler")
    assert f"got {place!r}. Try --dask local:" in ended.err


def test_more_workers_than_a_machine_can_use_are_refused():
    with pytest.raises(ValueError, match="wants at most 4 workers a core"):
        Place.of("local:100000")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--memory", "600MB"), "--memory is for a fit whose rows stay on disk, and with --dask workers hold them"),
        (("--loss", "kullback-leibler"), "--dask is for the squared error (--loss frobenius), got --loss kullback"),
        (("--solver", "bpp"), "--dask wants --solver hals, got --solver bpp."),
        (("--model", "opnmf"), "The model opnmf has no --dask. Leave it out, or try --model nmf."),
    ],
)
def test_what_it_does_not_go_together_with_is_said(cli, source, tmp_path, options, said):
    assert_one_line(cli("fit", source, "-k", 2, *options, "--dask", "local:1", "--out", tmp_path / "run"), said)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["y.csv", "digits"])
def test_what_is_read_as_a_whole_is_refused(cli, tmp_path, name):
    np.savetxt(tmp_path / "y.csv", matrix(), delimiter=",")
    given = tmp_path / name if name == "y.csv" else name
    ended = cli("fit", given, "-k", 2, "--dask", "local:1", "--out", tmp_path / "run")
    assert_one_line(ended, f"{name} is read as a whole, and with --dask workers read rows of a folder of pictures")


def test_without_dask_the_extra_is_named(cli, source, tmp_path, monkeypatch):
    monkeypatch.setattr(needing, "find_spec", lambda name: None)
    ended = cli("fit", source, "-k", 2, "--dask", "local:1", "--out", tmp_path / "run")
    assert_one_line(ended, "--dask needs dask and distributed. Try: pip install 'partwise[dask]'")


def test_nobody_who_answers_is_said(cli, source, tmp_path, monkeypatch):
    monkeypatch.setattr("partwise.tasks.workers.ANSWERS", 0.3)
    ended = cli("fit", source, "-k", 2, "--dask", "tcp://127.0.0.1:9", "--out", tmp_path / "run")
    assert_one_line(ended, "No scheduler of dask answers at tcp://127.0.0.1:9 within 0.3 s")


def test_a_program_that_takes_the_call_and_says_nothing_is_no_scheduler(cli, source, tmp_path, monkeypatch):
    monkeypatch.setattr("partwise.tasks.workers.ANSWERS", 0.3)
    monkeypatch.setattr("partwise.tasks.workers.REPLIES", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        ended = cli("fit", source, "-k", 2, "--dask", place, "--out", tmp_path / "run")
    assert_one_line(ended, "what is there does not speak dask's language")


def test_a_scheduler_without_workers_is_said(cli, source, tmp_path):
    with (
        dask.config.set({"distributed.scheduler.no-workers-timeout": "0.5s"}),
        local_cluster(0) as made,
    ):
        ended = cli("fit", source, "-k", 2, "--dask", made.scheduler_address, "--out", tmp_path / "run")
    assert_one_line(ended, "has no worker, and none has come for 0.5 s. Start some with: dask worker tcp://127.0.0.1")


def test_a_name_that_nobody_knows_is_said(cli, source, tmp_path, monkeypatch):
    def unknown(*asked, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def unheard(address):
        raise OSError(f"Timed out trying to connect to {address} after 5 s") from TimeoutError()

    monkeypatch.setattr(workers, "_answer", unheard)
    ended = cli("fit", source, "-k", 2, "--dask", "tcp://127.0.0.1:9", "--out", tmp_path / "run")
    assert_one_line(ended, "within 5 s (nothing there takes the call).")
    monkeypatch.setattr(workers.socket, "getaddrinfo", unknown)
    ended = cli("fit", source, "-k", 2, "--dask", "tcp://nosuch.invalid:8786", "--out", tmp_path / "run")
    assert_one_line(ended, "within 5 s (the name nosuch.invalid is not known: Name or service not known).")


def test_a_matrix_without_rows_is_refused_as_always(cli, there, tmp_path):
    np.save(tmp_path / "none.npy", np.zeros((0, 5)))
    said = [cli("fit", tmp_path / "none.npy", "-k", 2, *place, "--out", tmp_path / "run").err for place in ((), there)]
    assert "Found array with 0 sample(s) (shape=(0, 5)) while a minimum of 1 is required by NMF." in said[0]
    assert said[0] == said[1]


def test_a_matrix_by_columns_is_refused_with_what_helps(cli, there, tmp_path):
    np.save(tmp_path / "columns.npy", np.asfortranarray(matrix()))
    ended = cli("fit", tmp_path / "columns.npy", "-k", 2, *there, "--out", tmp_path / "run")
    assert_one_line(ended, "np.ascontiguousarray(X)), or leave --dask out.")


class Elsewhere:
    """A client whose only worker sees other files."""

    def __init__(self, see):
        self.see = see

    def run(self, function, store):
        there = pickle.dumps(store)
        self.see()
        return {"tcp://10.0.0.7:40000": function(pickle.loads(there))}


def test_a_worker_that_cannot_read_the_source_is_named(source, tmp_path):
    store = open_source(source, stored=True).X
    hidden = Elsewhere(lambda: os.rename(source, tmp_path / "elsewhere"))
    with pytest.raises(
        SourceError, match=r"tcp://10\.0\.0\.7:40000 cannot read .*x\.npy \(No such file or directory\)"
    ):
        rows_on_workers.chunked(store, hidden, print)


def test_a_worker_that_finds_another_file_under_the_name_is_named(source):
    store = open_source(source, stored=True).X
    another = Elsewhere(lambda: os.replace(source, f"{source}.old") or np.save(source, matrix(500, 20)))
    with pytest.raises(SourceError, match=r"finds other numbers in .*x\.npy than this machine"):
        rows_on_workers.chunked(store, another, print)


def test_chunks_are_cut_by_the_rows_alone():
    assert rows_on_workers.cuts(range(11), 4) == [0, 4, 8, 10]
    assert rows_on_workers.cuts([0, 3, 3, 9, 10], 4) == [0, 9, 10]
    assert rows_on_workers.cuts([0, 100], 4) == [0, 100]


def test_stores_are_sent_by_the_place_where_they_lie(source, monkeypatch):
    monkeypatch.chdir(source.parent)
    store = open_source("x.npy", stored=True).X
    monkeypatch.chdir("/")
    assert np.array_equal(pickle.loads(pickle.dumps(store))[3:5], np.load(source)[3:5])


def test_the_sample_that_a_fit_begins_with_is_that_of_a_fit_from_disk():
    assert WorkingMemory.of("600MB", "NMF").sample == WorkingMemory.of(None, "NMF").sample

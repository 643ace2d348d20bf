"""The table of wrong inputs: what is given, how it is met in the library and on the command line, and the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse
from sklearn.exceptions import NotFittedError

from partwise import NMF, load_run, non_negative_factorization, open_source

from .conftest import bomb, matrix, truncated
from .inputs import (
    PICKLED,
    a_run,
    array_of_objects,
    file,
    flipped,
    foreign,
    letters,
    newer_checkpoint,
    newer_file,
    newer_model,
    newer_run,
    no_checkpoint,
    pictures,
    saved,
    sound,
    spoiled,
    two_arrays,
    with_checkpoint,
    written,
)


@dataclass(frozen=True)
class Wrong:
    """One wrong input: what is made in a folder, how each side meets it, and the words that both must say."""

    name: str
    words: str
    make: Callable[[Path], object] = lambda folder: folder
    python: Callable[[object], object] | None = None  # gets what was made
    cli: str = ""  # {made}, {folder} and {out} are filled in
    error: type[Exception] = ValueError


FIT = "fit {made} -k 2 --out {out}"


def fitting(n_components=2, **parameters):
    return lambda given: NMF(n_components, **parameters).fit(given.X)


def opening(**settings):
    return lambda given: open_source(given, **settings)


def transforming(name):
    return lambda run: load_run(run).model.transform(np.load(run.parent / f"{name}.npy"))


def of_matrix(name, words, make, cli=FIT, python=None):
    return Wrong(f"matrix: {name}", words, make, python or fitting(), cli)


def of_parameter(name, words, option, make=None, components="2", **parameters):
    return Wrong(
        f"parameter: {name}",
        words,
        make or saved(matrix()),
        fitting(**parameters),
        f"fit {{made}} -k {components} --out {{out}} {option}",
    )


def of_source(name, words, make, option="", **settings):
    return Wrong(f"source: {name}", words, make, opening(**settings), f"{FIT} {option}")


def of_run(name, words, make, error=ValueError, python=load_run, cli="info {made}"):
    return Wrong(f"run: {name}", words, make, python, cli, error)


def of_checkpoint(name, words, change=lambda path: None, option="", error=ValueError, file="c", X=None, **parameters):
    """A checkpoint that was changed, or that is resumed with other settings or data."""

    def python(given):
        at = given.path.parent / file
        NMF(2, checkpoint=at, **{"resume": True, "random_state": 0} | parameters).fit(given.X)

    cli = f"fit {{made}} -k 2 --out {{out}} --checkpoint {{folder}}/{file} {option or '--resume'}"
    return Wrong(f"checkpoint: {name}", words, with_checkpoint(change, X), python, cli, error)


def of_command(name, words, cli, make=None):
    return Wrong(f"command: {name}", words, make or saved(matrix()), None, cli)


def of_library(name, words, python, error=ValueError):
    return Wrong(f"library: {name}", words, lambda folder: None, python, "", error)


TEXT = np.array([["a", "1"], ["2", "3"]])
PICKLE_WORDS = "is a pickle; this program never loads pickles because they can run code."
AT_LEAST_ONE = "The 'n_components' parameter of NMF must be an int in the range [1, inf)"

TABLE = [
    of_matrix(
        "missing values",
        "Input X contains NaN. 3 of 20 rows affected, first at row 4, column 5. Drop or fill them first.",
        spoiled((4, 5, np.nan), (4, 6, np.nan), (9, 0, np.nan), (19, 9, np.nan)),
    ),
    of_matrix(
        "missing values, sparse",
        "Input X contains NaN. 2 of 20 rows affected, first at row 4, column 5. Drop or fill them first.",
        spoiled((4, 5, np.nan), (9, 0, np.nan), form=scipy.sparse.csr_array),
    ),
    of_matrix(
        "infinity",
        "Input X contains infinity or a value too large for dtype('float64').",
        spoiled((1, 2, np.inf)),
    ),
    of_matrix(
        "infinity, single precision",
        "Input X contains infinity or a value too large for dtype('float32').",
        spoiled((1, 2, -np.inf), X=matrix().astype(np.float32)),
    ),
    of_matrix(
        "negative",
        "Negative values in data passed to NMF (input X): min -0.013 at row 2, column 9 (3 values). "
        "Shift or clip with np.maximum(X, 0).",
        spoiled((2, 9, -0.013), (5, 5, -0.001), (6, 6, -0.012)),
    ),
    of_matrix(
        "negative, sparse",
        "Negative values in data passed to NMF (input X): min -4 at row 7, column 3 (1 value). ",
        spoiled((7, 3, -4), form=scipy.sparse.csc_array),
    ),
    of_matrix("complex", "Complex data not supported", saved(matrix() + 1j)),
    of_matrix("text", "could not convert string to float: 'a' (row ", letters),
    of_matrix("text, .npy", "could not convert string to float: 'a' (row 0). X must be numeric.", saved(TEXT)),
    of_matrix(
        "one dimension",
        "Expected 2D array, got 1D array instead. Reshape ",
        saved(matrix()[0]),
    ),
    of_matrix(
        "three dimensions",
        "Found array with dim 3, while dim <= 2 is required by NMF. Image stack? use X.reshape(len(X), -1).",
        saved(np.zeros((3, 4, 5))),
    ),
    of_matrix("no dimension", "Expected 2D array, got ", saved(np.array(3.0))),
    of_matrix(
        "no samples",
        "Found array with 0 sample(s) (shape=(0, 10)) while a minimum of 1 is required by NMF.",
        saved(np.empty((0, 10))),
    ),
    of_matrix(
        "no features",
        "Found array with 0 feature(s) (shape=(10, 0)) while a minimum of 1 is required by NMF.",
        saved(np.empty((10, 0))),
    ),
    *(
        of_parameter(f"{number} parts", f" Got {number} instead.", "", components=str(number), n_components=number)
        for number in (0, -1, 2.5)
    ),
    of_parameter("parts in the range", AT_LEAST_ONE, "", components="0", n_components=0),
    *(
        of_parameter(
            f"more parts than {init} finds",
            f"init = '{init}' can only be used when n_components <= min(n_samples, n_features) (30 > 10). "
            "Use init='random'.",
            f"--init {init}",
            components="30",
            n_components=30,
            init=init,
        )
        for init in ("nndsvd", "nndsvda", "nndsvdar")
    ),
    of_parameter("unknown init", "The 'init' parameter of NMF must be a str among", "--init zeros", init="zeros"),
    of_parameter("unknown solver", " Got 'nonesuch' instead.", "--solver nonesuch", solver="nonesuch"),
    of_parameter("tol < 0", "The 'tol' parameter of NMF must be a float in the range [0", "--tol=-1", tol=-1.0),
    of_parameter("tol is no number", "The 'tol' parameter of NMF must be a float", "--tol nan", tol=np.nan),
    of_parameter("no iterations", "The 'max_iter' parameter of NMF must be an int", "--max-iter 0", max_iter=0),
    of_parameter("alpha < 0", "The 'alpha_W' parameter of NMF must be a float", "--alpha=-1", alpha_W=-1.0),
    of_parameter("l1_ratio > 1", "The 'l1_ratio' parameter of NMF must be a float", "--l1-ratio 2", l1_ratio=2.0),
    of_parameter("seed < 0", "The 'random_state' parameter of NMF must be an int", "--seed=-1", random_state=-1),
    of_parameter(
        "unknown loss", "The 'beta_loss' parameter of NMF must be", "--loss huber", beta_loss="huber", solver="mu"
    ),
    of_parameter(
        "a loss that the solver cannot",
        "Invalid beta_loss parameter: ",
        "--loss kullback-leibler --solver cd",
        beta_loss="kullback-leibler",
    ),
    of_parameter(
        "zeros with beta <= 0",
        "When beta_loss <= 0 and X contains zeros, the solver may diverge. "
        "Please add small values to X, or use a positive beta_loss.",
        "--loss itakura-saito",
        make=spoiled((3, 3, 0.0)),
        beta_loss="itakura-saito",
        solver="mu",
    ),
    of_source("missing folder", "Folder not found: {folder}/none", lambda folder: folder / "none"),
    of_source("empty folder", "No images in {folder} (looked for .png .jpg ", lambda folder: folder),
    of_source("folder of other files", "; 12 other files skipped).", foreign),
    of_source("a file of no kind", "Cannot open {folder}/x.doc. Give a folder of pictures or of ", file("x.doc", b"x")),
    of_source("missing matrix", "File not found: {folder}/x.npy", lambda folder: folder / "x.npy"),
    of_source("missing picture", "File not found: {folder}/x.png", lambda folder: folder / "x.png"),
    of_source(
        "bomb",
        "big.png: 30000 x 30000 = 900 Mpx exceeds the limit of 50 Mpx (--max-pixels).",
        written("big.png", bomb),
    ),
    of_source("renamed", "a.png is not a supported image (found: PDF).", file("a.png", b"%PDF-1.7 and so on")),
    of_source("truncated", "half.jpg: truncated after ", written("half.jpg", truncated)),
    of_source("empty picture", "a.png: empty file.", file("a.png")),
    of_source("pickle", f"x.pkl {PICKLE_WORDS}", file("x.pkl", PICKLED)),
    of_source("pickle renamed", f"x.npy {PICKLE_WORDS}", file("x.npy", PICKLED)),
    of_source("array of objects", f"x.npy {PICKLE_WORDS}", array_of_objects),
    of_source("two arrays", "x.npz must hold exactly one array, got a (20, 10), b (20, 10).", two_arrays),
    of_source("cut matrix", "x.npy is damaged (", file("x.npy", b"\x93NUMPY\x01\x00")),
    of_source("empty table", "x.csv is empty.", file("x.csv")),
    of_source("ragged table", "Row 2 of x.csv has 1 cell, the rows before have 2.", file("x.csv", b"1,2\n3\n")),
    of_source(
        "unknown colour",
        "color must be one of gray, rgb, got 'cmyk'.",
        pictures(),
        "--color cmyk",
        color="cmyk",
    ),
    of_source(
        "unknown resize",
        "resize must be one of crop, pad, stretch, got 'melt'.",
        pictures(),
        "--resize melt",
        resize="melt",
    ),
    of_source("no pixels", "max_pixels must be at least 1, got 0.", pictures(), "--max-pixels 0", max_pixels=0),
    of_source(
        "size of a table",
        "size is for pictures, got the table x.csv. Leave it out.",
        file("x.csv", b"1,2\n3,4\n"),
        "--size 8x8",
        size=(8, 8),
    ),
    of_source(
        "size of a recording",
        "size is for pictures, got the recording x.wav. Leave it out.",
        sound(),
        "--size 8x8",
        size=(8, 8),
    ),
    of_source(
        "window of a table",
        "window is for recordings, got the table x.csv. Leave it out.",
        file("x.csv", b"1,2\n3,4\n"),
        "--window 64",
        window=64,
    ),
    of_source("silence", "x.wav is silent: the mean of its channels is 0 at all of its 4,000 ", sound(lambda x: 0 * x)),
    of_source(
        "missing samples",
        "x.wav contains NaN: 4,000 of 4,000 samples, first at 0.000 s. Save it again as whole numbers",
        sound(lambda x: x * np.nan),
    ),
    of_source("one sample", "x.wav has 1 sample (0.000125 s), fewer than one window of 1,024.", sound(length=1)),
    of_source("no recording", "x.wav is damaged or no recording (", file("x.wav", b"hello\n" * 50)),
    of_source(
        "window too small",
        "window must be a whole number of samples, at least 16, got 3.",
        sound(),
        "--window 3",
        window=3,
    ),
    of_source(
        "hop too long",
        "hop must be a whole number from 1 to 512, half the window, got 513.",
        sound(),
        "--hop 513",
        hop=513,
    ),
    of_source("no seconds", "max_seconds must be above 0, got 0.", sound(), "--max-seconds 0", max_seconds=0),
    of_source(
        "words of a table",
        "min_df is for texts, got the table x.npy. Leave it out.",
        written("x.npy", lambda path: np.save(path, matrix())),
        "--min-df 2",
        min_df=2,
    ),
    of_source(
        "words of numbers",
        "x.csv is a table of numbers unless text_column (--text-column) names its texts.",
        file("x.csv", b"1,2\n3,4\n"),
        "--weights counts",
        weights="counts",
    ),
    of_source(
        "column that is not there",
        "x.csv has no column 'text'. Its columns: id, body. Name one with --text-column.",
        file("x.csv", b"id,body\n1,hello you\n"),
        "--text-column text",
        text_column="text",
    ),
    of_source(
        "no words",
        "No word is left of 1 document of {folder}/x.txt: wanted are words in at least 2 documents and at most 0.95 ",
        file("x.txt", b"hello you"),
    ),
    of_source("no text", "x.txt is no text (found: binary data).", file("x.txt", bytes(range(256)))),
    of_source(
        "unknown weights",
        "weights must be one of tfidf, counts, got 'bm25'.",
        file("x.txt", b"hello you"),
        "--weights bm25",
        weights="bm25",
    ),
    of_source(
        "damaged Parquet",
        "x.parquet is damaged (",
        file("x.parquet", b"PAR1 and no more"),
    ),
    of_run("missing", "No run at {folder}/none.", lambda folder: folder / "none", FileNotFoundError),
    of_run(
        "not complete",
        " is not a complete run: codes.npy is missing.",
        a_run(lambda run: (run / "codes.npy").unlink()),
        FileNotFoundError,
    ),
    of_run(
        "damaged parts",
        "model.safetensors is damaged: checksum of 'H' differs (expected ",
        a_run(flipped("model.safetensors", -3)),
    ),
    of_run("damaged codes", "codes.npy is damaged: its checksum differs (expected ", a_run(flipped("codes.npy", -3))),
    of_run("damaged facts", "run.json is damaged: ", a_run(flipped("run.json", 200)), cli="look {made}"),
    of_run("newer run", "Run format 2 is newer than this version reads (1). Upgrade the package.", a_run(newer_run)),
    of_run(
        "newer model", "Model format 3 is newer than this version reads (1). Upgrade the package.", a_run(newer_model)
    ),
    of_run("pickle", f"model.pkl {PICKLE_WORDS}", file("model.pkl", PICKLED)),
    of_run(
        "pickle in place of the model",
        f"model.safetensors {PICKLE_WORDS}",
        a_run(lambda run: (run / "model.safetensors").write_bytes(PICKLED)),
    ),
    of_run(
        "other features",
        "X has 9 features, but NMF is expecting 10 features as input.",
        a_run(),
        python=transforming("nine"),
        cli="transform {made} {folder}/nine.npy --out {folder}/codes.npy",
    ),
    of_run(
        "missing values in transform",
        "Input X contains NaN. 5 of 5 rows affected, first at row 0, column 0.",
        a_run(),
        python=transforming("missing"),
        cli="transform {made} {folder}/missing.npy --out {folder}/codes.npy",
    ),
    of_checkpoint("of other settings", "it wants random_state = 0, got 1.", option="--resume --seed 1", random_state=1),
    of_checkpoint("of other data", "it wants shape of X = (20, 10), got (21, 10).", X=matrix(21)),
    of_checkpoint("of other values", "it wants checksum of X = ", X=matrix(seed=1)),
    of_checkpoint("damaged, and no other", "c is damaged: checksum of ", flipped("c", -3)),
    of_checkpoint("newer", "Checkpoint format 2 is newer than this version reads (1). Upgrade", newer_checkpoint),
    of_checkpoint("newer file", "Model format 3 is newer than this version reads (1). Upgrade", newer_file("c")),
    of_checkpoint("pickle renamed", f"c {PICKLE_WORDS}", lambda folder: (folder / "c").write_bytes(PICKLED)),
    of_checkpoint("a table", "x.npy is damaged or was not written by partwise.", file="x.npy"),
    of_checkpoint("a model", " is no checkpoint of a fit.", no_checkpoint),
    of_checkpoint("there already", "c exists already. Go on from it with ", option="--quiet", resume=False),
    of_checkpoint("a folder", " is a folder, and what is to be written there is a file.", file="."),
    of_checkpoint("nowhere", "Folder not found", error=FileNotFoundError, file="no/c"),
    of_command(
        "resume without a checkpoint",
        "NMF with resume=True (--resume) wants a checkpoint to go on from, got none.",
        f"{FIT} --resume",
    ),
    of_parameter(
        "checkpoint_every < 0",
        "The 'checkpoint_every' parameter of NMF must be a float in the range [0",
        "--checkpoint {folder}/c --checkpoint-every=-1",
        checkpoint_every=-1.0,
    ),
    of_command(
        "more parts than pictures",
        "You asked for 60 parts but the folder has 3 usable images. Choose at most 3.",
        "fit {made} -k 60 --out {out}",
        pictures(),
    ),
    of_command("size", "--size wants height x width, such as 64x64, got '64'.", f"{FIT} --size 64", pictures()),
    of_command("size of zero", "--size wants height x width, such as 64x64, got '0x8'.", f"{FIT} --size 0x8"),
    of_command("loss is no number", "Got 'nan' instead.", f"{FIT} --loss nan"),
    of_command("out is there", "x.npy is a file, and a run is a folder.", "fit {made} -k 2 --out {made}"),
    of_command(
        "out below a file", "x.npy is a file, and a run is a folder.", "fit {made} -k 2 --out {made}/run --force"
    ),
    of_command(
        "out has files", " exists already. Choose another --out, or overwrite it", "fit {made} -k 2 -o {folder}"
    ),
    of_command(
        "out is no run", "is not a run, and --force overwrites runs only.", "fit {made} -k 2 -o {folder} --force"
    ),
    of_command(
        "no codes file", "Codes are written as a .npy file", "transform {made} x.npy -o {folder}/c.csv", a_run()
    ),
    of_command("codes are there", "ten.npy exists already.", "transform {made} x.npy -o {folder}/ten.npy", a_run()),
    of_command("codes nowhere", "Folder not found: ", "transform {made} x.npy -o {folder}/no/c.npy", a_run()),
    of_command("parts to show", "--parts wants a number of at least 1, got 0.", "look {made} --parts 0", a_run()),
    of_command("unknown option", "No such option: --colour", f"{FIT} --colour rgb"),
    of_command("unknown command", "No such command 'fti'. Did you mean 'fit'?", "fti {made}"),
    of_command("no source", "Missing argument 'source'.", "fit -k 2 --out {out}"),
    of_command("no number of documents", "a share such as 0.01, got 'few'.", f"{FIT} --min-df few"),
    of_command("no number of parts", "wants a whole number, got 'many'.", "fit {made} -k many --out {out}"),
    of_library(
        "not fitted",
        "This NMF instance is not fitted yet. Call 'fit' ",
        lambda _: NMF(2).transform(matrix()),
        NotFittedError,
    ),
    of_library(
        "start of another shape",
        "Array with wrong shape passed to NMF (input H). Expected (2, 10), but got (2, 9).",
        lambda _: NMF(2, init="custom").fit_transform(matrix(), W=np.ones((20, 2)), H=np.ones((2, 9))),
    ),
    of_library(
        "negative start",
        "Negative values in data passed to NMF (input W): min -1 at row 0, column 0 (40 values).",
        lambda _: NMF(2, init="custom").fit_transform(matrix(), W=-np.ones((20, 2)), H=np.ones((2, 10))),
    ),
    of_library(
        "start of another dtype",
        "NMF (input H) should have the same dtype as X: float32, got float64.",
        lambda _: non_negative_factorization(
            matrix().astype(np.float32), np.ones((20, 2), np.float32), np.ones((2, 10)), 2, init="custom"
        ),
        TypeError,
    ),
    of_library(
        "size of no pixels",
        "size must be (height, width), two whole numbers of at least 1, got (0, 8).",
        lambda _: open_source(Path(), size=(0, 8)),
    ),
]

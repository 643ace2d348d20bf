"""Millions of codes on disk, float16, searched exactly block by block in a few megabytes of memory."""

from pathlib import Path

import numpy as np

from partwise.kernels.halves import cosines_of, distances_of
from partwise.kernels.threads import one_pool, over_blocks
from partwise.search.appending import append, exponent_for, one_writer
from partwise.search.best import Best
from partwise.search.measures import Found, Question, scale_of
from partwise.search.segments import DATA, MANIFEST, Manifest, Segment, blocks_of, damaged
from partwise.storage import DamagedError

EPS = float(np.finfo(np.float64).eps)


class StoredCodes:
    """Codes in a folder, to be ranked by likeness to a code: a `CodeIndex` for more than memory should hold.

    A weight takes two bytes (float16, 11 significant bits: rounded by at most 1 part in 2,048). A search goes over all
    of them, and is exact: its ranking is that of the stored codes in double precision. It reads the file in blocks, on
    all threads, and checks every segment of it against its checksum on the way.

    What is added counts once all of it is on the disk: a search that begins before that sees none of it, one after it
    all. One process adds at a time, any number searches meanwhile.

    Parameters
    ----------
    path : str or Path
        A folder that `StoredCodes.create` made.

    Raises
    ------
    FileNotFoundError
        There are no stored codes.
    DamagedError, ValueError
        They are not as they were written, of something else, or newer than this version reads.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._manifest()

    @classmethod
    def create(cls, path: str | Path, n_components: int) -> "StoredCodes":
        """Make an empty store.

        Parameters
        ----------
        path : str or Path
            A folder that is not there yet, or is empty.
        n_components : int
            Weights of a code, at least 1.

        Raises
        ------
        ValueError
            The folder holds something, or a code would have no weights.
        """
        path = Path(path)
        if n_components < 1:
            raise ValueError(f"A code has at least one weight, got n_components={n_components}.")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ValueError(f"{path} exists already. Open it with StoredCodes(path), or name a folder that is new.")
        path.mkdir(exist_ok=True)
        (path / DATA).touch()
        none = np.zeros(n_components)
        Manifest(int(n_components), (), none, none).write(path)
        return cls(path)

    def __len__(self) -> int:
        return self._manifest().n_rows

    @property
    def n_components(self) -> int:
        """Weights of a code."""
        return self._manifest().n_components

    def add(self, codes: np.ndarray) -> int:
        """Add codes, all of them or, where it fails or is killed, none; return the row of the first.

        Parameters
        ----------
        codes : ndarray of shape (n_samples, n_components)
            Finite; a mapped file too, which is read in blocks, twice. What lies outside of float16's range (1e-4 to
            65504) is stored in a unit of its own, a power of two; no row is rounded to nothing.

        Raises
        ------
        ValueError
            A wrong shape, NaN or infinity, or rows so small beside others that float16 cannot hold both.
        BusyError
            Another process is adding.
        DamagedError, OSError
            The store is damaged, the disk full, or the folder may not be written in.
        """
        if not isinstance(codes, np.memmap):
            codes = np.asarray(codes)
        if codes.dtype.kind not in "biuf":
            raise ValueError(f"Codes are real numbers, got {codes.dtype}. Give what transform returned.")
        with one_writer(self.path):
            manifest = self._manifest()
            count = manifest.n_components
            if codes.ndim != 2 or codes.shape[1] != count:
                raise ValueError(f"Expected codes of shape (n_samples, {count}), got {codes.shape}.")
            if len(codes):
                append(self.path, manifest, codes, exponent_for(codes)).write(self.path)
            return manifest.n_rows

    def codes_of(self, rows: np.ndarray) -> np.ndarray:
        """Return the codes of some rows as they are stored, float64, (n_rows, n_components).

        Raises
        ------
        IndexError
            There is no such row.
        DamagedError
            They are not as they were written.
        """
        manifest, rows = self._manifest(), np.asarray(rows)
        if rows.dtype.kind not in "iu":
            raise IndexError(f"Rows are whole numbers, got {rows.dtype}.")
        wrong = rows[(rows < 0) | (rows >= manifest.n_rows)]
        if wrong.size:
            raise IndexError(f"There is no row {wrong[0]}: the store has {manifest.n_rows}, counted from 0.")
        found = np.empty((len(rows), manifest.n_components))
        for segment in manifest.segments:
            if ((rows >= segment.first) & (rows < segment.first + segment.rows)).any():
                for first, block in blocks_of(self.path, manifest, segment):
                    places = np.flatnonzero((rows >= first) & (rows < first + len(block)))
                    found[places] = block[rows[places] - first].astype(np.float64) * segment.unit
        return found

    def scale(self, measure: str = "cosine", weights: np.ndarray | None = None) -> np.ndarray:
        """Return by how much each part counts, (n_components,); errors as `CodeIndex.scale`."""
        manifest = self._manifest()
        return scale_of(measure, weights, manifest.n_components, manifest.evenness)

    def nearest(
        self,
        code: np.ndarray,
        n: int = 8,
        *,
        measure: str = "cosine",
        weights: np.ndarray | None = None,
        farthest: bool = False,
        among: np.ndarray | None = None,
    ) -> Found:
        """Return the most similar samples, or the least.

        Parameters
        ----------
        code : ndarray of shape (n_components,)
        n : int
            How many; all where there are fewer.
        measure : {"cosine", "whitened", "euclidean"}
            As in `CodeIndex.nearest`.
        weights : ndarray of shape (n_components,), optional
            How much each part counts, >= 0; 0 switches it off. 1 if not given.
        farthest : bool
            The least similar instead, the least first.
        among : ndarray of bool, shape (n_samples,), optional
            Which samples may be found; all if not given. Samples added since it was made are not found.

        Returns
        -------
        Found
            Ranked in double precision; samples of equal score in order of their rows.

        Raises
        ------
        ValueError
            A wrong question.
        DamagedError
            The store is not as it was written.
        """
        manifest = self._manifest()
        scale = scale_of(measure, weights, manifest.n_components, manifest.evenness)
        question = Question.asked(code, n, scale, measure, farthest)
        if among is not None:
            among = _mask(among, manifest.n_rows)
        best = Best(n)

        def look(number: int) -> None:
            self._look(manifest, manifest.segments[number], question, among, best)

        with one_pool():
            over_blocks(look, len(manifest.segments))
        return best.found(question.sign)

    def check(self) -> list[str]:
        """Return what is wrong with the store, nothing if it is intact: every checksum is computed again."""
        try:
            manifest = self._manifest()
        except (DamagedError, OSError) as error:
            return [str(error)]
        wrong = []
        for segment in manifest.segments:
            try:
                for _ in blocks_of(self.path, manifest, segment):
                    pass
            except (DamagedError, OSError) as error:
                wrong.append(str(error))
        return wrong

    def _look(
        self, manifest: Manifest, segment: Segment, question: Question, among: np.ndarray | None, best: Best
    ) -> None:
        """Offer all rows of a segment."""
        sign = question.sign
        for first, halves in blocks_of(self.path, manifest, segment):
            near, doubt = _near(halves, segment.unit, question)
            near *= sign
            if among is not None:
                allowed = among[first : first + len(halves)]
                near[: len(allowed)][~allowed] = np.inf
                near[len(allowed) :] = np.inf

            def exact(places: np.ndarray, halves: np.ndarray = halves) -> np.ndarray:
                return sign * question.scores(halves[places].astype(np.float64) * segment.unit)

            best.offer(np.arange(first, first + len(halves)), near, doubt, exact)

    def _manifest(self) -> Manifest:
        """Return what counts at this moment."""
        manifest = Manifest.read(self.path)
        if not (self.path / DATA).is_file():
            raise damaged(self.path / MANIFEST, f"{DATA} is not beside it")
        return manifest


def _mask(among: np.ndarray, n_rows: int) -> np.ndarray:
    among = np.asarray(among)
    if among.dtype != np.bool_ or among.ndim != 1 or len(among) > n_rows:
        raise ValueError(f"among wants true or false for each of {n_rows} rows, got {among.dtype} {among.shape}.")
    return among


def _near(halves: np.ndarray, unit: float, question: Question) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of stored codes, summed in some order, and how far `Question.scores` may be from them."""
    rounding = 4 * (halves.shape[1] + 8) * EPS
    if question.distant:
        distances = distances_of(halves, question.scale * unit, question.query)
        return distances, rounding * distances
    length = np.linalg.norm(question.query)
    direction = question.query / (length if length > 0 else 1.0)
    near, whole = cosines_of(halves, direction * question.scale, question.scale**2)
    return near, rounding * whole

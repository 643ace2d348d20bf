"""X on the workers of a cluster: a dask array in chunks of rows, each with its codes beside it; only sums travel."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from operator import getitem
from typing import Any
from uuid import uuid4

import numpy as np

from partwise.kernels.measure import sum_squares
from partwise.kernels.threads import alone, one_pool
from partwise.matrices.cluster import computed, in_groups
from partwise.matrices.dense import Dense
from partwise.matrices.row_blocks import Check, RowBlocks, Sums, Work, sound
from partwise.memory import computed_in


def is_on_workers(X: Any) -> bool:
    """Say whether X is a dask array, without importing dask."""
    return type(X).__module__.startswith("dask.array")


@dataclass(frozen=True)
class ChunkCodes:
    """A handle of codes on the workers.

    Parameters
    ----------
    chunks : tuple of Delayed
        For every chunk of rows what a work returned: codes of shape (n_components, rows), and their sums.
    n_components : int
    """

    chunks: tuple[Any, ...]
    n_components: int


@dataclass(frozen=True)
class Seen:
    """What one look at a chunk found: its sum of squares, its sum, its largest entry; or what is wrong with it."""

    squares: float
    total: float
    high: float
    fault: str = ""


class OnWorkers(RowBlocks):
    """Chunks of rows of a dask array, held in the memory of the workers.

    With a client at hand chunks and codes stay on its workers, and one that dies costs the computation of its chunks
    again; without one they are where dask's scheduler in use computes.

    Parameters
    ----------
    X : dask.array.Array of shape (n_rows, n_columns)
        Of NumPy arrays; numbers of up to 16 bits become float32, longer integers float64, chunk by chunk.
    unit : float
        A power of two that entries are divided by.

    Attributes
    ----------
    gathered : bool
        Whether columns lay in several chunks and were brought into one.
    """

    def __init__(self, X: Any, unit: float = 1.0) -> None:
        if np.isnan(X.shape).any():
            raise ValueError("X has chunks of unknown size, and a fit wants to know them. Try X.compute_chunk_sizes().")
        if not isinstance(X._meta, np.ndarray):
            kind = type(X._meta).__name__
            raise TypeError(
                f"A dask array wants chunks that are NumPy arrays, got {kind}. Try X.map_blocks(np.asarray)."
            )
        self.shape: tuple[int, int] = tuple(map(int, X.shape))  # type: ignore[assignment]
        self.dtype = computed_in(X.dtype)
        self.gathered = X.numblocks[1] > 1
        self._given = X
        X = X.rechunk({1: -1}).astype(self.dtype)
        self._X = (X if unit == 1 else X / self.dtype.type(unit)).map_blocks(sound, meta=X._meta).persist()
        parts = zip(self._X.to_delayed().ravel(), X.chunks[0], strict=True)
        self._chunks = [(part, rows) for part, rows in parts if rows]

    def in_unit(self, unit: float) -> "OnWorkers":
        """Return the same rows divided by a power of two."""
        return OnWorkers(self._given, unit)

    def looked_at(self, check: Check) -> tuple[float, float, float]:
        """Go through all entries once; return their sum of squares, their sum and the largest.

        Raises
        ------
        ValueError
            What `check` raises for the first chunk that it refuses.
        """
        task = _Tasks()
        look = task.once("check", check)
        starts = accumulate((rows for _, rows in self._chunks), initial=0)
        seen = [task("look", i, _seen, look, X, start) for i, ((X, _), start) in enumerate(zip(self._chunks, starts))]  # noqa: B905 (the last start is the end)
        found, _ = computed(task("looks", 0, _listed, *seen))
        fault = next((one.fault for one in found if one.fault), None)
        if fault is not None:
            raise ValueError(fault)
        return sum(one.squares for one in found), sum(one.total for one in found), max(one.high for one in found)

    def go(self, work: Work, codes: ChunkCodes | None = None) -> tuple[ChunkCodes, Sums]:
        """Work on all chunks where they are; their sums are added four at a time, by whoever holds them."""
        task = _Tasks()
        once = task.once("work", work)
        before = (None,) * len(self._chunks) if codes is None else codes.chunks
        new = [
            task("step", i, _worked, once, X, W) for i, ((X, _), W) in enumerate(zip(self._chunks, before, strict=True))
        ]
        # one of each four goes in whole, so that the others' sums come to it
        parts = [step if i % 4 == 0 else task("sums", i, getitem, step, 1) for i, step in enumerate(new)]
        count = iter(range(len(parts)))
        total, kept = computed(in_groups(parts, lambda *four: task("sum", next(count), _added, *four)), new)
        return ChunkCodes(kept, len(total.gram)), total

    def sample(self, size: int) -> np.ndarray:
        """Return stretches of rows from all over: those that a store on disk would give."""
        m = self.shape[0]
        stretch = max(1, min(size, 64))
        starts = [0] if size >= m else np.linspace(0, m - stretch, max(1, size // stretch)).astype(int).tolist()
        reach = m if size >= m else stretch
        pieces, begin = [], 0
        task = _Tasks()
        for i, (X, rows) in enumerate(self._chunks):
            ranges = [(max(0, at - begin), min(rows, at + reach - begin)) for at in starts]
            wanted = [(start, stop) for start, stop in ranges if start < stop]
            if wanted:
                pieces.append(task("sample", i, _taken, X, wanted))
            begin += rows
        found, _ = computed(task("samples", 0, _stacked, *pieces))
        return found

    def close(self) -> None:
        """Do nothing: workers let go of what no array here stands for."""

    def fingerprint(self) -> dict[str, Any]:
        """Return a SHA-256 of the chunks' own, which are made where they are."""
        task = _Tasks()
        digests, _ = computed(
            task("digests", 0, _listed, *(task("digest", i, _digest, X) for i, (X, _) in enumerate(self._chunks)))
        )
        whole = hashlib.sha256("".join(digests).encode()).hexdigest()
        return {"shape": list(self.shape), "dtype": str(self.dtype), "sha256": whole}

    def collected(self, codes: ChunkCodes) -> Any:
        """Return the codes as a lazy dask array in X's chunks of rows; they stay on the workers while it is held."""
        import dask.array

        task = _Tasks()
        k = codes.n_components
        parts = zip(codes.chunks, self._chunks, strict=True)
        found = [(task("codes", i, getitem, W, 0), rows) for i, (W, (_, rows)) in enumerate(parts)]
        arrays = [dask.array.from_delayed(W, (k, rows), self.dtype).T for W, rows in found]
        return dask.array.concatenate(arrays)


def lazily(X: Any, of_block: Callable[[np.ndarray], np.ndarray], n_components: int, dtype: Any) -> Any:
    """Return a lazy dask array of shape (n_rows, n_components) with X's chunks of rows.

    Parameters
    ----------
    X : dask.array.Array of shape (n_rows, n_columns)
    of_block : callable
        Makes codes of a chunk, (rows, n_columns); it is sent to each worker once, with the components that it holds.
    n_components : int
    dtype : dtype
        Of the codes.
    """
    import dask.array

    X = X.rechunk({1: -1}).astype(dtype)
    once = _Tasks().once("transform", of_block)
    chunks = (X.chunks[0], (n_components,))
    meta = np.empty((0, 0), dtype)
    return dask.array.map_blocks(_made, X, of_block=once, n_components=n_components, chunks=chunks, meta=meta)


class _Tasks:
    """Delayed calls with names of their own, so that a dashboard shows what they are."""

    def __init__(self) -> None:
        self._token = uuid4().hex

    def once(self, name: str, what: Any) -> Any:
        """Return one node of the graph for what all its tasks share."""
        from dask.delayed import delayed

        return delayed(what, traverse=False, name=f"partwise-{name}-{self._token}")

    def __call__(self, name: str, i: int, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return a delayed call."""
        from dask.delayed import delayed

        return delayed(function, pure=False)(*arguments, dask_key_name=f"partwise-{name}-{self._token}-{i}")


def _worked(work: Work, X: np.ndarray, before: tuple[np.ndarray, Sums] | None) -> tuple[np.ndarray, Sums]:
    """Do the work at a chunk in one thread: workers have theirs for as many chunks at once."""
    with one_pool(1), alone():
        return work(Dense.wrap(sound(X)), None if before is None else before[0])


def _added(first: tuple[np.ndarray, Sums] | Sums, *others: Sums) -> Sums:
    return sum(others, first[1] if isinstance(first, tuple) else first)


def _made(X: np.ndarray, of_block: Callable[[np.ndarray], np.ndarray], n_components: int) -> np.ndarray:
    if not len(X):
        return np.empty((0, n_components), X.dtype)
    with one_pool(1), alone():
        return of_block(sound(X))


def _seen(check: Check, X: np.ndarray, first: int) -> Seen:
    try:
        high = check(X, first=first)
    except ValueError as error:
        return Seen(0.0, 0.0, 0.0, str(error))
    with one_pool(1), alone():
        return Seen(sum_squares(X), float(X.sum(dtype=np.float64)), high)


def _digest(X: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(X).reshape(-1).view(np.uint8).data).hexdigest()


def _taken(X: np.ndarray, ranges: list[tuple[int, int]]) -> np.ndarray:
    return np.concatenate([X[start:stop] for start, stop in ranges])


def _listed(*parts: Any) -> list[Any]:
    return list(parts)


def _stacked(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate(parts)

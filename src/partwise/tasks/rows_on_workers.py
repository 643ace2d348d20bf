"""Rows of a store on workers, each chunk read by the one that will hold it; and their codes back, to a file here."""

import os
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Sequence
from copy import copy
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from partwise.matrices.cluster import computed
from partwise.sources import RowStore, SourceError
from partwise.sources.row_store import rows_within

if TYPE_CHECKING:
    from distributed import Client

PIECES = (64, 4096)  # chunks of data of ordinary size, and of data so large that chunks grow with them
BYTES = (4 << 20, 128 << 20, 1 << 30)  # of a chunk: at least, at most, and at most of data that large

Told = Callable[[int, int], None]  # gets how many chunks have been read, and how many there are


def chunked(store: RowStore, client: "Client", told: Told) -> Any:
    """Return the rows of a store as a lazy dask array; how they are cut hangs on the store alone.

    Parameters
    ----------
    store : RowStore
        Of files that every worker can read under the same names.
    client : Client
    told : callable
        Called from a thread of the client's as chunks are read.

    Raises
    ------
    SourceError
        If a worker cannot read them.
    """
    import dask.array
    from dask.delayed import delayed

    _check_read(store, client)
    edges = cuts(store.seams(), _height(store))
    topic = f"partwise-rows-{uuid4().hex}"
    once = delayed(store, traverse=False, name=f"{topic}-store")
    read: set[int] = set()

    def hear(event: tuple[float, int]) -> None:
        read.add(event[1])
        told(len(read), len(edges) - 1)

    client.subscribe_topic(topic, hear)
    parts = []
    for number, (first, last) in enumerate(pairwise(edges)):
        rows = delayed(_read, pure=False)(once, (first, last), topic, number, dask_key_name=f"{topic}-{number}")
        shape = (last - first, store.shape[1])
        parts.append(dask.array.from_delayed(rows, shape, meta=np.empty((0, 0), store.dtype)))
    return dask.array.concatenate(parts)


def cuts(seams: Sequence[int], rows: int) -> list[int]:
    """Return where chunks of at least so many rows, but for the last, begin and end; all at seams."""
    edges = [0]
    while edges[-1] < seams[-1]:
        edges.append(seams[min(bisect_left(seams, edges[-1] + rows), len(seams) - 1)])
    return edges


def codes_on_disk(codes: Any) -> np.ndarray:
    """Bring codes from workers, a chunk at a time, to a file mapped into memory, which goes with its last holder.

    Parameters
    ----------
    codes : dask.array.Array of shape (n_samples, n_components)
    """
    with tempfile.TemporaryFile(prefix="partwise-") as file:
        for part in codes.to_delayed().ravel():
            rows, _ = computed(part)
            file.write(np.ascontiguousarray(rows).data)
        file.flush()
        return np.memmap(file, codes.dtype, "r+", shape=codes.shape)


def _height(store: RowStore) -> int:
    """Return how many rows a chunk has, at least."""
    least, most, huge = BYTES
    few, many = PIECES
    size = max(min(max(least, store.nbytes // few), most), min(store.nbytes // many, huge))
    return rows_within(size, store.shape[1] * store.dtype.itemsize)


def _check_read(store: RowStore, client: "Client") -> None:
    """Let every worker read the first and the last row, and see that they are ours."""
    ours = _ends(store)
    for address, (found, fault) in client.run(_tried, store).items():
        if found != ours:
            raise SourceError(_unread(address, store.place, fault))


def _tried(store: RowStore) -> tuple[bytes, str]:
    """Return the digest of the rows at both ends, or why they cannot be read here."""
    try:
        os.stat(store.place)  # a zarr store that is not there would be read as zeros
        return _ends(store), ""
    except Exception as error:  # whatever it is, it is told there where somebody reads it
        return b"", _fault(error)


def _ends(store: RowStore) -> bytes:
    """Return the SHA-256 of the first and the last row."""
    last = store.shape[0] - 1
    return sha256(store.read(0, 1).tobytes() + store.read(last, last + 1).tobytes()).digest()


def _read(store: RowStore, place: tuple[int, int], topic: str, number: int) -> np.ndarray:
    """Read a chunk, on a worker, and tell so."""
    from distributed import get_worker

    worker = get_worker()
    own = copy(store)  # threads of a worker read side by side
    try:
        os.stat(own.place)
        rows = own.read(*place)
    except OSError as error:
        raise SourceError(_unread(worker.address, error.filename or "the source", _fault(error))) from None
    worker.log_event(topic, number)
    return rows


def _unread(worker: str, place: str, fault: str) -> str:
    cannot = f"cannot read {place} ({fault})" if fault else f"finds other numbers in {place} than this machine"
    return (
        f"The worker {worker} {cannot}. With --dask workers read the source themselves: put it in a folder that all of "
        "them have under the same name; where decoded pictures lie, the variable PARTWISE_CACHE says."
    )


def _fault(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or " ".join(str(error).split()) or repr(error)

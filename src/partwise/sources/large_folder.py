"""A folder of pictures within a bound on memory: read as always where it fits, else kept decoded on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from partwise.memory import said_bytes, too_large

from .cache_journal import Block
from .cache_place import cache_of, writing_alone
from .cached_rows import FilesOfRows
from .dataset import Duplicate
from .folder import Found, shown
from .headers import Headers, Reading, read_headers
from .images import ImageSet
from .parallel import Reporter
from .picture_cache import PictureCache, broken_in, settings_of
from .reading import Listed, read_listed
from .repeats import told_repeats

TOO_MANY = "The pictures are too many for the memory allowed: decoded, they"


def read_within(
    found: Sequence[Found], reading: Reading, memory: int | None, listed: Listed, folder: str | Path
) -> ImageSet:
    """Read the files that a walk found; rows stay on disk where they would take too much of the memory allowed.

    Parameters
    ----------
    found : sequence of Found
    reading : Reading
    memory : int or None
        Bytes; a quarter of them may be X. None: they are kept on disk however few they are.
    listed : Listed
        What the walk left out, and what was walked.
    folder : str or Path
        What was walked, by which the cache is known.

    Raises
    ------
    SourceError
        As in `read_images`; or there is no room on disk, or another process is at it.
    """
    cache = _cache_for(found, reading, folder)
    reporter = Reporter(reading.progress, total=len(found), rounds=2)
    headers = cache.headers() or read_headers(found, reading, reporter.round(0, len(found)))
    if memory is not None and not too_large(4 * headers.n_values, memory):
        return read_listed(found, reading, headers, reporter, listed)
    with writing_alone(cache.place):
        # another process may have begun it, or finished, since it was looked at
        known = cache.headers()
        if known is None:
            cache.begin(headers)
        else:
            headers = known
        blocks = cache.filled(headers, reporter.round(1, len(headers.good)))
    reporter.finish()
    why = "The decoded pictures" if memory is None else TOO_MANY
    return _as_set(cache, headers, blocks, listed, why)


def _cache_for(found: Sequence[Found], reading: Reading, folder: str | Path) -> PictureCache:
    """Return the cache of these settings; or that of no size asked for, where it came to just this one.

    A run remembers the size that its pictures came to, and asks for it when it is looked at again.
    """
    cache, *others = (
        PictureCache(cache_of(folder, settings_of(one)), found, one, str(Path(folder)))
        for one in (reading, replace(reading, size=None))
    )
    if reading.size is None or cache.headers() is not None:
        return cache
    there = [one for one in others if (known := one.headers()) is not None and known.frame.size == reading.size]
    return there[0] if there else cache


def _as_set(cache: PictureCache, headers: Headers, blocks: list[Block], listed: Listed, why: str) -> ImageSet:
    """Return the pictures of a whole cache as any other set."""
    good = headers.good
    rows = [good[place] for block in blocks for place in block.places]
    duplicates = [Duplicate(good[place].name, of) for block in blocks for place, of in block.repeating]
    X = cache.rows(headers, blocks)
    size = said_bytes(X.shape[0] * X.shape[1] * X.stored.itemsize)
    labels = tuple(one.label or "" for one in rows)
    kept = (
        f"{why} lie in {shown(str(cache.place))} ({size}), "
        "where the next fit finds them. Remove that folder when they are no longer needed."
    )
    return ImageSet(
        X=X,
        names=tuple(one.name for one in rows),
        labels=labels if any(labels) else None,
        skipped=(*listed.skipped, *headers.bad, *broken_in(blocks, headers)),
        duplicates=tuple(duplicates),
        notes=(
            *headers.notes,
            *told_repeats(duplicates, len(cache.found), cache.reading.drop_duplicates),
            *cache.notes,
            kept,
        ),
        origin=listed.origin,
        shape=headers.frame.shape,
        from_files=FilesOfRows(cache.folder, rows, blocks),
    )

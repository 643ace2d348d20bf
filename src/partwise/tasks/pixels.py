"""What a model saw of a sample: read again from its file or its source, and only if it is what it was."""

from pathlib import Path

import numpy as np

from partwise.runs import Run
from partwise.search import Entry
from partwise.sources import Dataset
from partwise.tasks.read import read_source, reading_of


class Pixels:
    """The samples of a run, as they were when it was made.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._last: tuple[str | Path, Dataset, dict[str, int]] | None = None

    def of(self, entry: Entry) -> np.ndarray:
        """Return the values of a sample, (n_features,).

        Raises
        ------
        ValueError, OSError
            Its file, or the source, is gone or has changed since.
        """
        source = self.run.facts["source"] if entry.path is None else Path(entry.path)
        if self._last is not None and self._last[0] == source:
            _, found, rows = self._last
        else:
            found = read_source(source, reading_of(self.run, source))
            rows = {digest: row for row, digest in enumerate(found.digests())}
            if found.n_samples > 1:  # the next one may be of the same source; a picture is read each time
                self._last = source, found, rows
        if entry.sha256 not in rows:
            raise ValueError(f"{entry.name} is not what it was when it was catalogued.")
        return row_of(found, rows[entry.sha256])


def row_of(data: Dataset, row: int) -> np.ndarray:
    """Return the values of a sample, (n_features,), however X is stored."""
    return np.asarray(data.X[row : row + 1].sum(axis=0)).ravel()

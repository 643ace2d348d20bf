"""What a model saw of a sample: read again from its file or its source, and only if it is what it was."""

from functools import cached_property
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

    def of(self, entry: Entry) -> np.ndarray:
        """Return the values of a sample, (n_features,).

        Raises
        ------
        ValueError, OSError
            Its file, or the source, is gone or has changed since.
        """
        if entry.path is None:
            found, digests = self._source, self._digests
        else:
            found = read_source(Path(entry.path), reading_of(self.run, entry.path))
            digests = found.digests()
        if entry.sha256 not in digests:
            raise ValueError(f"{entry.name} is not what it was when it was catalogued, so it is not shown.")
        return row_of(found, digests.index(entry.sha256))

    @cached_property
    def _source(self) -> Dataset:
        """The run's source as a whole: samples that come from no files cannot be read one by one."""
        source = self.run.facts["source"]
        return read_source(source, reading_of(self.run, source))

    @cached_property
    def _digests(self) -> list[str]:
        return self._source.digests()


def row_of(data: Dataset, row: int) -> np.ndarray:
    """Return the values of a sample, (n_features,), however X is stored."""
    return np.asarray(data.X[row : row + 1].sum(axis=0)).ravel()

"""A run with its catalogue in memory: who is asked about, who is like it, what the model saw of it."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from partwise.runs import Run
from partwise.search import Catalogue, CodeIndex, Entries
from partwise.search.entering import relative_errors
from partwise.search.large import Index, searchable
from partwise.sources import SourceError
from partwise.sources.folder import shown
from partwise.tasks.asking import Counting, Hit, Query
from partwise.tasks.catalogue import check_model, open_catalogue
from partwise.tasks.pixels import Pixels, row_of
from partwise.tasks.transform import codes_of, encoded


class Finder:
    """A run and its catalogue, ready to answer.

    Parameters
    ----------
    run : Run
    catalogue : Catalogue
    whole : bool
        All of it in memory, however large it is; else a large one stays on disk, and shows the state that it has now
        as long as this is held, whatever others change.
    tell : callable, optional
        Called with a sentence where a large one takes long to open.
    """

    def __init__(
        self, run: Run, catalogue: Catalogue, *, whole: bool = False, tell: Callable[[str], None] | None = None
    ) -> None:
        self.run = run
        self.catalogue = catalogue
        self.generation = catalogue.generation
        self.entries: Entries
        self.index: Index
        self.entries, self.index = searchable(catalogue, len(run.parts), whole=whole, tell=tell)
        self._whole = whole

    @classmethod
    def of(cls, run: Run, *, whole: bool = False, tell: Callable[[str], None] | None = None) -> "Finder":
        """Open the catalogue of a run; `whole` and `tell` as for the class.

        Raises
        ------
        FileNotFoundError
            The run has none.
        ValueError
            It is of another model, or damaged.
        """
        return cls(run, open_catalogue(run), whole=whole, tell=tell)

    def fresh(self) -> "Finder":
        """Return this finder, or a new one where the catalogue has changed since.

        Raises
        ------
        ValueError
            The run was fitted anew meanwhile: it must be loaded again.
        """
        if self.catalogue.generation == self.generation:
            return self
        check_model(self.run, self.catalogue)
        return Finder(self.run, self.catalogue, whole=self._whole)

    @cached_property
    def in_memory(self) -> CodeIndex:
        """All codes in memory, for what compares each with each."""
        return self.index if isinstance(self.index, CodeIndex) else CodeIndex(np.asarray(self.entries.codes))

    @cached_property
    def part_names(self) -> dict[int, str]:
        """Names that were given to parts, by their numbers from 1."""
        return self.catalogue.part_names()

    def part_called(self, text: str) -> int:
        """Return the number of a part, from 1, given as such or by its name.

        Raises
        ------
        ValueError
            There is no such part.
        """
        text = text.strip()
        named = [number for number, name in self.part_names.items() if name.casefold() == text.casefold()]
        if named:
            return named[0]
        if text.isdecimal() and 1 <= int(text) <= len(self.run.parts):
            return int(text)
        raise ValueError(f"There is no part {text!r}. Give a number from 1 to {len(self.run.parts)}, or a part's name.")

    def mixture(self, weights: Mapping[int, float]) -> Query:
        """Return a sum of parts, by their numbers from 1, as something to search with."""
        code = np.zeros(len(self.run.parts))
        for number, weight in weights.items():
            if not (np.isfinite(weight) and weight >= 0):
                raise ValueError(f"The weight of part {number} must be finite and not negative, got {weight}.")
            code[number - 1] = weight
        if not code.any():
            raise ValueError("A mixture needs a part with a weight above 0. Give one, such as 3:1.")
        return Query("a mixture of parts", code)

    def asked(self, text: str) -> Query:
        """Return what the user names: a sample of the run by its name or number, or a file.

        Raises
        ------
        ValueError
            Nothing is called so, or several are.
        """
        rows = self.entries.rows_named(text)
        if len(rows) == 1:
            return self.sample(int(self.entries.numbers[rows[0]]))
        if len(rows) > 1 and not text.isdecimal():  # rows of two tables are called alike, and then a number is meant
            numbers = ", ".join(str(self.entries.numbers[row]) for row in rows[:5])
            raise ValueError(
                f"{len(rows)} {self.run.view.samples_are} are called {text}: give a number instead ({numbers}"
                f"{' ...' if len(rows) > 5 else ''})."
            )
        if text.isdecimal():
            return self.sample(int(text))
        path = Path(os.path.expanduser(text))  # leaves a ~ that is nobody's home as it is
        if path.exists():
            return self.read(path)
        raise ValueError(
            f"{shown(text)} is neither the name or the number of one of the "
            f"{len(self.entries):,} {self.run.view.samples_are} of {self.run.path}, nor a file."
        )

    def numbers_of(self, texts: Sequence[str]) -> list[int]:
        """Return the numbers of samples that are named by name or number; ValueError where one is not in the catalogue.

        Those with codes of an earlier model, which no search finds, can be named too.
        """
        stale, numbers = self.catalogue.stale() if self.entries.stale else {}, []
        for text in texts:
            called = [number for number, name in stale.items() if text in (name, str(number))]
            number = called[0] if len(called) == 1 and not self.entries.rows_named(text) else self.asked(text).number
            if number is None:
                raise ValueError(f"{shown(text)} is a file that is not in the catalogue of {self.run.path}.")
            numbers.append(number)
        return numbers

    def sample(self, number: int) -> Query:
        """Return a sample of the run, by its number.

        Raises
        ------
        ValueError
            There is none.
        """
        row = self.row_of(number)
        return Query(self.entries.names[row], self.entries.codes[row], number)

    def row_of(self, number: int) -> int:
        """Return the row of a number; ValueError in words where there is none."""
        try:
            return self.entries.row_of(number)
        except (KeyError, OverflowError):
            known = self.entries.numbers
            span = f" They go from {known[0]} to {known[-1]}." if len(known) else ""
            raise ValueError(f"There is no number {number} among the {self.run.view.samples_are}.{span}") from None

    def read(self, path: Path) -> Query:
        """Return a file that is not of the run, read as the run's own were read, and encoded."""
        data, codes = encoded(self.run, path)
        if len(codes) != 1:
            raise SourceError(f"{shown(str(path))} has {len(codes)} samples, and a search is for one.")
        (digest,) = data.digests()
        # a fit rounds its codes otherwise than one that is encoded alone, and the same content is to be exactly as like
        known = self.entries.row_of_content(digest)
        code = codes[0] if known is None else self.entries.codes[known]
        return Query(data.names[0], code, None, row_of(data, 0))

    def encode(self, values: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the code of a sample, (n_features,), and the relative error of its reconstruction."""
        X = np.asarray(values, dtype=self.run.parts.dtype)[None]
        code = codes_of(self.run, X)
        return code[0], float(relative_errors(X, code, self.run.parts)[0])

    def ranked(
        self, query: Query, n: int = 8, counting: Counting | None = None, *, farthest: bool = False
    ) -> list[Hit]:
        """Return who is most like a query, or least, itself left out.

        Parameters
        ----------
        query : Query
        n : int
        counting : Counting, optional
            What counts.
        farthest : bool
            The least similar, the least first.
        """
        self._check_not_empty()
        counts, entries = counting or Counting(), self.entries
        among = np.ones(len(entries), dtype=bool) if counts.label is None else entries.of_label(counts.label)
        if query.number is not None:
            among[self.row_of(query.number)] = False
        found = self.index.nearest(
            query.code, n, measure=counts.measure, weights=counts.weights, farthest=farthest, among=among
        )
        return [self._hit(int(row), float(score)) for row, score in zip(found.rows, found.scores, strict=True)]

    def odd(self, n: int = 8) -> list[Hit]:
        """Return those that the parts explain worst; the score is their relative error."""
        if n < 1:
            raise ValueError(f"A search wants at least one result, got n={n}.")
        self._check_not_empty()
        order = np.argsort(-self.entries.errors, kind="stable")[:n]
        return [self._hit(int(row), float(self.entries.errors[row])) for row in order]

    def pixels(self, number: int) -> np.ndarray:
        """Return what the model saw of a sample, (n_features,).

        Raises
        ------
        ValueError, OSError
            Its file is gone or has changed.
        """
        return self._pixels.of(self.catalogue.entry(number))

    def reconstruction(self, code: np.ndarray) -> np.ndarray:
        """Return the sum of parts of a code, (n_features,)."""
        return np.asarray(np.asarray(code, dtype=np.float64) @ self.run.parts)

    @cached_property
    def _pixels(self) -> Pixels:
        return Pixels(self.run)

    def _check_not_empty(self) -> None:
        if not len(self.entries):
            things = self.run.view.samples_are
            raise ValueError(
                f"There are no {things} to search in. Put some in with: partwise add {self.run.path} SOURCE"
            )

    def _hit(self, row: int, score: float) -> Hit:
        entries = self.entries
        label = (entries.labels[row] or None) if entries.labels is not None else None
        return Hit(int(entries.numbers[row]), row, entries.names[row], label, score)


def part_weights(finder: Finder, texts: Sequence[str]) -> dict[int, float]:
    """Return the weights that texts such as ``"3:1"`` or ``"eyes:0.5"`` give to parts, by their numbers from 1.

    Raises
    ------
    ValueError
        A text has no weight, or names no part.
    """
    weights: dict[int, float] = {}
    for text in texts:
        name, colon, number = text.rpartition(":")
        try:
            weight = float(number)
        except ValueError:
            weight = float("nan")
        if not colon or not np.isfinite(weight):
            raise ValueError(f"Weights of parts are written PART:WEIGHT, such as 3:1,7:0.5, got {text!r}.")
        part = finder.part_called(name)
        if part in weights:
            raise ValueError(f"Part {part} has two weights, {weights[part]:g} and {weight:g}. Give it one.")
        weights[part] = weight
    return weights

"""Read a source as a run says it was read, so that fit, look and transform see the same rows."""

from dataclasses import dataclass, fields, replace
from math import isfinite
from pathlib import Path
from typing import Any

from partwise.memory import machine_memory
from partwise.runs import SKIPPED, Run, write_skipped
from partwise.sources import SAMPLES, Dataset, SourceError, Vocabulary, kind_of, open_source
from partwise.tasks.progress import Progress, Silent


@dataclass(frozen=True)
class Reading:
    """How a source is read.

    Parameters
    ----------
    color : {'gray', 'rgb'}
    size : (height, width) or None
        None: as the pictures are, if they all have one size.
    resize : {'crop', 'pad', 'stretch'}
        What becomes of a picture with other proportions.
    drop_duplicates : bool
        Keep one of several files with the same content.
    max_pixels : int
        Larger pictures are skipped before they are decoded.
    follow_links : bool
        Read what symbolic links outside the folder point to.
    data_home : str or None
        Where scikit-learn keeps its data sets.
    window, hop : int or None
        Samples of a frame of a recording, and from one to the next; None: made to suit its rate.
    max_seconds : float or None
        Only the beginning of a longer recording is read.
    text_column, label_column : str or None
        Where in a table or in JSON lines the texts stand, and their labels.
    stop_words, min_df, max_df, max_features, ngrams, weights
        Which words of texts count, and how much, as in `open_source`; None for its defaults.
    memory : int or None
        Bytes that the program may use; what would take too much of them stays on disk.
    stored : bool
        Whether rows stay on disk however few they are, where the kind of source can.
    vocabulary : Vocabulary or None
        The words of a run, to read more texts with; the run itself remembers it elsewhere.
    """

    color: str = "gray"
    size: tuple[int, int] | None = None
    resize: str = "crop"
    drop_duplicates: bool = False
    max_pixels: int = 50_000_000
    follow_links: bool = False
    data_home: str | None = None
    window: int | None = None
    hop: int | None = None
    max_seconds: float | None = None
    text_column: str | None = None
    label_column: str | None = None
    stop_words: str | None = None
    min_df: float | None = None
    max_df: float | None = None
    max_features: int | None = None
    ngrams: int | None = None
    weights: str | None = None
    memory: int | None = None
    stored: bool = False
    vocabulary: Vocabulary | None = None

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> "Reading":
        """Return the reading that a run's settings describe."""
        known = {key: value for key, value in settings.items() if key in cls.__dataclass_fields__}
        return cls(**{**known, "size": tuple(known["size"]) if known.get("size") else None})

    def settings(self) -> dict[str, Any]:
        """Return what a run remembers."""
        given = self.options()
        del given["vocabulary"]
        return {**given, "size": list(self.size) if self.size else None}

    def options(self) -> dict[str, Any]:
        """Return the arguments of `open_source`."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def reading_of(run: Run, source: str | Path, text_column: str | None = None) -> Reading:
    """Return how a source is read so that its features are those of a run's parts.

    Parameters
    ----------
    run : Run
    source : str or Path
        The run's own, or another of any kind.
    text_column : str, optional
        Where its texts stand, if not where those of the run did.
    """
    reading = Reading.from_settings(run.settings)
    reading = replace(reading, text_column=text_column or reading.text_column)
    if reading.stored and lasting(source) != run.facts["source"]:
        # only the run's own rows must be the very same numbers; others may be few
        most = machine_memory()
        reading = replace(reading, stored=False, memory=int(most) if isfinite(most) else None)
    return replace(reading, **run.view.asked(kind_of(source, reading.text_column)))


def lasting(origin: str | Path) -> str:
    """Return where data are in a way that holds from any folder; the name of a sample as it is."""
    return str(Path(origin).resolve()) if Path(origin).exists() and str(origin) not in SAMPLES else str(origin)


def read_source(
    source: str | Path, reading: Reading, progress: Progress | None = None, *, thumbnails: bool = False
) -> Dataset:
    """Open a sample, a folder of pictures or texts, or a file; with small JPEGs of pictures where asked for."""
    watcher = progress or Silent()
    return open_source(source, progress=watcher.reading, thumbnails=thumbnails, **reading.options())


def read_or_list(
    source: str | Path, reading: Reading, out: Path | None, progress: Progress, *, thumbnails: bool = False
) -> Dataset:
    """Open a source; where most files are broken, list them in the folder to which the message sends the user."""
    try:
        return read_source(source, reading, progress, thumbnails=thumbnails)
    except SourceError as error:
        if SKIPPED not in str(error):
            raise
        if out is None:
            raise SourceError(
                str(error).replace(f"see {SKIPPED}", "with --out they are listed"), error.skipped
            ) from None
        write_skipped(out, error.skipped)
        raise

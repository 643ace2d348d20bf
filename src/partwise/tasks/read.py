"""Read a source as a run says it was read, so that fit, look and transform see the same rows."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from partwise.sources import Dataset, open_source
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

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> "Reading":
        """Return the reading that a run's settings describe."""
        known = {key: value for key, value in settings.items() if key in cls.__dataclass_fields__}
        return cls(**{**known, "size": tuple(known["size"]) if known.get("size") else None})

    def settings(self) -> dict[str, Any]:
        """Return what a run remembers."""
        return {**asdict(self), "size": list(self.size) if self.size else None}


def read_source(source: str | Path, reading: Reading, progress: Progress | None = None) -> Dataset:
    """Open a sample, a folder of pictures, a matrix file or a recording."""
    watcher = progress or Silent()
    return open_source(source, progress=watcher.reading, **asdict(reading))

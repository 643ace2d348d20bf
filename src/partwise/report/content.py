"""What a report says: plain values and finished figures; no run, no model and no file is known here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from matplotlib.figure import Figure

from partwise.report.inline import Inlined


class ReportFigure(NamedTuple):
    """One figure with its words; a plain tuple in the same order does as well."""

    key: str  # letters, digits, - and _; its address on the page is "#key"
    title: str
    caption: str
    figure: Figure | Inlined
    short: str = ""  # its name in the navigation, one word if it can be; the title unless given


@dataclass(frozen=True)
class Table:
    """Rows of numbers and words under a heading; the first cell of a row is its name.

    Its look is "many" where only the last column is of sentences, "said" where the last three are.
    """

    title: str
    words: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    look: str = "many"


@dataclass(frozen=True, kw_only=True)
class PageContent:
    """What every report shows, whatever it is of.

    Parameters
    ----------
    title : str
        Name of the run, such as the name of the folder of pictures.
    origin : str
        Where the data come from, in words.
    n_samples, n_features : int
        Sizes, >= 0.
    samples_are : str
        What one row is called, in the plural ("pictures", "texts", "samples").
    features_are : str
        What one column is called, in the plural ("pixels", "words", "values").
    made_with : mapping of str to object
        Settings and versions, shown as a table.
    notes : sequence of str
        Sentences to keep in mind.
    skipped : sequence of (name, reason)
        Files that were left out.
    duplicates : sequence of (name, of)
        Files with the same content as another one.
    figures : sequence of ReportFigure
        Shown in this order.
    """

    title: str
    origin: str
    n_samples: int
    n_features: int
    samples_are: str = "pictures"
    features_are: str = "pixels"
    made_with: Mapping[str, object] = field(default_factory=dict)
    notes: Sequence[str] = ()
    skipped: Sequence[tuple[str, str]] = ()
    duplicates: Sequence[tuple[str, str]] = ()
    figures: Sequence[ReportFigure | tuple[str, str, str, Figure]] = ()


@dataclass(frozen=True, kw_only=True)
class ReportContent(PageContent):
    """Everything a report of a run shows.

    Parameters
    ----------
    n_components, n_iter : int
        Parts, and iterations done, >= 0.
    relative_error : float
        ``|X - W H| / |X|``, in 0..1; not a number if it was not measured.
    kkt_residual : float
        Size of the projected gradient over the size of its two halves, >= 0; not a number if it was not measured.
    tol : float
        The residual at which the fit would have stopped, >= 0.
    converged : bool
        Whether the fit stopped because it was done.
    reason : str
        Why the fit stopped, as a sentence.
    seconds : float
        Solver time.
    n_dead_components : int
        Parts that are all zero or that no sample uses.
    image_shape : tuple of int, optional
        Height, width and, in colour, number of channels of a picture.
    findings : sequence of (label, value, aside)
        Numbers that only this kind of model has.
    """

    n_components: int
    relative_error: float
    kkt_residual: float
    tol: float
    converged: bool
    reason: str
    n_iter: int
    seconds: float
    n_dead_components: int = 0
    image_shape: tuple[int, ...] | None = None
    findings: Sequence[tuple[str, str, str]] = ()

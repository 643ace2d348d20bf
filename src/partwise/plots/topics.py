"""Topics of texts: the strongest words of each as bars."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.feature_bars import FeatureBars, as_parts
from partwise.wording import counted


def topic_bars(
    H: ArrayLike,
    words: Sequence[str],
    *,
    top: int = 8,
    names: Sequence[str | None] | None = None,
    columns: int | None = None,
    title: str | None = None,
) -> Figure:
    """Show each topic as its strongest words, a bar each; a full bar is the topic's strongest word.

    Parameters
    ----------
    H : array-like of shape (n_topics, n_words)
        The topics; what is below 0 is taken away, and bears a minus.
    words : sequence of str
        One for each column of `H`.
    top : int
        At most so many words a topic, >= 1.
    names : sequence of str or None, optional
        Names of the topics; those without one are called by their number.
    columns : int, optional
        Topics in one row, by default at most 5, fewer where words are long.
    title : str, optional
        By default the number of topics; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    parts = as_parts(H, "topic_bars", "words")
    if len(words) != parts.shape[1]:
        raise ValueError(f"words needs one word a column of H ({parts.shape[1]}), got {len(words)}.")
    title = counted(len(parts), "topics") if title is None else title
    about = "the strongest words of each, most first; a full bar is the part's strongest word"
    return FeatureBars(parts, lambda place: str(words[place]), top, numbers=False).draw(title, about, names, columns)

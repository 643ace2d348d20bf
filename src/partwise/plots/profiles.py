"""The gallery of parts of data that are no pictures: for each part, its strongest features as bars."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.feature_bars import FeatureBars, as_parts
from partwise.wording import counted


def profiles_gallery(
    H: ArrayLike,
    feature_names: Sequence[str] | None = None,
    *,
    top: int = 8,
    names: Sequence[str | None] | None = None,
    columns: int | None = None,
    title: str | None = None,
) -> Figure:
    """Show each part as a small chart of its strongest features; a bar is full at the part's largest value.

    Parameters
    ----------
    H : array-like of shape (n_components, n_features)
        The parts; what is below 0 is taken away, and bears a minus.
    feature_names : sequence of str, optional
        Names of the features; by default their numbers, from 1.
    top : int
        At most so many features a part, >= 1.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    columns : int, optional
        Parts in one row, by default at most 5, fewer where names are long.
    title : str, optional
        By default the number of parts; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    parts = as_parts(H, "profiles_gallery", "features")
    if feature_names is not None and len(feature_names) != parts.shape[1]:
        raise ValueError(f"feature_names needs one name a feature ({parts.shape[1]}), got {len(feature_names)}.")

    def feature(place: int) -> str:
        return f"feature {place + 1}" if feature_names is None else str(feature_names[place])

    title = counted(len(parts), "parts") if title is None else title
    about = "the strongest features of each; each part on its own scale: a full bar is its largest value"
    return FeatureBars(parts, feature, top, numbers=True).draw(title, about, names, columns)

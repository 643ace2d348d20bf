"""The columns of other samples: whether they are the features that parts are made of, and in which order they stand."""

from collections.abc import Sequence

from partwise.sources import Dataset


def check_columns(wanted: Sequence[str] | None, data: Dataset, made_of: str, give: str) -> None:
    """Raise ValueError where as many columns have other names, or are known to be something else.

    Parameters
    ----------
    wanted : sequence of str or None
        The names of the features; None where they have none.
    data : Dataset
        Other samples. A table without names passes: its columns are taken as they stand.
    made_of : str
        What the parts are made of, in words.
    give : str
        What the user should give.
    """
    if wanted is not None and len(wanted) != data.n_features:  # the model says how many it wants
        return
    held = _names_of(data)
    if wanted is None or held is None:
        if data.kind != "table":
            raise ValueError(
                f"The parts are made of {made_of}, and {data.origin} was read as {data.kind}, whose columns are "
                f"something else. Give {give}."
            )
    elif tuple(wanted) != held:
        _check_names(wanted, held, data.origin, give)


def order_of(wanted: Sequence[str] | None, data: Dataset) -> list[int] | None:
    """Return the places of the columns in the order of the features, by their names; None where they stand so.

    Parameters
    ----------
    wanted : sequence of str or None
    data : Dataset
        That `check_columns` passes.
    """
    held = _names_of(data)
    if wanted is None or held is None or tuple(wanted) == held or len(wanted) != len(held):
        return None
    places = {name: place for place, name in enumerate(held)}
    return [places[name] for name in wanted]


def _names_of(data: Dataset) -> tuple[str, ...] | None:
    return getattr(data, "feature_names", None)


def _check_names(wanted: Sequence[str], held: Sequence[str], origin: str, give: str) -> None:
    """Refuse other names, and those in another order that one name twice leaves unknown."""
    known = set(held)
    for place, (name, other) in enumerate(zip(wanted, held, strict=True), 1):
        if name not in known:
            raise ValueError(
                f"Column {place} of the run is {name!r}, and {origin} has none of that name (its column {place} is "
                f"{other!r}). Give {give}."
            )
    if len(known) < len(held) or len(set(wanted)) < len(wanted):
        twice = next(name for names in (held, wanted) for name in names if list(names).count(name) > 1)
        raise ValueError(
            f"{origin} has the columns of the run in another order, and two are called {twice!r}, so that nobody can "
            "tell which is which. Give them in the order of the run."
        )

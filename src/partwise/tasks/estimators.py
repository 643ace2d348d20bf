"""From what a user has set to the estimator that takes it."""

from collections.abc import Mapping
from typing import Any

from partwise.losses import as_loss
from partwise.models import MODELS
from partwise.solvers import AUTO, fastest

OPTIONS = {"beta_loss": "--loss", "alpha_W": "--alpha"}  # where an option has another name than its parameter


def estimator_of(name: str, parts: Any, settings: Mapping[str, Any]) -> Any:
    """Return an estimator, unfitted, of a registered model.

    Parameters
    ----------
    name : str
        A key of `MODELS`.
    parts : int or tuple of int
        Number of parts; of a model with layers, that of each.
    settings : mapping
        Parameters that were set, by their names in the estimator; None counts as not set.

    Raises
    ------
    ValueError
        No such model, or one without a parameter that was set.
    """
    if name not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {name!r}.")
    kind = MODELS[name]
    known = kind().get_params()
    given = {key: value for key, value in settings.items() if value is not None}
    unknown = sorted(set(given) - set(known))
    if unknown:
        others = [one for one, other in MODELS.items() if set(unknown) <= set(other().get_params())]
        remedy = f", or try --model {others[0]}" if others else ""
        said = ", ".join(OPTIONS.get(key, f"--{key.replace('_', '-')}") for key in unknown)
        raise ValueError(f"The model {name} has no {said}. Leave it out{remedy}.")
    if "layers" in known:
        return kind(layers=parts if isinstance(parts, tuple) else (parts,), **given)
    if isinstance(parts, tuple):
        raise ValueError(f"The model {name} wants one number of parts, got {len(parts)}. For layers try --model deep.")
    if name == "nmf" and "solver" not in given:
        given["solver"] = solver_for(given.get("beta_loss", known["beta_loss"]))
    return kind(parts, **given)


def solver_for(beta_loss: str | float) -> str:
    """Return the name of the fastest solver for a loss; of a loss that does not exist the model speaks."""
    try:
        return fastest(as_loss(beta_loss))
    except (KeyError, ValueError):
        return AUTO


def most_parts(parts: Any) -> Any:
    """Return the number of parts, or that of the largest layer."""
    return max(parts) if isinstance(parts, tuple) else parts

"""Warnings that point at the user's line, however many wrappers of ours and of scikit-learn lie between."""

import sys
import warnings

INNER = ("partwise.", "sklearn.")


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn as if the innermost line outside partwise and scikit-learn had."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and (frame.f_globals.get("__name__", "") + ".").startswith(INNER):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)

"""scikit-learn's face: estimators and functions that drain the loop and remember the result."""

from partwise.models.functional import non_negative_factorization
from partwise.models.nmf import NMF

MODELS = {"nmf": NMF}

__all__ = ["MODELS", "NMF", "non_negative_factorization"]

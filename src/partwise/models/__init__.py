"""scikit-learn's face: estimators and functions that drain the loop and remember the result."""

from partwise.models.deep_nmf import DeepNMF
from partwise.models.functional import non_negative_factorization
from partwise.models.mini_batch_nmf import MiniBatchNMF
from partwise.models.nmf import NMF
from partwise.models.opnmf import OPNMF

MODELS = {"nmf": NMF, "mini-batch": MiniBatchNMF, "opnmf": OPNMF, "deep": DeepNMF}

__all__ = ["MODELS", "NMF", "OPNMF", "DeepNMF", "MiniBatchNMF", "non_negative_factorization"]

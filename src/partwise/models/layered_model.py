"""A model of layers: its chain kept, given, put in order, and packed for a run."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from partwise.models.deep_kinds import KINDS
from partwise.models.deep_layers import adopted, check_layers
from partwise.models.parts_model import PartsModel
from partwise.models.validation import checked
from partwise.problems.layered import multiplied


class LayeredModel(PartsModel):
    """The inner side of `DeepNMF`; its face has the parameters."""

    layers: Sequence[int]
    kind: str
    layer_errors_: np.ndarray
    greedy_error_: float
    layer_components_: tuple[np.ndarray, ...]
    layer_factors_: tuple[np.ndarray, ...]

    def _validate_params(self) -> None:
        super()._validate_params()
        check_layers(self.layers, type(self).__name__)

    def adopt_components(self, H: Any, X: Any = None) -> Self:
        """Take given layers instead of learning them, so that `transform` finds the codes for the deepest.

        Parameters
        ----------
        H : sequence of array-like
            H_1 of shape (layers[0], n_features), then H_l of shape (layers[l], layers[l - 1]), as in `layer_factors_`.
        X : array-like or sparse matrix of shape (n_samples, n_features), default=None
            Data like those to be transformed: they set the names of the features. None: these are not known.

        Returns
        -------
        self : DeepNMF
        """
        self._validate_params()
        name, kind = type(self).__name__, KINDS[self.kind]()
        layers = adopted(H, check_layers(self.layers, name), f"{name} (input H)", signed=kind.signed)
        checked(self, layers[0] if X is None else X, reset=True, signed=kind.signed)
        self._keep(layers)
        return self

    @property
    def loss_exponent(self) -> float:
        """The beta of the divergence that it minimises."""
        return KINDS[self.kind]().loss().beta

    def facts(self) -> dict[str, Any]:
        """Return the relative error of every layer, and that of the deepest before the refinement."""
        return {"layer_errors": self.layer_errors_.tolist(), "greedy_error": float(self.greedy_error_)}

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the arrays that a run keeps: "H", the deepest parts, and every layer."""
        return {"H": self.components_} | {f"H{place}": H for place, H in enumerate(self.layer_factors_, 1)}

    def restored(self, tensors: Mapping[str, np.ndarray]) -> Self:
        """Take the arrays that `tensors` gave, so that `transform` answers as before."""
        return self.adopt_components([tensors[f"H{place}"] for place in range(1, len(self.layers) + 1)])

    def in_order(self, order: np.ndarray, lengths: np.ndarray) -> Self:
        """Return a copy with the deepest parts in another order, each divided by a length, (n_components,)."""
        twin = super().in_order(order, lengths)
        twin.layer_components_ = (*self.layer_components_[:-1], twin.components_)
        twin.layer_factors_ = (*self.layer_factors_[:-1], self.layer_factors_[-1][order] / lengths[:, None])
        if len(self.layer_factors_) == 1:
            twin.layer_factors_ = twin.layer_components_
        return twin

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = not (self.kind in KINDS and KINDS[self.kind].signed)
        return tags

    def _keep(self, layers: Sequence[np.ndarray]) -> None:
        self.layer_factors_ = tuple(layers)
        self.layer_components_ = tuple(multiplied(layers))
        self.components_ = self.layer_components_[-1]
        self.n_components_ = len(self.components_)

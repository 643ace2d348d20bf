"""A model of one factor: what a run keeps and tells of it, and how its parts change places."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from partwise.models.parts_model import PartsModel
from partwise.models.projecting import as_projective_solver
from partwise.solvers import ProjectiveSolver


class ProjectiveModel(PartsModel):
    """The inner side of `OPNMF`; its face has the parameters."""

    solver: str | ProjectiveSolver
    projection_: np.ndarray
    orthonormality_: float

    @property
    def tol_bounds_residual(self) -> bool:
        """Whether `tol` bounds the KKT residual; that of the published update bounds the change of W."""
        return as_projective_solver(self.solver).certified

    def facts(self) -> dict[str, Any]:
        """Return how far the factor is from orthonormal."""
        return {"orthonormality": self.orthonormality_}

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the arrays that a run keeps: "H", the parts, and the factor that was learned."""
        return {"H": self.components_, "projection": self.projection_}

    def restored(self, tensors: Mapping[str, np.ndarray]) -> Self:
        """Take the arrays that `tensors` gave, so that `transform` answers as before."""
        self.adopt_components(tensors["H"])
        self.projection_ = tensors["projection"]
        return self

    def in_order(self, order: np.ndarray, lengths: np.ndarray) -> Self:
        """Return a copy with its parts in another order, each divided by a length, (n_components,)."""
        twin = super().in_order(order, lengths)
        twin.projection_ = self.projection_[:, order]
        return twin

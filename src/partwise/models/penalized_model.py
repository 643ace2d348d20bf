"""A model of two factors, a beta divergence and penalties: what its settings say of the answer."""

from partwise.losses import as_loss
from partwise.models.parts_model import PartsModel
from partwise.solvers import AUTO, Solver, as_solver, chosen


class PenalizedModel(PartsModel):
    """`NMF` and `MiniBatchNMF`: X ~ W H, with penalties of W and H."""

    solver: str | Solver = AUTO
    beta_loss: str | float
    alpha_W: float
    alpha_H: float | str

    @property
    def loss_exponent(self) -> float:
        """The beta of the divergence that it minimises."""
        return as_loss(self.beta_loss).beta

    @property
    def tol_bounds_residual(self) -> bool:
        """Whether `tol` bounds the KKT residual; that of 'mu' and 'als' bounds the decrease of the objective."""
        return as_solver(chosen(self.solver, as_loss(self.beta_loss))).certified

    @property
    def scale_is_free(self) -> bool:
        """Whether nothing weighs the lengths of the factors."""
        return self.alpha_W == 0 and self.alpha_H in (0, "same")

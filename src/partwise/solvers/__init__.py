"""One step each, one file each. Adding a solver is one file and one line in SOLVERS; the contract tests pick it up."""

from partwise.losses import KullbackLeibler, Loss, QuadraticLoss, WeightedFrobenius
from partwise.solvers.alternating_least_squares import AlternatingLeastSquares
from partwise.solvers.armijo import ArmijoGradient
from partwise.solvers.bpp import BlockPivoting
from partwise.solvers.gradient_descent import GradientDescent
from partwise.solvers.hals import HALS
from partwise.solvers.layered_gradient import LayeredGradient
from partwise.solvers.layered_kl import LayeredKL
from partwise.solvers.layered_semi import LayeredSemi
from partwise.solvers.multiplicative import MultiplicativeUpdate
from partwise.solvers.newton import Newton
from partwise.solvers.plain_hals import PlainHALS
from partwise.solvers.projected_gradient import ProjectedGradient
from partwise.solvers.projected_lbfgs import ProjectedLBFGS
from partwise.solvers.projective import ProjectiveSolver
from partwise.solvers.projective_multiplicative import ProjectiveMultiplicative
from partwise.solvers.solver import Alternating, Solver
from partwise.solvers.weighted_hals import WeightedHALS

SOLVERS: dict[str, type[Solver]] = {
    "hals": HALS,
    "cd": HALS,
    "bpp": BlockPivoting,
    "pg": ProjectedGradient,
    "nenmf": ProjectedGradient,
    "newton": Newton,
    "mu": MultiplicativeUpdate,
    # the classics, for comparison and teaching
    "hals-plain": PlainHALS,
    "als": AlternatingLeastSquares,
    "lin": ArmijoGradient,
    "gd": GradientDescent,
}
# of X ~ W H by least squares, where entries have weights or are missing; names of SOLVERS that stand for them there
WEIGHTED_SOLVERS: dict[str, type[WeightedHALS]] = {"hals": WeightedHALS, "cd": WeightedHALS}
# of X ~ W W'X, which has one factor
PROJECTIVE_SOLVERS: dict[str, type[ProjectiveSolver]] = {
    "lbfgs": ProjectedLBFGS,
    "multiplicative": ProjectiveMultiplicative,
}
# of X ~ W H_L .. H_1, a chain of layers
LAYERED_SOLVERS: dict[str, type[LayeredGradient | LayeredSemi | LayeredKL]] = {
    "multilayer": LayeredGradient,
    "semi": LayeredSemi,
    "kl": LayeredKL,
}
AUTO = "auto"  # stands for the fastest that is known for the loss

__all__ = [
    "AUTO",
    "HALS",
    "LAYERED_SOLVERS",
    "PROJECTIVE_SOLVERS",
    "SOLVERS",
    "WEIGHTED_SOLVERS",
    "Alternating",
    "AlternatingLeastSquares",
    "ArmijoGradient",
    "BlockPivoting",
    "GradientDescent",
    "LayeredGradient",
    "LayeredKL",
    "LayeredSemi",
    "MultiplicativeUpdate",
    "Newton",
    "PlainHALS",
    "ProjectedGradient",
    "ProjectedLBFGS",
    "ProjectiveMultiplicative",
    "ProjectiveSolver",
    "Solver",
    "WeightedHALS",
    "as_solver",
    "chosen",
    "fastest",
]


def fastest(loss: Loss) -> str:
    """Return the name of the solver that 'auto' stands for: what won our own race for this loss."""
    if isinstance(loss, (QuadraticLoss, WeightedFrobenius)):
        return "cd"
    return "newton" if isinstance(loss, KullbackLeibler) else "mu"


def chosen(solver: str | Solver, loss: Loss) -> str | Solver:
    """Return the solver, or the name that 'auto' stands for with this loss.

    Where entries have weights some names stand for a solver of its own.
    """
    solver = fastest(loss) if solver == AUTO else solver
    if isinstance(loss, WeightedFrobenius) and isinstance(solver, str) and solver in WEIGHTED_SOLVERS:
        return WEIGHTED_SOLVERS[solver]()
    return solver


def as_solver(solver: str | Solver, shuffle: bool = False, seed: int = 0) -> Solver:
    """Return the registered solver of that name with its default settings, or the instance itself."""
    return solver if isinstance(solver, Solver) else SOLVERS[solver].create(shuffle=shuffle, seed=seed)

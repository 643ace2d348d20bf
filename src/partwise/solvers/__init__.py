"""One step each, one file each. Adding a solver is one file and one line in SOLVERS; the contract tests pick it up."""

from partwise.solvers.bpp import BlockPivoting
from partwise.solvers.hals import HALS
from partwise.solvers.multiplicative import MultiplicativeUpdate
from partwise.solvers.projected_gradient import ProjectedGradient
from partwise.solvers.solver import Alternating, Solver

SOLVERS: dict[str, type[Solver]] = {
    "hals": HALS,
    "cd": HALS,
    "mu": MultiplicativeUpdate,
    "bpp": BlockPivoting,
    "pg": ProjectedGradient,
    "nenmf": ProjectedGradient,
}

__all__ = [
    "HALS",
    "SOLVERS",
    "Alternating",
    "BlockPivoting",
    "MultiplicativeUpdate",
    "ProjectedGradient",
    "Solver",
    "as_solver",
]


def as_solver(solver: str | Solver, shuffle: bool = False, seed: int = 0) -> Solver:
    """Return the registered solver of that name with its default settings, or the instance itself."""
    return solver if isinstance(solver, Solver) else SOLVERS[solver].create(shuffle=shuffle, seed=seed)

"""Solvers side by side: the same data, the same start, the same time; what each one made of it."""

from partwise.comparison.standings import Comparison, Trial
from partwise.comparison.trials import check_entrants, compare, usual_solvers

__all__ = ["Comparison", "Trial", "check_entrants", "compare", "usual_solvers"]

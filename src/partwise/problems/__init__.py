"""What is minimised: a loss of X and its estimate, with penalties."""

from partwise.problems.two_factors import Measure, State, TwoFactors

__all__ = ["Measure", "State", "TwoFactors"]

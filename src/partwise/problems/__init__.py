"""What is minimised."""

from partwise.problems.two_factors import Measure, State, TwoFactors

__all__ = ["Measure", "State", "TwoFactors"]

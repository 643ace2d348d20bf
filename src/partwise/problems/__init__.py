"""What is minimised: a loss of X and its estimate, with penalties; of all samples, or of batches that come."""

from partwise.problems.projective import Projection, Projective
from partwise.problems.stream import Batch, EndOfBatches, Stream, Tally
from partwise.problems.two_factors import Measure, State, TwoFactors

__all__ = ["Batch", "EndOfBatches", "Measure", "Projection", "Projective", "State", "Stream", "Tally", "TwoFactors"]

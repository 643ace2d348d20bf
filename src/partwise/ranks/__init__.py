"""How many parts: fits at every number of them, and what several criteria say."""

from partwise.ranks.criterion import Criterion, Curve
from partwise.ranks.rank_report import RankReport

__all__ = ["Criterion", "Curve", "RankReport"]

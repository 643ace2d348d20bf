"""How many parts: fits at every number of them, and what several criteria say; and which of them come back."""

from partwise.ranks.consensus import Consensus, consensus
from partwise.ranks.criteria import CRITERIA
from partwise.ranks.criterion import Criterion, Curve
from partwise.ranks.how_many import choose_n_components, rank_report
from partwise.ranks.rank_report import RankReport
from partwise.ranks.survey import RankStep

__all__ = [
    "CRITERIA",
    "Consensus",
    "Criterion",
    "Curve",
    "RankReport",
    "RankStep",
    "choose_n_components",
    "consensus",
    "rank_report",
]

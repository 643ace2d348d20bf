"""What we prefer of W and H."""

from partwise.penalties.elastic import Elastic

PENALTIES: dict[str, type[Elastic]] = {"elastic": Elastic}

__all__ = ["PENALTIES", "Elastic"]

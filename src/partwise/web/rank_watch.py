"""What is seen of a rank run: each fit as it ends, with its error, and how much is left."""

from typing import Any

from partwise.web.overview import rounded
from partwise.web.watching import Watch


class RankWatch(Watch):
    """A `Watch` on a rank run; a step is a fit that has ended.

    Parameters
    ----------
    before : RankWatch, optional
        On the run that this one goes on from: its points are kept, and not told again by the fits.
    """

    def __init__(self, before: "RankWatch | None" = None) -> None:
        super().__init__(line=None, k=None, value=None, fits=0, of=None, share=0.0, seconds=0.0)
        for _, kind, data in before.after(0) if before else ():
            if kind == "step":
                self._add("step", {**data, "left": None})

    def ranking(self, step: Any) -> bool:
        """A fit that has ended; every one is kept, because each is a point of a curve."""
        about = {
            "stage": "ranking",
            "line": step.line,
            "k": int(step.k),
            "value": rounded(step.value),
            "fits": int(step.done),
            "of": int(step.total),
            "share": rounded(step.share, 4),
            "left": None if step.left is None else rounded(max(step.left, 0.0), 3),
            "seconds": rounded(step.seconds),
        }
        self.last = {**self.last, **about}
        self._add("step", dict(self.last))
        return self.stop

"""Which lines of fits the criteria that are asked for need."""

from partwise.ranks.chains import HeldOut, Permuted, Whole
from partwise.ranks.lines import Line, Question
from partwise.ranks.projective_lines import projections
from partwise.ranks.singles import Block, Restart

BLOCKS = 4
FEWEST = 500  # entries of X, a tenth of which can be hidden and still say something


def lines_of(question: Question, model: str, families: set[str], n_restarts: int, n_folds: int) -> list[Line]:
    """Return the lines that the criteria of some families need; that of all entries always."""
    restarts = n_restarts if "restart" in families else 0
    if model == "opnmf":
        return [*projections(question, restarts)]
    lines: list[Line] = []
    n, m = question.data.X.shape
    if "held-out" in families and n * m >= FEWEST:
        lines += [HeldOut(i + 1, question) for i in range(n_folds)]
    lines.append(Whole(question))
    if "permuted" in families:
        lines.append(Permuted(question))
    lines += [Restart(i + 1, question) for i in range(restarts)]
    if "block" in families:
        lines += [Block(i, question) for i in range(BLOCKS)]
    return lines

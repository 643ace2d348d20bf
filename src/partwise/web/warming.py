"""Make ahead what a page would wait for: the facts of the run, the model, loaded, and the thumbnail sheets."""

from partwise.web.overview import run_answer
from partwise.web.served import KEPT, Served, Shown
from partwise.web.sheets import PER_SHEET, Tile, sheet


def sheet_of(shown: Shown, index: int) -> bytes:
    """Return a sheet, made once."""
    numbers = shown.finder.entries.numbers[index * PER_SHEET : (index + 1) * PER_SHEET]

    def make() -> bytes:
        with shown.lock:
            pictures = shown.finder.catalogue.thumbnails([int(number) for number in numbers])
        return sheet(pictures, Tile.of(shown.shape))

    return shown.kept(numbers.tobytes(), make, shown.sheets)


def warm(served: Served) -> None:
    """Make the facts and the sheets of what is shown now; what is not made yet is made when asked for."""
    shown = served.now()
    run_answer(shown)
    with shown.slow:
        shown.finder.encode(shown.run.parts[0])  # the first picture that is sent need not wait for what this loads
    for index in range(min(-(-len(shown.finder.entries) // PER_SHEET), KEPT // 2)):
        if served.closing.is_set():
            return
        sheet_of(shown, index)

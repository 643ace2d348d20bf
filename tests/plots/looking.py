"""Looking at a figure the way a reader does: its words, its pictures, and whether anything overlaps."""

import io

import numpy as np
from matplotlib.axis import Tick


def words(figure):
    """Return all the texts of a figure, as they are drawn."""
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def images(figure):
    from matplotlib.image import AxesImage

    return figure.findobj(AxesImage)


def saved(figure):
    """Draw a figure both ways that users save it; return the PNG."""
    buffer, vector = io.BytesIO(), io.BytesIO()
    figure.savefig(vector, format="svg")
    figure.savefig(buffer, format="png", dpi=60)
    return buffer.getvalue()


def overlaps(figure):
    """Return pairs of texts whose boxes overlap, or that leave the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    # an axes draws only the ticks within its limits
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if _is_drawn(text, figure)]
    bad = [(name, "edge") for name, box in boxes if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.x1 + 1]
    x0, y0, x1, y1 = np.array([box.extents for _, box in boxes]).reshape(-1, 4).T
    wide = np.minimum.outer(x1, x1) - np.maximum.outer(x0, x0) > 0.5
    high = np.minimum.outer(y1, y1) - np.maximum.outer(y0, y0) > 0.5
    bad += [(boxes[i][0], boxes[j][0]) for i, j in np.argwhere(np.triu(wide & high, 1))]
    return bad


def _is_drawn(text, figure):
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            hidden = not axis.get_visible() or not axes.axison
            low, high = sorted(axis.get_view_interval())
            span = 1e-6 * (high - low) if axis.get_scale() == "linear" else 0
            # an axis keeps the ticks it once made and no longer draws
            drawn = {*axis.get_major_ticks(), *axis.get_minor_ticks()}
            for tick in axis.findobj(Tick):
                if text in (tick.label1, tick.label2):
                    return not hidden and tick in drawn and low - span <= tick.get_loc() <= high + span
            if text in (axis.label, axis.offsetText) and hidden:
                return False
    return True

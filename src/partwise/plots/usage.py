"""How much each part is used: its share of all the light, and by how many samples."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from partwise.plots.lettering import fit, part_names, percent, width_of
from partwise.plots.pictures import divided
from partwise.plots.style import ACCENT, CAPTION, EDGE, PAD, WIDTH, styled
from partwise.wording import counted

USED = 0.01  # a sample uses a part that gives more than this share of its light
BLOCK = 16_384  # rows at a time: the codes of a million samples are never copied whole


def share_of_light(W: NDArray[Any], H: NDArray[Any]) -> NDArray[np.float64]:
    """Return each part's share of all the light, (n_components,), together 1; zeros if there is none.

    ``sum_n W[n, i] * sum(|H[i]|)`` over the same sum for all parts: what is taken away counts as what is added.
    """
    light = W.sum(axis=0, dtype=np.float64) * np.abs(H).sum(axis=1, dtype=np.float64)
    return divided(light, light.sum())


def used_by(W: NDArray[Any], H: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many samples use each part, (n_components,): more than 1 % of their light comes from it."""
    weight = np.abs(H).sum(axis=1, dtype=np.float64)
    count = np.zeros(len(H), dtype=np.int64)
    for start in range(0, len(W), BLOCK):
        light = W[start : start + BLOCK] * weight
        count += (light > USED * light.sum(axis=1, keepdims=True)).sum(axis=0)
    return count


def usage(
    W: ArrayLike,
    H: ArrayLike,
    *,
    names: Sequence[str | None] | None = None,
    samples_are: str = "samples",
    share_of: str = "all the light",
    title: str | None = None,
) -> Figure:
    """Show each part's share of all the light, most first, and the share of samples that use it.

    Parameters
    ----------
    W : array-like of shape (n_samples, n_components)
        The codes, >= 0.
    H : array-like of shape (n_components, n_features)
        The parts, >= 0.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    samples_are : str
        What a row is called, in the plural.
    share_of : str
        What the shares add up to, in words.
    title : str, optional
        Above the first panel; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels over the same order of parts.
    """
    W, H = np.asarray(W), np.asarray(H)
    if W.ndim != 2 or H.ndim != 2 or W.shape[1] != len(H):
        raise ValueError(f"usage needs W (n_samples, k) and H (k, n_features), got {W.shape} and {H.shape}.")
    labels = part_names(names, len(H))
    share, count = share_of_light(W, H), used_by(W, H) / max(len(W), 1)
    order = np.argsort(-share, kind="stable")
    texts = [labels[index][0] if labels[index][1] else str(index + 1) for index in order]
    numbers = not any(labels[index][1] for index in order)
    with styled():
        figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
        figure.get_layout_engine().set(w_pad=PAD, h_pad=PAD, hspace=0.04)  # type: ignore[union-attr, call-arg]
        upper, lower = figure.subplots(2, 1, sharex=True)
        _bars(upper, share[order], ACCENT, f"Share of {share_of}" if title is None else title)
        _bars(
            lower,
            count[order],
            EDGE,
            "" if title == "" else f"Used by this share of the {counted(len(W), samples_are)}",
        )
        lower.set_ylim(0, 1)
        lower.set_yticks([0, 0.5, 1])
        _name_bars(lower, texts, "part" if numbers else "")
        return figure


def _bars(axes: Axes, heights: NDArray[np.float64], color: str, title: str) -> None:
    axes.bar(np.arange(len(heights)), heights, width=0.72, color=color)
    axes.set_title(title)
    axes.set_xlim(-0.6, max(len(heights), 8) - 0.4)
    axes.set_ylim(0, max(float(heights.max(initial=0.0)) * 1.08, 1e-3))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value, 0 if value * 100 % 1 < 1e-6 else 1)))


def _name_bars(axes: Axes, texts: list[str], label: str) -> None:
    """Write names level where there is room for them, upright where there is not, each cut to at most an inch."""
    room = (WIDTH - 0.7) / max(len(texts), 8)
    level = max(map(width_of, texts)) < 0.9 * room
    size = CAPTION if level else min(CAPTION, room * 72 * 0.85)
    axes.set_xticks(np.arange(len(texts)), [fit(text, 1.1, size) for text in texts])
    axes.tick_params(axis="x", labelsize=size, rotation=0 if level else 90)
    axes.set_xlabel(label)

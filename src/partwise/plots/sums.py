"""One picture as the sum of its parts: an equation made of pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, bar_room, heading_height
from partwise.plots.lettering import part_names, percent, short, weight
from partwise.plots.pictures import Shape, as_picture, as_rows, divided, left_over, relative_error, scale_of, white_of
from partwise.plots.style import ERROR, ERROR_LIMIT, INK, INK_2, INK_3, PICTURE, WIDTH, styled

SIGN = 0.2  # inches for + and =


@dataclass(frozen=True)
class Sum:
    """A picture taken apart: its strongest terms, the rest in one, the whole, and what is missing."""

    order: NDArray[np.int64]  # parts that are used, most light first
    share: NDArray[np.float64]  # (n_components,) of the light, together 1
    terms: NDArray[np.float32]  # (terms, n_features), weight x part
    others: NDArray[np.float32]  # (n_features,)
    whole: NDArray[np.float32]  # (n_features,)


def taken_apart(w: NDArray[Any], H: NDArray[Any], terms: int) -> Sum:
    """Return the sum ``w @ H`` with its ``terms`` strongest terms one by one and the others pooled."""
    light = w.astype(np.float64) * np.abs(H).sum(axis=1, dtype=np.float64)
    order = np.argsort(-light, kind="stable")
    order = order[light[order] > 0]
    # a single part left over is shown as itself
    terms = terms + 1 if len(order) == terms + 1 else terms
    first, rest = order[:terms], order[terms:]
    return Sum(
        order=order,
        share=divided(light, light.sum()),
        terms=(w[first, None] * H[first]).astype(np.float32),
        others=(w[rest] @ H[rest]).astype(np.float32),
        whole=(w @ H).astype(np.float32),
    )


def one_picture(
    x: ArrayLike, w: ArrayLike, H: ArrayLike, shape: Shape, who: str
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return a picture, its code and the parts as arrays; ValueError where they do not fit together."""
    H, w = as_rows(H, shape, who), np.asarray(w).ravel()
    if len(w) != len(H):
        raise ValueError(f"{who} needs one weight a part ({len(H)}), got {len(w)}.")
    return as_rows(np.asarray(x).reshape(1, -1), shape, who)[0], w, H


def sum_of_parts(
    x: ArrayLike,
    w: ArrayLike,
    H: ArrayLike,
    shape: Shape,
    *,
    terms: int = 6,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Show one picture as a sum, weight x part by weight x part, its reconstruction, and what is left over.

    Each part is shown as what it adds to this picture, all on one scale; terms by falling light, the others pooled.

    Parameters
    ----------
    x : array-like of shape (n_features,)
        The picture, >= 0.
    w : array-like of shape (n_components,)
        Its code, >= 0.
    H : array-like of shape (n_components, n_features)
        The parts; where some are below 0, red adds and blue takes away.
    shape : (h, w) or (h, w, 3)
        Shape of the picture.
    terms : int
        So many parts one by one, >= 1.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    row, w, H = one_picture(x, w, H, shape, "sum_of_parts")
    labels, parts, white = part_names(names, len(H)), taken_apart(w, H, max(terms, 1)), white_of(row)
    limit = term_limit(parts.terms)
    title = "One picture, and the parts it is a sum of" if title is None else title
    cmap, low = scale_of(parts.terms)
    from_ = short(low * limit)
    about = "each part as what it adds to this picture, all on one scale" + ("; blue takes away" if low else "")
    pooled = len(parts.order) - len(parts.terms)
    tiles = 3 + len(parts.terms) + (pooled > 0)
    side = min((WIDTH - (tiles - 1) * SIGN) / tiles, 1.5)
    tall = side * shape[0] / shape[1]
    head = heading_height(title, about)
    with styled():
        board = Board(WIDTH, head + tall + 0.52)
        board.heading(title, about, WIDTH - bar_room(from_, short(limit)) - 0.3)
        if len(shape) == 2:
            board.colour_bar(WIDTH, head - 0.21, cmap, from_, short(limit))
        strip = _Strip(board, head, side, tall, shape, white, cmap, low)
        strip.picture(row, "", "Picture", "")
        for index, term in zip(parts.order, parts.terms, strict=False):
            name, share = labels[index][0], percent(parts.share[index], 0)
            strip.term(
                term, limit, "≈" if strip.count == 1 else "+", f"{weight(float(w[index]))} ×", name, f"{share} of light"
            )
        if pooled:
            share = percent(float(parts.share[parts.order[len(parts.terms) :]].sum()), 0)
            strip.others(parts.others, f"{pooled} more parts", f"{share} of light")
        strip.picture(
            parts.whole, "=" if len(parts.order) else "≈", "Sum of parts", f"{len(parts.order)} of {len(H)} used"
        )
        strip.rest(left_over(row, parts.whole, shape), relative_error(row, parts.whole))
        return board.figure


def term_limit(terms: NDArray[np.float32]) -> float:
    """Return the upper end of the scale for terms: the 99.9 % pixel of the brightest, to two digits."""
    size = np.abs(terms)
    bright = float(np.quantile(size, 0.999, axis=1).max(initial=0.0)) if len(terms) else 0.0
    bright = bright or float(size.max(initial=0.0))
    return float(f"{bright:.2g}") if bright > 0 else 1.0


class _Strip:
    """Tiles from left to right, with a sign before each but the first."""

    def __init__(
        self, board: Board, y: float, side: float, tall: float, shape: Shape, white: float, cmap: str, low: float
    ) -> None:
        self.board, self.y, self.side, self.tall, self.shape, self.white = board, y, side, tall, shape, white
        self.cmap, self.low = cmap, low
        self.count = 0

    def _place(
        self, picture: NDArray[Any], cmap: str, limits: tuple[float, float], sign: str, words: tuple[str, ...]
    ) -> None:
        x = self.count * (self.side + SIGN)
        if sign:
            self.board.text(x - SIGN / 2, self.y + self.tall / 2, sign, size=13, color=INK_3, ha="center", va="center")
        self.board.picture(picture, (x, self.y, self.side, self.tall), cmap, limits)
        for line, (text, ink) in enumerate(zip(words, (INK, INK_2, INK_3), strict=False)):
            self.board.text(
                x, self.y + self.tall + 0.16 + 0.155 * line, text, room=self.side + 0.1, bold=line == 0, color=ink
            )
        self.count += 1

    def picture(self, row: NDArray[Any], sign: str, *words: str) -> None:
        """Place something that looks like a picture: the picture itself or a sum of parts."""
        picture = as_picture(row, self.shape)
        picture = picture / np.float32(self.white) if picture.ndim == 3 else picture
        self._place(picture, PICTURE, (0, self.white), sign, words)

    def term(self, row: NDArray[Any], limit: float, sign: str, *words: str) -> None:
        """Place one term, weight x part."""
        picture = as_picture(row, self.shape)
        picture = picture / np.float32(limit) if picture.ndim == 3 else picture
        self._place(picture, self.cmap, (self.low * limit, limit), sign, words)

    def others(self, row: NDArray[Any], *words: str) -> None:
        """Place the sum of the parts that have no tile: it looks like a picture, unless parts take away."""
        if not self.low:
            self.picture(row, "+", "The others", *words)
        else:
            self.term(row, self.white, "+", "The others", *words)

    def rest(self, rest: NDArray[Any], error: float) -> None:
        """Place what is left over, after a gap instead of a sign."""
        limit = ERROR_LIMIT * self.white
        words = ("Left over", f"{percent(error)} error", "red: missing")
        self._place(rest, ERROR, (-limit, limit), "", words)

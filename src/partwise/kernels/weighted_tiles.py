"""Passes over entries with weights, tile by tile: what an estimate leaves of them, and how divergences pull."""

import math

import numpy as np

from partwise.kernels.divergence import Law, over_tiles, weigh


def misfit(X: np.ndarray, weights: np.ndarray, W: np.ndarray, H: np.ndarray, by_rows: bool) -> tuple[np.ndarray, float]:
    """Return ``weights * (X - W'H)``, and ``sum weights * (X - W'H)^2``, for arrays in C order, tile by tile."""
    out = np.empty_like(X)
    sums: dict[tuple[int, int], float] = {}

    def visit(r: slice, c: slice, estimate: np.ndarray) -> None:
        np.subtract(X[r, c], estimate, out=estimate)
        np.multiply(weights[r, c], estimate, out=out[r, c])
        # the sums of lines are in the precision of X, the sum of them is not
        sums[r.start, c.start] = float(np.einsum("ij,ij->i", out[r, c], estimate).sum(dtype=np.float64))

    over_tiles(W, H, by_rows, visit)
    return out, math.fsum(sums.values())


def along(weights: np.ndarray, left: np.ndarray, right: np.ndarray, by_rows: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return ``weights * left' right``, and ``sum weights * (left' right)^2`` of every row, or else of every column."""
    out = np.empty_like(weights)
    sums = np.zeros(weights.shape[0 if by_rows else 1])
    form = "ij,ij->i" if by_rows else "ij,ij->j"

    def visit(r: slice, c: slice, estimate: np.ndarray) -> None:
        np.multiply(weights[r, c], estimate, out=out[r, c])
        sums[r if by_rows else c] += np.einsum(form, out[r, c], estimate)

    over_tiles(left, right, by_rows, visit)
    return out, sums


def weighted_pulls(
    X: tuple[np.ndarray, np.ndarray], factors: tuple[np.ndarray, np.ndarray], law: Law, by_rows: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pulls up and down on the left factor (by rows) or on the right, each entry with its weight.

    X holds entries and weights, (m, n) in C order; the entries are ~ ``left' right``.
    """
    (entries, weights), (left, right) = X, factors
    up, down = (np.zeros_like(left if by_rows else right) for _ in range(2))
    kind = up.dtype.type
    floor, power, halves = kind(law.floor), kind(law.beta - 2), law.halves(law.beta - 2)

    def visit(r: slice, c: slice, estimate: np.ndarray) -> None:
        lower = np.empty_like(estimate)
        weigh(entries[r, c], estimate, lower, floor, power, halves)
        for sums, pulls in ((up, estimate), (down, lower)):
            np.multiply(pulls, weights[r, c], out=pulls)
            if by_rows:
                sums[:, r] += right[:, c] @ pulls.T
            else:
                sums[:, c] += left[:, r] @ pulls

    over_tiles(left, right, by_rows, visit)
    return up, down

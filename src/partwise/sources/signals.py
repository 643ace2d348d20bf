"""Three signals mixed into a hundred measurements: made data whose true sources are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .tables import Table

NAMES = ("sine", "square", "sawtooth")
N_SAMPLES, N_MIXTURES, SECONDS, NOISE = 2000, 100, 8.0, 0.2


@dataclass(frozen=True, eq=False)
class Signals:
    """Sources, and how they were mixed.

    Attributes
    ----------
    time : ndarray of shape (2000,)
        Seconds, from 0 to 8.
    sources : ndarray of shape (2000, 3)
        The true signals, a column each: standard deviation 1, smallest value 0.
    mixing : ndarray of shape (100, 3)
        How much of each source every mixture has, in [0, 1].
    names : tuple of str
        What the sources are called.
    """

    time: np.ndarray
    sources: np.ndarray
    mixing: np.ndarray
    names: tuple[str, ...] = NAMES

    @property
    def mixtures(self) -> np.ndarray:
        """What is measured, ``sources @ mixing.T`` of shape (2000, 100); all that a model may see."""
        return self.sources @ self.mixing.T


def make_signals() -> Signals:
    """Make a sine, a square and a sawtooth wave with noise, all >= 0, and mix them into 100 measurements.

    ``sin(2 t)``, ``sign(sin(3 t))`` and a sawtooth of period 1 at 2,000 times from 0 to 8; normal noise of standard
    deviation 0.2; each divided by its standard deviation, less its own smallest value; mixed by
    ``RandomState(0).uniform(size=(100, 3))``. The same numbers at every call.

    Each source comes down to 0. A factorization of the mixtures is unique only because of that: a source with a floor
    under it can give some of the floor away to the others, and many answers fit the mixtures exactly.

    ``NMF(3, tol=1e-6, max_iter=5000)`` finds each source with a correlation above 0.99 from every start; at the default
    tolerance of 1e-4 the fit stops while the sources are still mixed (about 0.95).

    Returns
    -------
    Signals

    Examples
    --------
    >>> signals = make_signals()
    >>> signals.sources.shape, signals.mixtures.shape
    ((2000, 3), (2000, 100))
    """
    time = np.linspace(0, SECONDS, N_SAMPLES)
    waves = np.column_stack([np.sin(2 * time), np.sign(np.sin(3 * time)), 2 * (time % 1) - 1])
    waves += NOISE * np.random.RandomState(0).normal(size=waves.shape)
    waves /= waves.std(axis=0)
    waves -= waves.min(axis=0)
    return Signals(time, waves, np.random.RandomState(0).uniform(size=(N_MIXTURES, len(NAMES))))


def signals_table() -> Table:
    """Return the mixtures as a table, a row for each moment."""
    signals = make_signals()
    return Table(
        X=signals.mixtures,
        names=tuple(f"{second:.3f} s" for second in signals.time),
        feature_names=tuple(f"mixture {number + 1}" for number in range(N_MIXTURES)),
        origin="signals",
    )

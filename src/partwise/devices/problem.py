"""X ~ W H with X, W and H on a device: what `TwoFactors` asks of factors, asked there."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from partwise.devices.arrays import is_foreign
from partwise.devices.matrix import DeviceMatrix
from partwise.problems import State, TwoFactors


@dataclass(frozen=True)
class OnDevice(TwoFactors):
    """Minimise ``1/2 ||X - W H||^2`` and penalties where X lies; objective and residual are `TwoFactors`' own."""

    X: DeviceMatrix

    def start(self, W: Any, H: Any) -> State:
        """Return the state at (W, H), on the device wherever the factors were."""
        return super().start(*(F if is_foreign(F) else self.X.place.take(F) for F in (W, H)))

    def price(self, W: Any, H: Any) -> Any:
        """Return what the penalties add at (W, H), a number that stays on the device."""
        xp, wide = self.X.place.xp, self.X.place.wide
        total = xp.zeros((), dtype=wide, device=self.X.place.device)
        for penalty, F in ((self.penalty_W, W), (self.penalty_H, H)):
            if penalty.active:
                total = total + penalty.l1 * xp.sum(F, dtype=wide) + 0.5 * penalty.l2 * xp.sum(F * F, dtype=wide)
        return total

    def lengths(self, F: Any) -> np.ndarray:
        """Return the lengths of the components, (n_components,), on the host."""
        place = self.X.place
        return np.sqrt(place.bring(place.xp.sum(place.xp.astype(F, place.wide) ** 2, axis=1)).astype(np.float64))

    def stretched(self, F: Any, factor: np.ndarray) -> Any:
        """Return F with each component multiplied by a power of two, (n_components, 1)."""
        return F * self.X.place.xp.astype(self.X.place.take(factor.astype(self.X.dtype)), F.dtype)

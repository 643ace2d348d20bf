"""Half a squared distance on a device: gram matrices, cross products and sums are formed there."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from partwise.devices.matrix import DeviceMatrix
from partwise.losses import QuadraticHalf
from partwise.losses.frobenius import Frobenius
from partwise.losses.loss import Reading
from partwise.penalties import Elastic


@dataclass(frozen=True)
class DeviceHalf(QuadraticHalf):
    """``constant - <cross, F> + 1/2 <gram F, F>``, all of it on the device of X but the sums that are read."""

    X: DeviceMatrix

    def split_gradient(self, F: Any) -> tuple[Any, Any]:
        """Return (gram F + penalty, cross)."""
        plus = self.gram @ F
        if self.penalty.active:
            plus = plus + self.penalty.l1 + self.penalty.l2 * F
        return plus, self.cross

    def read(self, F: Any) -> Reading:
        """Take the sums on the device; a (n_components, 6) table is all that leaves it."""
        place = self.X.place
        xp, wide = place.xp, place.wide
        plus, minus = self.split_gradient(F)
        gradient = plus - minus
        free = xp.where(F > 0, gradient, xp.clip(gradient, max=0.0))
        products = (free * free, minus * minus, F * F, minus * F, plus * F, F)
        sums = xp.stack([xp.sum(one, axis=1, dtype=wide) for one in products], axis=1)
        return Reading(place.bring(sums).astype(np.float64))

    def loss(self, F: Any, reading: Reading) -> float:
        """Expand the square with gram matrices of double precision; where that would cancel, compute the distance."""
        found = float(self.expanded(F))
        noise = 1e3 * np.finfo(self.X.dtype).eps * self.constant
        return found if found > noise else 0.5 * self.X.squared_distance(F, self.fixed)

    def expanded(self, F: Any) -> Any:
        """Return the square expanded, a number that stays on the device.

        Gram matrices of single precision would hide what a step has gained near the end.
        """
        xp, wide = self.X.place.xp, self.X.place.wide
        held, own = xp.astype(self.fixed, wide), xp.astype(F, wide)
        return self.constant - xp.sum(self.cross * F, dtype=wide) + 0.5 * xp.sum((held @ held.T) * (own @ own.T))

    def folded(self) -> tuple[Any, Any]:
        """Return gram matrix and cross products with the penalty's share in them."""
        xp, penalty = self.X.place.xp, self.penalty
        gram, cross = self.gram, self.cross
        if penalty.l2 > 0:
            gram = gram + penalty.l2 * xp.eye(gram.shape[0], dtype=gram.dtype, device=self.X.place.device)
        return gram, cross - penalty.l1 if penalty.l1 > 0 else cross


class DeviceFrobenius(Frobenius):
    """The squared Euclidean distance to an X on a device."""

    def half(self, X: Any, H: Any, penalty: Elastic, **known: Any) -> DeviceHalf:
        """Spend the half-step's one product with X."""
        return DeviceHalf(X, H, known["gram"] if "gram" in known else H @ H.T, X.dot(H), penalty)

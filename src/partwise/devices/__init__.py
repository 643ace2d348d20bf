"""X on a device: which arrays are not NumPy's, products where they lie, and a step made of products only."""

from partwise.devices import codes  # noqa: F401  (registers how codes are solved there)
from partwise.devices.arrays import Place, is_foreign
from partwise.devices.halves import DeviceFrobenius, DeviceHalf
from partwise.devices.matrix import DeviceMatrix
from partwise.devices.problem import OnDevice
from partwise.devices.products import DeviceGradient

__all__ = [
    "DeviceFrobenius",
    "DeviceGradient",
    "DeviceHalf",
    "DeviceMatrix",
    "OnDevice",
    "Place",
    "is_foreign",
]

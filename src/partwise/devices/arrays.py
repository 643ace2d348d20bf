"""Arrays that are not NumPy's: which they are, where they lie, and the way there and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

OF_DEVICES = ("torch", "cupy", "cupyx", "jax", "jaxlib", "array_api_strict")  # packages whose arrays are taken
NOT_OF_DEVICES = ("numpy", "dask")  # what else has a namespace, and ways of its own


def is_foreign(X: Any) -> bool:
    """Say whether X is an array of another namespace than NumPy's; nothing is imported to know it."""
    package = type(X).__module__.partition(".")[0]
    if package in OF_DEVICES:
        return hasattr(X, "shape")
    return hasattr(X, "__array_namespace__") and not isinstance(X, np.ndarray) and package not in NOT_OF_DEVICES


@dataclass(frozen=True)
class Place:
    """A namespace and a device of it.

    Parameters
    ----------
    xp : module
        Of the array API standard, by array-api-compat.
    device : object
        As the namespace calls it.
    """

    xp: Any
    device: Any

    @classmethod
    def of(cls, array: Any) -> "Place":
        """Return where an array lies.

        Raises
        ------
        ImportError
            Where array-api-compat is not installed.
        """
        import array_api_compat

        return cls(array_api_compat.array_namespace(array), array_api_compat.device(array))

    @classmethod
    def of_torch(cls, device: str) -> "Place":
        """Return a device of PyTorch, once a number has been put there.

        Raises
        ------
        ImportError
            Where array-api-compat or torch is not installed.
        RuntimeError, AssertionError
            Where torch does not know the device or cannot reach it.
        """
        import array_api_compat.torch as xp
        import torch

        torch.zeros(1, device=device)
        return cls(xp, torch.device(device))

    @property
    def is_torch(self) -> bool:
        """Whether its arrays are PyTorch's."""
        return str(self.xp.__name__).endswith("torch")

    @property
    def wide(self) -> Any:
        """The dtype of sums: float64, unless the device has none."""
        return self.xp.float32 if getattr(self.device, "type", "") == "mps" else self.xp.float64

    def take(self, array: Any) -> Any:
        """Return an array here: a copy of NumPy's, or one that lies elsewhere, moved; one that is here as it is."""
        if not is_foreign(array):
            array = np.asarray(array)
            # PyTorch shares memory with NumPy's arrays, of which it wants that they can be written to
            if not array.flags.writeable or any(stride < 0 for stride in array.strides):
                array = array.copy()
            return self.xp.asarray(array, device=self.device)
        import array_api_compat

        there = Place.of(array)
        if there.xp.__name__ != self.xp.__name__:
            return self.take(there.bring(array))
        return array_api_compat.to_device(array, self.device)

    def take_sums(self, array: np.ndarray) -> Any:
        """Return sums here, in the widest dtype that there is."""
        return self.xp.asarray(array.astype(str(self.wide).rpartition(".")[2]), device=self.device)

    def positive(self, array: Any) -> Any:
        """Return an array cut at 0.

        array-api-compat's own `clip` asks some devices which entries are below, and the host would wait for the answer.
        """
        if self.is_torch:
            return array.clamp(min=0.0)
        return self.xp.maximum(array, self.xp.zeros((), dtype=array.dtype, device=self.device))

    def wait(self) -> None:
        """Return when the device has done what it was asked for: PyTorch and cupy only note it down for a GPU."""
        kind = getattr(self.device, "type", "")
        if self.is_torch and kind in ("cuda", "mps"):
            import torch

            if kind == "cuda":
                torch.cuda.synchronize(self.device)
            else:
                torch.mps.synchronize()
        elif hasattr(self.device, "synchronize"):  # cupy
            self.device.synchronize()

    def bring(self, array: Any) -> np.ndarray:
        """Return an array of this place as one of NumPy's, in C order."""
        if self.is_torch:
            array = array.detach().cpu().numpy()
        elif hasattr(array, "get"):  # cupy
            array = array.get()
        elif str(self.xp.__name__).endswith("array_api_strict"):
            array = self.xp.asarray(array, device=self.xp.Device("CPU_DEVICE"))
        return np.ascontiguousarray(np.asarray(array)) if array.shape else np.asarray(array)

    @contextmanager
    def full_precision(self, tf32: bool = False) -> Iterator[None]:
        """Have products in single precision as precise as they can be; with `tf32` in TensorFloat-32, 10 bits of 24.

        What PyTorch was set to before is restored.
        """
        if not self.is_torch:
            yield
            return
        import torch

        products = torch.backends.cuda.matmul
        name, values = "fp32_precision", ("ieee", "tf32")  # what PyTorch before 2.9 calls otherwise
        if not hasattr(products, name):
            name, values = "allow_tf32", (False, True)  # type: ignore[assignment]
        before = getattr(products, name)
        setattr(products, name, values[tf32])
        try:
            yield
        finally:
            setattr(products, name, before)


def dtype_of(array: Any) -> np.dtype[Any] | None:
    """Return NumPy's dtype of the same name; None where there is none (bfloat16)."""
    try:
        return np.dtype(str(array.dtype).rpartition(".")[2])
    except TypeError:
        return None

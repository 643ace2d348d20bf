"""Pictures of one size as a matrix, one row a picture, and the way back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from .dataset import Dataset, PictureFile


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageSet(Dataset):
    """Pictures of one size, flattened to rows.

    Attributes
    ----------
    shape : (height, width) or (height, width, 3)
        The shape of one picture; a row is its values in C order.
    from_files : sequence of PictureFile or None
        The file of each row; None where they come from no files, or have been changed since.
    """

    OF_ROWS: ClassVar = (*Dataset.OF_ROWS, "from_files")

    shape: tuple[int, ...]
    from_files: Sequence[PictureFile] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.from_files is not None and len(self.from_files) != self.n_samples:
            raise ValueError(f"ImageSet needs files for {self.n_samples} rows, one each, got {len(self.from_files)}.")
        if len(self.shape) not in (2, 3) or (len(self.shape) == 3 and self.shape[2] != 3):
            raise ValueError(f"ImageSet needs shape (height, width) or (height, width, 3), got {self.shape}.")
        if math.prod(self.shape) != self.n_features:
            raise ValueError(
                f"ImageSet of shape {self.shape} needs rows of {math.prod(self.shape)} values, got {self.n_features}."
            )

    @classmethod
    def from_array(
        cls,
        X: np.ndarray,
        shape: tuple[int, ...] | None = None,
        *,
        names: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
        origin: str = "array",
    ) -> ImageSet:
        """Make a set from rows or from a stack of pictures.

        Parameters
        ----------
        X : ndarray
            Rows, (n, height * width) or (n, height * width * 3), with `shape`; or a stack, (n, height, width) or
            (n, height, width, 3). Bytes (uint8) are divided by 255, floats are taken as they are.
        shape : tuple, optional
            The shape of one picture; needed for rows only.
        names : sequence of str, optional
            "1", "2", ... if not given.
        labels : sequence of str, optional
            One class for each picture.
        origin : str
            Where the pictures come from.

        Raises
        ------
        ValueError
            The shapes do not fit together.
        """
        X = np.asarray(X)
        if shape is None:
            if X.ndim not in (3, 4):
                raise ValueError(f"from_array needs shape=(height, width) for rows, got X of shape {X.shape} alone.")
            shape = X.shape[1:]
        rows = X.reshape(len(X), -1)
        if rows.dtype == np.uint8:
            rows = rows / np.float32(255)
        elif rows.dtype not in (np.float32, np.float64):
            rows = rows.astype(np.float32)
        return cls(
            X=np.ascontiguousarray(rows),
            shape=tuple(int(side) for side in shape),
            names=tuple(names) if names is not None else tuple(str(place + 1) for place in range(len(X))),
            labels=tuple(labels) if labels is not None else None,
            origin=origin,
        )

    @property
    def kind(self) -> str:
        """``"pictures"``."""
        return "pictures"

    def memory(self) -> dict[str, Any]:
        """Return the shape of a picture."""
        return {"shape": list(self.shape)}

    @property
    def files(self) -> Sequence[PictureFile] | None:
        """The file of each row; None where they come from no files."""
        return self.from_files

    def thumbnail(self, row: int) -> bytes:
        """Return a small JPEG of a picture: of its file, in its own colours, else of its row."""
        from .thumbnails import thumbnail_of_values

        made = self.from_files[row].thumbnail if self.from_files is not None else None
        return made if made is not None else thumbnail_of_values(self.picture(self.X[row]))

    @property
    def color(self) -> str:
        """``"gray"`` or ``"rgb"``."""
        return "rgb" if len(self.shape) == 3 else "gray"

    def picture(self, row: np.ndarray) -> np.ndarray:
        """Undo the flattening: return a row, or a part of the model, as a picture.

        Parameters
        ----------
        row : ndarray of shape (n_features,)
            Any values.

        Returns
        -------
        ndarray of shape `shape`
            A view where NumPy can give one.

        Raises
        ------
        ValueError
            The row has another length.
        """
        row = np.asarray(row)
        if row.shape != (self.n_features,):
            raise ValueError(f"picture needs a row of {self.n_features} values, got an array of shape {row.shape}.")
        return row.reshape(self.shape)

    def resized(self, size: tuple[int, int], resize: str = "crop") -> ImageSet:
        """Return the set with all pictures brought to another (height, width); values stay in [0, 1].

        Parameters
        ----------
        size : (height, width)
            In pixels.
        resize : {"crop", "pad", "stretch"}
            See `fit`.
        """
        from PIL import Image

        from .choices import RESIZES, checked_choice, checked_size
        from .decode import Frame, write_floats
        from .resizing import fit

        frame = Frame(checked_size(size), self.color, checked_choice("resize", resize, RESIZES))
        if frame.shape == self.shape:
            return self
        X = np.empty((self.n_samples, math.prod(frame.shape)), dtype=np.float32)
        for row, new in zip(self.X, X, strict=True):
            old = self.picture(row).astype(np.float32).reshape(*self.shape[:2], -1)
            channels = new.reshape(*frame.size, -1)
            for channel in range(old.shape[2]):
                plane = Image.fromarray(np.ascontiguousarray(old[:, :, channel]))
                write_floats(fit(plane, frame.size, frame.resize), channels[:, :, channel])
        return replace(self, X=X, shape=frame.shape, from_files=None)

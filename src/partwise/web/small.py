"""Parts made small, where many are shown at once."""

import numpy as np
from PIL import Image


def shrunk(picture: np.ndarray, side: int) -> np.ndarray:
    """Return a picture, (height, width) or (height, width, channels), whose longest side is at most `side` pixels."""
    height, width = picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    planes = picture.astype(np.float32).reshape(height, width, -1)
    small = [
        np.asarray(Image.fromarray(np.ascontiguousarray(planes[:, :, channel])).resize(size, Image.Resampling.BOX))
        for channel in range(planes.shape[2])
    ]
    return small[0] if picture.ndim == 2 else np.stack(small, axis=2)

"""The swimmer: 256 pictures of a torso with four limbs in four positions each, whose parts are known.

Donoho & Stodden 2003, "When does non-negative matrix factorization give a correct decomposition into parts?"
"""

from __future__ import annotations

from itertools import product

import numpy as np

SIDE, LENGTH = 22, 5  # pixels of a picture's side, and of a limb
TOP, BOTTOM, LEFT, RIGHT = 7, 14, 10, 11  # of the torso
# of each limb its joint and the four directions, rows down and columns to the right, none of which meets another limb's
LIMBS = (
    ((TOP, LEFT), ((-1, 0), (-1, -1), (0, -1), (1, -1))),
    ((TOP, RIGHT), ((-1, 0), (-1, 1), (0, 1), (1, 1))),
    ((BOTTOM, LEFT), ((1, 0), (1, -1), (0, -1), (-1, -1))),
    ((BOTTOM, RIGHT), ((1, 0), (1, 1), (0, 1), (-1, 1))),
)


def make_swimmers() -> np.ndarray:
    """Draw every swimmer: one picture for each way to hold four limbs.

    A part of each limb in each position, 16 in all, and the torso; since the torso is always there it can be drawn as a
    share of the limbs, and 16 parts rebuild the pictures exactly.

    Returns
    -------
    ndarray of shape (256, 22, 22)
        0 and 1, float32.
    """
    pictures = np.zeros((4 ** len(LIMBS), SIDE, SIDE), np.float32)
    pictures[:, TOP : BOTTOM + 1, LEFT : RIGHT + 1] = 1
    for picture, held in zip(pictures, product(range(4), repeat=len(LIMBS)), strict=True):
        for (joint, ways), one in zip(LIMBS, held, strict=True):
            for step in range(1, LENGTH + 1):
                picture[joint[0] + step * ways[one][0], joint[1] + step * ways[one][1]] = 1
    return pictures

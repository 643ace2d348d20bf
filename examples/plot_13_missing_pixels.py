"""
Holes in pictures: what the parts know of what is missing
=========================================================

A block is erased in one of ten faces, and those pixels count as missing: the parts are learned from
all others, the code of a face from what is left of it. Then the parts say what stands in the hole.
"""

# %%
# The faces, and the holes
# ------------------------
# A missing entry is NaN, or an entry of weight 0.

import example_data
import numpy as np
from showing import show

from partwise import NMF, plots

faces = example_data.load("olivetti")
height, width = faces.shape
rng = np.random.default_rng(3)
known = np.ones((faces.n_samples, height, width), bool)
erased = np.arange(3, faces.n_samples, 10)
for row in erased:
    top, left = rng.integers(0, height - 25), rng.integers(0, width - 25)
    known[row, top : top + 26, left : left + 26] = False
known = known.reshape(faces.X.shape)
X = np.where(known, faces.X, np.nan)
print(f"{(~known).sum()} of {known.size} pixels are missing")

# %%
# Parts of what is known
# ----------------------
# A light penalty keeps parts that are only seen around a hole from running away inside it.

n_components = example_data.few(120, 20)
model = NMF(n_components, missing="mask", alpha_W=5e-4, max_iter=200, random_state=0)
codes = model.fit_transform(X)
print(model.stopped_)

# %%
# What was in the holes
# ---------------------
# `fill` leaves known entries bit for bit as they are.

filled = np.clip(model.fill(X), 0, 1)
assert np.array_equal(filled[known], X[known])
shown = erased[:: max(1, len(erased) // 6)][:6]
show(
    plots.restored(
        faces.X[shown],
        known[shown],
        filled[shown],
        faces.shape,
        names=[faces.names[row] for row in shown],
    )
)

# %%
# Half of all pixels
# ------------------
# Holes need not be blocks. Here half of the pixels of every face are hidden, at random places.

half = rng.random(faces.X.shape) < 0.5
sparse = np.where(half, faces.X, np.nan)
model = NMF(n_components, missing="mask", alpha_W=5e-4, max_iter=100, random_state=0)
filled = np.clip(model.fit(sparse).fill(sparse), 0, 1)
error = np.linalg.norm((filled - faces.X)[~half]) / np.linalg.norm(faces.X[~half])
print(f"relative error of the hidden half: {error:.3f}")
show(
    plots.restored(
        faces.X[shown],
        half[shown],
        filled[shown],
        faces.shape,
        title="Half of the pixels hidden",
    )
)

"""
NMF and OPNMF, of faces as they are and transposed
==================================================

Orthonormal projective NMF (Yang & Oja 2010) learns one factor W and rebuilds X as W W'X. Its
columns hardly overlap, so they are parts and groups at once: of pixels where W has a row for
each pixel, of people where it has one for each picture. ``orientation`` says which, without a
transposed matrix by hand.
"""

# %%
# The Olivetti faces: 400 pictures of 40 people, 64 x 64.

import example_data
import numpy as np
from showing import show
from sklearn.decomposition import PCA

from partwise import NMF, OPNMF, plots
from partwise.models.canonical import normalized

faces = example_data.load("olivetti")
X, k = faces.X, 6


def error(estimate):
    """Return the relative error of an estimate of X."""
    return np.linalg.norm(X - estimate) / np.linalg.norm(X)


def told(model):
    """Return how far W W'X is from X, and W'W from I."""
    return f"error {model.reconstruction_err_:.3f}, W'W from I {model.orthonormality_:.3f}"


# %%
# As they are, and transposed
# ---------------------------
# ``orientation="samples"``: W has a row for each picture, so it puts pictures together.
# ``orientation="features"``: it has a row for each pixel. ``solver="multiplicative"`` is the
# update as it was published, ``tol`` bounds its change; ``orthonormality_`` is ``||W'W - I||``,
# because a name promises nothing.

published = {"solver": "multiplicative", "tol": 5e-3, "random_state": 0}
pictures = OPNMF(k, orientation="samples", **published)
picture_codes = pictures.fit_transform(X)
pixels = OPNMF(k, orientation="features", **published)
pixel_codes = pixels.fit_transform(X)
for words, model in (("as they are", pictures), ("transposed", pixels)):
    print(f"{words}: {model.n_iter_} iterations, {told(model)}")

# %%
# Components of three methods
# ---------------------------
# OPNMF divides the face among its parts; NMF lets them overlap and comes nearer to the
# pictures; PCA comes nearest and needs to take away what it has added too much.

nmf = NMF(k, max_iter=500, random_state=0)
nmf, nmf_codes = normalized(nmf, nmf.fit_transform(X))
pca = PCA(k, random_state=0).fit(X)
components = {"NMF": nmf.components_, "OPNMF": pixels.components_, "PCA": pca.components_}
errors = {
    "NMF": error(nmf_codes @ nmf.components_),
    "OPNMF": error(pixel_codes @ pixels.components_),
    "PCA": error(pca.inverse_transform(pca.transform(X))),
}
show(plots.components_beside(components, faces.shape, errors=errors))

# %%
# Parts of the faces as they are
# ------------------------------
# Here W is about pictures, and the parts ``W'X`` are mixed faces: each is the middle of those
# who go together.

title = "OPNMF of the faces as they are"
show(plots.parts_gallery(pictures.components_, faces.shape, scale="own", title=title))

# %%
# Who goes with whom
# ------------------
# W of the faces as they are, a row for each picture: all use the first part, and nearly each of
# them one other.

title = "W of the faces as they are: pictures"
show(plots.clustermap(pictures.projection_, samples_are="pictures", title=title))

# %%
# W of the transposed faces, a row for each pixel (two thousand of them are drawn): the blocks
# are regions of the face.

title = "W of the transposed faces: pixels"
show(plots.clustermap(pixels.projection_, samples_are="pixels", title=title))

# %%
# NMF's codes beside them: pictures are sums of several parts, and there are no blocks.

show(plots.clustermap(nmf_codes, samples_are="pictures", title="W of NMF: pictures"))

# %%
# What the published stop leaves undone
# -------------------------------------
# The update has slowed down, it has not arrived: its first column lies over all others, and
# ``||W'W - I||`` says so. The default solver takes projected quasi-Newton steps to the same
# objective and goes on to a certificate. It ends far lower, with columns that share out the
# pixels.

fast = OPNMF(k, orientation="features", random_state=0).fit(X)
for words, model in (("as published", pixels), ("default", fast)):
    print(f"{words}: {told(model)}, KKT residual {model.kkt_residual_:.1e}")
title = "OPNMF of the transposed faces, converged"
show(plots.parts_gallery(fast.components_, faces.shape, scale="own", title=title))

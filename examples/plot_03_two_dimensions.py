"""
What a part is, in two dimensions
=================================

Data with two features can be drawn, and so can what NMF does with them. Its parts are
directions, its codes say how far to go along each, and nobody ever goes backwards: so the parts
have to enclose the data.
"""

# %%
# Points, some more along one feature, some more along the other.

import numpy as np
from showing import show
from sklearn.decomposition import PCA

from partwise import NMF, plots

rng = np.random.default_rng(3)
across = rng.beta(1.2, 1.2, size=(120, 1))
directions = across * [3.0, 0.9] + (1 - across) * [0.7, 2.6]
points = rng.uniform(0.3, 1.2, size=(120, 1)) * directions + rng.normal(
    scale=0.05, size=(120, 2)
).clip(-0.1, 0.1)

# %%
# Two parts, and one
# ------------------
# With two parts the arrows lie at the edges of the cloud: each point between them is a sum of
# both, and is rebuilt exactly. With one part there is one direction left, close to that of the
# mean, and all points are moved onto it. PCA's first axis would go through the mean in the
# direction in which the points differ most; NMF's goes from 0, because 0 is where nothing is.

factors = []
for k in (2, 1):
    model = NMF(k, init="random", n_init=5, tol=1e-8, max_iter=2000, random_state=0)
    factors.append((model.fit_transform(points), model.components_))
show(plots.parts_in_the_plane(points, factors))

# %%
# Parts have no order of their own, and none is the first: with one part fewer all of them
# change. The first axis of PCA stays what it was, whatever comes after it.

print("directions of two parts:", np.degrees(np.arctan2(*factors[0][1].T[::-1])).round(1))
print("direction of one part:  ", np.degrees(np.arctan2(*factors[1][1].T[::-1])).round(1))
axis = PCA(1).fit(points).components_[0]
print("first axis of PCA:      ", np.degrees(np.arctan2(axis[1], axis[0])).round(1))

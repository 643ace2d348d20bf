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
noise = rng.normal(scale=0.05, size=(120, 2)).clip(-0.1, 0.1)
points = rng.uniform(0.3, 1.2, size=(120, 1)) * directions + noise

# %%
# Two parts, and one
# ------------------
# Two arrows enclose the cloud: each point between them is a sum of both, and is rebuilt
# exactly. Any other two directions that enclose it do as well, so which ones are found depends
# on the start; the less room there is around the data, the less choice. With one part there is
# one direction left, close to that of the mean, and all points are moved onto it. PCA's first
# axis would go through the mean in the direction in which the points differ most; NMF's goes
# from 0, because 0 is where nothing is.

factors = []
for k in (2, 1):
    model = NMF(k, init="random", n_init=5, tol=1e-8, max_iter=2000, random_state=0)
    factors.append((model.fit_transform(points), model.components_))
show(plots.parts_in_the_plane(points, factors))

# %%
# Parts have no order of their own, and none is the first: with one part fewer all of them
# change. The first axis of PCA stays what it was, whatever comes after it.


def degrees(directions):
    """Return the angles of directions above the first feature."""
    return np.degrees(np.arctan2(directions[:, 1], directions[:, 0])).round(1)


print("directions of two parts:", degrees(factors[0][1]))
print("direction of one part:  ", degrees(factors[1][1]))
print("first axis of PCA:      ", degrees(PCA(1).fit(points).components_))

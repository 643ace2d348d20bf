"""
Deep parts: faces of parts of parts, topics of topics
=====================================================

A hundred fine parts, forty-nine made of them, ten made of these: X ~ W H3 H2 H1. Layers are
learned one after the other and then refined together, which never ends above where the layers
alone had come.
"""

# %%
# Faces first. Each layer is multiplied through to the pixels, so every part of every layer is a
# picture.

import example_data
from showing import show

from partwise import DeepNMF, plots

faces = example_data.load("orl")
layers = example_data.few((100, 49, 10), (12, 6, 3))
model = DeepNMF(layers=layers, tol=1e-3, random_state=0)
codes = model.fit_transform(faces.X)
print(model.stopped_)
print(
    f"deepest layer: error {model.greedy_error_:.4f} alone, {model.layer_errors_[-1]:.4f} refined"
)
print("error of each layer:", model.layer_errors_.round(4))

# %%
# From a face down to its parts
# -----------------------------
# The deepest parts above, below each the parts that it is made of, and below those theirs. A
# line is as thick as the share.

show(plots.deep_tree(model.layer_components_, model.layer_factors_, faces.shape))

# %%
# The layers, each for itself
# ---------------------------
# Fine parts are spots, coarse ones are faces.

for components in model.layer_components_[::-1]:
    some = components[:30]
    title = f"{len(some)} of {len(components)} parts"
    show(plots.parts_gallery(some, faces.shape, scale="own", columns=10, title=title))

# %%
# Two other kinds
# ---------------
# ``"semi"`` lets the layers have any sign: nearer to the pictures, and its parts take away as
# PCA's do. ``"kl"`` counts the error of every layer, by the divergence that suits counts.

for kind in ("semi", "kl"):
    other = DeepNMF(layers=layers, kind=kind, tol=1e-2, random_state=0).fit(faces.X)
    print(f"{kind}: {other.greedy_error_:.4f} alone, {other.layer_errors_[-1]:.4f} refined")

# %%
# Topics of topics
# ----------------
# The same on 20 newsgroups: sixty narrow topics, and ten wide ones made of them.

posts = example_data.load("newsgroups")
layers = example_data.few((60, 25, 10), (8, 5, 3))
topics = DeepNMF(layers=layers, tol=1e-3, random_state=0).fit(posts.X)
print(topics.stopped_)
show(plots.topic_tree(topics.layer_components_, topics.layer_factors_, posts.feature_names))

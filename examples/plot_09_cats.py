"""
Cats: parts, reconstructions, and codes that know cat from cat
==============================================================

Nine thousand pictures of cats' faces, 64 x 64, and nobody says what is in them. Forty-nine
parts hold ears, eyes, muzzles and patches of fur; forty-nine numbers a cat then are enough to
sort the cats into groups, and to say something of the colour of a cat from a picture without
colours.
"""

# %%
# The archive has 15,747 files of which 9,303 are distinct; one of each is kept. A quarter of
# them is put aside: they stand for the pictures that come later.

import example_data
import numpy as np
from showing import show
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, normalize

from partwise import NMF, plots
from partwise.models.canonical import normalized

cats = example_data.load("cats")
old, new = train_test_split(np.arange(cats.n_samples), test_size=0.25, random_state=0)
print(f"{cats.n_samples} distinct cats, {len(cats.duplicates)} files repeat one of them")

# %%
# Forty-nine parts
# ----------------
# The bar below a part is its share of all the light.

model = NMF(n_components=example_data.few(49, 9), max_iter=300, random_state=0)
model, codes = normalized(model, model.fit_transform(cats.X[old]))
print(model.stopped_)
show(plots.parts_gallery(model.components_, cats.shape, W=codes))

# %%
# Cats that the parts have never seen
# -----------------------------------
# ``transform`` solves each new picture exactly, on its own: what comes with it does not matter.

new_codes = model.transform(cats.X[new])
rebuilt = new_codes @ model.components_
errors = np.linalg.norm(cats.X[new] - rebuilt, axis=1) / np.linalg.norm(cats.X[new], axis=1)
spread = np.argsort(errors)[np.linspace(0, len(new) - 1, 8).astype(int)]
shown, made = cats.X[new[spread]], rebuilt[spread]
title = "New cats, from the best rebuilt to the worst"
show(plots.reconstructions(shown, made, cats.shape, title=title))

# %%
# Groups of cats
# --------------
# k-means on the codes, each scaled to length 1 so that a dark picture of a cat is near a bright
# one of it. A row is a group: the mean of its codes as a picture, then the cats that are
# nearest to it.

directions = normalize(codes)
groups = KMeans(n_clusters=example_data.few(10, 3), n_init=5, random_state=0).fit(directions)
nearness = normalize(groups.cluster_centers_) @ directions.T
middles = groups.cluster_centers_ @ model.components_
names = [f"{count:,} cats" for count in np.bincount(groups.labels_)]
title = "Groups: the mean of each, and who is nearest to it (cosine)"
look = {"parts": range(len(middles)), "names": names, "title": title}
show(plots.top_pictures(cats.X[old], nearness.T, middles, cats.shape, **look))

# %%
# The colour of a cat from a grey picture
# ---------------------------------------
# The same pictures in colour say which cats are ginger: much more red than blue in the middle
# of the picture. The codes, learned from grey pictures, have never seen a colour. A linear
# classifier on 49 numbers, on as many of PCA, and on the pictures at 16 x 16 is asked about the
# cats that were put aside; 0.5 is guessing, 1 is always right. What there is to know comes from
# the coat's pattern, so nobody comes near 1; and the parts lose nothing by being parts.

colours = example_data.load("cats in colour")
middle = colours.X.reshape(-1, *colours.shape)[:, 20:44, 20:44].mean(axis=(1, 2))
warmth = middle[:, 0] - middle[:, 2]
ginger = warmth > np.quantile(warmth, 0.85)

k = model.n_components
small = cats.resized((16, 16)).X
pca = PCA(n_components=k, random_state=0).fit(cats.X[old])
scores = pca.transform(cats.X)
inputs = {
    f"{k} parts of NMF": (directions, normalize(new_codes)),
    f"{k} components of PCA": (scores[old], scores[new]),
    "256 pixels": (small[old], small[new]),
}
for words, (train, test) in inputs.items():
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    guessed = classifier.fit(train, ginger[old]).decision_function(test)
    print(f"{words:>25}: area under the curve {roc_auc_score(ginger[new], guessed):.3f}")

# %%
# The parts that speak for a ginger cat, and those that speak against it: a stripe above each
# eye is for it, eyes that shine out of the dark are against it. Because parts only add, the
# weights of the classifier can be read as pictures.

scaled = StandardScaler().fit_transform(directions)
weights = LogisticRegression(C=0.1).fit(scaled, ginger[old]).coef_[0]
order = np.argsort(weights)
chosen = np.concatenate([order[::-1][:4], order[:4]]) if len(order) > 8 else order[::-1]
names = [f"{weights[part]:+.2f}" for part in chosen]
look = {"names": names, "columns": 8, "scale": "own"}
title = "Four parts for a ginger cat, and four against"
show(plots.parts_gallery(model.components_[chosen], cats.shape, title=title, **look))

"""
Ten, fifty, a hundred, five hundred parts
=========================================

Labeled Faces in the Wild, each picture rebuilt from more and more parts, and beside it by PCA with as many components.
PCA's error is a floor: no sum of so many components can be nearer. NMF comes close to it while adding only.
"""

# %%
# People with twenty pictures and more, at most fifty of each, so that nobody decides what a face is.

import example_data
import numpy as np
from showing import show
from sklearn.decomposition import PCA

from partwise import NMF, plots

people = example_data.load("lfw")
counts = dict.fromkeys(people.labels, 0)
kept = []
for row, person in enumerate(people.labels):
    counts[person] += 1
    if counts[person] <= 50:
        kept.append(row)
X = people.X[kept]
print(f"{len(X)} pictures of {len(counts)} people, {people.shape[0]} x {people.shape[1]} pixels")

# %%
# Four fits
# ---------
# To a tolerance of 5e-4, five times the default: of ten to a hundred parts only the last digit would still change, five
# hundred parts would gain a little more.

rebuilt = {"NMF": {}, "PCA": {}}
for k in example_data.few((10, 50, 100, 500), (2, 4, 8, 16)):
    model = NMF(n_components=k, tol=5e-4, random_state=0)
    rebuilt["NMF"][k] = model.fit_transform(X) @ model.components_
    pca = PCA(n_components=k, svd_solver="randomized", random_state=0)
    rebuilt["PCA"][k] = pca.inverse_transform(pca.fit_transform(X))
    errors = [np.linalg.norm(X - rebuilt[method][k]) / np.linalg.norm(X) for method in ("NMF", "PCA")]
    print(f"{k:>4} parts: relative error {errors[0]:.3f}, PCA {errors[1]:.3f}; {model.history_[-1].seconds:.1f} s")

# %%
# Who is it?
# ----------
# Ten parts hold the light and the pose, fifty the kind of face, a hundred the expression. Who it is comes last.

some = np.linspace(0, len(X) - 1, 4).astype(int)
show(
    plots.growing_reconstructions(
        X[some], {method: {k: found[some] for k, found in by.items()} for method, by in rebuilt.items()}, people.shape
    )
)

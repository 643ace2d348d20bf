"""
Ten, fifty, a hundred, five hundred parts
=========================================

Labeled Faces in the Wild, each picture rebuilt from more and more parts, and beside it by PCA
with as many components. PCA's error is a floor: no sum of so many components can be nearer. NMF
comes close to it while adding only.
"""

# %%
# People with twenty pictures and more, fifteen of each, so that nobody decides what a face is.

import example_data
import numpy as np
from showing import show
from sklearn.decomposition import PCA

from partwise import NMF, plots

people = example_data.load("lfw")
by_person = {}
for row, person in enumerate(people.labels):
    by_person.setdefault(person, []).append(row)
X = people.X[np.concatenate([rows[:15] for rows in by_person.values()])]
print(f"{len(X)} pictures of {len(by_person)} people, {X.shape[1]:,} pixels each")

# %%
# Four fits of NMF, one of PCA
# ----------------------------
# PCA's first ten components are the same whatever comes after them, so one fit has all. Parts
# change with their number. The tolerance is ten times the default: it costs the error of ten to
# a hundred parts a digit in the last place shown, that of five hundred a tenth of itself, and
# saves most of the time.

numbers = example_data.few((10, 50, 100, 500), (2, 4, 8, 16))
pca = PCA(n_components=numbers[-1], svd_solver="randomized", random_state=0)
scores = pca.fit_transform(X)
rebuilt = {"NMF": {}, "PCA": {}}
for k in numbers:
    model = NMF(n_components=k, tol=1e-3, random_state=0)
    rebuilt["NMF"][k] = model.fit_transform(X) @ model.components_
    rebuilt["PCA"][k] = scores[:, :k] @ pca.components_[:k] + pca.mean_
    errors = [np.linalg.norm(X - found[k]) / np.linalg.norm(X) for found in rebuilt.values()]
    print(f"{k:>4} parts: relative error {errors[0]:.3f}, PCA {errors[1]:.3f}")

# %%
# Who is it?
# ----------
# Ten parts hold the light and the pose, fifty the kind of face, a hundred the expression. Who
# it is comes last.

some = np.linspace(0, len(X) - 1, 4).astype(int)
shown = {
    method: {k: estimate[some] for k, estimate in found.items()}
    for method, found in rebuilt.items()
}
show(plots.growing_reconstructions(X[some], shown, people.shape))

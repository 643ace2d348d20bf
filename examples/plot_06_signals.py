"""
Three signals out of a hundred measurements
===========================================

A sine, a square and a sawtooth wave, mixed a hundred times in a hundred ways. What is measured
are the mixtures; NMF finds the three signals again. PCA finds three directions that describe
the mixtures as well, and none of them is a signal.
"""

# %%
# The mixtures are ``sources @ mixing.T`` with ``mixing = RandomState(0).uniform(size=(100,
# 3))``. A row is a moment, a column a measurement.

import numpy as np
from showing import show
from sklearn.decomposition import PCA

from partwise import NMF, plots
from partwise.sources import make_signals

signals = make_signals()
mixtures = signals.mixtures
print(f"{mixtures.shape[0]:,} moments, {mixtures.shape[1]} mixtures")

# %%
# The codes of NMF are the signals
# --------------------------------
# Not their size and not their order: a signal twice as loud with half the weight is the same
# mixture. So they are compared by correlation, each with the one that it is most like.

model = NMF(n_components=3, tol=1e-6, max_iter=2000, random_state=0)
found = model.fit_transform(mixtures)
others = PCA(n_components=3).fit_transform(mixtures)
print(model.stopped_)
methods = {"NMF": found, "PCA": others}
where = {"time": signals.time, "names": signals.names}
show(plots.recovered_sources(signals.sources, mixtures, methods, **where))

# %%
# Why it works here
# -----------------
# Each source is 0 somewhere while the others are not, and each mixture has its own weights:
# then the cone that encloses all mixtures has only one set of edges, and these are the sources.
# Where a source has a floor under it, part of that floor can be given to the others without any
# error, and NMF has no reason to prefer the truth.

for name, signals_found in (("NMF", found), ("PCA", others)):
    table = np.abs(np.corrcoef(signals.sources.T, signals_found.T)[:3, 3:])
    print(name, "largest correlation of each true signal:", table.max(axis=1).round(3))

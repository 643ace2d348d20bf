"""
Solvers compared, on faces and on text
======================================

Every solver minimises the same error, and each of them is one short file beside the formula of
its paper. From the same start, for the same time: which is fastest, which comes lowest, which
has really arrived?
"""

# %%
# Methods of thirty years
# -----------------------
# ``compare`` gives each the same start and the same seconds, and bills its own steps alone.

from dataclasses import dataclass
from typing import ClassVar

import example_data
import numpy as np
from showing import show

from partwise import compare, plots
from partwise.losses import QuadraticLoss
from partwise.solvers import Alternating, as_solver

seconds = example_data.few(1.5, 0.05)
faces = example_data.load("orl")
found = compare(faces.X, 20, seconds=seconds, random_state=0)
print(found)

# %%
# Faces: error over time
# ----------------------
# Soon down is fast, far down is exact.


def curves(comparison):
    """Return iteration, seconds and error of every solver, the fastest first."""
    return {trial.name: [line[:3] for line in trial.curve()] for trial in comparison.ranked}


show(plots.rivals(curves(found), accent=found.fastest.name, error_is=found.error_is))

# %%
# The parts that each one found
# -----------------------------
# In a column the parts that are most alike. Who has not arrived has blurred ones.

parts = {trial.name: trial.H for trial in found.ranked}
show(plots.matched_pictures(parts, faces.shape, most=10))

# %%
# Text: 18,846 posts to newsgroups
# --------------------------------
# X is sparse and stays so: a method whose steps need all of W H would need gigabytes. No error
# is low on text, since nearly every word of a post is there once; what counts is how far of the
# way from the start each one has come.

posts = example_data.load("newsgroups")
print(f"{posts.n_samples:,} posts, {posts.n_features:,} words")
of_texts = compare(posts.X, 20, seconds=seconds, random_state=0)
print(of_texts)
show(plots.rivals(curves(of_texts), accent=of_texts.fastest.name, error_is=of_texts.error_is))

# %%
# Topics of the fastest three, those that are most alike in one column.

words = np.array(posts.feature_names)
topics = {trial.name: trial.H for trial in of_texts.ranked[:3]}
show(plots.matched_words(topics, lambda part: words[np.argsort(-part)[:5]], most=6))

# %%
# A step of your own
# ------------------
# A solver is a class with one method: what to do with one factor while the other is held. Here
# it is a gradient step of a length that cannot overshoot, and a cut at zero. The other half,
# the certificate and the stopping come with it; it can be raced, and used: ``NMF(20,
# solver=Mine())``.


@dataclass(frozen=True)
class Mine(Alternating):
    """Gradient step with 1 / Lipschitz constant, then the projection."""

    accepts: ClassVar = QuadraticLoss

    def improve(self, half, F, iteration):
        """Return a factor with a lower error, the other one held."""
        plus, minus = half.split_gradient(F)
        return np.maximum(F - (plus - minus) / np.linalg.norm(half.gram, 2), 0).astype(F.dtype)


rivals = {"cd": as_solver("cd"), "mu": as_solver("mu"), "mine": Mine()}
print(compare(faces.X, 20, solvers=rivals, seconds=seconds, random_state=0))

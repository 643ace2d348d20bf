"""
How many parts are in the digits?
=================================

Every user asks, and no criterion knows. Here are eight of them on the 1,797 handwritten digits of
scikit-learn, each with its own pick; three of them, the ones that were right most often where the
answer was known, make the recommended number.
"""

# %%
# Fits at every number of parts
# -----------------------------
# Four times a tenth of the entries is hidden and predicted; the columns are shuffled; every number
# of parts is begun at some random starts. With ``keep="some/folder"`` every finished fit would be
# kept, and the same call would go on where it was.

import example_data
import numpy as np
from showing import show

from partwise import choose_n_components, open_source, plots, rank_report

digits = example_data.thinned(open_source("digits"), 6)
numbers = range(1, example_data.few(21, 13))
report = rank_report(digits.X, numbers, n_restarts=example_data.few(5, 2), random_state=0)

# %%
# The answer is a sentence, and a table of what each criterion says and why.

print(report)

# %%
# All criteria on one axis
# ------------------------
# A filled point is the pick of one that votes, an open one that of one that stands beside. The
# band is the recommended number. Held-out error falls as long as parts predict; the cosine says
# whether they are the same parts when other entries are hidden. Those are two questions.

show(plots.rank_criteria(report.criteria, recommended=report.recommended))

# %%
# The parts at a few numbers of them
# ----------------------------------
# Those most like the parts before stand in their order, what is new comes after. Under each is
# how surely it comes back: the mean cosine with its match in the other fits.

show(
    plots.candidate_pictures(
        report.parts,
        digits.shape,
        stability=report.part_stability,
        recommended=report.recommended,
    )
)

# %%
# How far each criterion can be trusted
# -------------------------------------
# Each says how often it was right on planted problems. Agreement is worth more than any of them:
# where all three that vote agreed, they were right in every one of 162 problems.

for one in report.criteria:
    print(f"{one.key:<18} {'votes' if one.votes else '':<6} {one.reliability}")

# %%
# For scripts there is a door that returns the number alone, always one of those it was given.
# Planted data show that it finds what is there.

rng = np.random.default_rng(0)
S = rng.exponential(size=(120, 5)) @ rng.exponential(size=(5, 90))
X = np.maximum(S + 0.1 * S.std() * rng.standard_normal(S.shape), 0)
print(f"planted 5, found {choose_n_components(X, range(1, 11), random_state=0)}")

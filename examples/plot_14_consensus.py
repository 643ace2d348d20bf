"""
Which parts come back? Twenty starts and what they agree on
===========================================================

A factorization is one of many answers: another random start ends with other parts. So fit
often, match the parts, and look which of them return. What returns can be given a meaning; what
does not is an accident of the start, and better known than believed.
"""

# %%
# Faces
# -----
# Eight fits of the same 400 faces. Each part is matched with the part of every other fit that is
# most like it (all of them at once, so that no part is used twice). The mean cosine of the pairs
# says how surely it comes back.

import example_data
import numpy as np
from showing import show

from partwise import consensus, plots
from partwise.ranks.clusters import average_tree

faces = example_data.load("orl")
X, shape = faces.X[:: example_data.few(1, 4)], faces.shape
found = consensus(X, example_data.few(25, 9), n_runs=example_data.few(8, 3), random_state=0)
print(found)

# %%
# Beside each part is a map of where it returns: 1 where every fit has as much of it, 0 where the
# others have nothing, or nobody has. A part can be sure in its middle and not at its edge.

show(plots.stability_pictures(found.parts, found.stability_map, shape, found.stability))

# %%
# Groups of patients
# ------------------
# Where samples fall into kinds, the same question can be asked of them: how often do two of them
# use the same part most? Of 38 patients with leukaemia four groups are the same at every start,
# five are not. (The cophenetic correlation says which groups are firm, not how many parts there
# are.)

patients = example_data.load("all-aml")
for k in (2, 3, 4, 5):
    fitted = consensus(
        patients.X,
        k,
        n_runs=example_data.few(20, 4),
        beta_loss="kullback-leibler",
        random_state=0,
    )
    print(f"{k} groups: cophenetic correlation {fitted.cophenetic:.4f}")

show(
    plots.consensus_map(
        fitted.matrix,
        average_tree(fitted.matrix),
        labels=patients.labels,
        names=patients.names,
        samples_are="patients",
    )
)

# %%
# Genes that return
# -----------------
# A bar is a gene of a part, a bar as far as it returns and a line beyond. The part that is not
# firm shows which genes not to build a story on.

weakest = int(np.argmin(fitted.stability))
print(f"the least sure part is number {weakest + 1}: {fitted.words[weakest]}")
genes = [name.rsplit(" (", 1)[0] for name in patients.feature_names]
show(
    plots.stability_bars(
        fitted.parts, fitted.stability_map, fitted.stability, lambda place: genes[place]
    )
)

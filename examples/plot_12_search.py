"""
Faces like this one, and why
============================

Codes are short descriptions: how much of each part is in a picture. So pictures whose codes point
the same way are alike, and the parts say why. This is the search engine of ``partwise search`` and
of the page of ``partwise serve``, on arrays.
"""

# %%
# Four hundred faces, and thirty parts of them.

import example_data
import numpy as np
from showing import show

from partwise import NMF, plots
from partwise.models.canonical import normalized
from partwise.search import CodeIndex, contributions, explained

faces = example_data.load("orl")
model = NMF(n_components=30, max_iter=500, random_state=0)
codes = model.fit_transform(faces.X)
model, codes = normalized(model, codes)
parts = model.components_

# %%
# Most and least alike
# --------------------
# The cosine of two codes is 1 where they are the same mixture, however bright, and 0 where they
# share no part. Every search goes over all codes, so it is exact.

index = CodeIndex(codes)
someone = example_data.few(14, 4)


def card(row, note):
    return plots.Card(faces.picture(faces.X[row]), codes[row] @ parts, faces.names[row], note)


def sheet(title, **how):
    others = np.arange(faces.n_samples) != someone
    found = index.nearest(codes[someone], 8, among=others, **how)
    cards = [
        card(row, f"{score:.3f}") for row, score in zip(found.rows, found.scores, strict=True)
    ]
    show(plots.contact_sheet(card(someone, "query"), cards, faces.shape, title=title))
    return found


found = sheet("Most similar")
sheet("Least similar", farthest=True)

# %%
# Only some parts count
# ---------------------
# Parts can be weighted or switched off in a search: here all but the five strongest of this face
# are off, so the others may be alike or not.

weights = np.zeros(len(parts))
weights[np.argsort(-codes[someone])[:5]] = 1
sheet("Most similar in the five parts that this face has most of", weights=weights)

# %%
# Why
# ---
# The cosine is a sum with one term a part. What is shared, what the first has more of and what the
# second has more of add up to 1, so nothing is left unexplained.

other = int(found.rows[0])
why = explained(codes[someone], codes[other])
print(f"cosine {why.cosine:.4f} + {why.more_here.sum():.4f} + {why.more_there.sum():.4f}")
show(
    plots.why_alike(
        why.shared,
        (why.more_here, why.more_there),
        (why.here, why.there),
        parts,
        faces.shape,
        pictures=(faces.picture(faces.X[someone]), faces.picture(faces.X[other])),
        names=(faces.names[someone], faces.names[other]),
    )
)

# %%
# What a face is made of
# ----------------------
# The contribution of each part is a picture too, and they add up to the reconstruction.

maps = contributions(codes[someone], parts)
print(
    f"largest difference to the reconstruction: {np.abs(maps.sum(axis=0) - codes[someone] @ parts).max():.0e}"
)
show(plots.contribution_maps(faces.X[someone], codes[someone], parts, faces.shape))

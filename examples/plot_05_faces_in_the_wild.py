"""
Fifteen parts of faces, and who uses them most
==============================================

Labeled Faces in the Wild with fifteen parts. A part says what it is by the ten pictures in
which it is strongest: light from one side, a face turned to the left, a bright background.
"""

# %%
# The pictures are 87 x 65; those of people with twenty pictures and more.

import example_data
from showing import show

from partwise import NMF, plots
from partwise.models.canonical import normalized

people = example_data.load("lfw")
model = NMF(n_components=15, max_iter=500, random_state=0)
model, codes = normalized(model, model.fit_transform(people.X))
print(f"{people.n_samples} pictures. {model.stopped_}")

# %%
# The fifteen
# -----------
# All on one scale; the bar is a part's share of all the light.

show(plots.parts_gallery(model.components_, people.shape, W=codes, columns=8))

# %%
# Top ten
# -------
# The part, then the ten pictures that use it most: light from the right (3), a bright edge of
# the picture (4 and 7), light on brow and chin (8), a bright mouth or a white beard (12).

some = [2, 3, 6, 7, 11]
show(plots.top_pictures(people.X, codes, model.components_, people.shape, parts=some, top=10))

# %%
# One face
# --------
# A sum of fifteen parts, each as strong as it is used here.

someone = example_data.few(1500, 100)
show(plots.sum_of_parts(people.X[someone], codes[someone], model.components_, people.shape))

"""
A piece of music taken apart
============================

The spectrogram of a recording is non-negative: how loud each tone is at each moment. Its parts
are spectra, its codes say when each of them sounds, and the shares of the parts give sounds
that add up to the recording.
"""

# %%
# Twenty seconds of "Vibe Ace" by Kevin MacLeod (CC BY 3.0). A row of X is a moment, a column a
# frequency; recordings need the audio extra (``pip install "partwise[audio]"``).

import example_data
import numpy as np
from showing import listen, show

from partwise import NMF, plots
from partwise.sources import Recording, separate

music = example_data.load("music")
print(f"{music.seconds:.1f} s: {music.n_samples} moments, {music.n_features} frequencies")
listen("The recording", music.sound, music.rate)

# %%
# Spectra, and when they sound
# ----------------------------
# Loudness spans a thousand to one, so the Kullback-Leibler divergence: quiet tones count too.

model = NMF(
    n_components=example_data.few(8, 3),
    beta_loss="kullback-leibler",
    solver="auto",
    random_state=0,
)
codes = model.fit_transform(music.X)
print(model.stopped_)
show(plots.spectra_gallery(model.components_, music.frequencies, codes, music.times))

# %%
# Four sources
# ------------
# Parts that sound together and alike are put together. Each source gets its share of the
# recording at every moment and tone, with the recording's own phase; that is why the sources
# add up to it, whatever the fit.

sounds = separate(music, codes, model.components_, n_sources=example_data.few(4, 2))
rest = np.abs(sounds.sum(axis=0) - music.sound).max()
print(f"largest difference between the sum of the sources and the recording: {rest:.1e}")

frames = {"window": music.window, "hop": music.hop}
heard = [Recording.from_sound(sound, music.rate, **frames).X for sound in sounds]
names = [f"Source {number}" for number in range(1, len(sounds) + 1)]
show(plots.spectrograms(music.X, heard, music.frequencies, music.times, names=names))

# %%
# To be heard. As a program this example writes WAV files; ``partwise separate RUN`` does the
# same with a run.

for name, sound in zip(names, sounds, strict=True):
    listen(name, sound, music.rate)

"""Notes made on the spot, and how near a separated sound is to the true one."""

from itertools import permutations

import numpy as np

RATE = 16_000


def note(frequency, start, length, total=3.0, harmonics=8, decay=3.0, rate=RATE):
    """A plucked note: harmonics that fall off, a quick attack, a decay, a short release."""
    time = np.arange(int(total * rate)) / rate - start
    sounding = (time >= 0) & (time < length)
    envelope = np.minimum(time / 0.01, 1) * np.exp(-decay * time) * np.minimum((length - time) / 0.02, 1)
    tone = sum(np.sin(2 * np.pi * frequency * k * time) / k**1.2 for k in range(1, harmonics + 1))
    return 0.3 * np.where(sounding, envelope, 0) * tone


def three_notes():
    """A3 twice, a higher note that begins while it sounds, and E4 that begins while that one sounds."""
    return np.stack(
        [
            note(220, 0, 1.2) + note(220, 2, 0.8),
            note(415.3, 0.6, 1.5, harmonics=5, decay=2),
            note(329.63, 1.5, 1.3),
        ]
    )


def distortion_ratio(true, found):
    """10 log10(|s|^2 / |s - g s_hat|^2) in dB, with the gain g that makes it largest."""
    power = found @ found
    gain = true @ found / power if power > 0 else 0.0
    return 10 * np.log10((true @ true) / np.square(true - gain * found).sum())


def distortion_ratios(true, found):
    """The ratios of the sources in the order that fits best."""
    orders = permutations(range(len(found)), len(true))
    return max(
        ([distortion_ratio(true[i], found[j]) for i, j in enumerate(order)] for order in orders),
        key=sum,
    )

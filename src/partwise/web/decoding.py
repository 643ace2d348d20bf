"""The worker that decodes one picture: a path on its standard input, values on its standard output, within bounds."""

import json
import os
import sys

MEMORY = 2 << 30  # bytes of address space: 50 Mpx in colour, a few times over
SECONDS = 15  # of a processor


def main() -> None:
    """Read JSON (path, shape, resize, max_pixels); write the upright (height, width) and float32 values."""
    _bound()
    import numpy as np  # after the bounds are set

    from partwise.sources.decode import Frame, read_picture
    from partwise.sources.formats import UnreadableError
    from partwise.web.uploads import UNREADABLE

    asked = json.load(sys.stdin.buffer)
    shape = tuple(asked["shape"])
    frame = Frame(shape[:2], "rgb" if len(shape) == 3 else "gray", asked["resize"])
    values = np.zeros(frame.shape, dtype=np.float32)
    try:
        file = read_picture(asked["path"], frame, asked["max_pixels"], values)
    except UnreadableError as reason:
        sys.stdout.buffer.write(str(reason).encode("utf-8", "replace"))
        sys.stdout.flush()
        sys.exit(UNREADABLE)
    sys.stdout.buffer.write(json.dumps(file.size).encode() + b"\n" + values.astype("<f4").tobytes())


def _bound() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such bounds; the time limit of the server holds
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),  # it writes no file
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    os.nice(5)

"""Decode a picture that was sent in a process of its own, with bounds on memory, time and files."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore
from typing import Any

import numpy as np

from partwise.runs import Run
from partwise.tasks.read import Reading
from partwise.web.refusing import RefusedError

PATIENCE = 20.0  # seconds
PLAIN = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # threads reserve memory each
WORKERS = BoundedSemaphore(2)
UNREADABLE = 3  # the worker's exit code for a picture that cannot be read


@dataclass(frozen=True)
class Picture:
    """A picture that was sent.

    Attributes
    ----------
    values : ndarray of shape (n_features,)
        What the model sees of it.
    width, height : int
        Of the upright picture, in pixels.
    """

    values: np.ndarray
    width: int
    height: int


def decoded(body: bytes, run: Run) -> Picture:
    """Return a picture as the run's own pictures were read.

    Parameters
    ----------
    body : bytes
        An image file.
    run : Run

    Raises
    ------
    RefusedError
        It is no picture of a supported format, or takes more memory or time than there is.
    """
    reading = Reading.from_settings(run.settings)
    shape = list(run.shape or ())
    asked = {"shape": shape, "resize": reading.resize, "max_pixels": reading.max_pixels}
    if not WORKERS.acquire(timeout=PATIENCE):
        raise RefusedError(429, "Many pictures are being decoded.", "Send it again in a moment.")
    try:
        done = _worked(body, asked)
    finally:
        WORKERS.release()
    if done.returncode == UNREADABLE:
        raise _refused(done.stdout.decode("utf-8", "replace")[:300])
    head, _, values = done.stdout.partition(b"\n")
    if done.returncode or len(values) != 4 * int(np.prod(shape)):
        raise _refused("it could not be decoded with the memory and the time that there are")
    height, width = json.loads(head)
    return Picture(np.frombuffer(values, dtype="<f4"), width, height)


def _worked(body: bytes, asked: dict[str, Any]) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-I", "-c", _START, *sys.path]
    # the folder is this process's to remove, whatever becomes of the worker
    with TemporaryDirectory(prefix="partwise-") as folder:
        path = Path(folder) / "picture"
        path.write_bytes(body)
        try:
            return subprocess.run(
                command,
                input=json.dumps({**asked, "path": str(path)}).encode(),
                capture_output=True,
                timeout=PATIENCE,
                env={**PLAIN, "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")},  # without it Windows starts nothing
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _refused(f"it took longer than {PATIENCE:.0f} s to decode") from None


# the worker finds the server's own modules, and takes nothing else from the environment
_START = "import sys; sys.path[:] = sys.argv[1:]; from partwise.web.decoding import main; main()"


def _refused(reason: str) -> RefusedError:
    hint = "Send a JPEG, PNG, GIF, BMP, TIFF, WebP or PPM."
    reason = reason.removeprefix("is not a supported image (").removesuffix(")" if reason.startswith("is not") else "")
    return RefusedError(415, f"Not a supported image: {reason.rstrip('.')}.", hint)

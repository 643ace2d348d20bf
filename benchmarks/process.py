"""The harness's end of an entrant's process: ask, wait with a limit, end it."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


def environment(threads: int) -> dict[str, str]:
    """Return the environment in which every library takes so many threads."""
    return {**os.environ, **dict.fromkeys(LIMITS, str(threads))}


class Process:
    """An entrant that waits for its turn."""

    def __init__(self, folder: Path, entrant: str, threads: int) -> None:
        self.log = (folder / f"{entrant.replace(' ', '-').replace('|', '-')}.log").open("w")
        self.child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", str(folder), entrant, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=environment(threads),
            cwd=Path(__file__).parents[1],
        )
        self.answers: SimpleQueue[str] = SimpleQueue()
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.child.stdout:
            self.answers.put(line)
        self.answers.put("")

    def ready(self, within: float) -> dict[str, Any]:
        """Wait until it has read its data and is warm."""
        return self._answer(within)

    def ask(self, within: float, **asked: Any) -> dict[str, Any]:
        """Ask, and return the answer; where none comes, ``{"failed": why}``, and the process is ended."""
        try:
            self.child.stdin.write(json.dumps(asked) + "\n")
            self.child.stdin.flush()
        except OSError:
            return {"failed": "its process had ended"}
        return self._answer(within)

    def _answer(self, within: float) -> dict[str, Any]:
        try:
            line = self.answers.get(timeout=within)
        except Empty:
            self.end()
            return {"failed": f"no answer within {within:.0f} s"}
        return json.loads(line) if line else {"failed": f"its process ended with {self.child.wait()}"}

    def end(self) -> None:
        """Close the pipe, and kill it where that is not enough."""
        with suppress(OSError):
            self.child.stdin.close()
        try:
            self.child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()

"""The journal of a picture cache: a line for every block that is whole on disk, each with its own checksum."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Block:
    """Pictures that were decoded together.

    Attributes
    ----------
    first : int
        Row of the first of them.
    sha256 : str
        Of the bytes of their rows.
    places : ndarray of shape (n_rows,), int32
        Which files became rows, by their places in the list of good headers. As objects they would weigh too much, and
        so would sums and sizes.
    sums : bytes
        SHA-256 of the file of each row, one after the other.
    sizes : ndarray of shape (n_rows, 3), int64
        Height, width and length in bytes of the file of each row.
    broken : list of [int, str]
        Places of the files that could not be decoded, and why.
    repeating : list of [int, str]
        Places of the files that repeat an earlier one, and the name of that.
    """

    first: int
    sha256: str
    places: np.ndarray
    sums: bytes
    sizes: np.ndarray
    broken: list[list[Any]]
    repeating: list[list[Any]]

    @property
    def last(self) -> int:
        """Row after the last one."""
        return self.first + len(self.places)


class Journal:
    """The file of the lines."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def blocks(self) -> list[Block]:
        """Return the blocks of all sound lines up to the first that is not: a kill may have cut the last one."""
        found: list[Block] = []
        if not self.path.exists():
            return found
        with open(self.path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                check, _, said = line.rstrip("\n").partition(" ")
                if not line.endswith("\n") or check != _check_of(said):
                    break
                found.append(_block_of(json.loads(said)))
        return found

    def append(self, block: Block) -> None:
        """Add a line; when this returns it is on disk."""
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(_line_of(block))
            file.flush()
            os.fsync(file.fileno())

    def keep(self, blocks: Sequence[Block]) -> bool:
        """Keep only these lines; return whether whole ones are lost, and not just one that a kill has cut."""
        from partwise.storage import write_whole

        kept = "".join(map(_line_of, blocks)).encode()
        there = self.path.read_bytes() if self.path.exists() else b""
        if there != kept:
            write_whole(self.path, kept)
        return there.count(b"\n") > len(blocks)


def _block_of(said: dict[str, Any]) -> Block:
    places, sizes = np.array(said["places"], np.int32), np.array(said["sizes"], np.int64).reshape(-1, 3)
    return Block(**said | {"places": places, "sums": bytes.fromhex(said["sums"]), "sizes": sizes})


def _line_of(block: Block) -> str:
    plain = {"places": block.places.tolist(), "sums": block.sums.hex(), "sizes": block.sizes.reshape(-1).tolist()}
    said = json.dumps(vars(block) | plain, separators=(",", ":"))
    return f"{_check_of(said)} {said}\n"


def _check_of(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:16]

"""Tiny pictures, made on the spot."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def grey() -> Callable[..., Image.Image]:
    """A grey picture of random values; another seed, other values."""

    def make(seed: int = 0, height: int = 6, width: int = 8) -> Image.Image:
        return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8))

    return make


@pytest.fixture
def colour() -> Callable[..., Image.Image]:
    def make(seed: int = 0, height: int = 6, width: int = 8) -> Image.Image:
        return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))

    return make


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.fixture
def write_bomb() -> Callable[[Path, int, int], None]:
    """A PNG whose header promises many pixels and has none."""

    def write(path: Path, width: int, height: int) -> None:
        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        body = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND", b"")
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)

    return write


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the repository; the test is skipped without them."""
    folder = Path(__file__).parents[2].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data folder is not beside this checkout")
    return folder

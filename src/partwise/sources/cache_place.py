"""Where decoded pictures are kept from one reading to the next, and who may write there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from partwise.memory import said_bytes

from .dataset import SourceError
from .folder import shown

PLACE = "PARTWISE_CACHE"  # the variable that names another folder


def cache_root() -> Path:
    """Return the folder of all caches: that of the variable `PLACE`, else where this system keeps caches."""
    if os.environ.get(PLACE):
        return Path(os.environ[PLACE]).expanduser()
    if sys.platform == "win32":
        usual = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        usual = Path.home() / "Library" / "Caches"
    else:
        usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return usual / "partwise"


def cache_of(folder: str | Path, settings: Mapping[str, Any]) -> Path:
    """Return where the pictures of a folder are kept as they were read with such settings."""
    folder = Path(folder).expanduser().resolve()
    said = json.dumps([os.fspath(folder), dict(settings)], sort_keys=True)
    key = hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:16]
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in folder.name)[:40]
    return cache_root() / f"{plain}-{key}"


@contextmanager
def writing_alone(place: Path) -> Iterator[None]:
    """Make the folder, and hold it for this process; the system lets go of it however the process ends.

    Raises
    ------
    SourceError
        It cannot be made, or another process writes there.
    """
    from partwise.storage import InUseError, alone_in

    taken = f"Another process is decoding these pictures into {shown(str(place))}. Wait until it has ended."
    with ExitStack() as held:
        try:
            place.mkdir(parents=True, exist_ok=True)
            held.enter_context(alone_in(place, taken))
        except OSError as error:
            raise SourceError(
                f"Decoded pictures cannot be kept in {shown(str(place))} ({error.strerror}). "
                f"Name another folder in the variable {PLACE}."
            ) from None
        except InUseError as error:
            raise SourceError(str(error)) from None
        yield


def check_room(place: Path, needed: int) -> None:
    """Raise a SourceError where a disk has no room for so many bytes."""
    free = shutil.disk_usage(place).free
    if needed > free:
        raise SourceError(
            f"The decoded pictures need {said_bytes(needed)} in {shown(str(place))}, where {said_bytes(free)} are "
            f"free. Try a smaller --size, or name a folder with room in the variable {PLACE}."
        )

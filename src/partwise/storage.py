"""Files that are whole or not there, written to a temporary name and renamed; read back only as they were written."""

import errno
import hashlib
import io
import itertools
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

FORMAT = 1  # of model files and runs; raised when an older reader could misread them
PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth")
PICKLED = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
MAPPED = 1 << 26  # bytes of an array's file from which it is mapped and not read
PIECE = 1 << 24  # bytes of an array that are written at a time
LOCK = "lock"  # the file that is held of a folder in which one process at a time writes
UNFINISHED = ".unfinished"  # how the temporary names end


class InUseError(ValueError):
    """Another process writes in a folder."""


class DamagedError(ValueError):
    """A file is not as it was written."""


def check_file_place(path: Path) -> None:
    """Raise ValueError or OSError where no file can be written; asked before the work whose result it will hold."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder, and what is to be written there is a file. Give the name of a file.")
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "Folder not found", str(path.parent))
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(path.parent))


def check_checkpoint_place(path: Path, resume: bool) -> None:
    """Raise ValueError or OSError where no checkpoint could be written, or one would be lost."""
    check_file_place(path)
    if not resume and path.exists():
        raise ValueError(
            f"{path} exists already. Go on from it with resume=True (--resume), or remove it to begin again."
        )


def previous_of(path: Path) -> Path:
    """Return where the checkpoint before the newest is kept."""
    return path.with_name(f"{path.name}.previous")


@contextmanager
def alone_in(folder: Path, message: str) -> Iterator[None]:
    """Hold a folder for this process while a block runs; the system lets go of it however the process ends.

    Raises
    ------
    InUseError
        With the message, where another process, or thread, holds it.
    OSError
        Where nothing may be written there.
    """
    with open(folder / LOCK, "ab") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # this system has no such locks
            pass
        except OSError:
            raise InUseError(message) from None
        yield


def clear_unfinished(path: Path) -> None:
    """Remove what writers of this file that were killed left beside it."""
    for entry in path.parent.iterdir():
        if entry.name.startswith(f".{path.name}.") and entry.name.endswith(UNFINISHED):
            entry.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes, previous: Path | None = None) -> str:
    """Write a file so that a power cut leaves the old one or the new one; return its SHA-256 in hexadecimal.

    With `previous`, the old one is kept there; between the two renames it is the only one.
    """
    return _write_pieces(path, (content,), previous)


def write_npy(path: Path, array: np.ndarray) -> str:
    """Write an array as a whole .npy file, a few megabytes at a time; return its SHA-256."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, np.lib.format.header_data_from_array_1_0(np.empty((0, 0), array.dtype)) | {"shape": array.shape}
    )
    rows = max(1, PIECE // max(1, array.nbytes // max(1, len(array))))
    pieces = (np.ascontiguousarray(array[first : first + rows]).tobytes() for first in range(0, len(array), rows))
    return _write_pieces(path, itertools.chain([header.getvalue()], pieces))


def _write_pieces(path: Path, pieces: Iterable[bytes], previous: Path | None = None) -> str:
    digest = hashlib.sha256()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        if previous is not None and path.exists():
            os.replace(path, previous)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return digest.hexdigest()


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON object together with the checksum of its own content."""
    body = dict(value)
    body["sha256"] = _digest_of(body)
    write_whole(path, (json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace"))


def read_json(path: Path) -> dict[str, Any]:
    """Read what `write_json` wrote; ValueError if it is damaged or newer than this version."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(body, dict):
            raise TypeError(f"an object is wanted, got {type(body).__name__}")
        expected = body.pop("sha256")
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise DamagedError(f"{path.name} is damaged: not a complete JSON object. Restore a backup or refit.") from error
    _check_format(path, body.get("format", 0), "Run")
    if (got := _digest_of(body)) != expected:
        raise DamagedError(
            f"{path.name} is damaged: its checksum differs (expected {expected[:8]}.., got {got[:8]}..). "
            "Restore a backup or refit."
        )
    return dict(body)


def write_tensors(
    path: Path, tensors: Mapping[str, np.ndarray], facts: Mapping[str, Any], previous: Path | None = None
) -> str:
    """Write arrays and facts as one safetensors file with a checksum for each of them; return the file's SHA-256.

    `previous` as in `write_whole`.
    """
    arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    about = json.dumps({"format": FORMAT, "sha256": _sums_of(arrays, facts), "facts": dict(facts)}, sort_keys=True)
    return write_whole(path, save(arrays, metadata={"partwise": about}), previous)


def read_tensors(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read what `write_tensors` wrote; ValueError if any of it is damaged, or newer, or not of this kind."""
    refuse_pickle(path)
    content = path.read_bytes()
    try:
        arrays = load(content)
        length = int.from_bytes(content[:8], "little")
        about = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["partwise"])
        _check_format(path, about["format"], "Model")
        sums, facts = dict(about["sha256"]), dict(about["facts"])
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DamagedError(
            f"{path.name} is damaged or was not written by partwise. Restore a backup or refit."
        ) from error
    found = _sums_of(arrays, facts)
    for name in sorted({*found, *sums}):
        expected, got = (str(given.get(name, "none")) for given in (sums, found))
        if got != expected:
            raise DamagedError(
                f"{path.name} is damaged: checksum of '{name}' differs (expected {expected[:8]}.., got {got[:8]}..). "
                "Restore a backup or refit."
            )
    return arrays, facts


def refuse_pickle(path: Path) -> None:
    """Raise ValueError for a pickle, told by its name or, whatever its name, by how it begins."""
    pickled = path.suffix.lower() in PICKLES
    if not pickled and path.is_file():
        with open(path, "rb") as file:
            beginning = file.read(9)
        # the length that a safetensors file begins with can be that of a pickle's first two bytes
        tensors = beginning[8:] == b"{" and not any(beginning[3:8])
        pickled = beginning[:2] in PICKLED and not tensors
    if pickled:
        raise ValueError(f"{path.name} is a pickle; this program never loads pickles because they can run code.")


def check_file(path: Path, expected: str) -> None:
    """Raise DamagedError where the SHA-256 of a file is another one."""
    with open(path, "rb") as file:
        _check_content(file, path, expected)


def read_npy(path: Path, expected: str) -> np.ndarray:
    """Read an array whose file has a known SHA-256; DamagedError if it is another one. The file is never held whole.

    A large one stays on the disk and is mapped; what is changed in the array does not change the file.
    """
    with open(path, "rb") as file:
        _check_content(file, path, expected)
        if file.tell() < MAPPED:
            file.seek(0)
            return np.asarray(np.load(file, allow_pickle=False))
    return np.asanyarray(np.load(path, mmap_mode="c", allow_pickle=False))


def _check_content(file: io.BufferedReader, path: Path, expected: str) -> None:
    if (got := hashlib.file_digest(file, "sha256").hexdigest()) != expected:
        raise DamagedError(
            f"{path.name} is damaged: its checksum differs (expected {expected[:8]}.., got {got[:8]}..). "
            "Restore a backup or refit."
        )


def _check_format(path: Path, found: object, what: str) -> None:
    if not isinstance(found, int):
        raise DamagedError(f"{path.name} is damaged: its format is {found!r}. Restore a backup or refit.")
    if found > FORMAT:
        raise ValueError(f"{what} format {found} is newer than this version reads ({FORMAT}). Upgrade the package.")


def _sum_of(array: np.ndarray) -> str:
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _sums_of(arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> dict[str, str]:
    return {"facts": _digest_of(facts)} | {name: _sum_of(array) for name, array in arrays.items()}


def _digest_of(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be flushed there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

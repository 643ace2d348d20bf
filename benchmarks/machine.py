"""On what a race was run: processor, memory, versions."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.entrants import Entrant

PACKAGES = ("partwise", "numpy", "scipy", "numba", "threadpoolctl", "torch", "tensorly")


def about(entrants: Iterable[Entrant], threads: int) -> dict[str, Any]:
    """Return machine, threads and the version of everything that takes part."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    for one in entrants:
        try:
            versions.setdefault(one.package, one.installed())
        except PackageNotFoundError:
            versions[one.package] = "not installed"
    return {"machine": machine(), "threads": threads, "versions": versions}


def machine() -> dict[str, Any]:
    """Return the processor's name, its cores that may be used, memory in GB and the system."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"processor": _processor(), "cores": cores, "memory_gb": _memory(), "system": platform.system()}


def peak_memory(pid: int | str = "self") -> int:
    """Return the peak resident memory of a process in bytes, 0 where it has ended; a new program inherits ru_maxrss."""
    try:
        return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        return 0


def today() -> str:
    """Return the date."""
    return datetime.now(UTC).date().isoformat()


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    facts: dict[str, str] = {}
    if listed.is_file():
        for line in listed.read_text().splitlines():
            name, _, value = line.partition(":")
            facts.setdefault(name.strip(), value.strip())
    name = facts.get("model name") or platform.processor() or platform.machine()
    # hidden in many virtual machines; what matters most for products is named instead
    if name in ("", "unknown"):
        name = " ".join(filter(None, (facts.get("vendor_id"), "family", facts.get("cpu family"))))
    wide = [one for one in ("avx512f", "avx2") if one in facts.get("flags", "").split()]
    return f"{name}, {wide[0].removesuffix('f').upper()}" if wide else name


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None

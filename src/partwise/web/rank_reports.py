"""Rank reports beside the run that is shown: found by what lies there, so that they outlive the server."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from partwise.ranks import RankReport
from partwise.runs import FIGURES, RANK, RANK_REPORT, Run
from partwise.storage import read_json, read_tensors, write_tensors
from partwise.web.files import downloads
from partwise.web.jobs import stem_of
from partwise.web.overview import rounded, told
from partwise.web.refusing import RefusedError
from partwise.web.small import shrunk
from partwise.wording import sureness

PARTS = "parts.safetensors"
RANKS = "-ranks"  # how the name of their folder goes on after that of the run
SIDE = 64  # pixels of the longest side of a part that is shown among many
TITLES = {RANK_REPORT: "The report, one page that stands alone", RANK: "All numbers, as JSON"}


@dataclass(frozen=True)
class Found:
    """A rank report on disk.

    Parameters
    ----------
    folder : Path
    report : dict
        `RankReport.to_dict`, as it was written.
    """

    folder: Path
    report: dict[str, Any]

    def told(self) -> dict[str, Any]:
        """Return it as the page shows it."""
        about = {"out": self.folder.name, "galleries": sorted(self.parts()), "files": list(self._listed())}
        return {**told(self.report), **about}

    def parts(self) -> dict[int, np.ndarray]:
        """Return the parts at the candidates; none where they were not kept."""
        try:
            tensors, facts = read_tensors(self.folder / PARTS)
        except (OSError, ValueError):
            return {}
        if facts != _mark(self.report):  # somebody went on with it, and did not keep them
            return {}
        return {int(name): values for name, values in tensors.items()}

    def gallery(self, k: int, shape: tuple[int, ...]) -> dict[str, Any]:
        """Return the parts at one number of them, as small pictures."""
        parts = self.parts().get(k)
        if parts is None or parts.shape[1] != int(np.prod(shape)):
            raise RefusedError(404, f"This report keeps no {k} parts.", "See /api/rank-report for those it has.")
        made = [shrunk(part.reshape(shape), SIDE) for part in parts]
        values = [[rounded(value, 3) for value in one.ravel()] for one in made]
        known = self.report.get("part_stability", {}).get(str(k), [])
        sure = [None if one is None or not math.isfinite(one) else float(one) for one in known] or [None] * k
        words = [None if one is None else sureness(one) for one in sure]
        return {"k": k, "shape": list(made[0].shape), "parts": values, "stability": sure, "sureness": words}

    def files(self) -> dict[str, Path]:
        """Return its files by the names under which they are offered."""
        return downloads(self.folder, (RANK_REPORT, RANK), FIGURES)

    def _listed(self) -> Iterator[dict[str, Any]]:
        for name, path in self.files().items():
            title = TITLES.get(name) or f"Figure: {path.stem.replace('_', ' ')}"
            yield {"name": name, "title": title, "bytes": path.stat().st_size}


def keep_parts(folder: Path, report: RankReport) -> None:
    """Write the parts at the candidates beside their report, for the page to show when it comes again."""
    tensors = {str(k): np.asarray(values, dtype=np.float32) for k, values in report.parts.items()}
    write_tensors(folder / PARTS, tensors, _mark(report.to_dict()))


def last_report(run: Run) -> Found | None:
    """Return the newest report on the same pictures; None where there is none that can be read."""
    stem = stem_of(run.path)
    beside = f"{_literal(stem.name)}{RANKS}*/{RANK}"
    for path in sorted(stem.parent.glob(beside), key=_written, reverse=True):
        try:
            body = read_json(path)
            if body["data"]["fingerprint"] == run.facts["fingerprint"]:
                return Found(path.parent, dict(body["rank"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _mark(report: dict[str, Any]) -> dict[str, Any]:
    """Return what tells a report from what became of it later."""
    return {name: report.get(name) for name in ("n_fits", "seconds", "ks")}


def _literal(name: str) -> str:
    """Return a name as a pattern that only it matches."""
    return "".join(f"[{one}]" if one in "*?[" else one for one in name)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0

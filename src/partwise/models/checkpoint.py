"""A long fit on disk: where it is, of what it is, and the way back to the same bits."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from partwise.models.packing import pack, parts_of, unpack
from partwise.models.validation import fingerprint
from partwise.models.warning import warn
from partwise.problems import State, TwoFactors
from partwise.stopping import Record
from partwise.storage import DamagedError, clear_unfinished, previous_of, read_tensors, write_tensors

FORMAT = 1  # of checkpoints; raised when an older reader could misread them
# what may change between a fit and its resumption; every other parameter moves the path of the fit
FREE = ("tol", "max_iter", "verbose", "callback", "checkpoint", "checkpoint_every", "resume", "memory")
PLACE = "place of X"  # the setting of a fit whose rows are not in memory


@dataclass(frozen=True)
class Position:
    """How far a fit has come: all that it needs to go on as if it had never stopped.

    Parameters
    ----------
    state : State
    history : sequence of Record
        Up to this state.
    tightened : int
        How often the goal has been halved because solving the codes moved the residual above tol.
    seed : int
        Of what the solver draws.
    """

    state: State
    history: Sequence[Record] = ()
    tightened: int = 0
    seed: int = 0


def identity(
    estimator: BaseEstimator, data: dict[str, Any], start: tuple[Any, Any], weights: Any = None
) -> dict[str, Any]:
    """Return everything that decides the path of a fit, as JSON can say it.

    Parameters
    ----------
    estimator : BaseEstimator
    data : dict
        The fingerprint of X.
    start : tuple
        The W and H that were given, or None for each.
    weights : ndarray or None
        Of the entries of X.
    """
    settings = {key: _described(value) for key, value in estimator.get_params(deep=False).items() if key not in FREE}
    for name, F in zip("WH", start, strict=True):
        settings[f"given {name}"] = None if F is None else fingerprint(np.asarray(F))["sha256"]
    if weights is not None:
        settings["weights of entries"] = fingerprint(weights)["sha256"]
    return {"estimator": type(estimator).__name__, "settings": settings, "data": data}


class Checkpoint:
    """The file of one fit, written from time to time; the one before is kept beside it.

    Parameters
    ----------
    path : Path
    every : float
        Seconds between two writes; 0 writes after every measured iteration.
    resume : bool
        Whether to go on from what is there.
    about : dict
        What the fit is of, from `identity`.
    """

    def __init__(self, path: Path, every: float, resume: bool, about: dict[str, Any]) -> None:
        self.path = path
        self.previous = previous_of(path)
        self._every = every
        self._resume = resume
        self._about = about
        self._sound = False  # whether the newest file is worth keeping as the previous one
        self._written = -1  # iteration
        self._next = monotonic() + every

    def restored(self, problem: TwoFactors) -> Position | None:
        """Return where the fit was, or None where it is to begin.

        Raises
        ------
        ValueError
            If what is there is damaged, newer than this version, or of another fit.
        """
        if self._resume:
            clear_unfinished(self.path)
        found = self._read() if self._resume else None
        if found is None:
            return None
        arrays, facts = found
        self._require(facts)
        try:
            state = unpack(facts["state"], arrays, parts_of(problem))
            lines = arrays["history"].tolist()
            history = tuple(Record(int(line[0]), *line[1:]) for line in lines)
            position = Position(state, history, facts["tightened"], facts["seed"])
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f"{self.path} was written by partwise {facts.get('partwise')}, whose solver remembers other things "
                f"than that of this version ({version('partwise')}). Resume with that version, or begin again."
            ) from error
        self._written = position.history[-1].iteration
        return position

    def keeper(self, problem: TwoFactors) -> Callable[[Position, bool], None]:
        """Return what is offered every position, and whether it is the last; it writes those that are due."""

        def keep(position: Position, last: bool) -> None:
            iteration = position.history[-1].iteration
            if iteration != self._written and (last or monotonic() >= self._next):
                self._write(position, problem)
                self._sound, self._written, self._next = True, iteration, monotonic() + self._every

        return keep

    def _write(self, position: Position, problem: TwoFactors) -> None:
        arrays, tree = pack(position.state, parts_of(problem))
        lines = [(r.iteration, r.seconds, r.objective, r.residual) for r in position.history]
        facts = {
            "checkpoint": FORMAT,
            "partwise": version("partwise"),
            **self._about,
            "seed": position.seed,
            "tightened": position.tightened,
            "state": tree,
        }
        previous = self.previous if self._sound else None
        write_tensors(self.path, {**arrays, "history": np.array(lines, np.float64)}, facts, previous)

    def _read(self) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """Read the newest checkpoint, or the one before where the newest is damaged or gone."""
        try:
            found = read_tensors(self.path)
            self._sound = True
            return found
        except (DamagedError, FileNotFoundError) as error:
            gone = isinstance(error, FileNotFoundError)
            if not self.previous.exists():
                if not gone:
                    raise
                warn(f"There is no checkpoint at {self.path} yet: the fit begins at its start.", UserWarning)
                return None
            why = f"{self.path} is gone" if gone else str(error).removesuffix(". Restore a backup or refit.")
            try:
                found = read_tensors(self.previous)
            except DamagedError:
                raise ValueError(f"{why}, and the one before is too. Begin again with another checkpoint.") from error
            warn(f"{why}. Going on from the checkpoint before, {self.previous}.", UserWarning)
            return found

    def _require(self, facts: dict[str, Any]) -> None:
        """Raise ValueError unless the facts are those of this fit."""
        if "checkpoint" not in facts:
            raise ValueError(
                f"{self.path} is no checkpoint of a fit. Give the file that checkpoint= (--checkpoint) wrote."
            )
        if facts["checkpoint"] > FORMAT:
            raise ValueError(
                f"Checkpoint format {facts['checkpoint']} is newer than this version reads ({FORMAT}). "
                "Upgrade the package."
            )
        # settings first: where X lies is one of them, and checksums of other places are made in other ways
        wanted = {"estimator": facts["estimator"], **facts["settings"], **facts["data"]}
        got = {"estimator": self._about["estimator"], **self._about["settings"], **self._about["data"]}
        for name in {**got, **wanted}:
            one, other = wanted.get(name), got.get(name)
            if one == other:
                continue
            what, remedy = name, "settings"
            if name in facts["data"]:
                what, remedy = f"{'checksum' if name == 'sha256' else name} of X", "data"
            if name == PLACE:
                one, other = one or "in memory", other or "in memory"
                remedy = "memory= (--memory) and --dask"
            raise ValueError(
                f"{self.path} is the checkpoint of another fit: it wants {what} = {_short(one)}, got {_short(other)}. "
                f"Resume with the {remedy} of that fit, or give another checkpoint."
            )


def _described(value: Any) -> Any:
    """Return a parameter as JSON can say it, the same in every process."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.random.RandomState):
        state = value.get_state(legacy=False)
        return {"RandomState": fingerprint(state["state"]["key"])["sha256"], "position": state["state"]["pos"]}
    if isinstance(value, (list, tuple)):
        return [_described(one) for one in value]
    settings = asdict(value) if is_dataclass(value) and not isinstance(value, type) else {}
    return {type(value).__qualname__: {name: _described(one) for name, one in settings.items()}}


def _short(value: Any) -> str:
    text = str(tuple(value)) if isinstance(value, list) else repr(value)
    return text if len(text) <= 40 else f"{text[:10]}..".replace("'", "")

"""What a solver carries, as named arrays and plain facts, and back to the last bit: nothing in it can run code.

Dataclasses are walked field by field. What belongs to the problem (X, the loss, a penalty) is named and not copied.
"""

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from partwise.matrices import Operator
from partwise.problems import TwoFactors


def parts_of(problem: TwoFactors) -> dict[str, Any]:
    """Return what a problem shares with the states in it, by name."""
    # rows that are not in memory are never turned
    turned = {"X.T": problem._transposed} if isinstance(problem.X, Operator) else {}
    return {
        "X": problem.X,
        **turned,
        "loss": problem.loss,
        "penalty_W": problem.penalty_W,
        "penalty_H": problem.penalty_H,
    }


def pack(thing: Any, known: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], Any]:
    """Return arrays by name and a tree of what JSON can say, from which `unpack` makes the same thing again.

    Parameters
    ----------
    thing : object
        Arrays, numbers, texts, None, and dataclasses, dicts, lists and tuples of them.
    known : mapping
        Objects that are named in the tree and not looked into.

    Raises
    ------
    TypeError
        With the place of what is none of these.
    """
    packer = _Packer(known)
    tree = packer.pack(thing, type(thing).__name__)
    return packer.arrays, tree


def unpack(tree: Any, arrays: Mapping[str, np.ndarray], known: Mapping[str, Any]) -> Any:
    """Return what was packed.

    Raises
    ------
    LookupError, TypeError, ValueError
        If the tree was not made by `pack`, or a dataclass in it is not there any more or has other fields.
    """
    if tree is None or isinstance(tree, (bool, int, str)):
        return tree
    ((kind, value),) = tree.items()
    match kind:
        case "float":
            return float.fromhex(value)
        case "scalar":
            return np.frombuffer(bytes.fromhex(value[1]), np.dtype(value[0]))[0]
        case "array" | "array in Fortran order":
            # a copy of its own: loops are compiled for arrays that may be written to
            array = np.array(arrays[value])
            return array if kind == "array" else array.T
        case "known":
            return known[value]
        case "dict":
            return {name: unpack(one, arrays, known) for name, one in value.items()}
        case "list":
            return [unpack(one, arrays, known) for one in value]
        case "tuple":
            return tuple(unpack(one, arrays, known) for one in value)
        case "dataclass":
            module, name, given = value
            return _dataclass(module, name)(**{key: unpack(one, arrays, known) for key, one in given.items()})
    raise ValueError(f"Nothing is packed as {kind!r}.")


class _Packer:
    """Collects arrays; one that is met twice is kept once."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._known = known
        self._names: dict[int, str] = {}

    def pack(self, thing: Any, place: str) -> Any:
        """Return the tree of a thing; `place` says where it was met."""
        for name, one in self._known.items():
            if thing is one:
                return {"known": name}
        if thing is None or type(thing) in (bool, int, str):
            return thing
        if type(thing) is float:
            return {"float": thing.hex()}
        if isinstance(thing, np.generic):
            return {"scalar": [thing.dtype.str, thing.tobytes().hex()]}
        if type(thing) is np.ndarray and thing.ndim and thing.dtype.kind in "biuf":
            # BLAS takes another way through a transposed array, so its layout comes back too
            turned = thing.flags.f_contiguous and not thing.flags.c_contiguous
            return {"array in Fortran order" if turned else "array": self._name(thing, turned, place)}
        if is_dataclass(thing) and not isinstance(thing, type):
            cls = type(thing)
            given = {f.name: self.pack(getattr(thing, f.name), f"{place}.{f.name}") for f in fields(thing) if f.init}
            return {"dataclass": [cls.__module__, cls.__qualname__, given]}
        if type(thing) is dict and all(type(key) is str for key in thing):
            return {"dict": {key: self.pack(one, f"{place}.{key}") for key, one in thing.items()}}
        if type(thing) in (list, tuple):
            return {type(thing).__name__: [self.pack(one, f"{place}.{i}") for i, one in enumerate(thing)]}
        raise TypeError(
            f"A checkpoint holds arrays, numbers, texts and dataclasses of them, got {type(thing).__name__} "
            f"at {place}. Let the solver carry it as one of those, or fit without a checkpoint."
        )

    def _name(self, array: np.ndarray, turned: bool, place: str) -> str:
        if id(array) not in self._names:
            self._names[id(array)] = place
            self.arrays[place] = array.T if turned else array
        return self._names[id(array)]


def _dataclass(module: str, name: str) -> type:
    """Return a dataclass that this process has loaded already; nothing is imported for a file's sake."""
    found = getattr(sys.modules[module], name)
    if not (isinstance(found, type) and is_dataclass(found)):
        raise TypeError(f"{module}.{name} is no dataclass.")
    return found

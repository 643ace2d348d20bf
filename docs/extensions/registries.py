"""The registries as tables: each key with the first line of what its value says of itself."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Entry:
    """What one or several names stand for.

    Attributes
    ----------
    keys : tuple of str
        The names, in the order of the registry.
    value : object
        What the registry holds.
    told : str
        The first line of its docstring; empty if it has none of its own.
    """

    keys: tuple[str, ...]
    value: Any
    told: str


def entries(path: str, through: str | None = None, told_by: str | None = None) -> list[Entry]:
    """Return the entries of a registry; names of the same thing are one entry.

    Parameters
    ----------
    path : str
        Where the dictionary is: ``"partwise.solvers.SOLVERS"``.
    through : str, optional
        A function of a key that returns what the key stands for, where the registry holds something plainer.
    told_by : str, optional
        A function whose docstring describes every key, after its name in double backticks and a colon.
    """
    registry, explain = at(path), at(through) if through else None
    keys: dict[int, list[str]] = {}
    for key, value in registry.items():
        keys.setdefault(id(value), []).append(key)

    def line(key: str) -> str:
        if told_by:
            return _described(inspect.getdoc(at(told_by)) or "", key)
        return told(explain(key) if explain else registry[key])

    return [Entry(tuple(names), registry[names[0]], line(names[0])) for names in keys.values()]


def table(path: str, through: str | None = None, told_by: str | None = None, *, files: bool = False) -> list[str]:
    """Return a registry as a table in lines of reStructuredText.

    With `files`, the first line of the file that each value is from stands before that of the value: one file is one
    method there, and says its name and its source.
    """
    held = entries(path, through, told_by)
    rows = [["Name", "What it is"], *([", ".join(f"``{key}``" for key in entry.keys), entry.told] for entry in held)]
    widths = "25 75"
    if through is not None:
        widths = "20 15 65"
        between = ["Stands for", *(f"``{entry.value:g}``" for entry in held)]
        rows = [[row[0], cell, row[1]] for row, cell in zip(rows, between, strict=True)]
    if files:
        widths = "15 45 40"
        between = ["What it is", *(_first_line(import_module(entry.value.__module__)) for entry in held)]
        rows = [[row[0], cell, row[1]] for row, cell in zip(rows, between, strict=True)]
        rows[0][2] = "Its step"
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", "   :class: registry", ""]
    for row in rows:
        lines += [f"   {' ' if place else '*'} - {cell}" for place, cell in enumerate(row)]
    return [*lines, ""]


def found(package: str) -> Iterator[str]:
    """Yield the paths of all registries of a package: public dictionaries in capitals, from names to anything.

    Only what a room offers in ``__all__`` counts; settings of figures are no registry.
    """
    import pkgutil

    root = import_module(package)
    for _, name, is_room in pkgutil.iter_modules(root.__path__, f"{package}."):
        if not is_room:
            continue
        room = import_module(name)
        for label in getattr(room, "__all__", ()):
            value = getattr(room, label)
            if label.isupper() and isinstance(value, dict) and _is_registry(value):
                yield f"{name}.{label}"


def at(path: str) -> Any:
    """Return the object at a dotted path."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def told(thing: Any) -> str:
    """Return the first line of the docstring of a class, a function or an instance's class."""
    thing = thing if inspect.isclass(thing) or inspect.isroutine(thing) else type(thing)
    if thing.__module__ == "builtins":
        return ""
    return _first_line(thing)


def _described(text: str, key: str) -> str:
    """Return what stands after a key in a docstring, to the next key or the end of the paragraph."""
    found = re.search(rf"``{re.escape(key)}``:\s+(.+?)(?=\s+``[\w-]+``:\s|\n\S|\n\s*\n|\Z)", text, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _first_line(thing: Any) -> str:
    text = (thing.__doc__ or "").strip()
    return text.splitlines()[0] if text else ""


def _is_registry(value: dict[Any, Any]) -> bool:
    """Tell names of things, or of exponents, from settings that have types of all kinds."""
    kinds = {callable(one) or isinstance(one, float) for one in value.values()}
    return kinds == {True}

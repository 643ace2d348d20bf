"""The registries as tables: each key with the first line of what its value says of itself."""

import inspect
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


def entries(path: str, through: str | None = None) -> list[Entry]:
    """Return the entries of a registry; names of the same thing are one entry.

    Parameters
    ----------
    path : str
        Where the dictionary is: ``"partwise.solvers.SOLVERS"``.
    through : str, optional
        A function of a key that returns what the key stands for, where the registry holds something plainer.
    """
    registry, explain = at(path), at(through) if through else None
    keys: dict[int, list[str]] = {}
    for key, value in registry.items():
        keys.setdefault(id(value), []).append(key)
    return [
        Entry(tuple(names), registry[names[0]], told(explain(names[0]) if explain else registry[names[0]]))
        for names in keys.values()
    ]


def table(path: str, through: str | None = None) -> list[str]:
    """Return a registry as a table in lines of reStructuredText."""
    plain = through is not None
    head = ["Name", "Stands for", "What it is"] if plain else ["Name", "What it is"]
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {'20 15 65' if plain else '25 75'}", ""]
    for row in (head, *(_cells(entry, plain) for entry in entries(path, through))):
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
    own = thing.__doc__ or ""
    return own.strip().splitlines()[0] if own.strip() else ""


def _is_registry(value: dict[Any, Any]) -> bool:
    """Tell names of things, or of exponents, from settings that have types of all kinds."""
    kinds = {callable(one) or isinstance(one, float) for one in value.values()}
    return kinds == {True}


def _cells(entry: Entry, plain: bool) -> list[str]:
    names = ", ".join(f"``{key}``" for key in entry.keys)
    value = [f"``{entry.value:g}``" if isinstance(entry.value, float) else f"``{entry.value}``"] if plain else []
    return [names, *value, entry.told]

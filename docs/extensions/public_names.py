"""The public names, room by room, sorted into classes, functions and constants, as their ``__all__`` gives them."""

import inspect
from importlib import import_module

#: The rooms whose ``__all__`` is public; their pages are in the reference.
ROOMS = ("partwise", "partwise.plots", "partwise.search", "partwise.sources")


def names_of(room: str) -> dict[str, list[str]]:
    """Return the public names of a room by what they are: ``classes``, ``functions``, ``constants``.

    A name that the package itself offers too is documented there and left out of the room.
    """
    module = import_module(room)
    offered = set() if room == ROOMS[0] else set(import_module(ROOMS[0]).__all__)
    names: dict[str, list[str]] = {"classes": [], "functions": [], "constants": []}
    for name in module.__all__:
        if name not in offered:
            names[_sort(getattr(module, name))].append(name)
    return names


def _sort(thing: object) -> str:
    if inspect.isclass(thing):
        return "classes"
    return "functions" if inspect.isroutine(thing) else "constants"

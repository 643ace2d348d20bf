"""What a command needs that is not installed with the rest: said in one line, with how to get it."""

from importlib.util import find_spec


def need_app() -> None:
    """Raise ValueError where the packages of the extra `app` are missing."""
    missing = [name for name in ("fastapi", "uvicorn") if find_spec(name) is None]
    if missing:
        raise ValueError(f"partwise serve needs {' and '.join(missing)}. Try: pip install 'partwise[app]'")

"""What a command needs that is not installed with the rest: said in one line, with how to get it."""

from importlib.util import find_spec


def need_app() -> None:
    """Raise ValueError where the packages of the extra `app` are missing."""
    _need("partwise serve", ("fastapi", "uvicorn"), "app")


def need_dask() -> None:
    """Raise ValueError where the packages of the extra `dask` are missing."""
    _need("--dask", ("dask", "distributed"), "dask")


def _need(what: str, names: tuple[str, ...], extra: str) -> None:
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise ValueError(f"{what} needs {' and '.join(missing)}. Try: pip install 'partwise[{extra}]'")

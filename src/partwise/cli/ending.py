"""How a command ends early, and how an error is told in one line."""


class Ending(Exception):
    """Ends the program with a message on the error stream and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def describe(error: BaseException | Warning | str) -> str:
    """Return an error's message on one line, file names of the system's own errors in front."""
    if isinstance(error, PermissionError) and error.filename is not None:
        return f"Permission denied: {error.filename}"
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.strerror}: {error.filename}"
    return " ".join(str(error).split())

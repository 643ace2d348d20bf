"""How much memory a fit may take, and what that leaves for blocks and samples."""

from dataclasses import dataclass

from partwise.memory import SHARE, bytes_of, machine_memory

PROGRAM = 260e6  # bytes that Python and its libraries take; not measured, so that the same size gives the same blocks
LEAST = 64e6  # bytes beside the program: less holds no block worth a product
BLOCK = (1 << 20, 16 << 20)  # bytes of a block
SAMPLE = 64 << 20  # bytes of the sample that a fit begins with


@dataclass(frozen=True)
class WorkingMemory:
    """What a fit from disk may hold at once.

    Parameters
    ----------
    bytes : float
        Beside the program itself.
    """

    bytes: float

    @classmethod
    def of(cls, memory: int | str | None, whom: str) -> "WorkingMemory":
        """Take what the user allows the program and this fit; None is a quarter of the machine's memory.

        Raises
        ------
        ValueError
            If that is no size, or too little to work with.
        """
        if memory is None:
            return cls(max(LEAST, SHARE * machine_memory()))
        left = bytes_of(memory) - PROGRAM
        if left < LEAST:
            raise ValueError(
                f"{whom} wants memory of at least {(PROGRAM + LEAST) / 1e6:.0f}MB (the program itself takes "
                f"{PROGRAM / 1e6:.0f}MB), got {memory!r}. Allow it more."
            )
        return cls(left)

    @property
    def block(self) -> int:
        """Bytes of a block of rows."""
        return int(min(max(BLOCK[0], self.bytes / 16), BLOCK[1]))

    @property
    def sample(self) -> int:
        """Bytes of a sample of rows."""
        return int(min(self.bytes / 4, SAMPLE))

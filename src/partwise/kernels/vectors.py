"""How micro-kernels are written: entries of arrays as LLVM vectors, and loops that carry values in registers.

Written so, each processor gets its own instructions, whatever the optimiser makes of loops.
"""

from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils

_FEATURES = binding.get_host_cpu_features()

# bytes of a vector register, and the tile of sums that fits the registers beside its operands (32, or 16 on older x86)
if _FEATURES.get("avx512f"):
    WIDTH, ROWS, VECTORS = 64, 5, 5
elif _FEATURES.get("avx2"):
    WIDTH, ROWS, VECTORS = 32, 3, 4
else:
    WIDTH, ROWS, VECTORS = 16, 5, 5

COLUMNS = VECTORS  # of the tile of `dots`
NARROW = min(WIDTH, 32)  # bytes of a vector of `gather`: rows of few components are padded to less
TILE = VECTORS * WIDTH // 4  # single-precision entries of a row of the tile of `blend`, of double half as many

INT = types.intp


class Entries:
    """The entries of a contiguous numba array, one by one or by vectors of so many bytes."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any, width: int = WIDTH) -> None:
        if kind.layout not in "CF":
            raise TypeError(f"A micro-kernel wants contiguous arrays, got {kind}.")
        self.builder = builder
        self.data = context.make_array(kind)(context, builder, value).data
        self.scalar = context.get_value_type(kind.dtype)
        self.size = kind.dtype.bitwidth // 8
        self.vector = ir.VectorType(self.scalar, width // self.size)

    def at(self, place: Any) -> Any:
        """Return the address of an entry."""
        return self.builder.gep(self.data, [place])

    def load(self, place: Any) -> Any:
        """Return the vector that begins at an entry."""
        return self.builder.load(self.builder.bitcast(self.at(place), self.vector.as_pointer()), align=self.size)

    def store(self, value: Any, place: Any) -> None:
        """Put a vector where an entry is and after it."""
        self.builder.store(value, self.builder.bitcast(self.at(place), self.vector.as_pointer()), align=self.size)

    def spread(self, place: Any) -> Any:
        """Return a vector full of one entry."""
        return self.full(self.builder.load(self.at(place)))

    def wider(self, value: Any) -> Any:
        """Return a vector in this precision."""
        return value if value.type == self.vector else self.builder.fpext(value, self.vector)

    def full(self, value: Any) -> Any:
        """Return a vector full of a value."""
        empty, small = ir.Constant(self.vector, ir.Undefined), ir.IntType(32)
        one = self.builder.insert_element(empty, value, ir.Constant(small, 0))
        first = ir.Constant(ir.VectorType(small, self.vector.count), [0] * self.vector.count)
        return self.builder.shuffle_vector(one, empty, first)


class Loop:
    """``for place in range(0, n, step)`` with values carried from turn to turn in registers; at least one turn."""

    def __init__(self, builder: Any, n: Any, step: int, first: list[Any]) -> None:
        self.builder, self.n, self.step = builder, n, step
        self.before = builder.block
        self.body, self.end = (builder.append_basic_block(name) for name in ("tile", "tile_end"))
        builder.branch(self.body)
        builder.position_at_end(self.body)
        self.place = builder.phi(n.type)
        self.place.add_incoming(ir.Constant(n.type, 0), self.before)
        self.carried = []
        for value in first:
            phi = builder.phi(value.type)
            phi.add_incoming(value, self.before)
            self.carried.append(phi)
        self.final: list[Any] = [None] * len(first)

    def set(self, index: int, value: Any) -> None:
        """Say what a carried value is after this turn."""
        self.final[index] = value

    def __enter__(self) -> "Loop":
        return self

    def __exit__(self, *error: object) -> None:
        after = self.builder.add(self.place, ir.Constant(self.n.type, self.step))
        self.place.add_incoming(after, self.body)
        for phi, value in zip(self.carried, self.final, strict=True):
            phi.add_incoming(value, self.body)
        self.builder.cbranch(self.builder.icmp_signed("<", after, self.n), self.body, self.end)
        self.builder.position_at_end(self.end)


def totals(builder: Any, vectors: list[Any]) -> Any:
    """Return the vector of the sums of as many vectors as it has lanes: neighbours are added, level by level."""
    count = len(vectors)
    small = ir.IntType(32)
    kind = ir.VectorType(small, count)
    even, odd = (ir.Constant(kind, [2 * i + first for i in range(count)]) for first in (0, 1))
    while len(vectors) > 1:
        pairs = zip(vectors[::2], vectors[1::2], strict=True)
        vectors = [
            builder.fadd(builder.shuffle_vector(a, b, even), builder.shuffle_vector(a, b, odd)) for a, b in pairs
        ]
    return vectors[0]


def stepped(builder: Any, begin: Any, step: Any, times: int) -> Any:
    """Return ``begin + times step``."""
    return builder.add(begin, builder.mul(step, ir.Constant(begin.type, times)))


def fused(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Return ``a b + c``, in one instruction where the processor has it."""
    return builder.call(named(builder, "llvm.fmuladd", c.type, [c.type] * 3, c.type), [a, b, c])


def named(builder: Any, name: str, kind: Any, takes: list[Any], gives: Any) -> Any:
    """Return LLVM's own function of that name for vectors of this kind."""
    bits = {"float": "f32", "double": "f64"}[str(kind.element)]
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(gives, takes), f"{name}.v{kind.count}{bits}")

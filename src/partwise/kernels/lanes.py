"""Micro-kernels in vector registers, which every product and every sweep is made of.

They keep a tile of sums in registers while they run along the summed axis, as BLAS does inside, but read
the operands where they are: BLAS first copies X into its own layout, which costs as much as the product itself where a
factor has few components. Written as LLVM vectors, so that each processor gets its own instructions.
"""

from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

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

_int = types.intp


@intrinsic
def dots(typingctx, A, a, a_step, B, b, b_step, n, out):  # type: ignore[no-untyped-def]
    """``out[j * COLUMNS + i] = sum over c < n of A[a + j a_step + c] B[b + i b_step + c]``, j < ROWS, i < COLUMNS.

    Places count the entries of contiguous arrays; n >= 1 is a multiple of the lanes of a vector, and out has ROWS *
    COLUMNS entries and a vector more.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        left, right, sums = (_Entries(context, builder, signature.args[i], args[i]) for i in (0, 3, 7))
        kind = left.vector
        rows = [_add(builder, args[1], args[2], j) for j in range(ROWS)]
        columns = [_add(builder, args[4], args[5], i) for i in range(COLUMNS)]
        zero = ir.Constant(kind, [0.0] * kind.count)
        with _Loop(builder, args[6], kind.count, [zero] * (ROWS * COLUMNS)) as loop:
            b_now = [right.load(builder.add(place, loop.place)) for place in columns]
            for j in range(ROWS):
                a_now = left.load(builder.add(rows[j], loop.place))
                for i in range(COLUMNS):
                    loop.set(j * COLUMNS + i, _fused(builder, a_now, b_now[i], loop.carried[j * COLUMNS + i]))
        for place in range(0, ROWS * COLUMNS, kind.count):
            some = loop.final[place : place + kind.count]
            whole = _totals(builder, some + [zero] * (kind.count - len(some)))
            sums.store(whole, ir.Constant(args[6].type, place))
        return context.get_dummy_value()

    return types.void(A, _int, _int, B, _int, _int, _int, out), generate


@intrinsic
def blend(typingctx, A, a, a_step, B, b, b_step, n, C, c, c_step, out, o, o_step):  # type: ignore[no-untyped-def]
    """``out[o + j o_step + l] = C[c + j c_step + l] + sum over p < n of A[a + j a_step + p] B[b + p b_step + l]``.

    For j < ROWS and l < VECTORS times the lanes of a vector; C and out may be the same.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        left, right, base, sums = (_Entries(context, builder, signature.args[i], args[i]) for i in (0, 3, 7, 10))
        kind, step = left.vector, args[6].type
        tile = [(j, v) for j in range(ROWS) for v in range(VECTORS)]
        lane = [ir.Constant(step, v * kind.count) for v in range(VECTORS)]
        rows = [_add(builder, args[1], args[2], j) for j in range(ROWS)]
        zero = ir.Constant(kind, [0.0] * kind.count)
        with _Loop(builder, args[6], 1, [zero] * len(tile)) as loop:
            begin = builder.add(args[4], builder.mul(args[5], loop.place))
            b_now = [right.load(builder.add(begin, offset)) for offset in lane]
            for j in range(ROWS):
                weight = left.spread(builder.add(rows[j], loop.place))
                for v in range(VECTORS):
                    at = j * VECTORS + v
                    loop.set(at, _fused(builder, weight, b_now[v], loop.carried[at]))
        # the base comes last: a sum of many blocks is then no worse than one of their totals
        for (j, v), value in zip(tile, loop.final, strict=True):
            before = base.load(builder.add(_add(builder, args[8], args[9], j), lane[v]))
            sums.store(builder.fadd(before, value), builder.add(_add(builder, args[11], args[12], j), lane[v]))
        return context.get_dummy_value()

    signature = types.void(A, _int, _int, B, _int, _int, _int, C, _int, _int, out, _int, _int)
    return signature, generate


@intrinsic
def descend(typingctx, G, j, padded, C, W, begin, step, inverse, change):  # type: ignore[no-untyped-def]
    """Take components j .. j + ROWS of a chunk of W down one after the other, the others held (a tile of a HALS sweep).

    ``w_i <- max(0, w_i + (c_i + sum over l of G[i, l] w_l) inverse_i)``, where G is minus the gram matrix; the chunk of
    VECTORS vectors begins at `begin` in C and W, its components `step` entries apart. Squared changes are added to
    change[0 .. lanes of a vector].
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        gram, cross, weights, scales, sums = (
            _Entries(context, builder, signature.args[i], args[i]) for i in (0, 3, 4, 7, 8)
        )
        first, n, begin, step = args[1], args[2], args[5], args[6]
        kind = weights.vector
        tile = [(i, v) for i in range(ROWS) for v in range(VECTORS)]
        lane = [ir.Constant(n.type, v * kind.count) for v in range(VECTORS)]
        rows = [builder.mul(builder.add(first, ir.Constant(n.type, i)), n) for i in range(ROWS)]
        at = [_add(builder, builder.add(begin, builder.mul(first, step)), step, i) for i in range(ROWS)]
        zero = ir.Constant(kind, [0.0] * kind.count)
        with _Loop(builder, n, 1, [cross.load(builder.add(at[i], lane[v])) for i, v in tile]) as loop:
            row = builder.add(begin, builder.mul(step, loop.place))
            now = [weights.load(builder.add(row, offset)) for offset in lane]
            for i in range(ROWS):
                entry = gram.spread(builder.add(rows[i], loop.place))
                for v in range(VECTORS):
                    loop.set(i * VECTORS + v, _fused(builder, entry, now[v], loop.carried[i * VECTORS + v]))
        largest = _named(builder, "llvm.maxnum", kind, [kind, kind], kind)
        total = sums.load(ir.Constant(n.type, 0))
        for v in range(VECTORS):
            pull = [loop.final[i * VECTORS + v] for i in range(ROWS)]
            for i in range(ROWS):
                place = builder.add(at[i], lane[v])
                old = weights.load(place)
                new = builder.call(
                    largest,
                    [
                        _fused(builder, pull[i], scales.spread(_add(builder, first, ir.Constant(n.type, 1), i)), old),
                        zero,
                    ],
                )
                moved = builder.fsub(new, old)
                weights.store(new, place)
                total = _fused(builder, moved, moved, total)
                for later in range(i + 1, ROWS):
                    entry = gram.spread(builder.add(rows[later], builder.add(first, ir.Constant(n.type, i))))
                    pull[later] = _fused(builder, entry, moved, pull[later])
        sums.store(total, ir.Constant(n.type, 0))
        return context.get_dummy_value()

    return types.void(G, _int, _int, C, W, _int, _int, inverse, change), generate


@intrinsic
def bounds(typingctx, A, begin, n, out):  # type: ignore[no-untyped-def]
    """Put lanes of least and of largest entries of A[begin : begin + n] into out, and lanes that are 0.

    The last are NaN where an entry is not finite; the others pass over NaN. n >= 1 is a multiple of the lanes of a
    vector, and out has three vectors.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        entries, found = (_Entries(context, builder, signature.args[i], args[i]) for i in (0, 3))
        kind, step = entries.vector, args[2].type
        begun = entries.load(args[1])
        zero = ir.Constant(kind, [0.0] * kind.count)
        with _Loop(builder, args[2], kind.count, [begun, begun, zero]) as loop:
            now = entries.load(builder.add(args[1], loop.place))
            loop.set(2, _fused(builder, now, zero, loop.carried[2]))
            for i, name in enumerate(("llvm.minnum", "llvm.maxnum")):
                loop.set(i, builder.call(_named(builder, name, kind, [kind, kind], kind), [now, loop.carried[i]]))
        for i, value in enumerate(loop.final):
            found.store(value, ir.Constant(step, i * kind.count))
        return context.get_dummy_value()

    return types.void(A, _int, _int, out), generate


def _gather(vectors: int) -> Any:
    @intrinsic
    def gather(typingctx, data, places, begin, n, B, b_step, out, o):  # type: ignore[no-untyped-def]
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            weights, found, rows, sums = (_Entries(context, builder, signature.args[i], args[i]) for i in (0, 1, 4, 6))
            for entries in (weights, rows, sums):
                entries.narrow()
            kind, step = weights.vector, args[3].type
            lane = [ir.Constant(step, v * kind.count) for v in range(vectors)]
            zero = ir.Constant(kind, [0.0] * kind.count)
            with _Loop(builder, args[3], 1, [zero] * vectors) as loop:
                entry = builder.add(args[2], loop.place)
                row = builder.load(found.at(entry))
                place = builder.mul(row if row.type == step else builder.sext(row, step), args[5])
                weight = weights.spread(entry)
                for v in range(vectors):
                    loop.set(v, _fused(builder, weight, rows.load(builder.add(place, lane[v])), loop.carried[v]))
            for v, value in enumerate(loop.final):
                sums.store(value, builder.add(args[7], lane[v]))
            return context.get_dummy_value()

        return types.void(data, places, _int, _int, B, _int, out, _int), generate

    gather.__doc__ = f"""``out[o + l] = sum over e < n of data[begin + e] B[places[begin + e] b_step + l]``.

    For l < {vectors} times the lanes of a vector of NARROW bytes.
    """
    return gather


GATHERS = tuple(_gather(vectors) for vectors in range(1, 9))


class _Entries:
    """The entries of a contiguous numba array, one by one or by vectors."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        self.builder = builder
        self.data = context.make_array(kind)(context, builder, value).data
        self.scalar = context.get_value_type(kind.dtype)
        self.size = kind.dtype.bitwidth // 8
        self.vector = ir.VectorType(self.scalar, WIDTH // self.size)

    def narrow(self) -> None:
        self.vector = ir.VectorType(self.scalar, NARROW // self.size)

    def at(self, place: Any) -> Any:
        return self.builder.gep(self.data, [place])

    def load(self, place: Any) -> Any:
        return self.builder.load(self.builder.bitcast(self.at(place), self.vector.as_pointer()), align=self.size)

    def store(self, value: Any, place: Any) -> None:
        self.builder.store(value, self.builder.bitcast(self.at(place), self.vector.as_pointer()), align=self.size)

    def spread(self, place: Any) -> Any:
        """Return a vector full of one entry."""
        empty, small = ir.Constant(self.vector, ir.Undefined), ir.IntType(32)
        one = self.builder.insert_element(empty, self.builder.load(self.at(place)), ir.Constant(small, 0))
        first = ir.Constant(ir.VectorType(small, self.vector.count), [0] * self.vector.count)
        return self.builder.shuffle_vector(one, empty, first)


class _Loop:
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
        self.final[index] = value

    def __enter__(self) -> "_Loop":
        return self

    def __exit__(self, *error: object) -> None:
        after = self.builder.add(self.place, ir.Constant(self.n.type, self.step))
        self.place.add_incoming(after, self.body)
        for phi, value in zip(self.carried, self.final, strict=True):
            phi.add_incoming(value, self.body)
        self.builder.cbranch(self.builder.icmp_signed("<", after, self.n), self.body, self.end)
        self.builder.position_at_end(self.end)


def _totals(builder: Any, vectors: list[Any]) -> Any:
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


def _add(builder: Any, begin: Any, step: Any, times: int) -> Any:
    return builder.add(begin, builder.mul(step, ir.Constant(begin.type, times)))


def _fused(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Return ``a b + c``, in one instruction where the processor has it."""
    return builder.call(_named(builder, "llvm.fmuladd", c.type, [c.type] * 3, c.type), [a, b, c])


def _named(builder: Any, name: str, kind: Any, takes: list[Any], gives: Any) -> Any:
    """Return LLVM's own function of that name for vectors of this kind."""
    bits = {"float": "f32", "double": "f64"}[str(kind.element)]
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(gives, takes), f"{name}.v{kind.count}{bits}")

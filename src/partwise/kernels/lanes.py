"""Micro-kernels in vector registers, which every product and every sweep is made of.

They keep a tile of sums in registers while they run along the summed axis, as BLAS does inside, but read
the operands where they are: BLAS first copies X into its own layout, which costs as much as the product itself where a
factor has few components.
"""

from functools import partial
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from partwise.kernels.vectors import COLUMNS, INT, NARROW, ROWS, VECTORS, Entries, Loop, fused, named, stepped, totals

MOST = 8  # vectors of a row that `gather` sums at once


@intrinsic
def dots(typingctx, A, a, a_step, B, b, b_step, n, out):  # type: ignore[no-untyped-def]
    """``out[j * COLUMNS + i] = sum over c < n of A[a + j a_step + c] B[b + i b_step + c]``, j < ROWS, i < COLUMNS.

    Places count the entries of contiguous arrays; n >= 1 is a multiple of the lanes of a vector, and out has ROWS *
    COLUMNS entries and a vector more.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        left, right, sums = (Entries(context, builder, signature.args[i], args[i]) for i in (0, 3, 7))
        kind = left.vector
        rows = [stepped(builder, args[1], args[2], j) for j in range(ROWS)]
        columns = [stepped(builder, args[4], args[5], i) for i in range(COLUMNS)]
        zero = ir.Constant(kind, [0.0] * kind.count)
        with Loop(builder, args[6], kind.count, [zero] * (ROWS * COLUMNS)) as loop:
            b_now = [right.load(builder.add(place, loop.place)) for place in columns]
            for j in range(ROWS):
                a_now = left.load(builder.add(rows[j], loop.place))
                for i in range(COLUMNS):
                    loop.set(j * COLUMNS + i, fused(builder, a_now, b_now[i], loop.carried[j * COLUMNS + i]))
        for place in range(0, ROWS * COLUMNS, kind.count):
            some = loop.final[place : place + kind.count]
            whole = totals(builder, some + [zero] * (kind.count - len(some)))
            sums.store(whole, ir.Constant(args[6].type, place))
        return context.get_dummy_value()

    return types.void(A, INT, INT, B, INT, INT, INT, out), generate


@intrinsic
def blend(typingctx, A, a, a_step, B, b, b_step, n, C, c, c_step, out, o, o_step):  # type: ignore[no-untyped-def]
    """``out[o + j o_step + l] = C[c + j c_step + l] + sum over p < n of A[a + j a_step + p] B[b + p b_step + l]``.

    For j < ROWS and l < VECTORS times the lanes of a vector; C and out may be the same.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        left, right, base, sums = (Entries(context, builder, signature.args[i], args[i]) for i in (0, 3, 7, 10))
        kind, step = left.vector, args[6].type
        tile = [(j, v) for j in range(ROWS) for v in range(VECTORS)]
        lane = [ir.Constant(step, v * kind.count) for v in range(VECTORS)]
        rows = [stepped(builder, args[1], args[2], j) for j in range(ROWS)]
        zero = ir.Constant(kind, [0.0] * kind.count)
        with Loop(builder, args[6], 1, [zero] * len(tile)) as loop:
            begin = builder.add(args[4], builder.mul(args[5], loop.place))
            b_now = [right.load(builder.add(begin, offset)) for offset in lane]
            for j in range(ROWS):
                weight = left.spread(builder.add(rows[j], loop.place))
                for v in range(VECTORS):
                    at = j * VECTORS + v
                    loop.set(at, fused(builder, weight, b_now[v], loop.carried[at]))
        # the base comes last: a sum of many blocks is then no worse than one of their totals
        for (j, v), value in zip(tile, loop.final, strict=True):
            before = base.load(builder.add(stepped(builder, args[8], args[9], j), lane[v]))
            sums.store(builder.fadd(before, value), builder.add(stepped(builder, args[11], args[12], j), lane[v]))
        return context.get_dummy_value()

    signature = types.void(A, INT, INT, B, INT, INT, INT, C, INT, INT, out, INT, INT)
    return signature, generate


def _descend(vectors: int, context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Write the tile of a sweep for chunks of so many vectors; where arguments beyond `change` say so, above bounds."""
    gram, cross, weights, scales, sums = (
        Entries(context, builder, signature.args[i], args[i]) for i in (0, 3, 4, 7, 8)
    )
    bounds = [Entries(context, builder, kind, value) for kind, value in zip(signature.args[9:], args[9:], strict=True)]
    first, n, begin, step = args[1], args[2], args[5], args[6]
    kind = weights.vector
    tile = [(i, v) for i in range(ROWS) for v in range(vectors)]
    lane = [ir.Constant(n.type, v * kind.count) for v in range(vectors)]
    rows = [builder.mul(builder.add(first, ir.Constant(n.type, i)), n) for i in range(ROWS)]
    at = [stepped(builder, builder.add(begin, builder.mul(first, step)), step, i) for i in range(ROWS)]
    zero = ir.Constant(kind, [0.0] * kind.count)
    with Loop(builder, n, 1, [cross.load(builder.add(at[i], lane[v])) for i, v in tile]) as loop:
        row = builder.add(begin, builder.mul(step, loop.place))
        now = [weights.load(builder.add(row, offset)) for offset in lane]
        for i in range(ROWS):
            entry = gram.spread(builder.add(rows[i], loop.place))
            for v in range(vectors):
                loop.set(i * vectors + v, fused(builder, entry, now[v], loop.carried[i * vectors + v]))
    largest = named(builder, "llvm.maxnum", kind, [kind, kind], kind)
    total = sums.load(ir.Constant(n.type, 0))
    for v in range(vectors):
        pull = [loop.final[i * vectors + v] for i in range(ROWS)]
        for i in range(ROWS):
            place = builder.add(at[i], lane[v])
            old = weights.load(place)
            scale = scales.spread(stepped(builder, first, ir.Constant(n.type, 1), i))
            least = bounds[0].load(place) if bounds else zero
            new = builder.call(largest, [fused(builder, pull[i], scale, old), least])
            moved = builder.fsub(new, old)
            weights.store(new, place)
            total = fused(builder, moved, moved, total)
            for later in range(i + 1, ROWS):
                entry = gram.spread(builder.add(rows[later], builder.add(first, ir.Constant(n.type, i))))
                pull[later] = fused(builder, entry, moved, pull[later])
    sums.store(total, ir.Constant(n.type, 0))
    return context.get_dummy_value()


@intrinsic
def descend(typingctx, G, j, padded, C, W, begin, step, inverse, change):  # type: ignore[no-untyped-def]
    """Take components j .. j + ROWS of a chunk of W down one after the other, the others held (a tile of a HALS sweep).

    ``w_i <- max(0, w_i + (c_i + sum over l of G[i, l] w_l) inverse_i)``, where G is minus the gram matrix; the chunk of
    VECTORS vectors begins at `begin` in C and W, its components `step` entries apart. Squared changes are added to
    change[0 .. lanes of a vector].
    """
    return types.void(G, INT, INT, C, W, INT, INT, inverse, change), partial(_descend, VECTORS)


@intrinsic
def descend_above(typingctx, G, j, padded, C, W, begin, step, inverse, change, least):  # type: ignore[no-untyped-def]
    """Do the same for a chunk of one vector, whose entries stay at or above those of `least`, which lie alike."""
    return types.void(G, INT, INT, C, W, INT, INT, inverse, change, least), partial(_descend, 1)


@intrinsic
def gather(typingctx, data, places, begin, n, B, b, b_step, out, o, vectors):  # type: ignore[no-untyped-def]
    """``out[o + l] = sum over e < n of data[begin + e] B[b + places[begin + e] b_step + l]``.

    For l < `vectors` times the lanes of a vector of NARROW bytes, of which there are 1 to MOST.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        weights, rows, sums = (Entries(context, builder, signature.args[i], args[i], NARROW) for i in (0, 4, 7))
        found = Entries(context, builder, signature.args[1], args[1])
        kind, step = weights.vector, args[3].type
        zero = ir.Constant(kind, [0.0] * kind.count)
        end = builder.append_basic_block("gathered")
        choice = builder.switch(args[9], end)
        # as many sums as the registers hold: each number of them is a loop of its own
        for count in range(1, MOST + 1):
            lane = [ir.Constant(step, v * kind.count) for v in range(count)]
            choice.add_case(ir.Constant(args[9].type, count), block := builder.append_basic_block(f"gather_{count}"))
            builder.position_at_end(block)
            with Loop(builder, args[3], 1, [zero] * count) as loop:
                entry = builder.add(args[2], loop.place)
                row = builder.load(found.at(entry))
                row = row if row.type == step else builder.sext(row, step)
                place = builder.add(args[5], builder.mul(row, args[6]))
                weight = weights.spread(entry)
                for v in range(count):
                    loop.set(v, fused(builder, weight, rows.load(builder.add(place, lane[v])), loop.carried[v]))
            for v, value in enumerate(loop.final):
                sums.store(value, builder.add(args[8], lane[v]))
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return types.void(data, places, INT, INT, B, INT, INT, out, INT, INT), generate

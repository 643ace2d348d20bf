"""Passes over factors, tile by tile: what is put together, put away or added up on the way past."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from partwise.kernels.vectors import INT, VECTORS, Entries, Loop, fused, named


def _lift(bounded: bool) -> Any:
    @intrinsic
    def lift(typingctx, now, a, before, b, share, less, out, o):  # type: ignore[no-untyped-def]
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            present, past, done = (Entries(context, builder, signature.args[i], args[i]) for i in (0, 2, 6))
            kind, step = present.vector, args[1].type
            share, less = (present.full(args[i]) for i in (4, 5))
            zero = ir.Constant(kind, [0.0] * kind.count)
            for v in range(VECTORS):
                here, there, place = (builder.add(args[i], ir.Constant(step, v * kind.count)) for i in (1, 3, 7))
                value = present.load(here)
                value = builder.fsub(fused(builder, share, builder.fsub(value, past.load(there)), value), less)
                if bounded:
                    value = builder.call(named(builder, "llvm.maxnum", kind, [kind, kind], kind), [value, zero])
                done.store(value, place)
            return context.get_dummy_value()

        return types.void(now, INT, before, INT, share, less, out, INT), generate

    bound = ", or 0 where that is negative" if bounded else ""
    lift.__doc__ = (
        f"""``out[o + l] = now[a + l] + share (now[a + l] - before[b + l]) - less``{bound}, for a tile's vectors."""
    )
    return lift


lift, lift_bounded = _lift(bounded=False), _lift(bounded=True)


@intrinsic
def settle(typingctx, W, w, C, c, out, o, total):  # type: ignore[no-untyped-def]
    """``out[o + l] = W[w + l]`` for the vectors of a tile; the products with C[c + l] are added to lanes of total, in
    double precision."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        weights, cross, done = (Entries(context, builder, signature.args[i], args[i]) for i in (0, 2, 4))
        kind, step = weights.vector, args[1].type
        lanes = Entries(context, builder, signature.args[6], args[6], 8 * kind.count)
        sums = lanes.load(ir.Constant(step, 0))
        for v in range(VECTORS):
            lane = ir.Constant(step, v * kind.count)
            value, pull = weights.load(builder.add(args[1], lane)), cross.load(builder.add(args[3], lane))
            done.store(value, builder.add(args[5], lane))
            sums = fused(builder, lanes.wider(value), lanes.wider(pull), sums)
        lanes.store(sums, ir.Constant(step, 0))
        return context.get_dummy_value()

    return types.void(W, INT, C, INT, out, INT, total), generate


@intrinsic
def weigh(typingctx, F, f, plus, p, minus, m, n, l1, l2, sums, o):  # type: ignore[no-untyped-def]
    """Add what n entries of a component say of the objective and of the KKT residual to lanes of sums, from o on.

    They are six vectors in double precision: the squares of the projected gradient, of minus and of F, the products of
    F with minus and with plus, and F. The gradient is ``plus + l1 + l2 F - minus``, and n a multiple of the lanes.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = [Entries(context, builder, signature.args[i], args[i]) for i in (0, 2, 4)]
        kind, step = given[0].vector, args[6].type
        lanes = Entries(context, builder, signature.args[9], args[9], 8 * kind.count)
        wide = lanes.vector
        linear, square = (lanes.full(builder.fpext(args[i], wide.element) if kind != wide else args[i]) for i in (7, 8))
        zero = ir.Constant(wide, [0.0] * wide.count)
        places = [builder.add(args[10], ir.Constant(step, i * kind.count)) for i in range(6)]
        with Loop(builder, args[6], kind.count, [lanes.load(place) for place in places]) as loop:
            factor, up, down = (
                lanes.wider(entries.load(builder.add(begin, loop.place)))
                for entries, begin in zip(given, (args[1], args[3], args[5]), strict=True)
            )
            up = fused(builder, square, factor, builder.fadd(up, linear))
            gradient = builder.fsub(up, down)
            held = builder.and_(builder.fcmp_ordered("<=", factor, zero), builder.fcmp_ordered(">", gradient, zero))
            gradient = builder.select(held, zero, gradient)
            pairs = ((gradient, gradient), (down, down), (factor, factor), (down, factor), (up, factor))
            for i, (a, b) in enumerate(pairs):
                loop.set(i, fused(builder, a, b, loop.carried[i]))
            loop.set(5, builder.fadd(factor, loop.carried[5]))
        for place, value in zip(places, loop.final, strict=True):
            lanes.store(value, place)
        return context.get_dummy_value()

    return types.void(F, INT, plus, INT, minus, INT, INT, l1, l2, sums, INT), generate


@intrinsic
def bounds(typingctx, A, begin, n, out):  # type: ignore[no-untyped-def]
    """Put lanes of least and of largest entries of A[begin : begin + n] into out, and lanes that are 0.

    The last are NaN where an entry is not finite; the others pass over NaN. n >= 1 is a multiple of the lanes of a
    vector, and out has three vectors.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        entries, found = (Entries(context, builder, signature.args[i], args[i]) for i in (0, 3))
        kind, step = entries.vector, args[2].type
        begun = entries.load(args[1])
        zero = ir.Constant(kind, [0.0] * kind.count)
        with Loop(builder, args[2], kind.count, [begun, begun, zero]) as loop:
            now = entries.load(builder.add(args[1], loop.place))
            loop.set(2, fused(builder, now, zero, loop.carried[2]))
            for i, name in enumerate(("llvm.minnum", "llvm.maxnum")):
                loop.set(i, builder.call(named(builder, name, kind, [kind, kind], kind), [now, loop.carried[i]]))
        for i, value in enumerate(loop.final):
            found.store(value, ir.Constant(step, i * kind.count))
        return context.get_dummy_value()

    return types.void(A, INT, INT, out), generate

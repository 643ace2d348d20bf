"""What threads tell each other without the interpreter: words of memory that change as one, a clock, a nap."""

import os
import platform
import time
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WORD = ir.IntType(64)

_PAUSES = {
    "x86_64": ("llvm.x86.sse2.pause", ()),
    "amd64": ("llvm.x86.sse2.pause", ()),
    "aarch64": ("llvm.aarch64.hint", (1,)),
    "arm64": ("llvm.aarch64.hint", (1,)),
}


def _at(context: Any, builder: Any, kind: Any, words: Any, place: Any) -> Any:
    return builder.gep(context.make_array(kind)(context, builder, words).data, [place])


@intrinsic
def add(typingctx, words, place, value):  # type: ignore[no-untyped-def]
    """Add to a word and return what it was before."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = _at(context, builder, signature.args[0], args[0], args[1])
        return builder.atomic_rmw("add", word, args[2], "seq_cst")

    return types.int64(words, types.intp, types.int64), generate


@intrinsic
def get(typingctx, words, place):  # type: ignore[no-untyped-def]
    """Return a word as it is now."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(_at(context, builder, signature.args[0], args[0], args[1]), "seq_cst", 8)

    return types.int64(words, types.intp), generate


@intrinsic
def put(typingctx, words, place, value):  # type: ignore[no-untyped-def]
    """Set a word; whoever sees it sees all that was written before."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store_atomic(args[2], _at(context, builder, signature.args[0], args[0], args[1]), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(words, types.intp, types.int64), generate


@intrinsic
def take(typingctx, words, place):  # type: ignore[no-untyped-def]
    """Make a word 1 and say whether it was 0."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = _at(context, builder, signature.args[0], args[0], args[1])
        pair = builder.cmpxchg(word, ir.Constant(WORD, 0), ir.Constant(WORD, 1), "seq_cst")
        return builder.extract_value(pair, 1)

    return types.boolean(words, types.intp), generate


@intrinsic
def pause(typingctx):  # type: ignore[no-untyped-def]
    """Tell the processor that this is a loop that waits."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        known = _PAUSES.get(platform.machine().lower())
        if known:
            name, given = known[0], [ir.Constant(ir.IntType(32), value) for value in known[1]]
            kind = ir.FunctionType(ir.VoidType(), [value.type for value in given])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), given)
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def now(typingctx):  # type: ignore[no-untyped-def]
    """Return nanoseconds of a clock that only goes on; 0 where the system has no such call."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if os.name != "posix":
            return ir.Constant(WORD, 0)
        small, pair = ir.IntType(32), ir.ArrayType(WORD, 2)
        room = cgutils.alloca_once(builder, pair)
        kind = ir.FunctionType(small, [small, pair.as_pointer()])
        there = cgutils.get_or_insert_function(builder.module, kind, "clock_gettime")
        builder.call(there, [ir.Constant(small, time.CLOCK_MONOTONIC), room])
        seconds, rest = (builder.extract_value(builder.load(room), i) for i in (0, 1))
        return builder.add(builder.mul(seconds, ir.Constant(WORD, 10**9)), rest)

    return types.int64(), generate


@intrinsic
def nap(typingctx, microseconds):  # type: ignore[no-untyped-def]
    """Sleep without the interpreter knowing; where the system has no such call, do not."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if os.name == "posix":
            small = ir.IntType(32)
            kind = ir.FunctionType(small, [small])
            there = cgutils.get_or_insert_function(builder.module, kind, "usleep")
            builder.call(there, [builder.trunc(args[0], small)])
        return context.get_dummy_value()

    return types.void(types.intp), generate

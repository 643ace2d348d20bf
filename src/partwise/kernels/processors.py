"""Which processor a thread is on, and how it makes room for one that has as much to do.

Systems like to wake a thread beside who woke it, and two that compute then share a processor for milliseconds while
another has nothing to do. Binding threads would end that, but for whoever they start too.
"""

import sys
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

MASK = 16  # words of 64 processors each

_SMALL, _WORD = ir.IntType(32), ir.IntType(64)


@intrinsic
def _running_on(typingctx):  # type: ignore[no-untyped-def]
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if not sys.platform.startswith("linux"):
            return ir.Constant(_SMALL, -1)
        kind = ir.FunctionType(_SMALL, [])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_getcpu"), [])

    return types.int32(), generate


def _of_affinity(name: str) -> Any:
    @intrinsic
    def call(typingctx, mask):  # type: ignore[no-untyped-def]
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            if not sys.platform.startswith("linux"):
                return ir.Constant(_SMALL, -1)
            place = context.make_array(signature.args[0])(context, builder, args[0]).data
            kind = ir.FunctionType(_SMALL, [_SMALL, _WORD, place.type])
            there = cgutils.get_or_insert_function(builder.module, kind, name)
            return builder.call(there, [ir.Constant(_SMALL, 0), ir.Constant(_WORD, 8 * MASK), place])

        return types.int32(mask), generate

    return call


_get_allowed, _set_allowed = (_of_affinity(f"sched_{verb}affinity") for verb in ("get", "set"))


@njit(nogil=True, cache=True)
def processor():  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the number of the processor that this thread runs on; -1 where the system does not tell."""
    return np.int64(_running_on())


@njit(nogil=True, cache=True)
def step_aside(taken):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move this thread to a processor that is not among the numbers given, if it may use one; it stays free to move."""
    allowed = np.zeros(MASK, np.uint64)
    others = np.zeros(MASK, np.uint64)
    if _get_allowed(allowed) != 0:
        return
    left = False
    for i in range(MASK):
        free = allowed[i]
        for number in taken:
            if number // 64 == i:
                free &= ~(np.uint64(1) << np.uint64(number % 64))
        others[i] = free
        left = left or free != 0
    if left and _set_allowed(others) == 0:
        _set_allowed(allowed)

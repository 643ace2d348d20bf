"""Blocks of compiled work, shared out among threads without a word of Python: a job costs about a microsecond.

Waking a thread through the interpreter takes 70 microseconds, as long as a whole half-step of a small problem. Here
helpers watch a few words of memory while a fit lasts; who has a job writes it there, and everybody takes blocks, the
owner from the first one up and helpers from the last one down, until none is left. The owner waits only for those who
have begun a block, so a helper that sleeps holds up nobody.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from partwise.kernels.processors import processor, step_aside
from partwise.kernels.words import WORD, add, get, nap, now, pause, put, take

PATIENCE = 8000  # looks at the words, of some 20 nanoseconds each, before a nap
AGAIN = 4  # share of them after a nap
SHORTEST, LONGEST = 20, 320  # microseconds of a nap; each without work is twice as long as the last
LINE = 8  # words of a cache line: each word that is written often has one to itself

LATE = 300_000  # nanoseconds, and so many of the owner's own blocks, that a helper may keep it waiting
BLOCKS_LATE = 4
FIRST_REST, LONGEST_REST = 10_000_000, 80_000_000  # nanoseconds without help after that; each time twice as long

# whether a job is open, its blocks taken, those taken by helpers, helpers inside, if it has an owner, errors, calls of
# Python, the job itself; until when the owner keeps to itself, and for how long the next time
OPEN, TAKEN, HELPED, INSIDE, OWNED, FAILED, CALLED, JOB, ALONE = (LINE * i for i in range(9))
# the processor of the owner, and those of the helpers that watch (-1: nobody)
AT, HOMES, WATCHERS = LINE * 9, LINE * 10, 64
WORDS = HOMES + WATCHERS

SETTLED = 1_000_000  # nanoseconds before a helper that has stepped aside does so again

BLOCKS = 64  # of a job, at most
FEW = 4  # blocks are always worth it

_BLOCK = (types.intp, types.intp)  # where the arguments are, and the number of the block


def board(closed: bool = False) -> np.ndarray:
    """Return the words of a team, at the start of a cache line; a closed one is never shared."""
    words = np.zeros(WORDS + LINE, np.int64)
    words = words[-(words.ctypes.data // 8) % LINE :][:WORDS]
    words[OWNED] = closed
    words[AT] = words[HOMES:] = -1
    return words


@lru_cache(maxsize=256)
def block_size(n_rows: int, worth: float, align: int, enough: int = 1) -> int:
    """Return how many rows a block has: an even number of blocks, of at least about `worth` rows each.

    More than a few blocks have at least about `enough` rows each: where blocks end in sums, more of them cost more. It
    depends on the shape alone, so that sums are added up alike whatever the number of threads.
    """
    n = min(BLOCKS, n_rows / max(1.0, worth), max(FEW, n_rows / enough)) // 2 * 2
    return max(align, -(-n_rows // max(1, int(n)) // align) * align)


@intrinsic
def bind(typingctx, kernel, args):  # type: ignore[no-untyped-def]
    """Return the addresses of a function of a block's number, ``kernel(*args, block)``, and of its arguments.

    Both hold as long as the function that asked for them has not returned.
    """
    called = kernel.get_call_type(typingctx, (*args.types, types.intp), {})

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        conv, kind = context.call_conv, context.get_value_type(signature.args[1])
        name = builder.module.get_unique_name("partwise_block")
        function = ir.Function(builder.module, conv.get_function_type(types.none, _BLOCK), name)
        function.linkage = "internal"
        conv.decorate_function(function, ("data", "block"), _BLOCK)
        inside = ir.IRBuilder(function.append_basic_block("entry"))
        data, block = conv.get_arguments(function)
        whole = inside.load(inside.inttoptr(data, kind.as_pointer()))
        implementation = context.get_function(kernel, called)
        context.add_linking_libs(getattr(implementation, "libs", ()))
        implementation(inside, [*cgutils.unpack_tuple(inside, whole), block])
        conv.return_value(inside, context.get_constant_null(types.none))
        room = cgutils.alloca_once(builder, kind)
        builder.store(given[1], room)
        places = [builder.ptrtoint(function, WORD), builder.ptrtoint(room, WORD)]
        return context.make_tuple(builder, signature.return_type, places)

    return types.UniTuple(types.intp, 2)(kernel, args), generate


@intrinsic
def run(typingctx, function, data, block):  # type: ignore[no-untyped-def]
    """Run one block of what `bind` returned; say whether it failed."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        conv = context.call_conv
        there = builder.inttoptr(args[0], conv.get_function_type(types.none, _BLOCK).as_pointer())
        status, _ = conv.call_function(builder, there, types.none, _BLOCK, [args[1], args[2]])
        return status.is_error

    return types.boolean(types.intp, types.intp, types.intp), generate


@intrinsic
def keep(typingctx, args):  # type: ignore[no-untyped-def]
    """Do nothing; but what is used here has not been freed before."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return context.get_dummy_value()

    return types.void(args), generate


@njit(nogil=True, cache=True)
def _keep_off(words, home, moved):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Keep a helper off the owner's processor; return when it moved last."""
    here = processor()
    if here == words[AT] and here >= 0 and now() - moved > SETTLED:
        step_aside(words[AT : AT + 1])
        here, moved = processor(), now()
    # written only where it is new: other helpers' numbers are beside it
    if words[home] != here:
        words[home] = here
    return moved


@njit(nogil=True, cache=True)
def serve(words, called, index):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Help with jobs until Python calls, and rest where none comes for long; `index` counts the helpers."""
    idle = 0
    rest = SHORTEST
    home = HOMES + min(index, WATCHERS - 1)
    moved = _keep_off(words, home, -SETTLED)
    while get(words, CALLED) == called:
        if get(words, OPEN) == 1:
            add(words, INSIDE, 1)
            # the owner closes first and then waits for those inside: who sees it open now is waited for
            if get(words, OPEN) == 1:
                moved = _keep_off(words, home, moved)
                function, data, n = words[JOB], words[JOB + 1], words[JOB + 2]
                # from the last one down, so that job after job everybody has the same rows in the cache
                while add(words, TAKEN, 1) < n:
                    if run(function, data, n - 1 - add(words, HELPED, 1)):
                        put(words, FAILED, 1)
                idle = 0
                rest = SHORTEST
            add(words, INSIDE, -1)
        elif idle < PATIENCE:
            idle += 1
            pause()
        else:
            nap(rest)
            rest = min(2 * rest, LONGEST)
            # a look at one moment would miss the jobs of an owner who is busy between them too
            idle = PATIENCE - PATIENCE // AGAIN
    words[home] = -1


@njit(nogil=True, cache=True)
def _spread(words, function, data, n):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Run all blocks of what `bind` returned, with help where there is some; say whether one failed."""
    failed = False
    began = now()
    if n < 2 or began < get(words, ALONE) or not take(words, OWNED):
        for block in range(n):
            failed = run(function, data, block) or failed
        return failed
    here = processor()
    if here != words[AT]:
        words[AT] = here
        # it may have come to a helper who cannot step aside, since it does not run meanwhile
        if (words[HOMES:] == here).any():
            step_aside(words[HOMES:])
            words[AT] = processor()
    words[JOB], words[JOB + 1], words[JOB + 2] = function, data, n
    put(words, TAKEN, 0)
    put(words, HELPED, 0)
    put(words, OPEN, 1)
    own = 0
    while add(words, TAKEN, 1) < n:
        failed = run(function, data, own) or failed
        own += 1
    put(words, OPEN, 0)
    if get(words, INSIDE) > 0:
        ended = now()
        looks = 0
        while get(words, INSIDE) > 0:
            pause()
            looks += 1
            if looks > PATIENCE:  # the system may have put the helper aside, and may want this processor for it
                nap(SHORTEST)
        waited = now() - ended
        if waited > LATE and waited * own > BLOCKS_LATE * (ended - began):
            # other programs want the processors: a helper that is put aside in a block costs more than it brings
            rest = max(FIRST_REST, min(LONGEST_REST, 2 * words[ALONE + 1]))
            words[ALONE + 1] = rest
            put(words, ALONE, now() + rest)
        else:
            words[ALONE + 1] = 0
    failed = failed or get(words, FAILED) == 1
    put(words, FAILED, 0)
    put(words, OWNED, 0)
    return failed


# inlined, because a compiled function that is given another one as an argument cannot be kept on disk
@njit(nogil=True, inline="always")
def share(words, kernel, args, n):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Call ``kernel(*args, block)`` for every block below n, with the help of whoever watches these words.

    A board that has a job already, or is closed, is left alone: all blocks are run here.
    """
    function, data = bind(kernel, args)
    failed = _spread(words, function, data, n)
    keep(args)
    if failed:
        raise MemoryError("a block of a shared loop could not get its memory")

"""Writers that are killed with SIGKILL at random moments, and what must hold after each: run as a program of its own.

``python -m tests.search.kills FOLDER KILLS SEED`` forks a writer, kills it, looks at the catalogue, and forks the next.
It prints one JSON object: how many kills, changes, and in how many of them the last change was there or not.
"""

import contextlib
import hashlib
import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np

from partwise.search import Catalogue, NewEntry

MODEL, PARTS = "ab" * 32, 6
LATEST = 0.04  # seconds after the writer's first change within which it is killed


def made(seed):
    """A sample all of whose fields follow from a number."""
    thumbnail = random.Random(seed).randbytes(2500)
    return NewEntry(
        name=f"{seed}.png",
        label=None,
        sha256=hashlib.sha256(thumbnail).hexdigest(),
        code=np.random.default_rng(seed).random(PARTS).astype(np.float32),
        error=0.5,
        brightness=0.5,
        thumbnail=thumbnail,
    )


def write(folder, seed, tell):
    """Add and remove without end; say before each change what it will be, and after it the numbers that it was of."""
    draw = random.Random(seed)
    catalogue = Catalogue.at(folder)
    catalogue._connection.execute("PRAGMA wal_autocheckpoint = 20")  # so that many are killed while the log is folded
    seeds = {number: int(Path(name).stem) for number, name in _names(catalogue).items()}
    while True:
        if len(seeds) > 30 or (len(seeds) > 5 and draw.random() < 0.5):
            gone = draw.sample(sorted(seeds), draw.randint(1, 5))
            tell({"remove": gone})
            with catalogue.change("remove") as change:
                assert change.remove(gone) == len(gone)
            numbers = gone
            for number in gone:
                del seeds[number]
        else:
            new = [draw.getrandbits(40) for _ in range(draw.randint(1, 5))]
            tell({"add": new})
            with catalogue.change("add") as change:
                numbers = change.insert(map(made, new), MODEL, "added")
            seeds.update(zip(numbers, new, strict=True))
        tell(numbers)


def look(folder):
    """Return the generation and the samples, number -> seed, of a catalogue that is intact in every respect."""
    catalogue = Catalogue.at(folder)
    assert catalogue._connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert catalogue.check() == []
    entries, names = catalogue.entries(), _names(catalogue)
    assert len(entries) == len(catalogue) == len(names)
    assert entries.stale == 0
    pictures = catalogue._connection.execute("SELECT count(*) FROM thumbnails").fetchone()[0]
    assert pictures == len(entries)
    seeds = {number: int(Path(name).stem) for number, name in names.items()}
    for row, picture in enumerate(catalogue.thumbnails(entries.numbers.tolist())):
        expected = made(seeds[int(entries.numbers[row])])
        assert picture == expected.thumbnail
        assert entries.digests[row] == hashlib.sha256(picture).hexdigest() == expected.sha256
        assert (entries.codes[row] == expected.code).all()
    generation = catalogue.generation
    # who comes next closes the log in half of the cases, and finds it as it was left in the others
    if generation % 2:
        catalogue.close()
    return generation, seeds


def _names(catalogue):
    return dict(catalogue._connection.execute("SELECT number, name FROM samples"))


def killed(folder, seed):
    """Fork a writer and kill it; return what it had told."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(inlet)
            write(folder, seed, lambda what: os.write(outlet, json.dumps(what).encode() + b"\n"))
        except BaseException:
            os.write(outlet, json.dumps({"failed": traceback.format_exc()}).encode() + b"\n")
        os._exit(1)
    os.close(outlet)
    told = os.read(inlet, 1)
    time.sleep(random.Random(seed).random() * LATEST)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(inlet, 1 << 16):
        told += more
    os.close(inlet)
    return [json.loads(line) for line in told.splitlines()]


def main(folder, kills, seed):
    """Kill so many writers, and fail with what is wrong as soon as something is."""
    with contextlib.closing(Catalogue.made(folder)) as catalogue, catalogue.change("fit") as change:
        change.learn([made(one) for one in range(10)], MODEL)
    generation, seeds = look(folder)
    counts = dict.fromkeys(("kills", "changes", "added", "removed", "cut_and_there", "cut_and_not_there"), 0)
    highest = max(seeds)
    for kill in range(kills):
        told = killed(folder, seed + kill)
        assert "failed" not in told[-1], told[-1]["failed"]
        cut = told.pop() if len(told) % 2 else None  # begun, and not acknowledged
        for change, numbers in zip(told[::2], told[1::2], strict=True):
            if "add" in change:
                assert min(numbers) > highest, "a number was given twice"
                highest = max(numbers)
                seeds.update(zip(numbers, change["add"], strict=True))
                counts["added"] += len(numbers)
            else:
                for number in numbers:
                    del seeds[number]
                counts["removed"] += len(numbers)
        now, found = look(folder)
        there = now - generation - len(told) // 2
        assert there == 0 or (there == 1 and cut is not None), "an acknowledged change is lost, or one is counted twice"
        if there and "add" in cut:
            new = {number: one for number, one in found.items() if number not in seeds}
            assert list(new.values()) == cut["add"], "half of a change is there"
            assert min(new) > highest, "a number was given twice"
            highest = max(new)
            seeds.update(new)
        elif there:
            seeds = {number: one for number, one in seeds.items() if number not in cut["remove"]}
        assert found == seeds, "what is there is not what was acknowledged"
        counts["kills"] += 1
        counts["changes"] += now - generation
        counts["cut_and_there"] += there
        counts["cut_and_not_there"] += cut is not None and not there
        generation = now
    litter = sorted(path.name for path in Path(folder).iterdir() if not path.name.startswith("catalogue.sqlite"))
    return {**counts, "samples": len(seeds), "litter": litter}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))

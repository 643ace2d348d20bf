"""A rank report that says line by line what it has fitted, to be killed while it works."""

import json
import os
import sys
from pathlib import Path

import numpy as np

from partwise import rank_report
from partwise.ranks.keeping import Keeping


def main(fits: str, log: str, answer: str) -> None:
    rng = np.random.default_rng(0)
    S = rng.exponential(size=(200, 4)) @ rng.exponential(size=(4, 150))
    X = np.maximum(S + 0.3 * rng.standard_normal(S.shape), 0).astype(np.float32)
    keep = Keeping.keep
    journal = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def keep_and_say(self, found, before):
        keep(self, found, before)
        os.write(journal, f"{found.line} {found.k}\n".encode())

    Keeping.keep = keep_and_say
    report = rank_report(X, range(1, 13), n_restarts=2, random_state=0, keep=fits)
    told = {key: value for key, value in report.to_dict().items() if key != "seconds"}
    told["parts"] = {k: H.astype(float).tolist() for k, H in report.parts.items()}
    Path(answer).write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The race is no part of the installed package: it is found beside the tests, or its tests are left out."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

if (ROOT / "benchmarks").is_dir():
    sys.path.insert(0, str(ROOT))
else:
    collect_ignore_glob = ["test_*.py"]  # a source distribution has the tests and not the race

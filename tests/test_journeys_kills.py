"""A load that is killed leaves all of a file or none, and the next one completes it: `make bench` does this 100 times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent
_CODE = """
import json, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from benchmarks.bench_kills import measure_kills
print(json.dumps(measure_kills(Path(sys.argv[3]), n_kills=5)))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here to be killed, which this system cannot")
def test_killed_at_any_moment_the_store_comes_out_identical(tmp_path: Path) -> None:
    # In an interpreter of its own: a process that has run other tests has threads, and must not be forked.
    arguments = [sys.executable, "-c", _CODE, str(_TESTS.parent), str(_TESTS), str(tmp_path)]
    ran = subprocess.run(arguments, capture_output=True, text=True, check=True)
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert figures["load_kills_identical"] == figures["load_kills"] == 5

"""A load that is killed leaves all of a file or none, and the next one completes it: `make bench` does this 100 times."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from benchmarks.bench_kills import measure_kills


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here to be killed, which this system cannot")
def test_killed_at_any_moment_the_store_comes_out_identical(tmp_path: Path) -> None:
    figures = measure_kills(tmp_path, n_kills=5)
    assert figures["load_kills_identical"] == figures["load_kills"] == 5

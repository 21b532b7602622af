"""Load one workspace and print its seconds and its peak memory in MB: a process of its own for `bench_load`."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from reports.pipeline import load_workspace, open_project  # noqa: E402 - the path above comes first


def _say(_line: str) -> None:
    """Progress is not part of the measure."""


opened = open_project(Path(sys.argv[1]))
started = time.perf_counter()
load_workspace(opened, report=_say)
seconds = time.perf_counter() - started
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

"""SIGKILL at random moments of a load, then load again: the store must come out identical, every time.

Each load runs in a forked process, so that what is killed is real and nothing but the files is left. Identical: the same
rows in every table of the catalogue and in every part, and no file that the catalogue does not name.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from builders_workspace import calls, load, make_workspace, open_project, put_source

from journeys.workspace import Workspace

KILLS, SEED = 100, 1
_FILES, _ROWS = 6, 1500


def measure_kills(folder: Path, n_kills: int = KILLS) -> dict[str, int]:
    """`load_kills` and `load_kills_identical`; `load_kills_late` moments came when the load had already ended."""
    place = folder / "kills"
    shutil.rmtree(place, ignore_errors=True)
    workspace = _workspace(place / "workspace")
    whole = _seconds_of_load(workspace)
    expected = _store(workspace)
    dice = random.Random(SEED)
    identical = late = killed = 0
    while killed < n_kills:
        _empty(workspace)
        if not _killed(workspace, dice.uniform(0.0, whole)):
            late += 1  # the load had ended before: no kill, so another moment is tried
            continue
        killed += 1
        _loaded(workspace)
        identical += _store(workspace) == expected
    shutil.rmtree(place)
    return {"load_kills": n_kills, "load_kills_identical": identical, "load_kills_late": late}


def _workspace(root: Path) -> Workspace:
    workspace = make_workspace(root)
    for number in range(_FILES):
        rows = [
            f"{number}-{n},c{number}-{n},{n % 14 + 1:02d}/11/2026 {9 + n % 8:02d}:{n % 60:02d},BINS,yes,07700 900{n % 1000:03d},"
            f"A{n},K{n},Pat Quill,the bin was left again {n}"
            for n in range(_ROWS)
        ]
        put_source(workspace, f"calls{number}.csv", calls(*rows, "bad,row"))
    return workspace


def _seconds_of_load(workspace: Workspace) -> float:
    _loaded(workspace)  # once for what is read for the first time
    _empty(workspace)
    started = time.perf_counter()
    _loaded(workspace)
    return time.perf_counter() - started


def _killed(workspace: Workspace, after_s: float) -> bool:
    """Start a load and kill it so long afterwards; False where it had ended before."""
    child = _forked(workspace)
    time.sleep(after_s)
    is_running = os.waitpid(child, os.WNOHANG)[0] == 0
    if is_running:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return is_running


def _loaded(workspace: Workspace) -> None:
    _, status = os.waitpid(_forked(workspace), 0)
    if status != 0:
        raise RuntimeError("a load that nobody killed has failed")


def _forked(workspace: Workspace) -> int:
    child = os.fork()
    if child == 0:
        try:
            load(open_project(workspace.root))
            os._exit(0)
        finally:
            os._exit(1)
    return child


def _empty(workspace: Workspace) -> None:
    shutil.rmtree(workspace.data)
    workspace.data.mkdir()


def _store(workspace: Workspace) -> dict[str, Any]:
    """Everything that is stored, in an order of its own."""
    project = open_project(workspace.root)
    rows = [repr(row) for row in project.store.dump()]
    project.store.close()
    files = sorted(path for path in workspace.data.rglob("*") if path.is_file() and path.suffix in {".parquet", ".tmp"})
    return {
        "catalogue": sorted(rows),
        "rejects": (workspace.data / "rejects.csv").read_text(),
        "parts": {path.relative_to(workspace.data).as_posix(): pq.read_table(path).to_pylist() for path in files},
    }

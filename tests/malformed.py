"""Files that go wrong, each in its own way, and what must become of them: a clear error, rejects, or a clean load.

Every file that can carry them holds a name and a number that must never be seen again outside it. `run_corpus` loads
each in a workspace of its own and says whether it ended well; the tests and the benchmark share it.
"""

from __future__ import annotations

import datetime as dt
import faulthandler
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

import pyarrow.parquet as pq
from builders_workspace import load, make_workspace
from malformed_formats import format_cases
from malformed_text import NAME, NUMBER, Case, text_cases

from journeys.check import check_sources
from journeys.settings_files import read_settings, read_shipped_taxonomy
from journeys.store import Store
from nlp.label import NoteReader, build_note_reader
from reports.pipeline import Opened

__all__ = ["NAME", "NUMBER", "MARKS", "Case", "Ending", "cases", "end_of", "run_corpus"]

MARKS = (NAME.split()[1], NUMBER.split()[1])
LATEST = dt.datetime(2026, 11, 24)
_PATIENCE_S = 60


def cases() -> tuple[Case, ...]:
    """Every file of the corpus."""
    return (*text_cases(), *format_cases())


@dataclass(frozen=True)
class Ending:
    """What became of one file, and everything that is wrong with that."""

    outcome: str
    faults: tuple[str, ...]


def end_of(case: Case, folder: Path) -> Ending:
    """Check and load one file for real; whatever it is, nothing may be half there and nothing personal may get out."""
    workspace = make_workspace(folder, case.source)
    path = workspace.sources / "odd" / case.file_name
    path.parent.mkdir()
    path.write_bytes(case.content())
    settings = read_settings(workspace.config)
    store = Store(settings.engine.database_url, workspace.root)
    opened = Opened(workspace, settings, store, _note_reader())
    with _watched():
        checked = check_sources(workspace, opened.settings, latest_at=LATEST)[0]
        loaded = load(opened)
    files = opened.store.loaded_files()
    opened.store.close()
    faults = []
    outcome = "error" if loaded.problems else "rejects" if loaded.n_rejects else "loads"
    if bool(checked.problems) != bool(loaded.problems) or (
        not loaded.problems and checked.n_rejects != loaded.n_rejects
    ):
        faults.append("check and load disagree")
    shown = case.file_name.encode("unicode_escape").decode()  # as a name with control signs is shown
    if loaded.problems and not (shown in loaded.problems[0] and len(loaded.problems[0]) > 40):
        faults.append("the error does not name the file")
    if case.n_rows is not None and loaded.n_rows != case.n_rows:
        faults.append(f"{loaded.n_rows} rows were read, not {case.n_rows}")
    left = [each.name for each in workspace.data.rglob("*") if each.suffix in {".parquet", ".tmp"}]
    if loaded.problems and (files or left):
        faults.append("something was loaded in spite of the error")
    if any(name.endswith(".tmp") for name in left):
        faults.append("temporary files were left")
    if loaded.n_rows != loaded.n_stored + loaded.n_rejects:
        faults.append("rows do not add up")
    said = " ".join(
        [*loaded.problems, *loaded.remarks, *checked.problems, *checked.rejects, *checked.unmapped, *checked.remarks]
    )
    faults += [f"'{value}' got out" for value in MARKS if value in said or _is_below(workspace.data, value)]
    return Ending(outcome, tuple(faults))


def run_corpus(folder: Path) -> tuple[int, int]:
    """Load every file of the corpus; how many there are, and how many ended as they must without a fault."""
    every = cases()
    clean = 0
    for number, case in enumerate(every):
        try:
            ending = end_of(case, folder / str(number))
        except Exception:  # a crash is what the corpus is there to find
            continue
        clean += ending.outcome == case.expects and not ending.faults
    return len(every), clean


def _is_below(folder: Path, value: str) -> bool:
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        if path.suffix == ".parquet":
            if any(value in str(row) for row in pq.read_table(path).to_pylist()):
                return True
        elif value.encode() in path.read_bytes():
            return True
    return False


@cache
def _note_reader() -> NoteReader:
    return build_note_reader(read_shipped_taxonomy())


@contextmanager
def _watched() -> Iterator[None]:
    """A file that makes the tool hang is a fault, not a long test."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError("the tool hangs on this file")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(_PATIENCE_S)
    # Compiled code does not hear the signal: then everything ends, and says where it stood.
    faulthandler.dump_traceback_later(3 * _PATIENCE_S, exit=True)
    try:
        yield
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)

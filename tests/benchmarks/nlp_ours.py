"""Redact and label so many distinct notes in one or two processes, and print speed and memory. Called by bench_nlp.py.

Notes are read as `journeys load` reads them: `NoteReader.read`, a batch at a time, and with a second process where there
are many. Its parts (redacting, labelling) are timed apart, on other notes, for what does only one of the two.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]

from bench_nlp import distinct_notes  # noqa: E402

from journeys.settings_files import read_shipped_taxonomy  # noqa: E402
from nlp.label import NoteReader, build_note_reader  # noqa: E402
from nlp.redact import redact_notes  # noqa: E402

_AT_ONCE, _WARM, _IN_PARTS = 20_000, 2_000, 20_000


def _resident_mb(process: int | str = "self") -> float:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def main(notes_file: Path, n: int, n_processes: int) -> None:
    reader = build_note_reader(read_shipped_taxonomy())
    warm = distinct_notes(_WARM, 9)
    reader.read(warm, [()] * len(warm))
    with ExitStack() as stack:
        sharing = stack.enter_context(reader.helped()) if n_processes > 1 else None
        while sharing is not None and not sharing.n_helped:  # until the second process has started
            reader.read(warm, [()] * len(warm))
        figures = _read(reader, notes_file, n)
        if sharing is not None and sharing.helper_id is not None:
            figures["helper_mb"] = _resident_mb(sharing.helper_id)
    print(json.dumps(figures | (_in_parts(reader) if n_processes == 1 else {})))


def _read(reader: NoteReader, notes_file: Path, n: int) -> dict[str, Any]:
    seconds, n_words, n_read = 0.0, 0, 0
    early_mb = None
    batch = notes_file.read_text(encoding="utf-8").splitlines()[: min(n, _AT_ONCE)]
    while n_read < n:
        started = time.perf_counter()
        reader.read(batch, [()] * len(batch))
        seconds += time.perf_counter() - started
        n_read += len(batch)
        n_words += sum(len(note.split()) for note in batch)
        if early_mb is None and n_read >= min(100_000, n):
            early_mb = _resident_mb()
        batch = distinct_notes(min(_AT_ONCE, n - n_read), n_read) if n_read < n else []
    return {
        "notes_per_s": n / seconds, "seconds": seconds, "n": n, "words_per_note": n_words / n,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "growth_mb": _resident_mb() - (early_mb or 0),
    }  # fmt: skip


def _in_parts(reader: NoteReader) -> dict[str, float]:
    notes = distinct_notes(_IN_PARTS, 8)
    started = time.perf_counter()
    redacted = redact_notes(notes, [()] * len(notes))
    between = time.perf_counter()
    reader.label(redacted)
    labelled = time.perf_counter()
    return {"redacted_per_s": len(notes) / (between - started), "labelled_per_s": len(notes) / (labelled - between)}


main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

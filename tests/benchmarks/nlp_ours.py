"""Redact and label so many distinct notes in one process, and print speed and memory. Called by bench_nlp.py."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]

from bench_nlp import distinct_notes  # noqa: E402

from journeys.settings_files import read_shipped_taxonomy  # noqa: E402
from nlp.label import build_note_reader  # noqa: E402
from nlp.redact import redact_notes  # noqa: E402

_AT_ONCE = 20_000


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def main(notes_file: Path, n: int) -> None:
    reader = build_note_reader(read_shipped_taxonomy())
    warm = distinct_notes(2_000, 9)
    reader.read(warm, [()] * len(warm))
    redact_s = label_s = 0.0
    n_words = n_read = 0
    early_mb = None
    batch = notes_file.read_text(encoding="utf-8").splitlines()[: min(n, _AT_ONCE)]
    while n_read < n:
        started = time.perf_counter()
        redacted = redact_notes(batch, [()] * len(batch))
        between = time.perf_counter()
        reader.label(redacted)
        redact_s, label_s = redact_s + between - started, label_s + time.perf_counter() - between
        n_read += len(batch)
        n_words += sum(len(note.split()) for note in batch)
        if early_mb is None and n_read >= min(100_000, n):
            early_mb = _resident_mb()
        batch = distinct_notes(min(_AT_ONCE, n - n_read), n_read) if n_read < n else []
    print(
        json.dumps(
            {
                "notes_per_s": n / (redact_s + label_s), "redacted_per_s": n / redact_s, "labelled_per_s": n / label_s,
                "seconds": redact_s + label_s, "n": n, "words_per_note": n_words / n,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "growth_mb": _resident_mb() - (early_mb or 0),
            }
        )
    )  # fmt: skip


main(Path(sys.argv[1]), int(sys.argv[2]))

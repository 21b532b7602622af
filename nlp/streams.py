"""Lines in, lines out, in order: what `journeys classify` and `journeys redact` do.

Rule: one line out for every line in. A line that cannot be read becomes an error with its number and never the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice

from nlp.choosing import Label
from nlp.label import NoteReader
from nlp.redact import redact_notes

_LINES_AT_ONCE = 2000
_EXAMPLE = '{"text": "still waiting for my badge"}'


def classify_lines(lines: Iterable[str], reader: NoteReader) -> Iterator[str]:
    """JSON lines with `text` (other keys may be there) -> JSON lines with the label, or with `error`."""
    numbered = enumerate(lines, start=1)
    while chunk := list(islice(numbered, _LINES_AT_ONCE)):
        read = [_read_text(number, line) for number, line in chunk]
        texts = [text for text, _ in read if text is not None]
        labels = iter(reader.read(texts, [()] * len(texts)).labels)
        for text, error in read:
            content = _label_content(next(labels)) if text is not None else {"error": error}
            yield json.dumps(content, ensure_ascii=False)


def redact_lines(lines: Iterable[str]) -> Iterator[str]:
    """Notes, one a line -> redacted notes, one a line, without line ends."""
    remaining = iter(lines)
    while notes := [line.rstrip("\r\n") for line in islice(remaining, _LINES_AT_ONCE)]:
        yield from redact_notes(notes, [()] * len(notes))


def _read_text(number: int, line: str) -> tuple[str | None, str]:
    try:
        row = json.loads(line)
    except ValueError:
        return None, f"line {number}: not valid JSON; write one object a line, such as {_EXAMPLE}"
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return None, f"line {number}: 'text' is missing or not text; write {_EXAMPLE}"
    return row["text"], ""


def _label_content(label: Label) -> dict[str, object]:
    return {
        "demand": label.demand,
        "demand_type": label.demand_type,
        "demand_types": list(label.demand_types),
        "score": label.score,
        "is_abstained": label.is_abstained,
        "evidence": label.evidence,
        "topic": label.topic,
        "decided_by": label.decided_by,
        "is_novel": label.is_novel,
        "sla_state": label.sla_state,
    }

"""`journeys redact`, `classify` and `evaluate`: floor 2 on notes from outside, in a workspace or without one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from journeys.errors import SourceError
from journeys.settings_files import read_settings, read_shipped_taxonomy
from journeys.taxonomy import Taxonomy
from nlp.evaluate import EvaluationFileError, evaluate_labels, format_evaluation, read_marked_notes
from nlp.label import build_note_reader
from nlp.streams import classify_lines, redact_lines


def evaluate_file(path: Path, workspace: Path, *, as_json: bool) -> str:
    """Measure redaction and labels on a file of labelled notes; raises SourceError naming the line that is wrong."""
    if not path.is_file():
        raise SourceError(f"{path}: the file is missing; name a file of labelled notes (JSON lines)")
    taxonomy = _taxonomy(workspace)
    try:
        with path.open(encoding="utf-8") as lines:
            notes = read_marked_notes(lines, taxonomy)
    except UnicodeDecodeError:
        raise SourceError(f"{path.name}: this is no UTF-8 text; save it as UTF-8") from None
    except EvaluationFileError as error:
        raise SourceError(f"{path.name}: {error}") from None
    found = evaluate_labels(notes, build_note_reader(taxonomy))
    return json.dumps(found.as_dict(), indent=1, sort_keys=True) if as_json else format_evaluation(found)


def redact_stream(lines: Iterable[str]) -> Iterator[str]:
    """One redacted note for each line."""
    return redact_lines(lines)


def classify_stream(lines: Iterable[str], workspace: Path) -> Iterator[str]:
    """One JSON line for each JSON line, in order."""
    return classify_lines(lines, build_note_reader(_taxonomy(workspace)))


def _taxonomy(workspace: Path) -> Taxonomy:
    """The workspace's own taxonomy, or the shipped one outside a workspace."""
    return read_settings(workspace / "config").taxonomy if (workspace / "key").exists() else read_shipped_taxonomy()

"""`journeys redact`, `classify` and `evaluate`: floor 2 on notes from outside, in a workspace or without one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from journeys.errors import SourceError
from journeys.settings_files import read_settings, read_shipped_taxonomy
from journeys.store import Store
from nlp.evaluate import EvaluationFileError, evaluate_labels, read_marked_notes
from nlp.evaluation_text import format_evaluation
from nlp.label import NoteReader, build_note_reader
from nlp.streams import classify_lines, redact_lines
from reports.own_model import read_own_weights


def evaluate_file(path: Path, workspace: Path, *, as_json: bool) -> str:
    """Measure redaction and labels on a file of labelled notes; raises SourceError naming the line that is wrong."""
    if not path.is_file():
        raise SourceError(f"{path}: the file is missing; name a file of labelled notes (JSON lines)")
    reader = _reader(workspace)
    try:
        with path.open(encoding="utf-8") as lines:
            notes = read_marked_notes(lines, reader.taxonomy)
    except UnicodeDecodeError:
        raise SourceError(f"{path.name}: this is no UTF-8 text; save it as UTF-8") from None
    except EvaluationFileError as error:
        raise SourceError(f"{path.name}: {error}") from None
    found = evaluate_labels(notes, reader)
    return json.dumps(found.as_dict(), indent=1, sort_keys=True) if as_json else format_evaluation(found)


def redact_stream(lines: Iterable[str]) -> Iterator[str]:
    """One redacted note for each line."""
    return redact_lines(lines)


def classify_stream(lines: Iterable[str], workspace: Path) -> Iterator[str]:
    """One JSON line for each JSON line, in order."""
    return classify_lines(lines, _reader(workspace))


def _reader(root: Path) -> NoteReader:
    """By the workspace's own taxonomy and model, or the shipped ones outside a workspace."""
    if not (root / "key").exists():
        return build_note_reader(read_shipped_taxonomy())
    settings = read_settings(root / "config")
    store = Store(settings.engine.database_url, root)
    try:
        return build_note_reader(
            settings.taxonomy, read_own_weights(store, settings.taxonomy), settings.privacy.redaction
        )
    finally:
        store.close()

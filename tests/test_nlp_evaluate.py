"""Evaluation on files worked by hand, and the lines it refuses."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from journeys.taxonomy import Taxonomy
from nlp.evaluate import EvaluationFileError, evaluate_labels, read_marked_notes
from nlp.evaluation_text import format_evaluation
from nlp.label import NoteReader, build_note_reader
from nlp.scores import share_of
from nlp.streams import classify_lines, redact_lines

CONFIG = Path(__file__).parent.parent / "config" / "demand.toml"


@pytest.fixture(scope="module")
def reader() -> NoteReader:
    return build_note_reader(Taxonomy.model_validate(tomllib.loads(CONFIG.read_text(encoding="utf-8"))))


def _lines(*rows: tuple[str, str, str]) -> list[str]:
    return [json.dumps({"text": text, "primary": primary, "channel": channel}) for text, primary, channel in rows]


SMALL = _lines(
    ("Mrs {{person|Nowak}} still waiting for the badge", "progress_chase", "phone"),  # right; mark gone
    ("still waiting for the refund, ref {{reference|CT-4471902}}", "progress_chase", "phone"),  # right; mark gone
    ("still waiting at {{address|the old forge}}", "report", "web"),  # wrong: failure for value; mark left
    ("reporting a pothole", "report", "web"),  # right
    ("zxcv asdf", "pay", "web"),  # abstained
)


def test_the_measures_of_five_notes_are_those_worked_by_hand(reader: NoteReader) -> None:
    measured = evaluate_labels(read_marked_notes(SMALL, reader.taxonomy), reader)
    by_slug = {score.name: score for score in measured.types}
    chase, report = by_slug["progress_chase"], by_slug["report"]
    assert (chase.n, chase.precision.value, chase.recall.value, chase.f1) == (2, 0.6667, 1.0, 0.8)
    assert (report.n, report.precision.value, report.recall.value, report.f1) == (2, 1.0, 0.5, 0.6667)
    assert measured.type_mean_f1 == 0.4889  # (0.8 + 0.6667 + 0) / 3
    assert measured.failure.f1 == 0.8
    assert (measured.type_right.value, measured.abstained.value, measured.right_when_sure.value) == (0.6, 0.2, 0.75)
    assert {one.name: one.n for one in measured.channels} == {"phone": 2, "web": 3}
    assert {kind: share.value for kind, share in measured.redacted} == {"address": 0.0, "person": 1.0, "reference": 1.0}
    assert measured.other_words_lost.value == 0.0
    assert measured.urgent.n == 0
    assert measured.urgent.recall.value is None


def test_wilson_interval_of_eight_in_ten() -> None:
    share = share_of(8, 10)
    assert (share.value, share.low, share.high) == (0.8, 0.4902, 0.9433)
    assert share_of(0, 0).value is None


def test_the_table_and_the_dictionary_hold_the_same_numbers_and_no_note(reader: NoteReader) -> None:
    measured = evaluate_labels(read_marked_notes(SMALL, reader.taxonomy), reader)
    table, content = format_evaluation(measured), json.dumps(measured.as_dict())
    assert "progress_chase" in table
    assert json.loads(content)["type_mean_f1"] == 0.4889
    assert "Nowak" not in table + content
    assert "pothole" not in table + content


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"text": "secret words"', "line 2: not valid JSON"),
        ('["secret words"]', "line 2: not an object"),
        ('{"primary": "report"}', "line 2: 'text' is missing"),
        ('{"text": "secret words"}', "line 2: 'primary' is missing"),
        ('{"text": "secret words", "primary": "moan"}', "line 2: unknown type 'moan'; use one of: urgent, "),
        ('{"text": "secret words", "primary": "report", "all": "report"}', "line 2: 'all' must be a list"),
    ],
)
def test_a_bad_line_is_named_by_number_and_never_echoed(reader: NoteReader, line: str, fault: str) -> None:
    with pytest.raises(EvaluationFileError, match=fault) as caught:
        read_marked_notes([SMALL[0], line], reader.taxonomy)
    assert "secret" not in str(caught.value)


def test_classify_gives_one_line_for_each_in_order_and_never_echoes_a_bad_one(reader: NoteReader) -> None:
    lines = [
        '{"text": "still waiting"}\n',
        "secret words\n",
        '{"note": "secret"}',
        "",
        '{"text": "reporting a pothole"}',
    ]
    rows = [json.loads(line) for line in classify_lines(lines, reader)]
    assert [row.get("demand_type") for row in rows] == ["progress_chase", None, None, None, "report"]
    assert [row["error"].split(":")[0] for row in rows if "error" in row] == ["line 2", "line 3", "line 4"]
    assert "secret" not in json.dumps(rows)
    assert set(rows[0]) == {
        "demand", "demand_type", "demand_types", "score", "is_abstained", "evidence", "topic", "decided_by", "is_novel",
        "sla_state",
    }  # fmt: skip


def test_redact_gives_one_line_for_each() -> None:
    assert list(redact_lines(["ring 01632 960123\n", "\n", "bin missed\r\n"])) == ["ring [phone]", "", "bin missed"]

"""Event logs: XES streamed, OCEL 2.0 flattened and said so, both refused clearly when they are not what they seem."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from builders_workspace import load, make_workspace, open_project

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources import batches
from journeys.sources.reading import read_batches

XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="2.0" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="unknown"/></global>
  <trace>
    <string key="concept:name" value="case 1"/>
    <event><string key="concept:name" value="Asked"/><date key="time:timestamp" value="2026-11-02T09:00:00+00:00"/></event>
    <event><string key="concept:name" value="Sent"/><date key="time:timestamp" value="2026-11-03T09:00:00+00:00"/>
      <int key="pages" value="3"/><list key="parts"><string key="inner" value="x"/></list></event>
  </trace>
  <trace>
    <string key="concept:name" value="case 2"/>
    <event><string key="concept:name" value="Asked"/><date key="time:timestamp" value="2026-11-04T09:00:00+00:00"/></event>
  </trace>
</log>
"""
OCEL = {
    "objectTypes": [{"name": "application"}, {"name": "letter"}],
    "eventTypes": [{"name": "Receive"}],
    "objects": [
        {"id": "a1", "type": "application", "attributes": [
            {"name": "stage", "time": "2026-11-01T00:00:00Z", "value": "new"},
            {"name": "stage", "time": "2026-11-03T00:00:00Z", "value": "open"}]},
        {"id": "a2", "type": "application"},
        {"id": "l1", "type": "letter"},
    ],
    "events": [
        {"id": "e1", "type": "Receive", "time": "2026-11-02T09:00:00Z", "attributes": [{"name": "desk", "value": 4}],
         "relationships": [{"objectId": "a1", "qualifier": ""}, {"objectId": "l1", "qualifier": ""}]},
        {"id": "e2", "type": "Merge", "time": "2026-11-04T09:00:00Z",
         "relationships": [{"objectId": "a1", "qualifier": ""}, {"objectId": "a2", "qualifier": ""}]},
        {"id": "e3", "type": "Close office", "time": "2026-11-05T09:00:00Z"},
    ],
}  # fmt: skip


def _source(kind: str, **columns: str) -> Source:
    wanted = {"started_at": "time" if kind == "ocel" else "time:timestamp", **columns}
    more = {"object_type": "application"} if kind == "ocel" else {}
    return Source.model_validate(
        {"name": "log", "kind": "step", "files": "x", "format": kind, "columns": wanted, **more}
    )


def _rows(path: Path, source: Source) -> list[dict[str, str]]:
    return [row for batch in read_batches(path, source) for row in batch.rows.to_pylist()]


def test_xes_has_a_row_for_each_event_with_its_trace(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    path.write_bytes(gzip.compress(XES.encode()))
    source = _source("xes", activity="concept:name", case_ref="case:concept:name", outcome="pages")
    rows = _rows(path, source)
    told = [(row["case:concept:name"], row["concept:name"], row["time:timestamp"], row["pages"]) for row in rows]
    assert told == [
        ("case 1", "Asked", "2026-11-02T09:00:00+00:00", None),
        ("case 1", "Sent", "2026-11-03T09:00:00+00:00", "3"),
        ("case 2", "Asked", "2026-11-04T09:00:00+00:00", None),
    ]


def test_a_packed_log_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.xes.gz"
    packed = gzip.compress(XES.encode())
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(SourceError, match="damaged or cut short"):
        _rows(path, _source("xes", activity="concept:name"))


def test_what_stands_inside_an_attribute_or_beside_a_trace_is_not_taken_for_the_traces(tmp_path: Path) -> None:
    event = (
        '<event><string key="concept:name" value="{}"/><date key="time:timestamp" value="2026-11-02T09:00Z"/></event>'
    )
    nested = '<list key="l"><string key="inner" value="x"/></list><string key="p" value="q"><int key="in" value="1"/></string>'
    path = tmp_path / "log.xes"
    path.write_text(f"<log><trace>{nested}{event.format('A')}</trace>{event.format('B')}</log>")
    told = [json.loads(row["whole row"]) for row in _rows(path, _source("xes", activity="concept:name"))]
    assert told == [
        {"case:p": "q", "concept:name": "A", "time:timestamp": "2026-11-02T09:00Z"},
        {"concept:name": "B", "time:timestamp": "2026-11-02T09:00Z"},
    ]


def test_every_batch_has_the_same_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 1)
    path = tmp_path / "log.xes"
    path.write_text(XES)
    source = _source("xes", activity="concept:name", outcome="pages")  # only the second event has pages
    columns = {tuple(batch.rows.column_names) for batch in read_batches(path, source)}
    assert columns == {("concept:name", "pages", "time:timestamp", "whole row", "row_number")}


def test_a_real_log_is_read_whole(shared_data: Path) -> None:
    source = _source("xes", activity="concept:name", case_ref="case:concept:name")
    rows = _rows(shared_data / "receipt" / "08_receipt.xes.gz", source)
    assert len(rows) == 8577
    assert len({row["case:concept:name"] for row in rows}) == 1434
    assert len({row["concept:name"] for row in rows}) == 27


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/hostname">]><log><trace>&x;</trace></log>', "document type"),
        ('<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><log>&b;</log>', "document type"),
        (XES[: len(XES) // 2], "no complete XES"),
        ("<!DOCTYPE log><log></log>", "document type"),
        ('<!DOCTYPE log SYSTEM "http://example.org/log.dtd"><log></log>', "document type"),
        ("<html><body/></html>", "it holds <html>, not <log>"),
        ('<?xml version="1.0" encoding="no-such"?><log/>', "encoding its first line names"),
        (XES.replace("</trace>", '<string key="late" value="x"/></trace>'), "'late'.* after its events"),
        ("PK\x03\x04 not xml at all", "no complete XES"),
        ("", "no complete XES"),
        (XES.replace("time:timestamp", "when"), "no column 'time:timestamp'"),
    ],
)
def test_what_is_no_xes_is_refused_and_says_why(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "log.xes"
    path.write_text(content)
    with pytest.raises(SourceError, match=says):
        _rows(path, _source("xes", activity="concept:name"))


def test_ocel_is_flattened_on_one_type_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps(OCEL))
    columns = {"activity": "activity", "case_ref": "object_id", "source_record_id": "row_id", "outcome": "object.stage",
               "team": "desk", "area": "related.letter"}  # fmt: skip
    rows = _rows(path, _source("ocel", **columns))
    told = [(row["row_id"], row["object_id"], row["activity"], row["object.stage"], row["desk"], row["related.letter"])
            for row in rows]  # fmt: skip
    assert told == [
        ("e1/a1", "a1", "Receive", "new", "4", "l1"),
        ("e2/a1", "a1", "Merge", "open", None, None),
        ("e2/a2", "a2", "Merge", None, None, None),
        ("e3/", None, "Close office", None, None, None),
    ]


def test_an_objects_value_is_as_of_the_event_whatever_the_zones(tmp_path: Path) -> None:
    stages = [
        {"name": "stage", "time": "2026-11-02T12:00:00+02:00", "value": "open"},  # 10:00 UTC, and given first
        {"name": "stage", "time": "2026-11-02T09:00:00Z", "value": "new"},
    ]
    times = ["2026-11-02T08:59:59Z", "2026-11-02T09:00:00.500Z", "2026-11-02T10:30:00Z"]
    related = [{"objectId": "a1", "qualifier": ""}]
    events = [{"id": f"e{i}", "type": "R", "time": at, "relationships": related} for i, at in enumerate(times)]
    log = {"objects": [{"id": "a1", "type": "application", "attributes": stages}], "events": events}
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log))
    rows = _rows(path, _source("ocel", activity="activity", outcome="object.stage"))
    assert [row["object.stage"] for row in rows] == [None, "new", "open"]


def test_an_attribute_called_like_a_column_of_the_event_does_not_replace_it(tmp_path: Path) -> None:
    clash = [{"name": "time", "value": "noon"}, {"name": "event_id", "value": "7"}]
    event = {"id": "e1", "type": "Receive", "time": None, "attributes": clash}
    path = tmp_path / "log.json"
    path.write_text(json.dumps({**OCEL, "events": [event]}))
    row = _rows(path, _source("ocel", activity="activity", source_record_id="row_id", outcome="event.time"))[0]
    assert (row["row_id"], row["time"], row["event.time"]) == ("e1/", None, "noon")  # no time: rejected, not "None"


def test_what_flattening_did_is_remarked_when_it_is_loaded(tmp_path: Path) -> None:
    sources = """
    [[source]]
    name = "log"
    kind = "step"
    files = "*.json"
    format = "ocel"
    object_type = "application"
    [source.columns]
    started_at = "time"
    activity = "activity"
    case_ref = "object_id"
    source_record_id = "row_id"
    """
    loaded = load(open_project(make_workspace(tmp_path / "w", sources, log_json=json.dumps(OCEL)).root))
    assert (loaded.n_rows, loaded.n_stored) == (4, 4)
    assert loaded.remarks == (
        "log.json: flattened on 'application': of 3 events 1 had several and are repeated (1 rows more), 1 had none "
        "and stand alone",
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (json.dumps(OCEL)[:400], "no OCEL 2.0 JSON"),
        ("[1, 2]", "no OCEL 2.0 JSON"),
        ("[" * 100_000, "no OCEL 2.0 JSON"),
        (json.dumps({**OCEL, "events": [{"id": "e1"}]}), "lacks what OCEL 2.0 asks for"),
        (json.dumps(OCEL).replace('"application"', '"applications"'), "no objects of type 'application'; did you mean"),
    ],
)
def test_what_is_no_ocel_is_refused_and_says_why(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "log.json"
    path.write_text(content)
    with pytest.raises(SourceError, match=says):
        _rows(path, _source("ocel", activity="activity"))

"""`journeys map FILE`: a first block that loads as it stands, says what it is unsure of, and shows nothing personal."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import openpyxl
import pytest
from builders_workspace import LATEST, load, make_workspace, open_project, put_source

from journeys.check import check_sources
from journeys.draft import draft_source
from journeys.errors import SourceError
from journeys.profile import profile_file
from reports.cli import main
from reports.mapping import map_file

CALLS = "Call Ref;Started;Queue;Caller Number;Agent Name;Talk Seconds;Notes\n" + "".join(
    f"C-{n:04d};{n % 28 + 1:02d}/11/2026 09:{n % 60:02d};{'CTAX' if n % 3 else 'WASTE'};"
    f"{'01632 960000' if n % 10 == 0 else f'07700 900{n:03d}'};Zebedee Quill;{n * 7};said the bin was not emptied {n}\n"
    for n in range(200)
)


def _source(text: str) -> dict[str, object]:
    (block,) = tomllib.loads(text)["source"]
    return dict(block)


def _draft(tmp_path: Path, name: str, content: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return draft_source(profile_file(path), name)


def test_the_draft_of_a_csv_loads_as_it_stands(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    path = put_source(workspace, "telephony/calls-2026-11.csv", CALLS)
    text = map_file(path, workspace.root)
    (workspace.config / "sources.toml").write_text(text)
    (check,) = check_sources(workspace, open_project(workspace.root).settings, latest_at=LATEST)
    assert (check.problems, check.n_files) == ((), 1)
    loaded = load(open_project(workspace.root))
    assert loaded.n_stored + loaded.n_rejects == 200
    columns = _source(text)["columns"]
    assert columns["started_at"] == {"column": "Started", "format": "%d/%m/%Y %H:%M"}
    assert columns["channel"] == {"value": "phone"}  # from the name of the folder, and flagged
    assert columns["handle_s"] == {"column": "Talk Seconds", "unit": "seconds"}
    assert (columns["phone"], columns["source_record_id"], columns["note"]) == ("Caller Number", "Call Ref", "Notes")
    assert _source(text)["files"] == "telephony/*.csv"


def test_nothing_personal_is_shown_and_staff_are_left_out(tmp_path: Path) -> None:
    text = _draft(tmp_path, "calls.csv", CALLS)
    for value in ("Zebedee", "Quill", "900123", "960000", "not emptied"):
        assert value not in text
    assert "# Left out, and never kept: Agent Name" in text
    assert "CTAX" in text  # a queue's name is no secret


def test_one_number_in_many_rows_is_flagged(tmp_path: Path) -> None:
    text = _draft(tmp_path, "calls.csv", CALLS)
    assert "one value (99999 999999) is in 20 of 200 rows" in text
    assert "unknown_persons" in _source(text)


@pytest.mark.parametrize(
    ("times", "time_format", "is_flagged"),
    [
        (["03/04/2026", "05/06/2026"], "%d/%m/%Y", True),
        (["13/04/2026", "05/06/2026"], "%d/%m/%Y", False),
        (["04/13/2026", "05/06/2026"], "%m/%d/%Y", False),
        (["03.04.26 10:15", "28.02.26 09:00"], "%d.%m.%y %H:%M", False),
        (["03 Nov 2026 10:15", "28 Feb 2026 09:00"], "%d %b %Y %H:%M", False),
    ],
)
def test_day_and_month_are_never_guessed_silently(
    tmp_path: Path, times: list[str], time_format: str, is_flagged: bool
) -> None:
    text = _draft(tmp_path, "visits.csv", "Ticket,Arrived\n" + "".join(f"T{n},{at}\n" for n, at in enumerate(times)))
    assert _source(text)["columns"]["started_at"]["format"] == time_format
    assert ("CHECK: every value fits day-first and month-first alike" in text) == is_flagged


def test_iso_times_need_no_format_and_epochs_are_named(tmp_path: Path) -> None:
    rows = [{"id": f"e{n}", "at": f"2026-11-0{n + 1}T09:00:00Z", "stamp": 1793610000 + n} for n in range(9)]
    text = _draft(tmp_path, "events.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert _source(text)["columns"]["started_at"] == "at"
    assert "seconds or milliseconds since 1970" in text


def test_nested_json_xlsx_and_utf16_are_recognised(tmp_path: Path) -> None:
    nested = [
        {"caller": {"phone": f"07700 90012{n}"}, "id": f"i{n}", "created": f"2026-11-0{n + 1} 09:00:00"}
        for n in range(9)
    ]
    assert _source(_draft(tmp_path, "calls.json", json.dumps(nested)))["columns"]["phone"] == "caller.phone"
    book = openpyxl.Workbook()
    for row in [
        ["Ticket", "Arrived", "Waited (min)"],
        ["A1", "2026-11-02 09:00:00", 4],
        ["A2", "2026-11-02 09:10:00", 9],
    ]:
        book.active.append(row)
    book.save(tmp_path / "counter.xlsx")
    drafted = _source(draft_source(profile_file(tmp_path / "counter.xlsx"), "counter.xlsx"))
    assert (drafted["format"], drafted["columns"]["wait_s"]["unit"]) == ("xlsx", "minutes")
    utf16 = _source(_draft(tmp_path, "post.csv", CALLS.encode("utf-16")))
    assert (utf16["encoding"], utf16["delimiter"]) == ("utf-16", ";")


def test_real_logs(shared_data: Path) -> None:
    text = draft_source(profile_file(shared_data / "callcentre" / "CallcenterExample.csv"), "c.csv")
    assert "is in 583 of 7,548 rows" in text  # the bucket of unknown callers
    columns = _source(text)["columns"]
    assert columns["started_at"] == {"column": "Start Date", "format": "%d.%m.%y %H:%M"}
    assert columns["channel"]["map"]["Inbound Email"] == "email"
    log = _source(draft_source(profile_file(shared_data / "receipt" / "08_receipt.xes.gz"), "r.xes.gz"))
    assert (log["format"], log["columns"]["activity"], log["columns"]["case_ref"]) == (
        "xes",
        "concept:name",
        "case:concept:name",
    )


def test_what_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError, match="empty"):
        _draft(tmp_path, "a.csv", "")
    assert main(["map", str(tmp_path / "missing.csv")]) == 2
    assert "there is no such file" in capsys.readouterr().err

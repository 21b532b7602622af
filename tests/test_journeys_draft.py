"""`journeys map FILE`: a first block that loads as it stands, says what it is unsure of, and shows nothing personal."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders_workspace import LATEST, load, make_workspace, open_project, put_source

from journeys.check import check_sources
from journeys.draft import draft_source
from journeys.errors import SourceError
from journeys.profile import profile_file
from journeys.settings import Source
from journeys.sources.reading import read_batches
from reports.cli import main
from reports.mapping import map_file

N = 60
CALLS = "Call Ref;Started;Queue;Caller Number;Agent Name;Talk Seconds;Notes\n" + "".join(
    f"C-{n:04d};{n % 28 + 1:02d}/10/2026 09:{n % 60:02d};{'CTAX' if n % 3 else 'WASTE'};"
    f"{'01632 960000' if n % 10 == 0 else f'07700 900{n:03d}'};Zebedee Quill;{n * 7};said the bin was not emptied {n}\n"
    for n in range(200)
)
CASES = "event_id|case_ref|event|occurred|due_date|team\n" + "".join(
    f"ev-{n:04d}|HSG-{n // 3:04d}|{('OPEN', 'TRIAGE', 'CLOSE')[n % 3]}|2026-10-{n % 28 + 1:02d} 09:00|2026-12-01|Team 1\n"
    for n in range(N)
)
HITS = "".join(
    json.dumps({"hit": f"h{n}", "visitor": f"v{n % 9}", "ts": f"2026-10-02T09:{n % 60:02d}:00Z", "event": "page_view"})
    + "\n"
    for n in range(N)
)
CONVERSATIONS = json.dumps(
    [
        {"id": f"i{n}", "caller": {"phone": f"07700 9001{n:02d}"}, "created": 1790000000000 + n, "media": ("voice", "chat")[n % 2]}
        for n in range(N)
    ]
)  # fmt: skip
XES = "<log>" + "".join(
    f'<trace><string key="concept:name" value="case {n}"/><string key="channel" value="Desk"/>'
    f'<event><string key="concept:name" value="Opened"/><date key="time:timestamp" value="2026-10-{n + 1:02d}T09:00:00Z"/></event>'
    f'<event><string key="concept:name" value="Closed"/><date key="time:timestamp" value="2026-10-{n + 1:02d}T19:00:00Z"/></event>'
    "</trace>"
    for n in range(20)
) + "</log>"  # fmt: skip
OCEL = json.dumps(
    {
        "objectTypes": [{"name": "repair"}],
        "objects": [{"id": f"rep{n}", "type": "repair"} for n in range(20)],
        "events": [
            {"id": f"e{n}", "type": ("Reported", "Mended")[n % 2], "time": f"2026-10-{n // 2 + 1:02d}T09:00:00Z",
             "relationships": [{"objectId": f"rep{n // 2}", "qualifier": "of"}]}
            for n in range(40)
        ],
    }
)  # fmt: skip


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Ticket", "Arrived", "Waited (min)", "Case"])
    for n in range(N):
        book.active.append([f"A{n}", f"2026-10-02 09:{n % 60:02d}:00", n % 7, f"HSG-{n:04d}"])
    book.save(path)


def _parquet(path: Path) -> None:
    rows = {"message_id": [f"m{n}" for n in range(N)], "received": [LATEST.replace(month=10, day=2, minute=n) for n in range(N)],
            "sender_email": [f"a{n}@example.org" for n in range(N)]}  # fmt: skip
    pq.write_table(pa.table(rows), path)


FILES: dict[str, Any] = {
    "calls/calls.csv": CALLS,
    "cases/cases.csv": CASES,
    "web/hits.jsonl": HITS,
    "voice/conversations.json": CONVERSATIONS,
    "counter/counter.xlsx": _workbook,
    "email/messages.parquet": _parquet,
    "permits/permits.xes": XES,
    "repairs/repairs.json": OCEL,
}


def _source(text: str) -> dict[str, Any]:
    (block,) = tomllib.loads(text)["source"]
    return dict(block)


def _draft(tmp_path: Path, name: str, content: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return draft_source(profile_file(path, LATEST), name)


@pytest.mark.parametrize("name", FILES)
def test_every_draft_loads_as_it_stands(tmp_path: Path, name: str) -> None:
    workspace = make_workspace(tmp_path / "w")
    path = put_source(workspace, name, FILES[name] if isinstance(FILES[name], str) else "")
    if not isinstance(FILES[name], str):
        FILES[name](path)
    text = map_file(path, workspace.root)
    source = Source.model_validate(_source(text))
    assert source.files == name
    n_rows = sum(batch.rows.num_rows for batch in read_batches(path, source))
    (workspace.config / "sources.toml").write_text(text, encoding="utf-8")
    opened = open_project(workspace.root)
    (check,) = check_sources(workspace, opened.settings, latest_at=LATEST)
    assert (check.problems, check.n_files, check.n_rows, check.rejects) == ((), 1, n_rows, ())
    assert load(opened).n_stored == n_rows > 0
    assert opened.settings.unaccounted_sources()  # purpose, ground and owner are nobody's guess


def test_what_a_log_of_calls_is_taken_for(tmp_path: Path) -> None:
    columns = _source(_draft(tmp_path, "calls.csv", CALLS))["columns"]
    assert columns["started_at"] == {"column": "Started", "format": "%d/%m/%Y %H:%M"}
    assert columns["channel"] == {"value": "phone"}
    assert columns["handle_s"] == {"column": "Talk Seconds", "unit": "seconds"}
    assert (columns["phone"], columns["source_record_id"], columns["note"]) == ("Caller Number", "Call Ref", "Notes")
    assert (columns["service"]["column"], columns["note_author"]) == ("Queue", {"value": "staff"})
    assert "name" not in columns  # an adviser's is not the caller's


def test_what_logs_of_cases_hits_and_conversations_are_taken_for(tmp_path: Path) -> None:
    cases = _source(_draft(tmp_path, "cases.csv", CASES))
    assert (cases["kind"], cases["columns"]["activity"], cases["columns"]["case_ref"]) == ("step", "event", "case_ref")
    assert cases["columns"]["case_due_at"] == "due_date"
    hits = _source(_draft(tmp_path, "hits.jsonl", HITS))
    assert (hits["kind"], hits["columns"]["cookie"], hits["columns"]["channel"]) == ("hit", "visitor", {"value": "web"})
    voice = _source(_draft(tmp_path, "conversations.json", CONVERSATIONS))["columns"]
    assert voice["phone"] == "caller.phone"
    assert voice["channel"]["map"] == {"voice": "phone", "chat": "web_chat"}
    assert voice["started_at"] == {"expression": 'to_timestamp(try_cast("created" AS DOUBLE) / 1000)'}
    repairs = _source(_draft(tmp_path, "repairs.json", OCEL))
    assert (repairs["object_type"], repairs["columns"]["case_ref"]) == ("repair", "object_id")


def test_nothing_personal_is_shown_and_what_is_not_needed_is_left_out(tmp_path: Path) -> None:
    text = _draft(tmp_path, "calls.csv", CALLS)
    for value in ("Zebedee", "Quill", "900123", "960000", "not emptied"):
        assert value not in text
    assert "# Not mapped, and never kept: Agent Name (about staff)" in text
    assert "CTAX" in text  # a queue's name is no secret
    rows = "".join(f"QQ{123400 + n}C,192.0.2.{n},{n} Quill Lane East Felpersham,2026-10-02\n" for n in range(N))
    text = _draft(tmp_path, "forms.csv", f"NI Number,IP,Home address,Sent\n{rows}")
    assert set(_source(text)["columns"]) == {"started_at", "channel"}
    assert "NI Number (personal data not needed)" in text and "Lane" not in text and "192.0" not in text


def test_one_number_in_many_rows_is_flagged(tmp_path: Path) -> None:
    text = _draft(tmp_path, "calls.csv", CALLS)
    assert "one value (it looks like 99999 999999) is in 20 of 200 rows (10.0%)" in text
    assert "see Caller Number above" in text
    assert _source(text)["unknown_persons"] == []


def test_day_and_month_are_never_guessed_silently(tmp_path: Path) -> None:
    def draft(*times: str) -> str:
        return _draft(tmp_path, "v.csv", "Ticket,Arrived\n" + "".join(f"T{n},{at}\n" for n, at in enumerate(times)))

    unsure = "# CHECK: started_at: every value fits both day-first and month-first; this assumes day-first"
    text = draft("03/04/2026", "05/06/2026")
    assert unsure in text and _source(text)["columns"]["started_at"]["format"] == "%d/%m/%Y"
    text = draft("03/04/2026", "04/13/2026")
    assert unsure not in text and _source(text)["columns"]["started_at"]["format"] == "%m/%d/%Y"
    assert "# month-first: 1 row can be nothing else" in text


def test_channels_are_mapped_and_what_sounds_like_none_is_named(tmp_path: Path) -> None:
    values = ["Telephone", "E-mail", "Letter", "Counter", "SocialMedia", "Web form"]
    rows = "".join(f"{n},2026-10-02,{values[n % 6]},told us of the bin {n}\n" for n in range(N))
    text = _draft(tmp_path, "crm.csv", f"Ref,Created,Origin,Details\n{rows}")
    columns = _source(text)["columns"]
    assert columns["channel"]["map"] == {
        "Telephone": "phone", "E-mail": "email", "Letter": "post", "Counter": "face_to_face", "SocialMedia": "other",
        "Web form": "web_form",
    }  # fmt: skip
    assert "# CHECK: SocialMedia: no channel that is known" in text
    assert columns["note_author"]["map"]["Telephone"] == "staff"
    assert columns["note_author"]["map"]["E-mail"] == "resident"


def test_names_and_durations_in_parts_become_expressions_that_load(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    header = "Ref,Created,First name,Surname,Talk time,wait_ms\n"
    rows = "".join(f"R{n},2026-10-02,Zebedee,Quill{n},0:01:{n % 50 + 10},{n}500\n" for n in range(1, N))
    path = put_source(workspace, "crm.csv", header + rows)
    (workspace.config / "sources.toml").write_text(map_file(path, workspace.root))
    opened = open_project(workspace.root)
    columns = opened.settings.sources[0].columns
    assert columns["name"].column_names() == ("First name", "Surname")
    load(opened)
    stored = pa.concat_tables(
        [pq.read_table(workspace.data / part, columns=["wait_s", "handle_s"]) for part in opened.store.parts("records")]
    ).to_pylist()
    assert {"wait_s": 1.5, "handle_s": 71.0} in stored  # 1,500 ms; one minute and eleven seconds


def test_a_block_is_named_apart_from_others_and_a_file_elsewhere_is_to_be_moved(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")  # has a source "calls"
    sources = workspace.config / "sources.toml"
    outside = tmp_path / "calls.csv"
    outside.write_text(CALLS)
    text = map_file(outside, workspace.root)
    assert 'files = "calls.csv"   # CHECK: move the file below sources/ first' in text
    sources.write_text(sources.read_text() + text)
    put_source(workspace, "calls.csv", CALLS)
    assert [source.name for source in open_project(workspace.root).settings.sources] == ["calls", "calls_2"]


def test_names_of_files_and_columns_cannot_break_out_of_the_block(tmp_path: Path) -> None:
    evil = 'Ref "x"\n[evil]\nkey = 1'
    rows = "".join(json.dumps({evil: f"R{n}", "At, \\": "2026-10-02", "Queue": 'A"\n[evil]'}) + "\n" for n in range(N))
    text = _draft(tmp_path, 'a"b] # c.jsonl', rows)
    block = _source(text)
    assert set(tomllib.loads(text)) == {"source"}
    assert (block["columns"]["source_record_id"], block["columns"]["started_at"]) == (evil, "At, \\")


def test_a_file_without_times_still_gives_a_valid_block_that_says_so(tmp_path: Path) -> None:
    text = _draft(tmp_path, "list.csv", "Name,Code\nZebedee Quill,A1\nDougal Quill,A2\n")
    assert Source.model_validate(_source(text))
    assert 'started_at = "Code"   # CHECK: no column looks like a time' in text


def test_real_logs(shared_data: Path) -> None:
    text = draft_source(profile_file(shared_data / "callcentre" / "CallcenterExample.csv", LATEST), "c.csv")
    assert "is in 583 of 7,548 rows (7.7%)" in text  # the bucket of unknown callers
    columns = _source(text)["columns"]
    assert columns["started_at"] == {"column": "Start Date", "format": "%d.%m.%y %H:%M"}
    assert columns["channel"]["map"]["Inbound Email"] == "email"
    log = _source(draft_source(profile_file(shared_data / "receipt" / "08_receipt.xes.gz", LATEST), "r.xes.gz"))
    assert (log["format"], log["kind"]) == ("xes", "step")
    assert log["columns"]["started_at"] == "time:timestamp"
    assert (log["columns"]["activity"], log["columns"]["case_ref"]) == ("concept:name", "case:concept:name")


def test_what_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError, match="empty"):
        _draft(tmp_path, "a.csv", "")
    assert main(["map", str(tmp_path / "missing.csv")]) == 2
    assert "there is no such file" in capsys.readouterr().err

"""`journeys doctor`: what is out of order is said, and nothing personal that was planted is missed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from builders_findings import findings, week_before
from builders_workspace import calls, load, make_workspace, open_project

from journeys.catalogue import RUNS
from journeys.outbox import DEAD, due, queue, settle
from journeys.workspace import Workspace
from reports.cli import main
from reports.doctor import examine_privacy
from reports.publish import publish_week

ROWS = calls(
    "1,c1,02/11/2026 09:00,BINS,yes,07700 900123,ACC-10042,CASE-77001,Zebedee Quillfeather,the bin was left again",
    "2,c2,03/11/2026 09:00,BINS,yes,01632 960123,ACC-10043,,Ottoline Marsh,wants a bin",
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = make_workspace(tmp_path / "w", calls_csv=ROWS)
    opened = open_project(made.root)
    load(opened)
    opened.store.close()
    return made


def _search(workspace: Workspace) -> tuple[str, bool]:
    lines, is_good = examine_privacy(workspace.root, report=lambda line: None)
    return "\n".join(lines), is_good


def test_a_clean_workspace_is_clean(workspace: Workspace) -> None:
    said, is_good = _search(workspace)
    assert is_good
    assert "looked for" in said
    assert "nothing personal was found outside the notes" in said
    assert main(["doctor", "--privacy", "--workspace", str(workspace.root)]) == 0


def _into_a_page(workspace: Workspace) -> None:
    (workspace.site / "page.html").write_text("<p>ring 07700&nbsp;900123 or <b>07700</b> <b>900123</b></p>")


def _into_a_file_name(workspace: Workspace) -> None:
    (workspace.data / "ACC-10042.log").write_text("nothing")


def _into_findings(workspace: Workspace) -> None:
    (workspace.site / "findings.json").write_text(json.dumps({"headline": "a call from Zebedee  Quillfeather"}))


def _into_a_part(workspace: Workspace) -> None:
    folder = workspace.data / "records" / "2026-W45"
    pq.write_table(pa.table({"phone_token": ["447700900123", "0" * 32]}), folder / "odd.parquet")


def _into_the_catalogue(workspace: Workspace) -> None:
    opened = open_project(workspace.root)
    with opened.store.writing() as connection:
        row = {"run_id": "r", "week": "2026-W45", "settings_hash": "s", "headline": "case 77001 of acc 10043"}
        connection.execute(sa.insert(RUNS).values(row))
    opened.store.close()


def _into_a_spill_file(workspace: Workspace) -> None:
    (workspace.data / "tmp").mkdir(exist_ok=True)
    (workspace.data / "tmp" / "spill.tmp").write_bytes(b"\0\1\2OTTOLINE MARSH\0\3")


def _into_a_spreadsheet(workspace: Workspace) -> None:
    book = openpyxl.Workbook()
    book.active["B7"] = "Ottoline Marsh rang"
    workspace.site.mkdir(exist_ok=True)
    book.save(workspace.site / "all-tables.xlsx")


def _of_somebody_else(workspace: Workspace) -> None:
    (workspace.root / "site-public" / "notice.html").write_text("write to pat.doe@example.net, number QQ 12 34 56 C")


@pytest.mark.parametrize(
    ("plant", "says"),
    [
        (_into_a_page, "site/page.html: 1 x phone"),
        (_into_a_file_name, "data/ACC-10042.log: 1 x account"),
        (_into_findings, "site/findings.json: 1 x name"),
        (_into_a_part, "data/records/2026-W45/odd.parquet: 1 x phone"),
        (_into_the_catalogue, "catalogue: runs: 1 x account"),
        (_into_a_spill_file, "data/tmp/spill.tmp: 1 x name"),
        (_into_a_spreadsheet, "site/all-tables.xlsx: 1 x name"),
        (_of_somebody_else, "site-public/notice.html: 1 x looks like email"),
    ],
)
def test_each_thing_planted_is_found_and_never_repeated(workspace: Workspace, plant: object, says: str) -> None:
    plant(workspace)  # type: ignore[operator]
    said, is_good = _search(workspace)
    assert not is_good
    assert f"FOUND in {says}" in said
    for value in ("900123", "Quillfeather", "QUILL", "MARSH", "pat.doe"):
        assert value not in said
    assert main(["doctor", "--privacy", "--workspace", str(workspace.root)]) == 1


def test_what_redaction_missed_in_a_note_is_counted_apart(tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "w", calls_csv=ROWS)
    opened = open_project(made.root)
    load(opened)
    (part,) = (made.data / path for path in opened.store.parts("notes"))
    rows = pq.read_table(part)
    pq.write_table(rows.set_column(1, "note", pa.array(["spoke to Zebedee Quillfeather"] * rows.num_rows)), part)
    said, is_good = _search(made)
    assert is_good
    assert "notes (redaction misses some; journeys evaluate measures it): 1 x name" in said


def test_what_is_out_of_order_is_said_with_what_to_do(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--workspace", str(workspace.root)]) == 0
    workspace.key_file.chmod(0o644)
    next(workspace.data.rglob("*.parquet")).unlink()
    text = (workspace.config / "sources.toml").read_text().replace('owner = "Telephony manager"', 'owner = ""')
    (workspace.config / "sources.toml").write_text(text)
    assert main(["doctor", "--workspace", str(workspace.root)]) == 1
    said = capsys.readouterr().out
    assert "chmod 600 key" in said
    assert "stored files are missing" in said
    assert "does not state its owner" in said
    assert "3 things to mend: key, purposes, catalogue" in said


def test_a_schedule_does_not_run_for_a_source_without_a_purpose(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (workspace.config / "sources.toml").read_text().replace('lawful_basis = "public task"', 'lawful_basis = ""')
    (workspace.config / "sources.toml").write_text(text)
    assert main(["schedule", "--once", "--workspace", str(workspace.root)]) == 2
    assert "does not state its lawful basis; a schedule runs only when every source does" in capsys.readouterr().err


def test_the_doctor_says_whether_reports_come_and_mail_goes(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor = ["doctor", "--workspace", str(workspace.root)]
    assert main(doctor) == 0
    assert "no scheduler has run here yet" in capsys.readouterr().out
    publish_week(workspace.site, week_before(findings(), "2020-W10", "2020-03-02", "2020-03-08"))
    assert main(doctor) == 1
    assert "was due" in capsys.readouterr().out
    (workspace.config / "schedules.toml").write_text("")
    (workspace.config / "delivery.toml").write_text(
        'attach = "pdf"\n[smtp]\nhost = "127.0.0.1"\nsecurity = "none"\nsender = "a@example.org"\n'
    )
    opened = open_project(workspace.root)
    queue(opened.store, "run", "2020-W10", ["ann@example.org"], datetime(2020, 3, 9))
    (entry,) = due(opened.store, datetime(2020, 3, 9))
    main(doctor)
    assert "0 sent, 1 waiting, 0 dead" in capsys.readouterr().out or not Path("/usr/bin/chromium").exists()
    settle(opened.store, entry, DEAD, "refused")
    assert main(doctor) == 1
    assert "to mend: mail" in capsys.readouterr().out

"""The command as a user types it: what it prints, where, and its exit code."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from builders_workspace import calls, make_workspace, put_source

from reports.cli import main
from reports.pipeline import open_project

ROOT = Path(__file__).parent.parent
WEEK_ROWS = tuple(
    f"{day}{n},c{day}{n},{day:02d}/11/2026 {9 + n % 8:02d}:{n % 60:02d},BINS,yes,01632 96{n:04d},,,,where is my bin"
    for day in (2, 3, 9, 10, 13)  # the last is a Friday: the week is complete without a weekend
    for n in range(30)
)


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom reports.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted(set(sys.modules) & {'duckdb', 'pandas', 'spacy', 'pm4py', 'sqlalchemy', 'numpy', 'pyarrow'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip().endswith("[]")
    for name in ("demo", "init", "check", "load", "run", "report", "schedule", "evaluate", "redact", "classify"):
        assert re.search(rf"^    {name} ", done.stdout, re.MULTILINE), name


def test_init_check_load_run_publish_own_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*WEEK_ROWS))
    where = ["--workspace", str(workspace.root)]
    assert main(["check", *where]) == 0
    assert "calls: 1 files, 150 rows, 0 would be rejected" in capsys.readouterr().out
    assert not list(workspace.data.rglob("*.parquet"))
    assert main(["load", *where]) == 0
    assert "1 files loaded: 150 rows, 150 stored, 0 rejected" in capsys.readouterr().out
    assert main(["run", *where]) == 0
    assert capsys.readouterr().out.strip().splitlines()[-1] == str(workspace.site / "index.html")
    assert (workspace.site / "2026-W46" / "journeys" / "waste.html").exists()
    assert main(["run", *where]) == 0
    assert "2026-W46: unchanged, already published" in capsys.readouterr().out


def test_a_run_stopped_before_the_archive_is_finished_by_the_next_one(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*WEEK_ROWS))
    where = ["--workspace", str(workspace.root)]
    assert main(["run", *where]) == 0
    before = {path: path.read_bytes() for path in workspace.site.rglob("*") if path.is_file()}
    (workspace.site / "index.html").write_text("the archive of the week before")
    shutil.rmtree(workspace.site / "latest")
    assert main(["run", *where]) == 0
    assert {path: path.read_bytes() for path in workspace.site.rglob("*") if path.is_file()} == before


def test_from_publishes_every_week_up_to_the_newest_complete_one(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*WEEK_ROWS))
    assert main(["run", "--from", "2026-W45", "--workspace", str(workspace.root)]) == 0
    assert sorted(path.name for path in workspace.site.glob("2026-W*")) == ["2026-W45", "2026-W46"]


def test_a_later_file_corrects_a_week_and_the_earlier_edition_stays(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*WEEK_ROWS))
    where = ["--workspace", str(workspace.root), "--week", "2026-W46"]
    main(["run", *where])
    before = (workspace.site / "2026-W46" / "findings.json").read_bytes()
    put_source(workspace, "calls_late.csv", calls("9999,late,15/11/2026 12:00,BINS,yes"))
    main(["run", *where])
    assert (workspace.site / "2026-W46" / "findings.json").read_bytes() != before
    editions = list(workspace.site.glob("2026-W46-edition-*"))
    assert [(edition / "findings.json").read_bytes() for edition in editions] == [before]


def test_gaps_are_proposed_from_what_is_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """110 people call on three days, 2 and 60 days apart: the valley is at the middle of the logarithms, 11 days."""
    days = ("01/09/2026", "03/09/2026", "02/11/2026")
    rows = [
        f"{place}x{n},c{place}x{n},{day} 10:{n % 60:02d},BINS,yes,01632 96{n:04d},,,,"
        for place, day in enumerate(days)
        for n in range(110)
    ]
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*rows))
    where = ["--workspace", str(workspace.root)]
    assert main(["check", "--gaps", *where]) == 3
    assert "nothing is loaded yet" in capsys.readouterr().err
    main(["load", *where])
    capsys.readouterr()
    assert main(["check", "--gaps", *where]) == 0
    said = capsys.readouterr().out
    found = re.search(r"Bins: (\d+) days proposed, 14 days set \(220 waits, 50% of them shorter\)", said)
    assert found and 9 <= int(found[1]) <= 13
    assert "in 62 days of contacts" in said


def test_rendering_again_gives_the_same_bytes(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*WEEK_ROWS))
    main(["run", "--workspace", str(workspace.root)])
    files = {path: path.read_bytes() for path in workspace.site.rglob("*") if path.is_file()}
    assert main(["report", "--workspace", str(workspace.root)]) == 0
    assert {path: path.read_bytes() for path in workspace.site.rglob("*") if path.is_file()} == files


def test_a_source_without_rows_this_week_says_no_data_and_shows_no_fall(tmp_path: Path) -> None:
    rows = [
        f"{week}{n},k{week}{n},{day},BINS,yes,01632 96{n:04d}"
        for week, day in enumerate(
            ("05/10/2026 10:00", "12/10/2026 10:00", "19/10/2026 10:00", "26/10/2026 10:00", "02/11/2026 10:00")
        )
        for n in range(40)
    ]
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*rows))
    assert main(["run", "--week", "2026-W46", "--workspace", str(workspace.root)]) == 0
    findings = json.loads((workspace.site / "2026-W46" / "findings.json").read_text())
    assert findings["period"]["missing_sources"] == ["calls"]
    contacts = next(m for m in findings["measures"] if (m["measure_id"], m["scope"]) == ("contacts", "all"))
    assert contacts["value"] is None and contacts["no_data"] and contacts["signal"] == "none"
    assert "no data" in (workspace.site / "2026-W46" / "index.html").read_text().lower()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "--week", "2026-46"], 2, "write it as 2026-W46"),
        (["run", "--week", "2026-W54"], 2, "is not an ISO week"),
        (["run"], 3, "nothing is loaded yet"),
        (["report"], 3, "no week is published"),
        (["evaluate", "absent.jsonl"], 2, "the file is missing"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    workspace = make_workspace(tmp_path / "w")
    assert main([*arguments, "--workspace", str(workspace.root)]) == code
    assert says in capsys.readouterr().err


def test_check_lists_every_problem_and_the_first_rejects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls("1,c,31/02/2026 10:00,DRAINS,yes"))
    put_source(workspace, "calls_empty.csv", "")
    assert main(["check", "--workspace", str(workspace.root)]) == 2
    out = capsys.readouterr().out
    assert "calls.csv:1: started_at: the start time does not fit its format (looks like 99/99/9999 99:99)" in out
    assert "calls_empty.csv: the file is empty" in out
    assert "service: 'DRAINS' in 1 rows is in no map" in out
    assert "1 problems to mend" in out


def test_a_folder_with_other_things_in_it_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    assert main(["demo", str(tmp_path), "--weeks", "1"]) == 2
    assert (tmp_path / "mine.txt").read_text() == "keep"
    assert "holds no earlier demo" in capsys.readouterr().err
    make_workspace(tmp_path / "w")
    assert main(["init", str(tmp_path / "w")]) == 2


def test_redact_and_classify_stream_outside_any_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("Mrs Okafor on 07700 900123\n\nno names here\n"))
    assert main(["redact"]) == 0
    assert capsys.readouterr().out.splitlines() == ["Mrs [person] on [phone]", "", "no names here"]
    monkeypatch.setattr("sys.stdin", io.StringIO('{"text": "my bin was not collected again"}\nnot json\n'))
    assert main(["classify"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["demand"], first["demand_type"]) == ("failure", "not_done")
    assert "error" in second


def test_the_demo_ends_with_the_path_to_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", str(tmp_path / "demo"), "--weeks", "1", "--seed", "2"]) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last == str(tmp_path / "demo" / "site" / "index.html")
    assert "2026-W46" in Path(last).read_text()


def test_a_week_that_fails_its_audit_is_nowhere_on_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*WEEK_ROWS))
    services = workspace.config / "services.toml"
    services.write_text(services.read_text().replace('"Bins"', '"Bins, ring 07700 900123"'))
    assert main(["run", "--workspace", str(workspace.root)]) == 1
    said = capsys.readouterr().err
    assert "what looks like phone" in said and "900123" not in said
    assert not (workspace.site / "2026-W46").exists()
    opened = open_project(workspace.root)
    assert opened.store.published_measures("2026-W47") == []

"""`journeys export` as a user types it: where a log may lie, who may read it, what stays on record."""

from __future__ import annotations

import stat
from pathlib import Path

import pm4py
import pytest
from builders_workspace import calls, make_workspace, open_project
from pm4py.objects.bpmn.obj import BPMN

from journeys.workspace import Workspace
from reports import exporting
from reports.cli import main

# Twelve people ring twice in the week of 2 November and the one after; one person rings three times.
ROWS = (
    *(f"{n},c{n},03/11/2026 09:{n:02d},BINS,yes,,a{n}" for n in range(12)),
    *(f"{n}b,c{n}b,10/11/2026 09:{n:02d},BINS,yes,,a{n}" for n in range(12)),
    *(f"z{n},cz{n},1{n}/11/2026 12:00,BINS,yes,,zoe" for n in range(3)),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = make_workspace(tmp_path / "w", calls_csv=calls(*ROWS))
    assert main(["load", "--workspace", str(made.root)]) == 0
    return made


def _export(workspace: Workspace, *more: str) -> int:
    return main(["export", "--workspace", str(workspace.root), "--week", "2026-W46", *more])


def test_a_log_is_written_for_its_owner_alone_and_stays_on_record(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "log.xes.gz"
    capsys.readouterr()
    assert _export(workspace, str(out)) == 0
    said = capsys.readouterr().out
    assert f"{out}: 24 events of 12 journeys in 1 different sequences" in said
    assert "left out: 1 journeys" in said and "Monday" in said and "remains personal data" in said
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.xes.gz", "w"]
    request = open_project(workspace.root).store.requests()[-1]
    assert (request["kind"], request["n_records"]) == ("export", 24)
    assert main(["export", "--list", "--workspace", str(workspace.root)]) == 0
    listed = capsys.readouterr().out
    assert "log.xes.gz (SHA-256 " in listed and "24 events of 12 journeys" in listed and "up to 2026-W46" in listed


def test_the_model_of_a_service_is_written_for_modelling_tools(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "waste.bpmn"
    capsys.readouterr()
    assert _export(workspace, str(out), "--service", "waste") == 0
    assert f"{out}: the process model of Bins, found from 24 events of 12 journeys" in capsys.readouterr().out
    tasks = {node.get_name() for node in pm4py.read_bpmn(str(out)).get_nodes() if isinstance(node, BPMN.Task)}
    assert tasks == {"Calls: reason not known"}
    assert _export(workspace, str(tmp_path / "all.bpmn")) == 2
    assert "a model is of one service: name it with --service" in capsys.readouterr().err


def test_stating_otherwise_is_said_and_kept_on_record(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert _export(workspace, str(tmp_path / "log.jsonocel"), "--exact-times", "--all-variants") == 0
    said = capsys.readouterr().out
    assert "27 events of 13 journeys" in said
    assert "whoever knows when a person got in touch" in said and "whoever knows some steps" in said
    record = open_project(workspace.root).store.requests()[-1]["said"]
    assert "exact times" in record and "sequences: all" in record
    assert "2026-11-10T12:00:00Z" in (tmp_path / "log.jsonocel").read_text()


def test_the_same_log_gives_the_same_bytes(workspace: Workspace, tmp_path: Path) -> None:
    for name in ("one.xes.gz", "two.xes.gz"):
        assert _export(workspace, str(tmp_path / name)) == 0
    assert (tmp_path / "one.xes.gz").read_bytes() == (tmp_path / "two.xes.gz").read_bytes()


@pytest.mark.parametrize("folder", ["site", "site-public", "site/2026-W46", "data", "sources", "config", "link"])
def test_no_log_may_lie_where_things_are_published_stored_or_loaded(
    workspace: Workspace, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace.root / "link").symlink_to(workspace.site)
    place = workspace.root / folder
    place.mkdir(exist_ok=True)
    assert _export(workspace, str(place / "log.xes")) == 2
    assert "may not lie below" in capsys.readouterr().err
    assert not (place / "log.xes").exists()
    assert open_project(workspace.root).store.requests() == []


def test_names_that_cannot_be_are_refused_with_what_can(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there.xes").write_text("kept")
    for arguments, told in (
        ([str(tmp_path / "log.csv")], ".xes"),
        ([str(tmp_path / "there.xes")], "there is a file already"),
        ([str(tmp_path / "no" / "log.xes")], "there is no folder"),
        ([str(tmp_path / "log.xes"), "--service", "wste"], "did you mean 'waste'?"),
        ([str(tmp_path / "log.xes"), "--from", "last week"], "is not an ISO week"),
    ):
        assert _export(workspace, *arguments) == 2
        assert told in capsys.readouterr().err
    assert (tmp_path / "there.xes").read_text() == "kept"


def test_nothing_to_write_is_said_and_leaves_no_file_and_no_record(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "log.xes"
    assert _export(workspace, str(out), "--from", "2026-W46") == 3
    assert "each of the 1 sequences" in capsys.readouterr().err
    assert not out.exists()
    assert main(["export", "--list", "--workspace", str(workspace.root)]) == 3


def test_an_export_that_fails_leaves_nothing(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "_write", full_disk)
    assert _export(workspace, str(tmp_path / "log.xes")) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["w"]
    assert open_project(workspace.root).store.requests() == []


def test_who_objected_or_was_erased_is_in_no_export(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _export(workspace, str(tmp_path / "before.xes"), "--all-variants") == 0
    monkeypatch.setattr("sys.stdin", iter(["account a3\n"]))
    assert main(["object", "--workspace", str(workspace.root)]) == 0
    monkeypatch.setattr("sys.stdin", iter(["account zoe\n"]))
    capsys.readouterr()
    assert main(["erase", "--workspace", str(workspace.root)]) == 0
    assert "1 event logs were exported and may hold this person" in capsys.readouterr().out
    assert _export(workspace, str(tmp_path / "after.xes"), "--all-variants") == 0
    assert "22 events of 11 journeys" in capsys.readouterr().out

"""Access, objection, erasure, retention, backup and key rotation, on a store made from real files."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import pytest
from builders_workspace import CUT_OFF, calls, load, make_workspace, open_project, put_source, scan

from journeys.engine import Engine
from journeys.errors import SourceError, StoreError
from journeys.identifiers import read_identifiers
from journeys.keys import read_key, read_keys
from journeys.merge import merge_records
from journeys.periods import Week
from journeys.reconcile import reconcile
from journeys.retention import expire
from journeys.rights import erase_person, object_to_use, read_person, withdraw_objection
from journeys.schema import IDENTITIES
from journeys.settings import Privacy
from reports.cli import main
from reports.pipeline import Opened

AT = dt.datetime(2026, 11, 23, 9)
PAT, LEE = "07700 900123", "07700 900124"
# Pat rings twice (once transferred: two legs of one call, the second without a number), Lee once; H is shared by two accounts.
ROWS = calls(
    f"1,c1,02/11/2026 09:00,BINS,yes,{PAT},A-PAT,K1,Pat Quill,the bin was not emptied",
    "2,c1,02/11/2026 09:05,BINS,yes,,,,,passed on",
    f"3,c3,05/11/2026 10:00,BINS,yes,{PAT},A-PAT,K1,Pat Quill,rang again",
    f"4,c4,03/11/2026 10:00,BINS,yes,{LEE},A-LEE,K2,Lee Marsh,wants a bin",
    "5,c5,04/11/2026 10:00,BINS,yes,07700 900125,A-PAT,,,from the landline",
    "6,c6,04/11/2026 11:00,BINS,yes,07700 900125,A-LEE,,,same landline",
)


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    workspace = make_workspace(tmp_path / "w", calls_csv=ROWS)
    project = open_project(workspace.root)
    assert load(project).n_stored == 6
    return project


def _given(opened: Opened, *lines: str) -> tuple[object, ...]:
    return read_identifiers(lines, read_key(opened.workspace.key_file))


def _stored(opened: Opened) -> list[int]:
    with Engine() as engine:
        scan(engine, opened)
        return sorted(engine.run("SELECT row_number FROM records")["row_number"].tolist())


def _used(opened: Opened) -> tuple[list[int], dict[str, int]]:
    """Rows that count, and the reconciliation of their source."""
    with Engine() as engine:
        scan(engine, opened)
        objections = opened.store.set_aside("object")
        merge_records(engine, opened.settings.publishing, CUT_OFF, objections)
        import pandas as pd

        files = pd.DataFrame(opened.store.loaded_files())
        (row,) = reconcile(engine, opened.settings, files, Week(2026, 47)).to_dict("records")
        return sorted(engine.run("SELECT row_number FROM used")["row_number"].tolist()), row


def _erase(opened: Opened, *lines: str) -> int:
    done = erase_person(opened.workspace, opened.settings, opened.store, _given(opened, *lines), made_at=AT)
    return done.n_records


def test_access_shows_all_of_one_person_and_nothing_of_another(opened: Opened) -> None:
    rows = read_person(opened.workspace, opened.settings, opened.store, _given(opened, f"phone {PAT}"), made_at=AT)
    assert [row["started_at"] for row in rows] == [
        "2026-11-02T09:00:00", "2026-11-02T09:05:00", "2026-11-04T10:00:00", "2026-11-05T10:00:00",
    ]  # fmt: skip
    assert rows[0]["note"] == "the bin was not emptied"
    assert not any("token" in name for name in rows[0])
    assert opened.store.requests()[-1]["kind"] == "access"


def test_erasing_removes_every_row_of_the_person_and_they_stay_erased(opened: Opened) -> None:
    assert _erase(opened, f"phone {PAT}") == 4
    assert _stored(opened) == [4, 6]
    used, counts = _used(opened)
    assert used == [4, 6]
    assert (counts["rows_read"], counts["rows_used"], counts["set_aside"]) == (6, 2, 4)
    # The same file with another row comes again, as a new file: only the new row of somebody else is stored.
    put_source(opened.workspace, "calls2.csv", ROWS + "7,c7,06/11/2026 10:00,BINS,yes,07700 900126,,,,new\n")
    again = load(opened)
    assert (again.n_rows, again.n_stored, again.n_set_aside) == (7, 3, 4)
    notes = [path for path in opened.workspace.data.rglob("*.parquet") if b"emptied" in path.read_bytes()]
    assert notes == []


def test_tokens_of_names_go_with_the_person_and_lie_in_a_restricted_folder(opened: Opened) -> None:
    assert (opened.workspace.data / "identities").stat().st_mode & 0o777 == 0o700
    assert _identity_rows(opened) == [1, 3, 4]  # rows that state a name
    _erase(opened, "account A-PAT")
    assert _identity_rows(opened) == [4]


def _identity_rows(opened: Opened) -> list[int]:
    with Engine() as engine:
        scan(engine, opened)
        engine.scan(IDENTITIES, [opened.workspace.data / part for part in opened.store.parts(IDENTITIES.name)])
        rows = engine.run("SELECT i.record_id, r.row_number FROM identities i LEFT JOIN records r USING (record_id)")
    return sorted(rows["row_number"].tolist())


def test_a_leg_without_an_identifier_goes_with_its_call_and_stays_away(opened: Opened) -> None:
    _erase(opened, "account A-PAT")
    put_source(opened.workspace, "calls2.csv", ROWS)
    put_source(opened.workspace, "calls3.csv", ROWS + "\n")
    load(opened)
    assert set(_stored(opened)) == {4, 6}


def test_an_identifier_of_several_people_is_refused_and_nothing_changes(opened: Opened) -> None:
    with pytest.raises(SourceError, match="line 1: this phone goes with 2 people"):
        _erase(opened, "phone 07700 900125")
    assert len(_stored(opened)) == 6
    assert opened.store.requests() == []


def test_objections_are_honoured_before_linkage_and_can_be_withdrawn(opened: Opened) -> None:
    given = _given(opened, "account A-PAT")
    object_to_use(opened.workspace, opened.settings, opened.store, given, made_at=AT)
    used, counts = _used(opened)
    assert used == [4, 6]
    assert (counts["rows_used"], counts["set_aside"], counts["rows_read"]) == (2, 4, 6)
    assert len(_stored(opened)) == 6  # set aside, not removed
    put_source(opened.workspace, "calls2.csv", calls(f"8,c8,06/11/2026 10:00,BINS,yes,{PAT},,,,later"))
    load(opened)
    assert _used(opened)[0] == [4, 6]  # what comes later is set aside too
    withdraw_objection(opened.workspace, opened.settings, opened.store, given, made_at=AT)
    assert len(_used(opened)[0]) == 7


def test_an_unknown_person_is_remembered_so_that_they_are_never_loaded(opened: Opened) -> None:
    assert _erase(opened, "phone 07700 900999") == 0
    put_source(opened.workspace, "calls2.csv", calls("9,c9,06/11/2026 10:00,BINS,yes,+44 7700 900999,,,,new"))
    assert load(opened).n_set_aside == 1


@pytest.mark.parametrize("line", ["07700 900321", "postcode AB1 2CD", "phone twelve", ""])
def test_a_line_that_cannot_be_used_is_named_without_its_value(opened: Opened, line: str) -> None:
    with pytest.raises(SourceError) as caught:
        _given(opened, "account A-PAT", line) if line else _given(opened, line)
    assert "Nothing was changed" in str(caught.value)
    assert "900321" not in str(caught.value)
    assert "AB1" not in str(caught.value)


def test_notes_and_contacts_go_when_their_time_is_up(opened: Opened) -> None:
    early = calls(
        f"20,c20,05/05/2026 09:00,BINS,yes,{LEE},,,,an old note", "21,c21,05/05/2024 09:00,BINS,yes,,,,,older"
    )
    put_source(opened.workspace, "calls0.csv", early)
    load(opened)
    done = expire(opened.workspace, Privacy(), opened.store, Week(2026, 46), at=AT)
    assert (done.n_notes, done.n_contacts) == (2, 1)  # both old notes; the row of 2024 (25 months), not that of May
    _, counts = _used(opened)
    assert (counts["rows_read"], counts["expired"], counts["rows_used"]) == (8, 1, 7)
    assert expire(opened.workspace, Privacy(), opened.store, Week(2026, 46), at=AT).n_contacts == 0
    assert opened.store.requests()[-1]["kind"] == "retention"
    assert load(opened).n_files == 0  # the file is known: what has expired does not come back
    named = {part["path"] for part in opened.store.part_rows()}
    on_disk = {path.relative_to(opened.workspace.data).as_posix() for path in opened.workspace.data.rglob("*.parquet")}
    assert named == on_disk


def test_notes_may_be_kept_out_altogether(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=ROWS)
    (workspace.config / "privacy.toml").write_text('keep_notes = "none"\n')
    project = open_project(workspace.root)
    load(project)
    assert not (workspace.data / "notes").exists()
    assert len(project.store.parts("labels")) > 0  # what the notes said is still known


def _run(
    arguments: list[str], root: Path, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main([*arguments, "--workspace", str(root)]) == 0
    return capsys.readouterr().out


def test_a_backup_restored_does_not_bring_an_erased_person_back(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root, backup = opened.workspace.root, tmp_path / "backup.zip"
    _run(["backup", str(backup)], root, "", monkeypatch, capsys)
    said = _run(["erase"], root, f"phone {PAT}\n", monkeypatch, capsys)
    assert "4 stored rows erased" in said
    assert "calls.csv" in said  # the source file is the council's to mend
    assert PAT not in said
    assert "4 rows of people erased since were removed again" in _run(
        ["restore", str(backup)], root, "", monkeypatch, capsys
    )
    assert _stored(opened) == [4, 6]
    put_source(opened.workspace, "calls2.csv", ROWS + "\n")
    assert load(opened).n_set_aside == 4
    assert [r["kind"] for r in opened.store.requests()] == ["erase", "restore"]


def test_access_on_the_command_line_prints_json_lines(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = _run(["access"], opened.workspace.root, "account A-LEE\n", monkeypatch, capsys)
    assert [json.loads(line)["channel"] for line in out.splitlines()] == ["phone", "phone"]


def test_a_new_key_begins_a_new_epoch_and_erased_people_stay_erased(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _erase(opened, "account A-PAT")
    root = opened.workspace.root
    said = _run(["rotate-key"], root, "", monkeypatch, capsys)
    assert "cannot be joined" in said
    assert len(read_keys(opened.workspace.key_file)) == 2
    assert opened.workspace.key_file.stat().st_mode & 0o777 == 0o600
    loaded = load(open_project(root))  # the file is still there: it is read again under the new key
    assert (loaded.n_files, loaded.n_stored) == (1, 3)  # the leg without any identifier cannot be told again
    assert loaded.n_set_aside == 3


def test_a_key_nobody_knows_is_refused(opened: Opened) -> None:
    opened.workspace.key_file.write_text("0" * 64 + "\n")
    with pytest.raises(StoreError, match="rotate-key"):
        load(opened)


def test_one_command_at_a_time(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    from journeys import lock

    monkeypatch.setattr(lock, "_PATIENCE_S", 0.1)
    with lock.writing_to(opened.workspace), pytest.raises(StoreError, match="another journeys command is writing"):
        load(opened)

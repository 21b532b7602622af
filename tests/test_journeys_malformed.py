"""Bad input gets a clear error and nothing is lost: every file of the corpus, through `check` and `load`."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from builders_workspace import LATEST, calls, load, make_workspace, open_project, put_source
from malformed import MARKS, Case, cases, end_of

from journeys.check import check_sources
from journeys.errors import SourceError
from journeys.sources.opening import open_source
from journeys.sources.reading import find_files

CASES = cases()
ROW = "1,c1,02/11/2026 09:00,BINS,yes,07700 900123,,,Zebedee Quillfeather,the bin was left"


def test_the_corpus_is_large_and_every_case_has_its_own_name() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 150


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_ends_in_a_clear_error_rejects_or_a_clean_load(
    case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ending = end_of(case, tmp_path / "w")
    assert ending.faults == ()
    assert ending.outcome == case.expects
    assert not [mark for mark in MARKS if mark in caplog.text]


def test_a_header_of_values_is_not_repeated_and_its_mending_is_said(tmp_path: Path) -> None:
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=f"{ROW}\n{ROW}\n").root)
    (problem,) = load(opened).problems
    assert "Put a row with the columns' names on top" in problem


def test_rows_taken_in_by_a_stray_quote_are_remarked_and_a_letter_is_not(tmp_path: Path) -> None:
    letter = '9,c9,02/11/2026 09:00,BINS,yes,,,,,"Dear all,\nmy bin, the green one, was left.\nYours"'
    swallowed = [ROW.replace("the bin", '"the bin'), ROW, ROW, ROW.replace("the bin", '"the bin')]
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=calls(letter, *swallowed)).root)
    done = load(opened)
    assert done.n_rows == 2
    assert [remark.split(": ")[1] for remark in done.remarks] == ["row 2"]
    (check,) = check_sources(opened.workspace, opened.settings, latest_at=LATEST)
    assert check.remarks == done.remarks


def test_a_folder_called_like_a_file_is_no_file(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w")
    (workspace.sources / "calls.csv").mkdir()
    opened = open_project(workspace.root)
    assert load(opened).n_files == 0
    assert "no file fits" in check_sources(workspace, opened.settings, latest_at=LATEST)[0].problems[0]


def test_a_link_is_read_where_it_leads_and_a_broken_one_is_left_out(tmp_path: Path) -> None:
    """A link is the council's own doing, such as to a share; only what a file or archive says may not lead outside."""
    elsewhere = tmp_path / "share.csv"
    elsewhere.write_text(calls(ROW))
    workspace = make_workspace(tmp_path / "w")
    (workspace.sources / "calls.csv").symlink_to(elsewhere)
    (workspace.sources / "calls_gone.csv").symlink_to(tmp_path / "nothing")
    opened = open_project(workspace.root)
    assert [path.name for path in find_files(workspace.sources, opened.settings.sources[0])] == ["calls.csv"]
    assert load(opened).n_stored == 1


def test_a_file_nobody_may_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "calls.csv"
    path.write_text(calls(ROW))
    monkeypatch.setattr(Path, "open", refuse)
    with (
        pytest.raises(SourceError, match=r"calls\.csv: the file cannot be read \(PermissionError\)"),
        open_source(path),
    ):
        pass


def test_a_file_replaced_while_it_is_read_is_left_out_whole(tmp_path: Path) -> None:
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=calls(ROW)).root)

    class Replaces:
        model_version = "x"

        def read(self, notes: list[str], known_values: list[tuple[str, ...]]) -> SimpleNamespace:
            put_source(opened.workspace, "calls.csv", calls(ROW, ROW.replace("1,c1", "2,c2")))
            return opened.note_reader.read(notes, known_values)

    assert "the file changed while it was being read" in load(opened, Replaces()).problems[0]  # type: ignore[arg-type]
    assert not opened.store.loaded_files() and not list(opened.workspace.data.rglob("*.parquet*"))
    assert load(opened).n_stored == 2

"""config/values.csv: names to be mapped are listed, filled in by a person, and then stand in the maps."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from builders_workspace import calls, load, make_workspace, open_project

from journeys.errors import SettingsError
from journeys.value_maps import VALUES_FILE
from journeys.workspace import Workspace
from reports.mapping import map_values

ROWS = calls("1,c1,02/11/2026 09:00,BINS,yes", "2,c2,02/11/2026 10:00,ROADS,yes", "3,c3,02/11/2026 11:00,ROADS,no",
             "4,c4,02/11/2026 12:00,=TREES,maybe")  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "w", calls_csv=ROWS)


def _rows(workspace: Workspace) -> list[dict[str, str]]:
    with (workspace.config / VALUES_FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _fill(workspace: Workspace, becomes: dict[str, str]) -> None:
    rows = [{**row, "becomes": becomes.get(row["value"], row["becomes"])} for row in _rows(workspace)]
    with (workspace.config / VALUES_FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_values_in_no_map_are_listed_most_frequent_first_and_safe_in_a_spreadsheet(workspace: Workspace) -> None:
    message, n_open = map_values(workspace.root)
    told = [(row["field"], row["value"], row["rows"]) for row in _rows(workspace)]
    assert told == [
        ("is_abandoned", "maybe", "1"), ("is_answered", "maybe", "1"), ("service", "ROADS", "2"), ("service", "'=TREES", "1"),
    ]  # fmt: skip
    assert n_open == 4
    assert "4 values in 3 fields are in no map (5 rows)" in message


def test_what_is_filled_in_is_used_and_kept(workspace: Workspace) -> None:
    map_values(workspace.root)
    _fill(workspace, {"ROADS": "highways", "'=TREES": "waste"})
    opened = open_project(workspace.root)
    told = opened.settings.sources[0].columns["service"].map
    assert told == {"BINS": "waste", "ROADS": "highways", "=TREES": "waste"}
    load(opened)
    keys = {row["file_key"] for row in opened.store.loaded_files()}
    assert {row["field"] for row in opened.store.unmapped_counts(keys)} == {"is_abandoned", "is_answered"}
    _, n_open = map_values(workspace.root)
    assert n_open == 2
    assert [row["becomes"] for row in _rows(workspace)] == ["highways", "waste", "", ""]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nobody,service,ROADS,2,highways", "line 2: there is no source 'nobody'"),
        ("calls,team,ROADS,2,highways", "line 2: source 'calls' takes no 'team' from a column"),
        ("calls,channel,ROADS,2,phone", "line 2: source 'calls' takes no 'channel' from a column"),
        ("calls,service,BINS,2,highways", "line 2: 'BINS' becomes 'highways' here, but 'waste' in the map"),
    ],
)
def test_a_line_that_cannot_be_used_is_a_settings_error(workspace: Workspace, line: str, says: str) -> None:
    (workspace.config / VALUES_FILE).write_text(f"source,field,value,rows,becomes\n{line}\n")
    with pytest.raises(SettingsError, match=says):
        open_project(workspace.root)


def test_a_file_without_its_columns_or_not_utf8_is_said(workspace: Workspace) -> None:
    (workspace.config / VALUES_FILE).write_text("source,field\n")
    with pytest.raises(SettingsError, match="the column 'value' is missing"):
        open_project(workspace.root)
    (workspace.config / VALUES_FILE).write_bytes(b"source,field,value,rows,becomes\ncalls,service,\xe9,1,waste\n")
    with pytest.raises(SettingsError, match="no UTF-8 CSV"):
        open_project(workspace.root)

"""config/values.csv: names to be mapped are listed, filled in by a person, and then stand in the maps."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from builders_workspace import CALLS, calls, load, make_workspace, open_project

from journeys.errors import SettingsError
from journeys.value_maps import VALUES_FILE, read_value_rows, write_value_rows
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
        ("service", "ROADS", "2"), ("is_abandoned", "maybe", "1"), ("is_answered", "maybe", "1"), ("service", "'=TREES", "1"),
    ]  # fmt: skip
    assert n_open == 4
    assert "4 values in 3 fields are in no map, 5 rows; fill the column becomes in config/values.csv" in message


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
        ("call,service,ROADS,2,highways", "line 2: there is no source 'call' .*did you mean 'calls'"),
        ("calls,serivce,ROADS,2,highways", "line 2: there is no field 'serivce'; did you mean 'service'"),
        ("calls,team,ROADS,2,highways", "line 2: source 'calls' takes no 'team' from a column"),
        ("calls,channel,ROADS,2,phone", "line 2: source 'calls' takes no 'channel' from a column"),
        ("calls,phone,x,2,y", "line 2: 'phone' of source 'calls' has no map in config/sources.toml"),
        ("calls,service,BINS,2,highways", "line 2: 'BINS' becomes 'highways' here, but 'waste' in the map"),
        ("calls,service,A,2,waste\n\ncalls,service,A,2,general", "line 4: 'A' becomes 'general' here, but 'waste' in line 2"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_a_settings_error(workspace: Workspace, line: str, says: str) -> None:
    (workspace.config / VALUES_FILE).write_text(f"source,field,value,rows,becomes\n{line}\n")
    with pytest.raises(SettingsError, match=says):
        open_project(workspace.root)


def test_all_problems_are_said_at_once_and_open_lines_are_none(workspace: Workspace) -> None:
    lines = "nobody,service,A,1,waste\ncalls,team,A,1,waste\nnobody,service,B,1,\n"
    (workspace.config / VALUES_FILE).write_text(f"source,field,value,rows,becomes\n{lines}")
    (workspace.config / "organisation.toml").write_text("")
    with pytest.raises(SettingsError) as raised:
        open_project(workspace.root)
    said = "\n".join(raised.value.problems)
    assert "line 2" in said and "line 3" in said and "line 4" not in said and "organisation.toml" in said


def test_a_column_without_a_map_goes_on_understanding_the_channels_themselves(tmp_path: Path) -> None:
    block = CALLS.replace('channel = { value = "phone" }', 'channel = "queue"').replace(
        'service = { column = "queue", map = { "BINS" = "waste" }, default = "general" }', 'service = "name"'
    )
    rows = calls("1,c1,02/11/2026 09:00,email", "2,c2,02/11/2026 10:00,Brief", "3,c3,02/11/2026 11:00,Brief")
    workspace = make_workspace(tmp_path / "w", block, calls_csv=rows)
    map_values(workspace.root)
    assert [(row["field"], row["value"], row["rows"]) for row in _rows(workspace)] == [("channel", "Brief", "2")]
    _fill(workspace, {"Brief": "letter"})
    with pytest.raises(SettingsError, match="line 2: channel 'letter' is not known; allowed: phone, web"):
        open_project(workspace.root)
    _fill(workspace, {"Brief": "post"})
    loaded = load(open_project(workspace.root))
    assert (loaded.n_stored, loaded.n_rejects) == (3, 0)
    assert map_values(workspace.root) == ("every value that occurs is mapped", 0)
    assert [row["becomes"] for row in _rows(workspace)] == ["post"]


def test_what_was_decided_is_kept_though_the_value_no_longer_occurs(workspace: Workspace) -> None:
    (workspace.config / VALUES_FILE).write_text("source,field,value,rows,becomes\ncalls,service,OLD,7,waste\n")
    map_values(workspace.root)
    assert [row for row in _rows(workspace) if row["value"] == "OLD"] == [
        {"source": "calls", "field": "service", "value": "OLD", "rows": "7", "becomes": "waste"}
    ]


def test_texts_are_no_names_and_are_left_out_with_a_word(tmp_path: Path) -> None:
    rows = calls("1,c1,02/11/2026 09:00,BINS,yes", f"2,c2,02/11/2026 10:00,{'zq ' * 30},yes")
    workspace = make_workspace(tmp_path / "w", calls_csv=rows)
    message, n_open = map_values(workspace.root)
    assert n_open == 0
    assert "1 values of 80 signs or more are left out (calls.service)" in message and "zq" not in message
    assert not (workspace.config / VALUES_FILE).exists()


@pytest.mark.parametrize("value", ["=1+1", "'=1+1", "''@x", "-5", "+44", "@home", "'quoted'", "a,b", 'a "b"'])
def test_any_value_comes_back_as_it_was(tmp_path: Path, value: str) -> None:
    path = tmp_path / VALUES_FILE
    write_value_rows(path, {("calls", "service", value): 3}, [])
    assert not path.read_text(encoding="utf-8").splitlines()[1].removeprefix("calls,service,").startswith(tuple("=+-@"))
    (row,) = read_value_rows(path)
    assert (row["value"], row["rows"], row["line"]) == (value, "3", "2")


def test_a_file_without_its_columns_or_not_utf8_is_said(workspace: Workspace) -> None:
    (workspace.config / VALUES_FILE).write_text("source,field\n")
    with pytest.raises(SettingsError, match="the column 'value' is missing"):
        open_project(workspace.root)
    (workspace.config / VALUES_FILE).write_bytes(b"source,field,value,rows,becomes\ncalls,service,\xe9,1,waste\n")
    with pytest.raises(SettingsError, match="no UTF-8 CSV"):
        open_project(workspace.root)

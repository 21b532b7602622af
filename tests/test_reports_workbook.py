"""The spreadsheet of a week, read back as a spreadsheet program reads it."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from builders_findings import findings, hostile_findings

from reports.workbook import week_workbook

HEADER_ROW = 4


def _sheets(made: dict[str, Any]) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(week_workbook(made)))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def test_every_table_is_a_sheet_with_the_cells_that_were_published() -> None:
    made = findings()
    sheets = _sheets(made)
    listed = [row[0] for row in sheets["Contents"][1:]]
    assert listed == list(sheets)[2:]
    steps = sheets["service steps"]
    assert steps[HEADER_ROW - 1][0] == "Service"
    n_rows = sum(len(service["tables"]["steps"]["rows"]) for service in made["services"])
    assert len(steps) == HEADER_ROW + n_rows
    levels = made["tables"]["demand_level"]
    (label,) = [field["label"] for field in levels["fields"] if field["name"] == "n_window"]
    column = sheets["demand level"][HEADER_ROW - 1].index(label)
    assert [row[column] for row in sheets["demand level"][HEADER_ROW:]] == [row["n_window"] for row in levels["rows"]]


def test_hidden_numbers_print_their_mark_and_nothing_else() -> None:
    made = findings()
    row = made["tables"]["demand_level"]["rows"][0]
    row["share_window"] = {"value": None, "suppressed": True}
    (first, *_) = _sheets(made)["demand level"][HEADER_ROW:]
    assert "[c]" in first


def test_what_looks_like_a_formula_stays_text() -> None:
    made = findings()
    for service in made["services"]:
        service["name"] = '=HYPERLINK("http://evil.example")'
    book = openpyxl.load_workbook(io.BytesIO(week_workbook(made)))
    cell = book["service steps"].cell(HEADER_ROW + 1, 1)
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://evil.example")')


@pytest.mark.parametrize("made", [findings(), hostile_findings()])
def test_sheets_are_named_as_spreadsheet_programs_allow_and_tables_have_unlike_columns(made: dict[str, Any]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(week_workbook(made)))
    names = [name.lower() for name in book.sheetnames]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 31
    for sheet in book.worksheets[2:]:
        (table,) = sheet.tables.values()
        columns = [column.name for column in table.tableColumns]
        assert columns == [cell.value for cell in sheet[HEADER_ROW]]
        assert len({column.lower() for column in columns}) == len(columns)
        assert not sheet.merged_cells.ranges


def test_the_same_findings_give_the_same_bytes() -> None:
    assert week_workbook(findings()) == week_workbook(findings())

"""A week's tables as one accessible spreadsheet, after the UK Analysis Function's guidance on releasing statistics in spreadsheets.

In: the findings of a week. Out: the bytes of an .xlsx, the same for the same findings: a cover, a list of contents with links, and
one sheet for each table, with its title, period and definition above it. Tables that every service has are one sheet with a column
that names the service. Hidden cells are "[c]", text is never run as a formula, no cells are merged, nothing is told by colour.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from reports.csv_files import table_columns
from reports.words import HIDDEN_MARK, date_text

PATH = "all-tables.xlsx"
_LONG_AGO = datetime(2000, 1, 1)  # a fixed time, so that the same findings give the same bytes
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_WIDEST = 60
_HEADER_ROW = 4


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One table: the name of its sheet, what stands above it, its header, number format of each column, and rows."""

    name: str
    title: str
    about: str
    header: Sequence[str]
    formats: Sequence[str]
    rows: Sequence[Sequence[Any]]


def week_workbook(findings: Mapping[str, Any]) -> bytes:
    """The spreadsheet of one week."""
    book = Workbook()
    book.properties.title = f"Customer journeys, week ending {findings['period']['ends_on']}"
    book.properties.creator = str(findings["organisation"]["name"])
    book.properties.language = str(findings["organisation"].get("language") or "en-GB")
    book.properties.created = book.properties.modified = _LONG_AGO
    sheets = list(_sheets(findings))
    cover = book.active
    cover.title = "Cover"
    _write_cover(cover, findings, len(sheets))
    _write_contents(book.create_sheet("Contents"), sheets)
    for place, sheet in enumerate(sheets, start=1):
        _write_table(book.create_sheet(sheet.name), sheet, place)
    return _same_bytes(book)


def _sheets(findings: Mapping[str, Any]) -> Iterator[_Sheet]:
    """Tables of the whole organisation by name, then those that services have."""
    taken: set[str] = {"cover", "contents"}
    for table_id, table in sorted(findings.get("tables", {}).items()):
        if table["rows"]:
            header, rows = table_columns(table)
            yield _sheet(table_id, table["title"], table, findings, header, rows, taken)
    yield _measures(findings, taken)
    by_id: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for service in findings.get("services", ()):
        for table_id, table in service["tables"].items():
            if table["rows"]:
                by_id.setdefault(table_id, []).append((str(service["name"]), table))
    for table_id, tables in sorted(by_id.items()):
        columns: list[tuple[str, str]] = []
        for _, table in tables:
            columns += [column for column in table_columns(table)[0] if column not in columns]
        rows = []
        for name, table in tables:
            header, own = table_columns(table)
            place = {column: at for at, column in enumerate(header)}
            rows += [[name, *(row[place[column]] if column in place else None for column in columns)] for row in own]
        title = f"{tables[0][1]['title']}, by service"
        yield _sheet(f"service {table_id}", title, tables[0][1], findings, [("Service", "text"), *columns], rows, taken)


def _measures(findings: Mapping[str, Any], taken: set[str]) -> _Sheet:
    header = ("Measure", "Of", "Unit", "Week", "Value", "Counted", "Signal")
    rows = [
        [measure["name"], measure["scope_name"], measure["unit"], point["week"]]
        + ([HIDDEN_MARK, None, ""] if point.get("suppressed") else [point["value"], point["n"], point["signal"]])
        for measure in findings.get("measures", ())
        for point in measure["series"]
    ]
    formats = ("@", "@", "@", "@", "General", _WHOLE, "@")
    return _Sheet(_name("measures by week", taken), "Measures, week by week", "", header, formats, rows)


def _sheet(
    table_id: str,
    title: str,
    table: Mapping[str, Any],
    findings: Mapping[str, Any],
    header: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[Any]],
    taken: set[str],
) -> _Sheet:
    definition = findings.get("definitions", {}).get(table.get("definition"), {}).get("text", "")
    return _Sheet(
        name=_name(table_id, taken),
        title=f"{title}, {table['period']}",
        about=definition,
        header=_unlike([f"{label} ({unit})" if unit not in _UNSAID else label for label, unit in header]),
        formats=[_FORMATS.get(unit, "General") for _, unit in header],
        rows=rows,
    )


# Units that a header need not say.
_UNSAID = frozenset({"text", "count", "rank", "flag", "contacts", "journeys", "persons", "events", "rows"})
_WHOLE = "#,##0"
_FORMATS = {
    "share": "0.0%", "contacts": _WHOLE, "journeys": _WHOLE, "persons": _WHOLE, "events": _WHOLE, "rows": _WHOLE,
    "days": "0.0", "pounds": "0.00", "text": "@",
}  # fmt: skip


def _name(table_id: str, taken: set[str]) -> str:
    """At most 31 characters, without what a sheet may not be called, and not used before."""
    clean = re.sub(r"[^A-Za-z0-9 ]+", " ", table_id).strip() or "table"
    for at in range(1, 1000):
        name = f"{clean[: 31 - len(str(at)) - 1]} {at}" if at > 1 else clean[:31]
        if name.lower() not in taken:
            taken.add(name.lower())
            return name
    raise AssertionError("a thousand tables of one name")


def _unlike(header: Sequence[str]) -> list[str]:
    """The same labels, those that come again numbered: a table's columns must differ."""
    seen: dict[str, int] = {}
    labels = []
    for label in header:
        seen[label.lower()] = seen.get(label.lower(), 0) + 1
        labels.append(label if seen[label.lower()] == 1 else f"{label} {seen[label.lower()]}")
    return labels


def _write_cover(sheet: Worksheet, findings: Mapping[str, Any], n_sheets: int) -> None:
    organisation, period = findings["organisation"], findings["period"]
    settings = findings.get("settings", {})
    lines = [
        f"{organisation['name']}: customer journeys, week ending {date_text(period['ends_on'])}",
        f"{n_sheets} tables. The sheet Contents lists them, with links. Each sheet holds one table, from row {_HEADER_ROW}.",
        f"[c] stands for a number that counts fewer than {settings.get('suppress_below', 10)} people, or would give one away.",
        *_rounding(settings),
        "n is what a share is a share of; low and high are the ends of the 95% interval. An empty cell has no value.",
        f"Data up to {period['cut_off']}. Run {findings['run']['run_id']}.",
        f"Questions: {organisation.get('contact', '')}",
    ]
    for row, line in enumerate(lines, start=1):
        _write(sheet.cell(row, 1), line)
        sheet.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 100


def _rounding(settings: Mapping[str, Any]) -> list[str]:
    base = settings.get("round_to", 1)
    return [] if base == 1 else [f"Counts of contacts, journeys and people are rounded to the nearest {base}."]


def _write_contents(sheet: Worksheet, sheets: Sequence[_Sheet]) -> None:
    for column, word in enumerate(("Sheet", "Table"), start=1):
        sheet.cell(1, column).value = word
        sheet.cell(1, column).font = Font(bold=True)
    for row, listed in enumerate(sheets, start=2):
        cell = sheet.cell(row, 1)
        _write(cell, listed.name)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{listed.name}'!A1", display=listed.name)
        cell.font = Font(underline="single", color="12436D")
        _write(sheet.cell(row, 2), listed.title)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 90
    sheet.freeze_panes = "A2"


def _write_table(sheet: Worksheet, made: _Sheet, number: int) -> None:
    _write(sheet["A1"], made.title)
    sheet["A1"].font = Font(bold=True, size=12)
    _write(sheet["A2"], made.about)
    cell = sheet["A3"]
    cell.value, cell.font = "Back to contents", Font(underline="single", color="12436D")
    cell.hyperlink = Hyperlink(ref="A3", location="'Contents'!A1", display="Back to contents")
    for column, label in enumerate(made.header, start=1):
        head = sheet.cell(_HEADER_ROW, column)
        _write(head, label)
        head.font, head.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="bottom")
        longest = max(
            [len(label) // 2, *(len(str(row[column - 1])) for row in made.rows if row[column - 1] is not None)]
        )
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 10), _WIDEST)
    for at, row in enumerate(made.rows, start=_HEADER_ROW + 1):
        for column, (value, form) in enumerate(zip(row, made.formats, strict=True), start=1):
            here = sheet.cell(at, column)
            _write(here, value)
            here.number_format = form
    last = f"{get_column_letter(len(made.header))}{_HEADER_ROW + len(made.rows)}"
    table = Table(displayName=f"table_{number}", ref=f"A{_HEADER_ROW}:{last}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    sheet.add_table(table)
    sheet.freeze_panes = f"A{_HEADER_ROW + 1}"


def _write(cell: Cell, value: Any) -> None:
    """A value as it is; text as text, whatever it begins with."""
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
    else:
        cell.value = ("yes" if value else "no") if isinstance(value, bool) else value


def _same_bytes(book: Workbook) -> bytes:
    """The file with every part's time fixed."""
    made, out = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in sorted(parts.namelist()):
            content = parts.read(name)
            if name == "docProps/core.xml":  # openpyxl puts the time of saving there
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", content)
            again.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()

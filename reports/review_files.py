"""The files of every review: written to be answered, with choices, refused as a whole, and answers taken back."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from journeys.answers import AnswerLog
from journeys.errors import NothingToDo, SourceError, StoreError
from reports.csv_files import rows_csv
from reports.opened import now, opened_to_write

_MOST_SHOWN = 20


def undo_newest(root: Path, answers: AnswerLog) -> list[str]:
    """Take back the newest batch of answers; what was done. Raises NothingToDo where there is none."""
    with opened_to_write(root) as (_, _, store):
        taken = answers.withdraw_newest(store, at=now())
    if taken is None:
        raise NothingToDo("there are no answers to take back")
    return [f"batch {taken[0]} with {taken[1]:,} answers is taken back; what it replaced is in force again"]


def check_new_file(path: Path) -> None:
    """Raise StoreError where answers could be overwritten, or the kind of file is not one we write."""
    if path.exists():
        raise StoreError(f"{path}: there is a file already, and answers may be in it; name a new one with --out")
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise StoreError(f"{path}: the name must end in .csv or .xlsx")


def write_review(path: Path, rows: pd.DataFrame, choices: Sequence[str]) -> None:
    """Write at once, and no cell as a formula; in a spreadsheet the column answer offers the choices."""
    columns = [str(name) for name in rows.columns]
    text = rows_csv(columns, rows.astype(object).where(rows.notna(), None).to_numpy().tolist())
    temporary = path.with_name(path.name + ".tmp")
    if path.suffix.lower() == ".csv":
        temporary.write_text(text, encoding="utf-8-sig", newline="")
    else:
        _save_workbook(temporary, list(csv.reader(io.StringIO(text))), columns.index("answer") + 1, choices)
    temporary.replace(path)


def _save_workbook(path: Path, rows: Sequence[Sequence[str]], answer_column: int, choices: Sequence[str]) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    # A list written into the rule itself may have 255 signs at most, so the choices stand on a sheet of their own.
    listed = book.create_sheet("choices")
    for choice in choices:
        listed.append([choice])
    rule = DataValidation(type="list", formula1=f"choices!$A$1:$A${len(choices)}", allow_blank=True)
    sheet.add_data_validation(rule)
    letter = sheet.cell(1, answer_column).column_letter
    rule.add(f"{letter}2:{letter}{len(rows)}")
    sheet.freeze_panes = "B2"
    book.save(path)


def refuse(name: str, problems: Sequence[str]) -> None:
    """Raise SourceError naming the rows to mend, where there are any: a file is imported whole or not at all."""
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems[:_MOST_SHOWN])
        more = f"\n  and {len(problems) - _MOST_SHOWN:,} more" if len(problems) > _MOST_SHOWN else ""
        raise SourceError(f"{name}: nothing was imported; {len(problems):,} rows to mend:\n{listed}{more}")

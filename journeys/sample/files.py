"""Rows to files, in the formats of config/sources.toml: one file per source and ISO week, the same bytes every time."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from journeys.periods import week_of
from journeys.sample.rows import Row

_FOLDERS = {
    "telephony": ("telephony", ".csv", ",", "utf-8-sig"),
    "crm": ("crm", ".csv", ";", "latin-1"),
    "web_forms": ("webforms", ".tsv", "\t", "utf-8"),
    "cases": ("cases", ".csv", "|", "utf-8"),
}
_ZIP_DATE = (2026, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def write_files(sources: Path, rows: Sequence[Row]) -> int:
    """Write all rows below `sources`; returns the number of files."""
    by_file: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_file[row.source, str(week_of(row.at.date()))].append(row)
    for (source, week), own in sorted(by_file.items()):
        own.sort(key=lambda row: row.at)
        if source == "web":
            _write(sources / "web" / f"hits_{week}.jsonl", _json_lines(own))
        elif source == "counter":
            _write(sources / "counter" / f"counter_{week}.xlsx", _workbook(own))
        else:
            folder, ending, delimiter, encoding = _FOLDERS[source]
            _write(sources / folder / f"{folder}_{week}{ending}", _csv(own, delimiter).encode(encoding))
    return len(by_file)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _csv(rows: Sequence[Row], delimiter: str) -> str:
    names = [name for name in rows[0].cells if name]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(names)
    for row in rows:
        # A cell under the empty name is one column too many: a planted fault.
        extra = [row.cells[""]] if "" in row.cells else []
        writer.writerow([row.cells[name] for name in names] + extra)
    return text.getvalue()


def _json_lines(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row.cells) + "\n" for row in rows).encode()


def _workbook(rows: Sequence[Row]) -> bytes:
    book = Workbook(write_only=True)
    book.properties.created = datetime(*_ZIP_DATE)
    sheet = book.create_sheet("Tickets")
    sheet.append(list(rows[0].cells))
    for row in rows:
        sheet.append(list(row.cells.values()))
    written = io.BytesIO()
    book.save(written)
    return _without_clock(written.getvalue())


def _without_clock(content: bytes) -> bytes:
    """The same workbook without the moment it was saved: members dated alike, `modified` fixed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            member = old.read(name)
            if name == "docProps/core.xml":
                member = _MODIFIED.sub(rb"\g<1>2026-01-01T00:00:00Z\g<2>", member)
            new.writestr(zipfile.ZipInfo(name, _ZIP_DATE), member, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def compact_json(content: Any) -> str:
    """JSON without spaces, keys in order, ending in a new line."""
    return json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n"

"""config/values.csv: what the names that systems use (queues, forms, pages, wrap-up codes) become.

Columns: source, field, value, rows, becomes. `journeys map --values` writes the values that no map names, most frequent
first; a person fills in `becomes`; the settings take each filled line as if it stood in the map of that field.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from journeys.errors import SettingsError

VALUES_FILE = "values.csv"
COLUMNS = ("source", "field", "value", "rows", "becomes")
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 80

Place = tuple[str, str, str]


def read_value_rows(path: Path) -> list[dict[str, str]]:
    """Rows of the file, with their line number under "line"; none where it does not exist. Raises SettingsError."""
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [{**row, "line": str(number)} for number, row in enumerate(reader, start=2)]
            names = tuple(reader.fieldnames or ())
    except (UnicodeDecodeError, csv.Error):
        raise SettingsError([f"config/{VALUES_FILE}: this is no UTF-8 CSV; save it as CSV UTF-8"]) from None
    if missing := [name for name in COLUMNS if name not in names]:
        raise SettingsError(
            [f"config/{VALUES_FILE}: the column '{missing[0]}' is missing; it needs {', '.join(COLUMNS)}"]
        )
    return [{name: _unsafe(str(row.get(name) or "")) for name in (*COLUMNS, "line")} for row in rows]


def write_value_rows(path: Path, counts: Mapping[Place, int], kept: Sequence[Mapping[str, str]]) -> int:
    """Write open values after those already decided; returns how many are open."""
    decided = [row for row in kept if row["becomes"]]
    known = {(row["source"], row["field"], row["value"]) for row in decided}
    rows = [
        {**row, "rows": str(counts.get((row["source"], row["field"], row["value"]), row["rows"]))} for row in decided
    ]
    still_open = sorted(
        ((place, n) for place, n in counts.items() if place not in known and len(place[2]) < _LONGEST),
        key=lambda item: (item[0][0], item[0][1], -item[1], item[0][2]),
    )
    rows += [
        {"source": source, "field": field, "value": value, "rows": str(n), "becomes": ""}
        for (source, field, value), n in still_open
    ]
    if rows:
        temporary = path.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows({name: _safe(row[name]) for name in COLUMNS} for row in rows)
        temporary.replace(path)
    return len(still_open)


def with_value_rows(blocks: Sequence[Any], rows: Sequence[Mapping[str, str]]) -> tuple[list[Any], list[str]]:
    """Source blocks as read from TOML, with the decided rows in their maps; and a sentence for each row that cannot be."""
    by_name = {block["name"]: dict(block) for block in blocks if isinstance(block, dict) and "name" in block}
    problems = []
    for row in rows:
        if not row["becomes"]:
            continue
        where = f"config/{VALUES_FILE}: line {row['line']}"
        block = by_name.get(row["source"])
        columns = block.get("columns") if block else None
        if block is None or not isinstance(columns, dict):
            problems.append(f"{where}: there is no source '{row['source']}' in config/sources.toml")
            continue
        field = columns.get(row["field"])
        field = {"column": field} if isinstance(field, str) else field
        if not isinstance(field, dict) or "value" in field:
            problems.append(f"{where}: source '{row['source']}' takes no '{row['field']}' from a column")
            continue
        told = dict(field.get("map") or {})
        if told.get(row["value"], row["becomes"]) != row["becomes"]:
            problems.append(
                f"{where}: '{row['value']}' becomes '{row['becomes']}' here, but '{told[row['value']]}' in the map of "
                "config/sources.toml; delete one"
            )
            continue
        told[row["value"]] = row["becomes"]
        block["columns"] = {**columns, row["field"]: {**field, "map": told}}
    merged = [
        by_name.get(block["name"], block) if isinstance(block, dict) and "name" in block else block for block in blocks
    ]
    return merged, problems


def _safe(cell: str) -> str:
    """A spreadsheet must not take a value for a formula."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def _unsafe(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_RISKY) else cell

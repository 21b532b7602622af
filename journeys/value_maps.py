"""config/values.csv: what the names that systems use (queues, forms, pages, wrap-up codes) become.

Columns: source, field, value, rows, becomes. `journeys map --values` writes the values that no map names, most frequent
first; a person fills in `becomes`; the settings take each filled line as if it stood in the map of that field. An empty
`becomes` means: not decided yet.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journeys.errors import SettingsError
from journeys.schema import BACK_OFFICE, CHANNELS, KINDS
from journeys.settings import FIELD_NAMES

VALUES_FILE = "values.csv"
COLUMNS = ("source", "field", "value", "rows", "becomes")
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 80  # counts of values are cut there, so longer ones cannot be told apart
_LISTED: dict[str, tuple[str, ...]] = {"channel": CHANNELS, "kind": KINDS, "direction": ("inbound", "outbound")}

Place = tuple[str, str, str]


def is_too_long(value: str) -> bool:
    """A value that may have been cut, so that a map could not name it."""
    return len(value) >= _LONGEST


def read_value_rows(path: Path) -> list[dict[str, str]]:
    """Rows of the file, with their line number under "line"; none where it does not exist. Raises SettingsError."""
    if not path.exists():
        return []
    rows: list[dict[str, str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = tuple(reader.fieldnames or ())
            for row in reader:
                cells = {name: _unsafe(str(row.get(name) or "").strip(" ")) for name in COLUMNS}
                rows.append({**cells, "line": str(reader.line_num)})
    except (UnicodeDecodeError, csv.Error):
        raise SettingsError([f"config/{VALUES_FILE}: this is no UTF-8 CSV; save it as CSV UTF-8"]) from None
    if missing := [name for name in COLUMNS if name not in names]:
        raise SettingsError(
            [f"config/{VALUES_FILE}: the column '{name}' is missing; it needs {', '.join(COLUMNS)}" for name in missing]
        )
    return rows


def write_value_rows(path: Path, counts: Mapping[Place, int], kept: Sequence[Mapping[str, str]]) -> int:
    """Write the lines already decided, then the open values, most frequent first; returns how many are open."""
    decided = [row for row in kept if row["becomes"]]
    known = {(row["source"], row["field"], row["value"]) for row in decided}
    still_open = sorted(
        ((place, n) for place, n in counts.items() if place not in known and not is_too_long(place[2])),
        key=lambda item: (-item[1], item[0]),
    )
    rows = [
        *decided,
        *({"source": source, "field": field, "value": value, "rows": str(n), "becomes": ""}
          for (source, field, value), n in still_open),
    ]  # fmt: skip
    if rows or path.exists():
        temporary = path.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows({name: _safe(row[name]) for name in COLUMNS} for row in rows)
        temporary.replace(path)
    return len(still_open)


def with_value_rows(
    blocks: Sequence[Any], rows: Sequence[Mapping[str, str]], services: Collection[str] = ()
) -> tuple[list[Any], list[str]]:
    """Source blocks as read from TOML, with the decided rows in their maps; and a sentence for each row that cannot be.

    `services`: slugs of config/services.toml, which a service column without a map understands as they are.
    """
    merger = _Merger(blocks, services)
    problems = [
        f"config/{VALUES_FILE}: line {row['line']}: {problem}"
        for row in rows
        if row["becomes"] and (problem := merger.problem_of(row))
    ]
    return merger.merged(), problems


@dataclass(slots=True)
class _Decision:
    line: str
    becomes: str


class _Merger:
    """Takes rows one by one into copies of the blocks."""

    def __init__(self, blocks: Sequence[Any], services: Collection[str]) -> None:
        self._blocks = [dict(block) if isinstance(block, dict) else block for block in blocks]
        self._by_name = {str(block.get("name")): block for block in self._blocks if isinstance(block, dict)}
        self._services = tuple(services)
        self._decided: dict[Place, _Decision] = {}
        self._told: dict[tuple[str, str], dict[str, str]] = {}

    def merged(self) -> list[Any]:
        """The blocks with what was decided."""
        return self._blocks

    def problem_of(self, row: Mapping[str, str]) -> str | None:
        """Take one row; what is wrong with it, if anything."""
        source, name, value, becomes = (row[column] for column in ("source", "field", "value", "becomes"))
        block = self._by_name.get(source)
        if block is None:
            return f"there is no source '{source}' in config/sources.toml{_nearest(source, self._by_name)}"
        if name not in {*FIELD_NAMES, "kind"}:
            return f"there is no field '{name}'{_nearest(name, FIELD_NAMES)}"
        columns = block.get("columns")
        columns = columns if isinstance(columns, dict) else {}
        field = columns.get(name)
        field = {"column": field} if isinstance(field, str) else field
        if not isinstance(field, dict) or not {"column", "columns", "expression"} & set(field):
            return f"source '{source}' takes no '{name}' from a column"
        allowed = self._allowed(block, name)
        told = self._told.setdefault((source, name), dict(field.get("map") or {}))
        if not told and not allowed:
            return f"'{name}' of source '{source}' has no map in config/sources.toml; write its map there"
        if name in _LISTED and becomes not in allowed:
            return f"{name} '{becomes}' is not known; allowed: {', '.join(allowed)}{_nearest(becomes, allowed)}"
        if problem := self._conflict((source, name, value), becomes, told):
            return problem
        self._decided[source, name, value] = _Decision(row["line"], becomes)
        # A field without a map understands its list as it is; with a map it would understand nothing else.
        known: dict[str, str] = field.get("map") or {each: each for each in allowed}
        block["columns"] = {**columns, name: {**field, "map": {**known, value: becomes}}}
        return None

    def _allowed(self, block: Mapping[str, Any], name: str) -> tuple[str, ...]:
        """The values that a field understands without a map."""
        if name == "service":
            return (*self._services, "general") if self._services else ()
        has_steps = block.get("kind") == "step" or "kind" in block.get("columns", {})
        return (*_LISTED.get(name, ()), *((BACK_OFFICE,) if name == "channel" and has_steps else ()))

    def _conflict(self, place: Place, becomes: str, told: Mapping[str, str]) -> str | None:
        value = place[2]
        if (earlier := self._decided.get(place)) is not None and earlier.becomes != becomes:
            return f"'{value}' becomes '{becomes}' here, but '{earlier.becomes}' in line {earlier.line}; delete one"
        if told.get(value, becomes) != becomes:
            return (
                f"'{value}' becomes '{becomes}' here, but '{told[value]}' in the map of config/sources.toml, which "
                "counts; delete one"
            )
        return None


def _nearest(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else ""


def _safe(cell: str) -> str:
    """A spreadsheet must not take a value for a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(_RISKY) else cell


def _unsafe(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_RISKY) else cell

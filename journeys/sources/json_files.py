"""Read JSON lines (one object a line) or one JSON list of objects; a nested value is reached by its path, such as
"caller.number", "participants.0.name", "participants.purpose=agent.name" (the first item of a list whose purpose is
agent) or, in a list of {key, value} pairs, "event_params.page_location".

A line or an item that is no JSON object is malformed and reported with its number; the rest is read.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import BATCH_ROWS, ROW_NUMBER, Batch, as_text, batch_of, check_keys, check_wanted
from journeys.sources.opening import open_source

_MARK = "\ufeff"  # the byte order mark, as a character
_BLANK = " \t\r\n" + _MARK
_DEEPEST = 100  # more levels than any export has, and far from what the interpreter can hold
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_jsonl_batches(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the rows of one file; raises SourceError for an empty file or one in which a wanted key never occurs."""
    if path.stat().st_size == 0:
        raise SourceError(f"{path.name}: the file is empty; export it again, or remove it from sources/")
    check_wanted(path.name, wanted)
    seen: set[str] = set()
    try:
        with open_source(path) as content, io.TextIOWrapper(content, encoding=source.encoding) as lines:
            numbered = (
                (number, line.removeprefix(_MARK)) for number, line in enumerate(lines, 1) if line.strip(_BLANK)
            )
            yield from _checked(_parse(numbered, wanted, seen), path, source, wanted, seen)
    except UnicodeError:
        raise SourceError(
            f"{path.name}: this is no {source.encoding} text; set the encoding of source '{source.name}'"
        ) from None


def read_json_batches(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the items of a file that is one JSON list, or an object with exactly one list in it."""
    check_wanted(path.name, wanted)
    try:
        with open_source(path) as content:
            whole = json.loads(content.read().decode(source.encoding).removeprefix(_MARK))
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{path.name}: this is no complete JSON text ({type(error).__name__}); export it again, or set "
            f"format = \"jsonl\" for source '{source.name}' if each line is an object of its own"
        ) from None
    lists = [value for value in whole.values() if isinstance(value, list)] if isinstance(whole, dict) else []
    items = lists[0] if len(lists) == 1 else whole
    if not isinstance(items, list):
        raise SourceError(f"{path.name}: the file should be one list of objects, or hold exactly one")
    seen: set[str] = set()
    numbered = ((number, "" if _is_deep(item) else json.dumps(item)) for number, item in enumerate(items, start=1))
    yield from _checked(_parse(numbered, wanted, seen), path, source, wanted, seen)


def _checked(
    batches: Iterator[Batch], path: Path, source: Source, wanted: Sequence[str], seen: set[str]
) -> Iterator[Batch]:
    """The batches; when all have been read, a needed key that no object had is an error, and nothing is kept."""
    n_rows = n_malformed = 0
    for batch in batches:
        n_rows, n_malformed = n_rows + batch.rows.num_rows, n_malformed + len(batch.malformed)
        yield batch
    if n_malformed and not n_rows:
        raise SourceError(
            f"{path.name}: none of its {n_malformed:,} rows is a JSON object that can be read; check the format of source '{source.name}' "
            "in config/sources.toml, or export the file again"
        )
    if n_rows and (remarks := check_keys(path.name, source, wanted, seen)):
        yield Batch(batch_of({}, 1).rows, (), remarks)


def _parse(numbered: Iterator[tuple[int, str]], wanted: Sequence[str], seen: set[str]) -> Iterator[Batch]:
    rows: list[tuple[int, dict[str, Any]]] = []
    malformed: list[tuple[int, str]] = []
    for number, line in numbered:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        # Without as many brackets nothing can be nested so deep.
        is_deep = line.count("{") + line.count("[") > _DEEPEST and _is_deep(row)
        if isinstance(row, dict) and not is_deep and not _has_half_pair(line, row):
            rows.append((number, row))
        else:
            malformed.append((number, "not a JSON object"))
        if len(rows) == BATCH_ROWS:
            yield _batch(rows, wanted, seen, malformed)
            rows, malformed = [], []
    yield _batch(rows, wanted, seen, malformed)


def _is_deep(value: Any) -> bool:
    """Whether lists and objects are nested more than `_DEEPEST` levels; level by level, for the stack is limited too."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)


def _has_half_pair(line: str, row: dict[str, Any]) -> bool:
    """Half of a surrogate pair is no character and cannot be stored; only an escape in the line can make one."""
    if _SURROGATE.search(line) is None:
        return False
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _batch(
    rows: Sequence[tuple[int, dict[str, Any]]],
    wanted: Sequence[str],
    seen: set[str],
    malformed: Sequence[tuple[int, str]],
) -> Batch:
    columns: dict[str, pa.Array] = {}
    for name in wanted:
        found = [_at_path(row, name) for _, row in rows]
        if any(is_there for is_there, _ in found):
            seen.add(name)
        columns[name] = pa.array([as_text(value) for _, value in found], pa.string())
    seen.update(name for _, row in rows[:100] for name in row)
    # Rows are compared as a whole, so columns that are not mapped take part through one text.
    columns["whole row"] = pa.array([json.dumps(row, sort_keys=True) for _, row in rows], pa.string())
    columns[ROW_NUMBER] = pa.array([number for number, _ in rows], pa.int64())
    return Batch(pa.table(columns), tuple(malformed))


def _at_path(row: dict[str, Any], path: str) -> tuple[bool, Any]:
    """Whether the row has the first step of a path, and the value at its end. What follows may be missing in a row."""
    if path in row:
        return True, _plain(row[path])
    first, *steps = path.split(".")
    if first not in row:
        return False, None
    value: Any = row[first]
    for step in steps:
        value = _step_into(value, step)
    return True, _plain(value)


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _step_into(value: Any, step: str) -> Any:
    """A key of an object; of a list a place, the first item that has a value (key=value), or of pairs a key's value."""
    if isinstance(value, dict):
        return value.get(step)
    if not isinstance(value, list):
        return None
    if step.isdecimal():
        return value[int(step)] if int(step) < len(value) else None
    key, is_search, wanted = step.partition("=")
    if is_search:
        return next((item for item in value if isinstance(item, dict) and as_text(item.get(key)) == wanted), None)
    pairs = (pair for pair in value if isinstance(pair, dict) and pair.get("key") == step)
    return next((_filled(pair.get("value")) for pair in pairs), None)


def _filled(value: Any) -> Any:
    """Of a value given as {string_value, int_value, ...} the one that is filled."""
    if isinstance(value, dict):
        return next((each for each in value.values() if each is not None), None)
    return value

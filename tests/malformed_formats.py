"""Workbooks, JSON, Parquet and event logs that go wrong."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from malformed_text import CSV, HEADER, NAME, NUMBER, Case

def _book(rows: list[list[object]], change: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


_HEAD: list[object] = ["id", "at", "kind", "phone", "name", "note"]
_CELLS: list[object] = [1, dt.datetime(2026, 11, 2, 9), "tel", NUMBER, NAME, "x"]


def _xlsx(name: str, content: Callable[[], bytes], expects: str) -> Case:
    return Case(f"xlsx: {name}", "odd.xlsx", content, expects, 'format = "xlsx"')


def _broken_directory() -> bytes:
    whole = _book([_HEAD, _CELLS])
    return whole[:-60]


def _parquet(**columns: pa.Array) -> bytes:
    base = {
        "id": pa.array(["1"]), "at": pa.array(["2026-11-02 09:00:00"]), "kind": pa.array(["tel"]),
        "phone": pa.array([NUMBER]), "name": pa.array([NAME]), "note": pa.array(["x"]),
    }  # fmt: skip
    written = io.BytesIO()
    pq.write_table(pa.table({**base, **columns}), written)
    return written.getvalue()


def _pq(name: str, content: Callable[[], bytes], expects: str) -> Case:
    return Case(f"parquet: {name}", "odd.parquet", content, expects, 'format = "parquet"')


def _json(name: str, text: str, expects: str, kind: str = "jsonl") -> Case:
    return Case(f"{kind}: {name}", f"odd.{kind}", text.encode, expects, f'format = "{kind}"')


def _line(**more: object) -> str:
    base = {"id": 1, "at": "2026-11-02 09:00:00", "kind": "tel", "phone": NUMBER, "name": NAME, "note": "x"}
    return json.dumps({**base, **more}) + "\n"


_XES_COLUMNS = (
    '[source.columns]\nstarted_at = "time:timestamp"\nactivity = "concept:name"\nchannel = { value = "phone" }\n'
)
_EVENT = (
    '<event><string key="concept:name" value="Rings"/><string key="who" value="Zebedee Quillfeather"/>'
    '<date key="time:timestamp" value="2026-11-02T09:00:00Z"/></event>'
)


def _xes(name: str, text: str, expects: str) -> Case:
    return Case(f"xes: {name}", "odd.xes", text.encode, expects, 'format = "xes"', _XES_COLUMNS)


def _ocel(name: str, text: str, expects: str) -> Case:
    columns = '[source.columns]\nstarted_at = "time"\nactivity = "activity"\nchannel = { value = "phone" }\n'
    return Case(f"ocel: {name}", "odd.json", text.encode, expects, 'format = "ocel"\nobject_type = "case"', columns)


def _parquet_without_rows() -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([], pa.string()) for name in HEADER.split(",")}), written)
    return written.getvalue()


def format_cases() -> tuple[Case, ...]:
    """Everything that is no CSV."""
    return (
        # workbooks
        _xlsx("dates as numbers", lambda: _book([_HEAD, [1, 46328.375, "tel", NUMBER, NAME, "x"]]), "rejects"),
        _xlsx("a formula", lambda: _book([_HEAD, [1, dt.datetime(2026, 11, 2, 9), "tel", NUMBER, NAME, "=1+1"]]), "loads"),
        _xlsx("merged cells", lambda: _book([_HEAD, _CELLS, _CELLS], lambda b: b.active.merge_cells("E2:F2")), "loads"),
        _xlsx("two sheets", lambda: _book([_HEAD, _CELLS], lambda b: b.create_sheet("more")), "loads"),
        _xlsx("an empty sheet", lambda: _book([]), "error"),
        _xlsx("a header only", lambda: _book([_HEAD]), "loads"),
        _xlsx("cut short", _broken_directory, "error"),
        _xlsx("a column twice", lambda: _book([[*_HEAD, "note"], [*_CELLS, "y"]]), "error"),
        # JSON
        _json("cut in half", _line() + _line(id=2)[:40], "rejects"),
        _json("nested 100,000 deep", _line() + "[" * 100_000 + "\n", "rejects"),
        _json("not a number", _line(id=2).replace('"x"', "NaN"), "loads"),
        _json("a huge number", _line(note=10**400), "loads"),
        _json("a key twice", _line().replace('"id": 1,', '"id": 1, "id": 2,'), "loads"),
        _json("half a surrogate pair", _line(note="\ud800"), "rejects"),
        _json("lists for objects", "[1, 2]\n" + _line(), "rejects"),
        _json("empty lines", "\n\n" + _line() + "\n", "loads"),
        _json("no key that is needed", '{"other": 1}\n', "error"),
        _json("empty", "", "error"),
        _json("cut in half", "[" + _line(), "error", "json"),
        _json("no list in it", '{"a": {"b": 1}}', "error", "json"),
        _json("nested 100,000 deep", "[" * 100_000, "error", "json"),
        # Parquet
        _pq("cut short", lambda: _parquet()[:-20], "error"),
        _pq("without rows", lambda: _parquet_without_rows(), "loads"),
        _pq("decimals and binary", lambda: _parquet(note=pa.array([b"x\xff"]), more=pa.array([1.5]).cast(pa.decimal128(5, 2))), "loads"),
        _pq("times of its own", lambda: _parquet(at=pa.array([dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)])), "loads"),
        _pq("a date", lambda: _parquet(at=pa.array([dt.date(2026, 11, 2)])), "loads"),
        _pq("a dictionary", lambda: _parquet(kind=pa.array(["tel"]).dictionary_encode()), "loads"),
        _pq("a list where text should be", lambda: _parquet(note=pa.array([["x"]])), "error"),
        # event logs
        _xes("an external entity", f'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><log>{_EVENT}&x;</log>', "error"),
        _xes("entities in entities", '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><log>&b;</log>', "error"),
        _xes("cut in half", f"<log><trace>{_EVENT}<event>", "error"),
        _xes("no trace", "<log></log>", "loads"),
        _xes("not XML", "{}", "error"),
        _ocel("cut in half", '{"objects": [{"id": "a", "type": "case"}], "events": [{"id"', "error"),
        _ocel("another structure", '{"ocel:events": {}}', "error"),
        _ocel("another type of object", '{"objects": [{"id": "a", "type": "box"}], "events": []}', "error"),
    )  # fmt: skip

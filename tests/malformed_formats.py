"""Workbooks, JSON, Parquet and event logs that go wrong."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from malformed_text import CSV, HEADER, MAPPED, NAME, NUMBER, Case

_SHEET = "xl/worksheets/sheet1.xml"


def make_book(rows: list[list[object]], change: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


HEAD: list[object] = ["id", "at", "kind", "phone", "name", "note"]
CELLS: list[object] = [1, dt.datetime(2026, 11, 2, 9), "tel", NUMBER, NAME, "x"]


def _xlsx(name: str, content: Callable[[], bytes], expects: str) -> Case:
    return Case(f"xlsx: {name}", "odd.xlsx", content, expects, 'format = "xlsx"')


def _broken_directory() -> bytes:
    whole = make_book([HEAD, CELLS])
    return whole[:-60]


def _remade(member: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """A workbook with one of its inner files changed, or left out."""
    remade = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(make_book([HEAD, CELLS]))) as whole,
        zipfile.ZipFile(remade, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for name in whole.namelist():
            content = change(whole.read(name)) if name == member else whole.read(name)
            if content is not None:
                written.writestr(name, content)
    return remade.getvalue()


def _with_row(row: bytes) -> bytes:
    return _remade(_SHEET, lambda sheet: sheet.replace(b"</sheetData>", row + b"</sheetData>"))


def _lying_size() -> bytes:
    """A workbook whose directory says that a sheet is small."""
    bomb = bytearray(
        _with_row(b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + b"z" * 300_000_000 + b"</t></is></c></row>")
    )
    place = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(_SHEET.encode()))
    bomb[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    return bytes(bomb)


def _no_text() -> pa.Array:
    """Text that is no UTF-8, which only a broken writer makes."""
    return pa.Array.from_buffers(pa.string(), 1, pa.array([b"x\xff"]).buffers())


def make_parquet(**columns: pa.Array) -> bytes:
    base = {
        "id": pa.array(["1"]), "at": pa.array(["2026-11-02 09:00:00"]), "kind": pa.array(["tel"]),
        "phone": pa.array([NUMBER]), "name": pa.array([NAME]), "note": pa.array(["x"]),
    }  # fmt: skip
    written = io.BytesIO()
    pq.write_table(pa.table({**base, **columns}), written)
    return written.getvalue()


def _pq(name: str, content: Callable[[], bytes], expects: str) -> Case:
    return Case(f"parquet: {name}", "odd.parquet", content, expects, 'format = "parquet"')


def _json(name: str, text: str | bytes, expects: str, kind: str = "jsonl", encoding: str = "utf-8") -> Case:
    content = text if isinstance(text, bytes) else text.encode()
    settings = f'format = "{kind}"\nencoding = "{encoding}"'
    return Case(f"{kind}: {name}", f"odd.{kind}", lambda: content, expects, settings)


def _mapped(name: str, key: str) -> Case:
    """A file of JSON lines read with a key that cannot be a column."""
    columns = MAPPED.replace('"note"', f'"{key}"')
    return Case(f"jsonl: {name}", "odd.jsonl", make_line(**{key: "y"}).encode, "error", 'format = "jsonl"', columns)


def make_line(**more: object) -> str:
    base = {"id": 1, "at": "2026-11-02 09:00:00", "kind": "tel", "phone": NUMBER, "name": NAME, "note": "x"}
    return json.dumps({**base, **more}) + "\n"


_XES_COLUMNS = (
    '[source.columns]\nstarted_at = "time:timestamp"\nactivity = "concept:name"\nchannel = { value = "phone" }\n'
)
_EVENT = (
    '<event><string key="concept:name" value="Rings"/><string key="who" value="Zebedee Quillfeather"/>'
    '<date key="time:timestamp" value="2026-11-02T09:00:00Z"/></event>'
)


_OBJECTS = '{"objects": [{"id": "a", "type": "case"}], "events": '


def _packed(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


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
        _xlsx("dates as numbers", lambda: make_book([HEAD, [1, 46328.375, "tel", NUMBER, NAME, "x"]]), "rejects"),
        _xlsx("a formula", lambda: make_book([HEAD, [1, dt.datetime(2026, 11, 2, 9), "tel", NUMBER, NAME, "=1+1"]]), "loads"),
        _xlsx("merged cells", lambda: make_book([HEAD, CELLS, CELLS], lambda b: b.active.merge_cells("E2:F2")), "loads"),
        _xlsx("two sheets", lambda: make_book([HEAD, CELLS], lambda b: b.create_sheet("more")), "loads"),
        _xlsx("a cell in the farthest corner", lambda: _with_row(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "error"),
        _xlsx("a cell beyond every corner", lambda: _with_row(b'<row r="3"><c r="ZZZZZZZZ99999999999999"><v>1</v></c></row>'), "error"),
        _xlsx("a cell in row 0", lambda: _with_row(b'<row r="0"><c r="A0"><v>1</v></c></row>'), "error"),
        _xlsx("bomb", lambda: _with_row(b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + b"z" * 300_000_000 + b"</t></is></c></row>"), "error"),
        _xlsx("bomb that lies about its size", _lying_size, "error"),
        _xlsx("entities", lambda: _remade(_SHEET, lambda sheet: sheet.replace(b"<worksheet", b'<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><worksheet', 1)), "loads"),
        _xlsx("no sheets", lambda: _remade("xl/workbook.xml", lambda book: re.sub(b"<sheets>.*</sheets>", b"<sheets/>", book)), "error"),
        _xlsx("a sheet that is missing", lambda: _remade(_SHEET, lambda _: None), "error"),
        _xlsx("a sheet cut short", lambda: _remade(_SHEET, lambda sheet: sheet[:-200]), "error"),
        _xlsx("a sheet that is a chart", lambda: make_book([HEAD, CELLS], lambda b: b.create_chartsheet("c", 0)), "error"),
        _xlsx("another zip", lambda: _packed("a.csv", CSV.encode()), "error"),
        _xlsx("an error value", lambda: make_book([HEAD, [*CELLS[:5], "#REF!"]]), "loads"),
        _xlsx("no header", lambda: make_book([CELLS, CELLS]), "error"),
        _xlsx("two columns without a name", lambda: make_book([["id", None, None, *HEAD[1:]], [1, None, None, *CELLS[1:]]]), "error"),
        _xlsx("a column called row_number", lambda: make_book([[*HEAD, "row_number"], [*CELLS, 7]]), "error"),
        Case("a workbook called csv", "odd.csv", lambda: make_book([HEAD, CELLS]), "error"),
        _xlsx("an empty sheet", lambda: make_book([]), "error"),
        _xlsx("a header only", lambda: make_book([HEAD]), "loads"),
        _xlsx("cut short", _broken_directory, "error"),
        _xlsx("a column twice", lambda: make_book([[*HEAD, "note"], [*CELLS, "y"]]), "error"),
        # JSON
        _json("cut in half", make_line() + make_line(id=2)[:40], "rejects"),
        _json("nested 100,000 deep", make_line() + "[" * 100_000 + "\n", "rejects"),
        _json("not a number", make_line(id=2).replace('"x"', "NaN"), "loads"),
        _json("a huge number", make_line(note=10**400), "loads"),
        _json("a key twice", make_line().replace('"id": 1,', '"id": 1, "id": 2,'), "loads"),
        _json("half a surrogate pair", make_line() + make_line(id=2, note="\ud800"), "rejects"),
        _json("half a surrogate pair in a key", make_line() + make_line(**{"\ud800": 1}), "rejects"),
        _json("half a surrogate pair", f"[{make_line()}, {make_line(id=2, note=chr(0xD800))}]", "rejects", "json"),
        _json("a digit too many to read", make_line() + make_line(id=2).replace('"x"', "9" * 5000), "rejects"),
        _json("a digit too many to read", f"[{make_line()}]".replace('"x"', "9" * 5000), "error", "json"),
        _json("infinity", make_line(id=2).replace('"x"', "-Infinity").replace('"id": 2', '"id": 1e400'), "loads"),
        _json("NUL", make_line(note="a\0b"), "loads"),
        *(_json(f"nested {n} deep", make_line() + make_line(id=2).replace('"x"', "[" * n + "]" * n), "rejects") for n in (101, 900, 960, 985, 1100)),
        *(_json(f"nested {n} deep", f"[{make_line()}, " + "[" * n + "]" * n + "]", "rejects", "json") for n in (101, 900)),
        _json("nested 90 deep", make_line().replace('"x"', "[" * 90 + "]" * 90), "loads"),
        _json("cp1252", make_line(note="x").replace("x", "–").encode("cp1252"), "loads", encoding="cp1252"),
        _json("utf-16-le", make_line().encode("utf-16-le"), "loads", encoding="utf-16-le"),
        _json("utf-16-le with a mark", b"\xff\xfe" + make_line().encode("utf-16-le"), "loads", encoding="utf-16-le"),
        _json("utf-16-le with a mark", b"\xff\xfe" + f"[{make_line()}]".encode("utf-16-le"), "loads", "json", "utf-16-le"),
        _json("utf-16 without its mark", make_line().encode("utf-16-le"), "error", encoding="utf-16"),
        _json("a byte order mark", b"\xef\xbb\xbf" + make_line().encode(), "loads"),
        _json("latin-1 said to be utf-8", make_line().encode().replace(b'"x"', b'"\xe9"'), "error"),
        _json("bytes of all sorts", bytes(range(256)) * 10, "error"),
        _json("a csv", CSV, "error"),
        _json("only lists", '["id", "at"]\n[1, 2]\n', "error"),
        _json("people for keys", f'{{"{NAME}": {{"phone": "{NUMBER}"}}}}\n', "error"),
        _mapped("a key called row_number", "row_number"),
        _mapped("keys that differ by capitals", "NAME"),
        _json("keys of our own that are not mapped", make_line(**{"whole row": "q", "row_number": 3}), "loads"),
        _json("two lists", '{"a": [1], "b": [2]}', "error", "json"),
        _json("an empty list", "[]", "loads", "json"),
        _json("a number", "5", "error", "json"),
        _json("items that are no objects", "[1, 2, null]", "error", "json"),
        _json("a key twice", f"[{make_line()}]".replace('"id": 1,', '"id": 1, "id": 2,'), "loads", "json"),
        _json("lists for objects", "[1, 2]\n" + make_line(), "rejects"),
        _json("empty lines", "\n\n" + make_line() + "\n", "loads"),
        _json("no key that is needed", '{"other": 1}\n', "error"),
        _json("empty", "", "error"),
        _json("cut in half", "[" + make_line(), "error", "json"),
        _json("no list in it", '{"a": {"b": 1}}', "error", "json"),
        _json("nested 100,000 deep", "[" * 100_000, "error", "json"),
        # Parquet
        _pq("cut short", lambda: make_parquet()[:-20], "error"),
        _pq("without rows", lambda: _parquet_without_rows(), "loads"),
        _pq("decimals and binary", lambda: make_parquet(note=pa.array([b"x\xff"]), more=pa.array([1.5]).cast(pa.decimal128(5, 2))), "loads"),
        _pq("times of its own", lambda: make_parquet(at=pa.array([dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)])), "loads"),
        _pq("a date", lambda: make_parquet(at=pa.array([dt.date(2026, 11, 2)])), "loads"),
        _pq("a dictionary", lambda: make_parquet(kind=pa.array(["tel"]).dictionary_encode()), "loads"),
        _pq("nanoseconds", lambda: make_parquet(at=pa.array([1793610000123456789], pa.timestamp("ns"))), "loads"),
        _pq("a time zone as an offset", lambda: make_parquet(at=pa.array([1793610000000], pa.timestamp("ms", "+05:30"))), "loads"),
        _pq("a time zone nobody knows", lambda: make_parquet(at=pa.array([1793610000], pa.timestamp("s", "Mars/Phobos"))), "error"),
        _pq("a time beyond the calendar", lambda: make_parquet(at=pa.array([2**62], pa.timestamp("us"))), "error"),
        _pq("a date beyond the calendar", lambda: make_parquet(at=pa.array([2**31 - 1], pa.date32())), "error"),
        _pq("a time of day", lambda: make_parquet(at=pa.array([5], pa.time64("us"))), "rejects"),
        _pq("a duration", lambda: make_parquet(note=pa.array([5], pa.duration("s"))), "loads"),
        _pq("large and viewed text", lambda: make_parquet(note=pa.array(["x"], pa.large_string()), more=pa.array(["x"], pa.string_view())), "loads"),
        _pq("text that is no UTF-8", lambda: make_parquet(note=_no_text()), "error"),
        _pq("text as bytes", lambda: make_parquet(kind=pa.array([b"tel"]), name=pa.array([NAME.encode()])), "loads"),
        _pq("a dictionary of bytes", lambda: make_parquet(kind=pa.array([b"tel"]).dictionary_encode()), "loads"),
        _pq("nested columns", lambda: make_parquet(more=pa.array([{"a": 1}]), other=pa.array([[1]])), "loads"),
        _pq("no type", lambda: make_parquet(note=pa.nulls(1)), "loads"),
        _pq("large numbers", lambda: make_parquet(note=pa.array([2**64 - 1], pa.uint64()), more=pa.array([1e300])), "loads"),
        _pq("a column called row_number", lambda: make_parquet(row_number=pa.array([9])), "error"),
        _pq("names that differ by capitals", lambda: make_parquet(Note=pa.array(["9"])), "error"),
        _pq("a list where text should be", lambda: make_parquet(note=pa.array([["x"]])), "error"),
        # event logs
        _xes("an external entity", f'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><log>{_EVENT}&x;</log>', "error"),
        _xes("entities in entities", '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><log>&b;</log>', "error"),
        _xes("cut in half", f"<log><trace>{_EVENT}<event>", "error"),
        _xes("an event without a time", f"<log><trace>{_EVENT}<event><string key='a' value='b'/></event></trace></log>", "rejects"),
        _xes("nested 100,000 deep", "<log>" + "<trace>" * 100_000 + "</trace>" * 100_000 + "</log>", "loads"),
        _xes("a page of the web", f"<html><body>{NAME}</body></html>", "error"),
        _xes("an encoding nobody knows", '<?xml version="1.0" encoding="klingon"?><log></log>', "error"),
        _xes("empty", "", "error"),
        _xes("attributes called as our own columns", f'<log><trace><event><string key="row_number" value="5"/><string key="whole row" value="5"/>{_EVENT[7:]}</trace></log>', "loads"),
        _xes("no trace", "<log></log>", "loads"),
        _xes("not XML", "{}", "error"),
        _ocel("cut in half", '{"objects": [{"id": "a", "type": "case"}], "events": [{"id"', "error"),
        _ocel("half a surrogate pair", _OBJECTS + '[{"id": "e\\ud800", "type": "t", "time": "2026-11-02T09:00:00Z"}]}', "error"),
        _ocel("nested 100,000 deep", "[" * 100_000, "error"),
        _ocel("numbers for events", _OBJECTS + "[5]}", "error"),
        _ocel("a number for relationships", _OBJECTS + '[{"id": "e", "type": "t", "time": "2026-11-02T09:00:00Z", "relationships": 5}]}', "error"),
        _ocel("lists for texts", _OBJECTS + '[{"id": "e", "type": ["t"], "time": {"a": 1}, "attributes": [{"name": "n", "value": [1]}]}]}', "rejects"),
        _ocel("nothing in it", '{"objects": null, "events": null}', "error"),
        _ocel("another structure", '{"ocel:events": {}}', "error"),
        _ocel("another type of object", '{"objects": [{"id": "a", "type": "box"}], "events": []}', "error"),
    )  # fmt: skip

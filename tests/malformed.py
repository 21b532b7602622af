"""Files that go wrong, each in its own way, and what must become of them: a clear error, rejects, or a clean load.

Every file that can carry them holds a name and a number that must never be seen again outside it. `run_corpus` loads
each in a workspace of its own and says whether it ended well; the tests and the benchmark share it.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import signal
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from builders_workspace import load, make_workspace

from journeys.check import check_sources
from journeys.settings_files import read_settings, read_shipped_taxonomy
from journeys.store import Store
from nlp.label import NoteReader, build_note_reader
from reports.pipeline import Opened

NAME, NUMBER = "Zebedee Quillfeather", "07700 900123"
LATEST = dt.datetime(2026, 11, 24)
_PATIENCE_S = 60
HEADER = "id,at,kind,phone,name,note"
GOOD = f"1,2026-11-02 09:00:00,tel,{NUMBER},{NAME},the bin was left\n"
CSV = f"{HEADER}\n{GOOD}2,2026-11-02 10:00:00,tel,,,\n"
_COLUMNS = """
[source.columns]
source_record_id = "id"
started_at = "at"
channel = { column = "kind", map = { "tel" = "phone" } }
phone = "phone"
name = "name"
note = "note"
"""


@dataclass(frozen=True)
class Case:
    """One file: what it is called and holds, how it is described, and what must become of it."""

    name: str
    file_name: str
    content: Callable[[], bytes]
    expects: str  # error, rejects or loads
    settings: str = 'format = "csv"'
    columns: str = _COLUMNS

    @property
    def source(self) -> str:
        """The block of config/sources.toml."""
        return f'[[source]]\nname = "odd"\nkind = "contact"\nfiles = "odd/*"\n{self.settings}\n{self.columns}'


def _csv(name: str, text: str | bytes, expects: str, settings: str = 'format = "csv"') -> Case:
    return Case(name, "odd.csv", lambda: text.encode() if isinstance(text, str) else text, expects, settings)


def _row(at: str = "2026-11-02 09:00:00", note: str = "x", number: int = 1) -> str:
    return f"{number},{at},tel,{NUMBER},{NAME},{note}\n"


def _times(name: str, at: str, expects: str = "rejects") -> Case:
    return _csv(f"time: {name}", f"{HEADER}\n{_row(at)}", expects)


def _zip(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _zip_named(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def _encrypted_zip() -> bytes:
    plain = bytearray(_zip(a=CSV.encode()))
    plain[6] |= 1  # the flag that says "encrypted", in the local header and in the directory
    plain[plain.index(b"PK\x01\x02") + 8] |= 1
    return bytes(plain)


def _bomb() -> bytes:
    head = f"{HEADER}\n".encode()
    return gzip.compress(head + b"1,2026-11-02 09:00:00,tel,,," + b"0" * 300_000_000 + b"\n", 9)


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


def _png() -> bytes:
    chunk = struct.pack(">I", 13) + b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", zlib.crc32(chunk[4:]))


def cases() -> tuple[Case, ...]:
    """Every file of the corpus."""
    two = f"{HEADER}\n{_row()}{_row(number=2)}"
    wide = ",".join([HEADER, *(f"c{n}" for n in range(10_000))])
    return (
        # packed
        Case("gzip cut short", "odd.csv.gz", lambda: gzip.compress(CSV.encode() * 500)[:-200], "error"),
        Case("gzip of rubbish", "odd.csv.gz", lambda: b"\x1f\x8b" + b"rubbish" * 50, "error"),
        Case("no gzip at all", "odd.csv.gz", CSV.encode, "error"),
        Case("gzip bomb", "odd.csv.gz", _bomb, "error"),
        Case("zip with two files", "odd.csv.zip", lambda: _zip(a=CSV.encode(), b=CSV.encode()), "error"),
        Case("zip that climbs out", "odd.csv.zip", lambda: _zip_named("../../evil.csv", CSV.encode()), "loads"),
        Case("zip with a password", "odd.csv.zip", _encrypted_zip, "error"),
        Case("zip in a zip", "odd.csv.zip", lambda: _zip(a=_zip(b=CSV.encode())), "error"),
        Case("empty zip", "odd.csv.zip", _zip, "error"),
        Case("zip cut short", "odd.csv.zip", lambda: _zip(a=CSV.encode())[:-30], "error"),
        # not what it says
        Case("a picture", "odd.csv", _png, "error"),
        Case("a workbook called csv", "odd.csv", lambda: _book([_HEAD, _CELLS]), "error"),
        Case("a csv called xlsx", "odd.xlsx", CSV.encode, "error", 'format = "xlsx"'),
        Case("a csv called parquet", "odd.parquet", CSV.encode, "error", 'format = "parquet"'),
        Case("an old workbook", "odd.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "error", 'format = "xlsx"'),
        # text and encodings
        _csv("empty", "", "error"),
        _csv("newlines only", "\n\n\n\n", "error"),
        _csv("a byte order mark only", b"\xef\xbb\xbf", "error"),
        _csv("a header only", f"{HEADER}\n", "loads"),
        _csv("a byte order mark", b"\xef\xbb\xbf" + CSV.encode(), "loads"),
        _csv("latin-1 said to be utf-8", f"{HEADER}\n{_row(note='caf')}".encode().replace(b"caf", b"caf\xe9"), "error"),
        _csv("utf-8 said to be latin-1", f"{HEADER}\n{_row(note='café')}", "loads", 'format = "csv"\nencoding = "latin-1"'),
        _csv("mixed encodings", f"{HEADER}\n{_row(note='é')}".encode() + _row(number=2).encode("utf-16-le"), "error"),
        _csv("utf-16 unannounced", CSV.encode("utf-16"), "error"),
        _csv("utf-16 announced", CSV.encode("utf-16"), "loads", 'format = "csv"\nencoding = "utf-16"'),
        _csv("utf-16 without a mark", CSV.encode("utf-16-le"), "loads", 'format = "csv"\nencoding = "utf-16-le"'),
        _csv("cp1252", CSV.replace("left", "left – again").encode("cp1252"), "loads", 'format = "csv"\nencoding = "cp1252"'),
        _csv("NUL bytes", CSV.replace("the bin", "the\0bin"), "error"),
        _csv("right to left and overriding signs", f"{HEADER}\n{_row(note='‮ olleh שלום')}", "loads"),
        _csv("emoji and control signs", f"{HEADER}\n{_row(note='🗑️ bell here')}", "loads"),
        # quotes, rows and columns
        _csv("a quote never closed, first row", f'{HEADER}\n1,2026-11-02 09:00:00,tel,,"{NAME},x\n{_row(number=2)}', "error"),
        _csv("a quote never closed, last cell", f'{two}3,2026-11-02 09:00:00,tel,,,"open\n', "loads"),
        _csv("a quote in the middle of a cell", f'{HEADER}\n{_row(note="5 " + chr(34) + " pipe")}', "loads"),
        _csv("a field of 1 MB", f"{HEADER}\n{_row(note='word ' * 200_000)}", "loads"),
        _csv("a line of 20 MB", f"{HEADER}\n{_row(note='x' * 20_000_000)}", "loads"),
        _csv("10,000 columns", f"{wide}\n{GOOD.strip()}{',' * 10_000}\n", "loads"),
        _csv("a column twice", f"{HEADER},note\n{GOOD.strip()},y\n", "error"),
        _csv("a column without a name", f"{HEADER},\n{GOOD.strip()},y\n", "loads"),
        _csv("a column called row_number", f"{HEADER},row_number\n{GOOD.strip()},7\n", "error"),
        _csv("a column missing", CSV.replace("kind", "kin"), "error"),
        _csv("rows too short and too long", f"{two}3,2026-11-02\n4,2026-11-02 09:00:00,tel,,,x,y,z\n", "rejects"),
        _csv("the wrong delimiter", CSV.replace(",", ";"), "error"),
        _csv("a trailing delimiter in every row", f"{HEADER}\n{GOOD.strip()},\n", "rejects"),
        _csv("bare carriage returns", CSV.replace("\n", "\r"), "loads"),
        _csv("mixed line ends", f"{HEADER}\r\n{_row()}{_row(number=2)}".replace("x\n", "x\r\n", 1), "loads"),
        _csv("no end of line at the end", CSV.rstrip("\n"), "loads"),
        _csv("formulas", f"{HEADER}\n{_row(note='=cmd|calc')}", "loads"),
        _csv("SQL in a column's name", CSV.replace("note", "note\"; DROP TABLE rows; --"), "error"),
        _csv("an unknown channel", f"{HEADER}\n1,2026-11-02 09:00:00,fax,,,\n", "rejects"),
        _csv("an empty record id", f"{HEADER}\n,2026-11-02 09:00:00,tel,,,\n", "rejects"),
        # times
        _times("empty", ""),
        _times("31 February", "2026-02-31 09:00:00"),
        _times("24:00", "2026-11-02 25:00:00"),
        _times("seconds since 1970", "1793610000"),
        _times("year 1", "0001-01-01 00:00:00"),
        _times("year 9999", "9999-12-31 23:59:59"),
        _times("1970", "1970-01-01 00:00:00"),
        _times("the hour that is skipped", "2026-03-29 01:30:00"),
        _times("the hour that occurs twice", "2025-10-26 01:30:00", "loads"),
        _times("words", "yesterday, I think"),
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


def _parquet_without_rows() -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([], pa.string()) for name in HEADER.split(",")}), written)
    return written.getvalue()


@dataclass(frozen=True)
class Ending:
    """What became of one file, and everything that is wrong with that."""

    outcome: str
    faults: tuple[str, ...]


def end_of(case: Case, folder: Path) -> Ending:
    """Check and load one file for real; whatever it is, nothing may be half there and nothing personal may get out."""
    workspace = make_workspace(folder, case.source)
    path = workspace.sources / "odd" / case.file_name
    path.parent.mkdir()
    path.write_bytes(case.content())
    settings = read_settings(workspace.config)
    store = Store(settings.engine.database_url, workspace.root)
    opened = Opened(workspace, settings, store, _note_reader())
    with _watched():
        checked = check_sources(workspace, opened.settings, latest_at=LATEST)[0]
        loaded = load(opened)
    files = opened.store.loaded_files()
    opened.store.close()
    faults = []
    outcome = "error" if loaded.problems else "rejects" if loaded.n_rejects else "loads"
    if bool(checked.problems) != bool(loaded.problems) or (
        not loaded.problems and checked.n_rejects != loaded.n_rejects
    ):
        faults.append("check and load disagree")
    if loaded.problems and not (case.file_name in loaded.problems[0] and len(loaded.problems[0]) > 40):
        faults.append("the error does not name the file")
    left = [each.name for each in workspace.data.rglob("*") if each.suffix in {".parquet", ".tmp"}]
    if loaded.problems and (files or left):
        faults.append("something was loaded in spite of the error")
    if any(name.endswith(".tmp") for name in left):
        faults.append("temporary files were left")
    if loaded.n_rows != loaded.n_stored + loaded.n_rejects:
        faults.append("rows do not add up")
    said = " ".join([*loaded.problems, *checked.problems, *checked.rejects, *checked.unmapped])
    faults += [
        f"'{value}' got out"
        for value in (NAME.split()[1], "900123")
        if value in said or _is_below(workspace.data, value)
    ]
    return Ending(outcome, tuple(faults))


def run_corpus(folder: Path) -> tuple[int, int]:
    """Load every file of the corpus; how many there are, and how many ended as they must without a fault."""
    every = cases()
    clean = 0
    for number, case in enumerate(every):
        ending = end_of(case, folder / str(number))
        clean += ending.outcome in {"error", "rejects", "loads"} and not ending.faults
    return len(every), clean


def _is_below(folder: Path, value: str) -> bool:
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        if path.suffix == ".parquet":
            if any(value in str(row) for row in pq.read_table(path).to_pylist()):
                return True
        elif value.encode() in path.read_bytes():
            return True
    return False


@cache
def _note_reader() -> NoteReader:
    return build_note_reader(read_shipped_taxonomy())


@contextmanager
def _watched() -> Iterator[None]:
    """A file that makes the tool hang is a fault, not a long test."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError("the tool hangs on this file")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(_PATIENCE_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

"""Files of text that go wrong: packed, in the wrong encoding, with odd quotes, rows, columns and times."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

NAME, NUMBER = "Zebedee Quillfeather", "07700 900123"
HEADER = "id,at,kind,phone,name,note"
GOOD = f"1,2026-11-02 09:00:00,tel,{NUMBER},{NAME},the bin was left\n"
CSV = f"{HEADER}\n{GOOD}2,2026-11-02 10:00:00,tel,,,\n"
MAPPED = """
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
    columns: str = MAPPED
    n_rows: int | None = None  # rows that must be read, where it does not go without saying

    @property
    def source(self) -> str:
        """The block of config/sources.toml."""
        return f'[[source]]\nname = "odd"\nkind = "contact"\nfiles = "odd/*"\n{self.settings}\n{self.columns}'


def _csv(name: str, text: str | bytes, expects: str, settings: str = 'format = "csv"') -> Case:
    return Case(name, "odd.csv", lambda: text.encode() if isinstance(text, str) else text, expects, settings)


def _row(at: str = "2026-11-02 09:00:00", note: str = "x", number: int = 1) -> str:
    return f"{number},{at},tel,{NUMBER},{NAME},{note}\n"


def _told(encoding: str) -> str:
    return f'format = "csv"\nencoding = "{encoding}"'


def _broken_lzma() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.csv", CSV * 50)
    broken = bytearray(packed.getvalue())
    broken[60:90] = b"\xff" * 30
    return bytes(broken)


def _durations() -> bytes:
    told = (("-5", "maybe"), ("inf", "ja"), ("nan", "Y"), ('"1,5"', "1"), ("1e308", "0"), ("abc", "TRUE"))
    rows = [f"{n},2026-11-02 09:00:00,tel,{NUMBER},{NAME},x,{spent},{yes}" for n, (spent, yes) in enumerate(told, 1)]
    return "\n".join([f"{HEADER},spent,answered", *rows]).encode()


def _times(name: str, at: str, expects: str = "rejects") -> Case:
    return _csv(f"time: {name}", f"{HEADER}\n{_row(at)}", expects)


def make_zip(**members: bytes) -> bytes:
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
    plain = bytearray(make_zip(a=CSV.encode()))
    plain[6] |= 1  # the flag that says "encrypted", in the local header and in the directory
    plain[plain.index(b"PK\x01\x02") + 8] |= 1
    return bytes(plain)


def _bomb() -> bytes:
    head = f"{HEADER}\n".encode()
    return gzip.compress(head + b"1,2026-11-02 09:00:00,tel,,," + b"0" * 300_000_000 + b"\n", 9)


def _png() -> bytes:
    chunk = struct.pack(">I", 13) + b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", zlib.crc32(chunk[4:]))


def text_cases() -> tuple[Case, ...]:
    """Packed and plain text."""
    two = f"{HEADER}\n{_row()}{_row(number=2)}"
    wide = ",".join([HEADER, *(f"c{n}" for n in range(10_000))])
    return (
        # packed
        Case("gzip cut short", "odd.csv.gz", lambda: gzip.compress(CSV.encode() * 500)[:-200], "error"),
        Case("gzip of rubbish", "odd.csv.gz", lambda: b"\x1f\x8b" + b"rubbish" * 50, "error"),
        Case("no gzip at all", "odd.csv.gz", CSV.encode, "error"),
        Case("gzip bomb", "odd.csv.gz", _bomb, "error"),
        Case("zip with two files", "odd.csv.zip", lambda: make_zip(a=CSV.encode(), b=CSV.encode()), "error"),
        Case("zip that climbs out", "odd.csv.zip", lambda: _zip_named("../../evil.csv", CSV.encode()), "loads"),
        Case("zip with a password", "odd.csv.zip", _encrypted_zip, "error"),
        Case("zip in a zip", "odd.csv.zip", lambda: make_zip(a=make_zip(b=CSV.encode())), "error"),
        Case("zip bomb", "odd.csv.zip", lambda: make_zip(a=CSV.encode() + b"0" * 300_000_000), "error"),
        Case("zip whose packing is broken", "odd.csv.zip", _broken_lzma, "error"),
        Case("gzip with rubbish behind it", "odd.csv.gz", lambda: gzip.compress(CSV.encode()) + b"rubbish", "error"),
        Case("gzip of nothing", "odd.csv.gz", lambda: gzip.compress(b""), "error"),
        Case("gzip in two parts", "odd.csv.gz", lambda: gzip.compress(HEADER.encode()) + gzip.compress(f"\n{GOOD}".encode()), "loads", n_rows=1),
        Case("empty zip", "odd.csv.zip", make_zip, "error"),
        Case("zip cut short", "odd.csv.zip", lambda: make_zip(a=CSV.encode())[:-30], "error"),
        # not what it says
        Case("a picture", "odd.csv", _png, "error"),
        Case("a csv called xlsx", "odd.xlsx", CSV.encode, "error", 'format = "xlsx"'),
        Case("a csv called parquet", "odd.parquet", CSV.encode, "error", 'format = "parquet"'),
        Case("an old workbook", "odd.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "error", 'format = "xlsx"'),
        Case("a name that is no UTF-8", "odd\udcff.csv", CSV.encode, "error"),
        Case("a name with control signs", "odd\n\x1b[31m.csv", CSV.encode, "error"),
        Case("a name with quotes", "odd'; DROP TABLE files; --.csv", CSV.encode, "loads", n_rows=2),
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
        _csv("utf-16-le with a mark", b"\xff\xfe" + CSV.encode("utf-16-le"), "loads", _told("utf-16-le")),
        _csv("utf-16 without its mark", CSV.encode("utf-16-le"), "error", _told("utf-16")),
        _csv("utf-16 cut in a character", CSV.encode("utf-16")[:-1], "error", _told("utf-16")),
        _csv("utf-8 said to be utf-16", CSV, "error", _told("utf-16-le")),
        _csv("utf-8 with a mark said to be latin-1", b"\xef\xbb\xbf" + CSV.encode(), "error", _told("latin-1")),
        _csv("utf-8 by another name", b"\xef\xbb\xbf" + CSV.encode(), "loads", _told("UTF8")),
        _csv("utf-8 cut in a character", f"{HEADER}\n{_row(note='é')}".encode()[:-2], "error"),
        _csv("utf-32", CSV.encode("utf-32"), "loads", _told("utf-32")),
        _csv("a byte cp1252 does not know", CSV.encode() + b"3,2026-11-02 09:00:00,tel,,,\x81\n", "error", _told("cp1252")),
        _csv("an encoding for host names", CSV, "error", _told("punycode")),
        _csv("latin-1 after the first megabyte", (CSV + _row(note="y" * 1000) * 1500).encode() + b"9,2026-11-02 09:00:00,tel,,,\xe9\n", "error"),
        _csv("NUL after the first megabyte", CSV + _row(note="y" * 1000) * 1500 + _row(note="a\0b"), "loads"),
        _csv("NUL bytes", CSV.replace("the bin", "the\0bin"), "error"),
        _csv("right to left and overriding signs", f"{HEADER}\n{_row(note='‮ olleh שלום')}", "loads"),
        _csv("emoji and control signs", f"{HEADER}\n{_row(note='🗑️ bell here')}", "loads"),
        # quotes, rows and columns
        _csv("a quote never closed, first row", f'{HEADER}\n1,2026-11-02 09:00:00,tel,,"{NAME},x\n{_row(number=2)}', "error"),
        _csv("a quote never closed, last cell", f'{two}3,2026-11-02 09:00:00,tel,,,"open\n', "loads"),
        _csv("a quote in the middle of a cell", f'{HEADER}\n{_row(note="5 " + chr(34) + " pipe")}', "loads"),
        _csv("two quotes never closed", f'{HEADER}\n1,2026-11-02 09:00:00,tel,,,"open\n{_row(number=2)}3,2026-11-02 09:00:00,tel,,,"too\n{_row()}', "loads"),
        _csv("a quote never closed in the header", f'id,at,kind,phone,name,"note\n{GOOD}', "error"),
        _csv("a quote before the header", f'"{CSV}', "error"),
        _csv("no header", GOOD + _row(number=2), "error"),
        _csv("no header, and a value twice", f"1,1,tel,{NUMBER},{NAME},{NAME}\n", "error"),
        _csv("names that differ by capitals", f"{HEADER},Note\n{GOOD.strip()},y\n", "error"),
        _csv("a column called Row_Number", f"{HEADER},Row_Number\n{GOOD.strip()},7\n", "error"),
        _csv("two columns without a name", f"{HEADER},,\n{GOOD.strip()},y,z\n", "error"),
        _csv("empty lines before the header", f"\n\n{CSV}", "loads"),
        _csv("empty lines between rows", CSV.replace("\n", "\n\n"), "loads"),
        _csv("a line of blanks", f"{CSV}   \n", "rejects"),
        _csv("a line of 40 MB", f"{HEADER}\n{_row(note='x' * 40_000_000)}", "error"),
        _csv("an unknown value of 1 MB", f"{HEADER}\n1,2026-11-02 09:00:00,{'k' * 1_000_000},,,\n", "rejects"),
        _csv("an emoji and a bell as channel", f"{HEADER}\n1,2026-11-02 09:00:00,🗑️\x07\x1b[31m,,,\n", "rejects"),
        Case("durations and answers of all sorts", "odd.csv", _durations, "loads", columns=f'{MAPPED}handle_s = "spent"\nis_answered = "answered"\n', n_rows=6),
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
        _times("25:00", "2026-11-02 25:00:00"),
        _times("24:00", "2026-11-02 24:00:00", "loads"),
        _times("infinity", "infinity"),
        _times("now", "now"),
        _times("year 290000", "290000-01-01 00:00:00"),
        _times("before Christ", "0044-03-15 (BC) 00:00:00"),
        _times("a workbook's number", "46328.375"),
        _times("other digits", "٢٠٢٦-١١-٠٢ 09:00:00"),
        _times("a person in the wrong column", NAME),
        _times("seconds since 1970", "1793610000"),
        _times("year 1", "0001-01-01 00:00:00"),
        _times("year 9999", "9999-12-31 23:59:59"),
        _times("1970", "1970-01-01 00:00:00"),
        _times("the hour that is skipped", "2026-03-29 01:30:00"),
        _times("the hour that occurs twice", "2025-10-26 01:30:00", "loads"),
        _times("words", "yesterday, I think"),
    )  # fmt: skip

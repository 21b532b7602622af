"""Which format, encoding and delimiter a file has, from its name and its bytes.

In: a path. Out: `Sniffed`, or a SourceError for a file no reader could read: empty, locked, or without a header line.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from journeys.errors import SourceError
from journeys.shape import value_class
from journeys.sources.opening import open_source

_HEAD_BYTES = 256 * 1024
_CHUNK_BYTES = 1024 * 1024
_DELIMITERS = ",;\t|"
_JSON_LINES = frozenset({".jsonl", ".ndjson"})
_NO_NAME = re.compile(
    r"[^@\s]+@[^@\s]+\.[^@\s]+|(?:\+\d{2}|0)[\d ()-]{8,14}|\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}.*|-?\d+(?:[.,]\d+)?"
)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """How to read a file; `object_types` are those of an OCEL log, the first of which is `object_type`."""

    format: str
    delimiter: str = ","
    encoding: str = "utf-8"
    object_type: str = ""
    object_types: tuple[str, ...] = ()


def sniff(path: Path) -> Sniffed:
    """Guess how to read a file; raises SourceError for one that cannot be read as it is."""
    ending = Path(path.name.removesuffix(".gz").removesuffix(".zip")).suffix.lower()
    with open_source(path) as content:
        head = content.read(_HEAD_BYTES)
        if not head.strip():
            raise SourceError(f"{path.name}: the file is empty; export it again")
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            raise SourceError(f"{path.name}: this is an old or a locked workbook; save it as .xlsx without a password")
        if head.startswith(b"PAR1"):
            return Sniffed("parquet")
        if head.startswith(b"PK\x03\x04"):
            return Sniffed("xlsx")
        encoding = _encoding(head, content)
    text = head.decode(encoding, errors="replace").lstrip("\ufeff").lstrip()
    if ending == ".xes" or text.startswith("<?xml") or text.startswith("<log"):
        return Sniffed("xes")
    if ending in _JSON_LINES or text[:1] in {"[", "{"}:
        return _json(path, ending, text, encoding)
    delimiter = _delimiter(text)
    check_header(path.name, next(csv.reader(text.splitlines()[:1], delimiter=delimiter), []))
    return Sniffed("csv", delimiter, encoding)


def check_header(file_name: str, names: list[str]) -> None:
    """Raise SourceError where the first line is a row: its cells would become names of columns, and be shown."""
    for number, name in enumerate(names, start=1):
        if _NO_NAME.fullmatch(name.strip()):
            raise SourceError(
                f"{file_name}: the first line looks like a row, not like names of columns (cell {number} looks like "
                f"{value_class(name)}); put a line with a name for each column above it"
            )


def _encoding(head: bytes, rest: IO[bytes]) -> str:
    """UTF-8 where the whole file is; UTF-16 by its mark or its zeros; else a Windows or Latin-1 text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head[1:200:2].count(0) > 60 or (len(head) < 200 and 0 in head[1::2]):
        return "utf-16-le"
    if 0 in head[:200:2]:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    has_no_sign = any(sign in head for sign in b"\x81\x8d\x8f\x90\x9d")
    try:
        chunk = head
        while chunk:
            decoder.decode(chunk)
            chunk = rest.read(_CHUNK_BYTES)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1" if has_no_sign or any(sign in chunk for sign in b"\x81\x8d\x8f\x90\x9d") else "cp1252"
    return "utf-8"


def _json(path: Path, ending: str, text: str, encoding: str) -> Sniffed:
    if ending in _JSON_LINES:
        return Sniffed("jsonl", encoding=encoding)
    objects = [_object(line) for line in text.split("\n", 2)[:2] if line.strip()]
    is_lines = objects and None not in objects and not {"events", "objects"} <= set(objects[0] or ())
    if is_lines and (len(objects) == 2 or not any(isinstance(each, list) for each in (objects[0] or {}).values())):
        return Sniffed("jsonl", encoding=encoding)
    if '"objects"' in text or '"objectTypes"' in text or '"events"' in text:
        types = _object_types(path)
        if types:
            return Sniffed("ocel", object_type=types[0], object_types=types)
    return Sniffed("json", encoding=encoding)


def _object(line: str) -> dict[str, object] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _object_types(path: Path) -> tuple[str, ...]:
    """Types of objects of an OCEL 2.0 log, by name; none where it is no such log."""
    with open_source(path) as content:
        try:
            log = json.loads(content.read().decode("utf-8-sig"))
            return tuple(sorted({str(each["type"]) for each in log["objects"]})) if "events" in log else ()
        except (ValueError, KeyError, TypeError, RecursionError):
            return ()


def _delimiter(text: str) -> str:
    """The sign that cuts the first lines into the same number of columns, and into the most."""
    lines = text.splitlines()[:50]
    best, best_columns = ",", 1
    for delimiter in _DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width, n_lines = widths.most_common(1)[0] if widths else (1, 0)
        if width > best_columns and n_lines >= 0.6 * sum(widths.values()):
            best, best_columns = delimiter, width
    return best

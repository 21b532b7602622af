"""Which format, encoding and delimiter a file has, from its name and its first bytes."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from journeys.errors import SourceError
from journeys.sources.opening import open_source

_HEAD_BYTES = 256 * 1024
_DELIMITERS = ",;\t|"
_ENDINGS = {
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".xes": "xes",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}


@dataclass(frozen=True, slots=True)
class Sniffed:
    """How to read a file; `has_keys` where rows name their cells, `object_types` of an OCEL log."""

    format: str
    delimiter: str = ","
    encoding: str = "utf-8"
    object_type: str = ""
    object_types: tuple[str, ...] = ()

    @property
    def has_keys(self) -> bool:
        """Rows carry the names of their cells, and not all the same ones."""
        return self.format in {"json", "jsonl", "xes", "ocel"}


def sniff(path: Path) -> Sniffed:
    """Guess how to read a file; raises SourceError for an empty one or a spreadsheet of the old kind."""
    ending = Path(path.name.removesuffix(".gz").removesuffix(".zip")).suffix.lower()
    with open_source(path) as content:
        head = content.read(_HEAD_BYTES)
    if not head.strip():
        raise SourceError(f"{path.name}: the file is empty")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise SourceError(f"{path.name}: this is an old or a locked workbook; save it as .xlsx without a password")
    if head.startswith(b"PAR1"):
        return Sniffed("parquet")
    if head.startswith(b"PK\x03\x04"):
        return Sniffed("xlsx")
    encoding = _encoding(head)
    text = head.decode(encoding, errors="replace").lstrip("\ufeff").lstrip()
    if ending == ".xes" or text.startswith("<?xml"):
        return Sniffed("xes")
    if text[0] in "[{":
        return _json(path, text, encoding)
    return Sniffed("csv", _delimiter(text), encoding)


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for place in range(4):  # the head may end inside a character
        try:
            head[: len(head) - place].decode("utf-8")
            return "utf-8"
        except UnicodeDecodeError:
            continue
    return "cp1252"


def _json(path: Path, text: str, encoding: str) -> Sniffed:
    first = text.splitlines()[0]
    try:
        whole = json.loads(first)
        if isinstance(whole, dict) and not {"events", "objects"} <= set(whole):
            return Sniffed("jsonl", encoding=encoding)
    except ValueError:
        pass
    if '"objects"' in text or '"objectTypes"' in text:
        with open_source(path) as content:
            try:
                log = json.loads(content.read().decode("utf-8-sig"))
                types = tuple(sorted({str(each["type"]) for each in log["objects"]}))
            except (ValueError, KeyError, TypeError, RecursionError):
                types = ()
        if types:
            return Sniffed("ocel", encoding="utf-8", object_type=types[0], object_types=types)
    return Sniffed("json", encoding=encoding)


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

"""Search everything the tool wrote for personal data: the raw identifiers of the sources, and what has their shape.

In: a workspace. The identifiers of every source are read into memory, and every file outside sources/, config/ and the
key is searched for them, however they are spaced or punctuated: Parquet as decoded columns, spreadsheets
unpacked, the catalogue as rows and as bytes, all else as text. Nothing found is repeated: a finding says where, what kind, and how many.
Values of fewer than six letters and digits are left out, since they stand in ordinary words and numbers.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_WORD = re.compile(r"[^\W_]+")
_OPAQUE = re.compile(r"[0-9a-f]{16,64}")  # a token or a hash
_FEWEST_SIGNS = 6
_PREFIX = 3
_MOST_SIGNS = 60
_OURS = ("data", "site", "site-public")
_NOTES = "data/notes"
_MARKED_UP = frozenset({".html", ".xml", ".svg"})
_TAG = re.compile(r"<[^>]*>")

_SHAPES = {
    "email": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),
    "phone": re.compile(r"(?<![\w.#%-])(?:\+44 ?\d|0[1237]\d)\d(?:[ -]?\d){6,8}(?![\w.%])"),
    "nino": re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in one place: `kind` is the identifier's field or the shape's name, `n` how many values."""

    place: str
    kind: str
    n: int
    is_note: bool


class Wanted:
    """Raw identifiers to look for, compared by their letters and digits alone."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._prefixes: set[str] = set()
        self.n_short = 0

    def __len__(self) -> int:
        return len(self._kinds)

    def add(self, kind: str, values: Iterable[str]) -> None:
        """Look for these values of one identifier column too; names of one word are no identifier."""
        for value in values:
            words = _WORD.findall(value.casefold())
            joined = "".join(words)
            if len(joined) < _FEWEST_SIGNS or (kind == "name" and len(words) < 2):
                self.n_short += 1
                continue
            for form in _forms(kind, joined):
                self._kinds.setdefault(form, kind)
                self._prefixes.add(form[:_PREFIX])

    def find(self, text: str) -> Iterator[tuple[str, str]]:
        """(kind, value) of each identifier in a text."""
        words = _WORD.findall(text.casefold())
        for place, word in enumerate(words):
            joined, following = word, place + 1
            while len(joined) < _PREFIX and following < len(words):
                joined, following = joined + words[following], following + 1
            if joined[:_PREFIX] not in self._prefixes:
                continue
            while len(joined) <= _MOST_SIGNS:
                if joined in self._kinds:
                    yield self._kinds[joined], joined
                if following >= len(words):
                    break
                joined, following = joined + words[following], following + 1


def scan_workspace(
    root: Path,
    wanted: Wanted,
    rows: Iterable[tuple[str, str]],
    *,
    allowed: Iterable[str],
    report: Callable[[str], None],
) -> list[Finding]:
    """Everything found below data/, site/ and site-public/ and in `rows` (place, text) of the catalogue.

    `allowed` texts (the organisation's own address) are no finding. `report` is told each folder as it is searched.
    """
    allowed_set = {text.casefold() for text in allowed}
    found: dict[str, set[tuple[str, str]]] = {}
    for place, text in _texts(root, rows, report):
        hits = {hit for hit in wanted.find(text) if hit[1] not in allowed_set}
        for kind, shape in _SHAPES.items():
            hits |= {(f"looks like {kind}", match) for match in _matches(shape, text, allowed_set)}
        if hits:
            found.setdefault(place, set()).update(hits)
    findings = []
    for place in sorted(found):
        for kind, n in sorted(Counter(kind for kind, _ in found[place]).items()):
            findings.append(Finding(place, kind, n, place.startswith(_NOTES)))
    return findings


def shapes_in(text: str, allowed: Iterable[str]) -> dict[str, int]:
    """How many different values in a text have the shape of an e-mail address, a phone or a National Insurance number."""
    allowed_set = {each.casefold() for each in allowed}
    found = {kind: len(_matches(shape, text, allowed_set)) for kind, shape in _SHAPES.items()}
    return {kind: n for kind, n in found.items() if n}


def _matches(shape: re.Pattern[str], text: str, allowed: set[str]) -> set[str]:
    return {match for match in shape.findall(text) if match.casefold() not in allowed}


def _texts(root: Path, rows: Iterable[tuple[str, str]], report: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    yield from rows
    for folder in _OURS:
        report(f"searching {folder}/")
        for path in sorted((root / folder).rglob("*")):
            if path.is_file():
                place = path.relative_to(root).as_posix()
                yield place, place
                yield from ((place, text) for text in _read(path))


def _read(path: Path) -> Iterator[str]:
    if path.suffix == ".xlsx":  # a packed folder of XML
        with zipfile.ZipFile(path) as parts:
            for name in parts.namelist():
                yield html.unescape(_TAG.sub("\n", parts.read(name).decode("utf-8", errors="replace")))
        return
    if ".parquet" not in path.name:
        text = path.read_bytes().decode("utf-8", errors="replace")
        yield text
        if path.suffix in _MARKED_UP:  # as a reader sees it: a value may be cut by tags or written with entities
            yield html.unescape(_TAG.sub(" ", text))
        return
    file = pq.ParquetFile(path)
    names = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
    for batch in file.iter_batches(columns=names):
        for column in batch.columns:
            yield from (value for value in column.unique().to_pylist() if value and not _OPAQUE.fullmatch(value))


def _forms(kind: str, joined: str) -> set[str]:
    """A phone number is written with and without its country code; all else one way."""
    if kind != "phone" or not joined.isdigit():
        return {joined}
    national = re.sub(r"^(?:0044|44|0)", "", joined)
    return {joined, f"0{national}", f"44{national}", f"0044{national}"}

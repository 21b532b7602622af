"""Notes -> notes without personal data, by rule: no model, no network, the same answer every time.

Rule: first what the record's own columns already hold (name, phone, e-mail ...), then what its shape gives away,
then names. Each becomes its [kind]. Misses remain; `nlp.evaluate` measures them and pages print the measure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from nlp.collecting import without_collecting
from nlp.gates import shared_gates
from nlp.name_words import TITLES
from nlp.pieces import each_once, in_batches
from nlp.redact_names import mask_names
from nlp.redact_patterns import redact_dates_after_names, redact_shapes

_NOT_A_SIGN = re.compile(r"[\W_]")
_ONE_AT_A_TIME = Lock()  # what is known of pieces grows while notes are read
_FEWEST_LETTERS = 3
_FEWEST_DIGITS = 5
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}")
_POSTCODE = re.compile(r"[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")

Pair = tuple[str, tuple[str, ...]]  # a note, and what its record holds
_NOTHING_KNOWN: tuple[tuple[_Wanted, ...], frozenset[str]] = ((), frozenset())


def redact_notes(notes: Sequence[str], known_values: Sequence[Sequence[str]]) -> list[str]:
    """Redact notes; `known_values[i]` holds what the record of note i says in its identifier columns."""
    with without_collecting():
        return each_once(pair_notes(notes, known_values), redact_pairs)


def pair_notes(notes: Sequence[str], known_values: Sequence[Sequence[str]]) -> list[Pair]:
    """Each note with what its record holds."""
    if len(notes) != len(known_values):
        raise ValueError(f"{len(notes)} notes came with known values for {len(known_values)}; give one list a note")
    return [(note, tuple(known)) for note, known in zip(notes, known_values, strict=True)]


def redact_pairs(pairs: Sequence[Pair]) -> list[str]:
    """Redact notes, each with what its record holds."""
    return [note for batch in in_batches(pairs, signs_in) for note in _redact_together(batch)]


def signs_in(pair: Pair) -> int:
    """How long the note of a pair is."""
    return len(pair[0])


def _redact_together(pairs: Sequence[Pair]) -> list[str]:
    known = [_read_known(known) if known else _NOTHING_KNOWN for _, known in pairs]
    notes = [_redact_known(note, wanted) for (note, _), (wanted, _) in zip(pairs, known, strict=True)]
    name_parts = [parts for _, parts in known]
    with _ONE_AT_A_TIME:
        gates = shared_gates()
        gates.make_room()
        pieces = gates.read(notes)
        tried = gates.shapes.shapes_to_try(notes, pieces)
        shaped = {at: redact_shapes(notes[at], shapes) for at, shapes in enumerate(tried) if shapes}
        changed = [at for at, note in shaped.items() if note != notes[at]]
        for at in changed:
            notes[at] = shaped[at]
        if changed:
            pieces = pieces.replace(changed, gates.read([notes[at] for at in changed]))
        suspects = gates.names.suspects(pieces, name_parts)
    for at, places in enumerate(suspects):
        if places is not None:
            notes[at] = mask_names(notes[at], name_parts[at], places)
    return [redact_dates_after_names(note) for note in notes]


def _redact_known(note: str, wanted: Sequence[_Wanted]) -> str:
    squashed = _squash(note) if wanted else ""
    for value in wanted:
        # Most values are not in most notes: only one whose signs are all there is worth a pattern.
        if value.key in squashed:
            note = _compile(value.body).sub(f"[{value.kind}]", note)
    return _EMAIL.sub("[email]", note) if "@" in note else note


class _Wanted(NamedTuple):
    """A known value: signs any writing of it holds, its kind, and the pattern of its writings."""

    key: str
    kind: str
    body: str


def _squash(text: str) -> str:
    return _NOT_A_SIGN.sub("", text).lower()


@lru_cache(maxsize=4096)
def _compile(body: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){body}(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def _read_known(known: tuple[str, ...]) -> tuple[tuple[_Wanted, ...], frozenset[str]]:
    """Whole values to look for, longest first, and the parts of names that go wherever they stand."""
    wanted: list[_Wanted] = []
    parts: set[str] = set()
    for value in sorted({value.strip() for value in known if value and value.strip()}, key=lambda v: (-len(v), v)):
        kind = _kind_of_value(value)
        if kind == "person":
            parts.update(_name_parts(value))
        if (body := _loose_pattern(value, kind)) is not None:
            wanted.append(_Wanted(_key_of(value, kind), kind, body))
    return tuple(wanted), frozenset(parts)


def _key_of(value: str, kind: str) -> str:
    """Signs that stand in every writing of a value; none for dates, which are written in too many ways."""
    if kind == "date_of_birth":
        return ""
    if kind == "phone":
        return re.sub(r"\D", "", value).removeprefix("0044").removeprefix("44").removeprefix("0")
    return _squash(value)


def _kind_of_value(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    if "@" in value:
        return "email"
    if not digits:
        return "person"
    if _ISO_DATE.fullmatch(value[:10]):
        return "date_of_birth"
    if _POSTCODE.fullmatch(value):
        return "postcode"
    if not re.search(r"[^\W\d_]", value):
        return "phone" if value[0] in "+0(" and len(digits) >= 10 else "reference"
    return "address" if " " in value and re.search(r"[^\W\d_]{3}", value) else "reference"


def _name_parts(value: str) -> set[str]:
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", value.lower())
    parts = {part for word in words for part in (word, *re.split(r"[-]", word))}
    return {part for part in parts if len(part) >= _FEWEST_LETTERS and part not in TITLES}


def _loose_pattern(value: str, kind: str) -> str | None:
    """The value however it is spaced; dates in the ways people write them; None where it is too short to be safe."""
    if kind == "date_of_birth" and (date := _ISO_DATE.match(value)):
        year, month, day = date.groups()
        return rf"(?:{year}-{month}-{day}|0?{int(day)}[/. -]0?{int(month)}[/. -](?:{year[:2]})?{year[2:]})"
    if kind == "phone":
        digits = re.sub(r"\D", "", value).removeprefix("0044").removeprefix("44").removeprefix("0")
        return r"(?:\+?44|0044|\(?0)?[\s().-]*(?:\(0\))?" + r"[\s().-]*".join(digits)
    if kind in {"reference", "postcode"}:
        bare = re.sub(r"[\W_]", "", value)
        if len(bare) < _FEWEST_DIGITS:
            return None
        return r"[\s/.-]*".join(map(re.escape, bare))
    if kind == "person" and len(value) < _FEWEST_LETTERS:
        return None
    return r"[\s,]+".join(re.escape(word) for word in re.split(r"[\s,]+", value) if word)

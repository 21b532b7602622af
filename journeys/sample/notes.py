"""Notes of the sample council: hand-written texts with personal data filled in, three styles of writer.

The texts are in notes_staff.jsonl, notes_residents.jsonl and, for the planted need, notes_moves.jsonl; only `{{person}}` and the like are filled in. Their
wording was written without looking at the taxonomy's cues, so that the demo measures something.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from importlib.resources import files

import numpy as np

from journeys.sample.people import FIRST_NAMES, SURNAMES, Person

_FILES = ("notes_staff.jsonl", "notes_residents.jsonl")
_NEED_FILES = ("notes_moves.jsonl",)  # their subject is "need service"
_SLOT = re.compile(r"\{\{(\w+)\}\}")


class NotePool:
    """Texts by style, service and type; `write` picks one and fills it in."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self._by_type: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in (*_FILES, *_NEED_FILES):
            for line in files("journeys.sample").joinpath(name).read_text(encoding="utf-8").splitlines():
                note = json.loads(line)
                self._texts[note["style"], note["service"], note["type"]].append(note["text"])
                if name in _FILES:
                    self._by_type[note["style"], note["type"]].append(note["text"])

    def write(
        self, style: str, subject: str, demand_type: str, person: Person, reference: str, rng: np.random.Generator
    ) -> str:
        """A note about this person; empty where nobody wrote one of this type (none is invented)."""
        texts = self._texts.get((style, subject, demand_type)) or self._by_type.get((style, demand_type))
        if not texts:
            return ""
        text = texts[int(rng.integers(len(texts)))]
        return _SLOT.sub(lambda slot: _FILLERS[slot[1]](person, reference, rng), text)


def _someone(person: Person, _reference: str, rng: np.random.Generator) -> str:
    if rng.random() < 0.6:
        return person.name
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(SURNAMES)}"


def _vehicle(_person: Person, _reference: str, rng: np.random.Generator) -> str:
    letters = "ABCDEFGHJKLMNOPRSTUVWXYZ"
    text = "".join(letters[int(i)] for i in rng.integers(0, len(letters), 5))
    return f"{text[:2]}{int(rng.integers(51, 76))} {text[2:]}"


_FILLERS: dict[str, Callable[[Person, str, np.random.Generator], str]] = {
    "person": _someone,
    "phone": lambda person, _reference, _rng: person.phone,
    "email": lambda person, _reference, rng: person.email or f"resident{int(rng.integers(9999))}@example.org",
    "postcode": lambda person, _reference, _rng: person.postcode,
    "address": lambda person, _reference, _rng: person.address,
    "nino": lambda _person, _reference, rng: (
        f"QQ {int(rng.integers(10, 99))} {int(rng.integers(10, 99))} {int(rng.integers(10, 99))} C"
    ),
    "date_of_birth": lambda _person, _reference, rng: (
        f"{int(rng.integers(1, 28)):02d}/{int(rng.integers(1, 12)):02d}/{int(rng.integers(1938, 2004))}"
    ),
    "reference": lambda _person, reference, rng: reference or str(int(rng.integers(10_000_000, 99_999_999))),
    "vehicle": _vehicle,
}

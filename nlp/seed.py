"""The seed corpus: notes written for this project, with their types and their personal data marked.

In: nlp/seed_notes/*.txt, one note a line as `types|channel|service|h or -|text`: the primary type first; `h` marks a trap;
personal data as `{{kind|value}}`. A line `# author: ...` begins the notes of one invented writer with habits of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "seed_notes"
KINDS = (
    "person", "phone", "email", "postcode", "address", "nino", "nhs_number", "date_of_birth", "reference", "vehicle",
    "bank_card", "bank_account", "iban", "passport", "url",
)  # fmt: skip
CHANNELS = ("phone", "web", "email", "face_to_face")
_MARK = re.compile(r"\{\{(\w+)\|(.*?)\}\}")
_RUN = 5


@dataclass(frozen=True, slots=True)
class SeedNote:
    """One note; `text` still carries the marks, `place` is file:line, `writer` groups notes of one author."""

    place: str
    writer: str
    types: tuple[str, ...]
    channel: str
    service: str
    is_trap: bool
    text: str

    @property
    def plain(self) -> str:
        """The note as its writer wrote it."""
        return _MARK.sub(lambda mark: mark[2], self.text)

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """Personal data in it, as (kind, value)."""
        return tuple((mark[1], mark[2]) for mark in _MARK.finditer(self.text))


def read_seed_notes(folder: Path = FOLDER) -> list[SeedNote]:
    """All notes in order of file and line; raises ValueError naming the first line that is not one."""
    return [note for path in sorted(folder.glob("*.txt")) for note in _read_file(path)]


def _read_file(path: Path) -> Iterator[SeedNote]:
    writer = f"{path.stem}-0"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("#"):
            writer = f"{path.stem}-{number}"
        elif line.strip():
            parts = line.split("|", 4)
            if len(parts) != 5 or parts[1] not in CHANNELS or parts[3] not in {"h", "-"}:
                raise ValueError(f"{path.name}:{number}: not types|channel|service|h or -|text")
            if unknown := [mark[1] for mark in _MARK.finditer(parts[4]) if mark[1] not in KINDS]:
                raise ValueError(f"{path.name}:{number}: unknown kind of personal data '{unknown[0]}'")
            types = tuple(parts[0].split(","))
            yield SeedNote(
                f"{path.name}:{number}", writer, types, parts[1], parts[2], parts[3] == "h", parts[4].strip()
            )


def text_without(note: SeedNote, *, keep: str) -> tuple[str, list[tuple[int, int]]]:
    """The note with each mark as its [kind], but for those of kind `keep`, which stay as written; and where those are."""
    text, spans, at = "", [], 0
    for mark in _MARK.finditer(note.text):
        text += note.text[at : mark.start()]
        if mark[1] == keep:
            spans.append((len(text), len(text) + len(mark[2])))
        text += mark[2] if mark[1] == keep else f"[{mark[1]}]"
        at = mark.end()
    return text + note.text[at:], spans


def near_duplicates(notes: Sequence[SeedNote]) -> list[tuple[str, str]]:
    """Places of pairs of notes that share two runs of five words or more, personal data aside."""
    first: dict[tuple[str, ...], str] = {}
    found: dict[tuple[str, str], int] = {}
    for note in notes:
        words = re.findall(r"[a-z']+", _MARK.sub(" ", note.text).lower())
        for run in {tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}:
            other = first.setdefault(run, note.place)
            if other != note.place:
                found[other, note.place] = found.get((other, note.place), 0) + 1
    return sorted(pair for pair, n in found.items() if n > 1)

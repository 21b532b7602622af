"""The trained part of the pipeline: `journeys_reasons`, a linear model over words and letters.

In: Docs. Out: `doc._.reasons`, a `Reasons`: a margin for each type of demand and for each topic (above 0 the model would
say yes, below no), for the whole batch the note was read with. Saved and loaded as plain arrays (`to_disk`, `from_disk`), no code
in them. Cues of the taxonomy are no part of it: `nlp.choosing` adds what they say, so that editing them takes effect.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from nlp.features import Block, Reals, WordSums
from nlp.lexicon import Lexicon, Tokens
from nlp.pieces import Places

DOCS_AT_ONCE = 1000
_ARRAYS = "reasons.npz"
_NAMES = "reasons.json"
_BLOCKS = ("words", "pairs", "apart", "letters")


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learnt. Answers are types, then topics; the arrays have a column for each."""

    types: tuple[str, ...]
    topics: tuple[str, ...]
    words: Block
    pairs: Block
    apart: Block
    letters: Block
    bias: Reals
    settings: dict[str, float]  # letters_share, temperature, ...: see nlp.train

    def save(self, folder: Path) -> None:
        """Write two files below `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = {"bias": self.bias}
        for name in _BLOCKS:
            block: Block = getattr(self, name)
            arrays |= {
                f"{name}_keys": block.keys,
                f"{name}_idf": block.idf,
                f"{name}_weights": block.weights.astype(np.float16),
            }
        np.savez_compressed(folder / _ARRAYS, **arrays)
        names = {"types": self.types, "topics": self.topics, "settings": self.settings}
        (folder / _NAMES).write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Weights:
        """Read what `save` wrote; raises OSError or ValueError where it is not there or not whole."""
        names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
            blocks = {
                name: Block(arrays[f"{name}_keys"], arrays[f"{name}_idf"], arrays[f"{name}_weights"].astype(np.float32))
                for name in _BLOCKS
            }
            return cls(
                tuple(names["types"]), tuple(names["topics"]), **blocks, bias=arrays["bias"],
                settings={name: float(value) for name, value in names["settings"].items()},
            )  # fmt: skip

    def as_text(self) -> str:
        """The same two files as one JSON text, for a database."""
        with TemporaryDirectory() as folder:
            self.save(Path(folder))
            arrays = base64.b64encode((Path(folder) / _ARRAYS).read_bytes()).decode("ascii")
            return json.dumps({"names": json.loads((Path(folder) / _NAMES).read_text("utf-8")), "arrays": arrays})

    @classmethod
    def from_text(cls, text: str) -> Weights:
        """Read what `as_text` wrote; raises KeyError, OSError or ValueError where it is not whole."""
        content = json.loads(text)
        with TemporaryDirectory() as folder:
            (Path(folder) / _ARRAYS).write_bytes(base64.b64decode(content["arrays"]))
            (Path(folder) / _NAMES).write_text(json.dumps(content["names"]), encoding="utf-8")
            return cls.load(Path(folder))

    @property
    def version(self) -> str:
        """Eight hex digits of a hash of all weights."""
        digest = hashlib.sha256(json.dumps([self.types, self.topics, self.settings]).encode())
        for array in (*(getattr(self, name).weights for name in _BLOCKS), self.bias):
            digest.update(np.ascontiguousarray(array.astype(np.float16)).tobytes())
        return digest.hexdigest()[:8]


class WordsRead(Protocol):
    """What a batch of notes was read as: it can say which of their words spoke, if any."""

    def spoken(self, answer_of: Places, most: int) -> list[list[int]]: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of some notes: a row of margins each, types then topics; and their words."""

    margins: Reals
    words: WordsRead

    def of(self, places: Sequence[int]) -> Reading:
        """The same of some of the notes."""
        return Reading(self.margins[list(places)], _SomeNotes(self.words, places, len(self.margins)))


@dataclass(frozen=True, slots=True)
class _SomeNotes:
    """Words of some of the notes that were read together."""

    words: WordsRead
    places: Sequence[int]
    n_notes: int

    def spoken(self, answer_of: Places, most: int) -> list[list[int]]:
        asked = np.full(self.n_notes, -1, np.int64)
        asked[list(self.places)] = answer_of
        found = self.words.spoken(asked, most)
        return [found[place] for place in self.places]


@dataclass(frozen=True, slots=True)
class Reasons:
    """What the model says of one note, which was read as one of a batch."""

    read: Reading
    place: int

    @property
    def margins(self) -> Reals:
        """A margin for each type, then for each topic."""
        row: Reals = self.read.margins[self.place]
        return row


class ReasonFinder:
    """doc -> doc with `doc._.reasons`; without weights it leaves None, and cues decide alone."""

    def __init__(self, language: Language) -> None:
        self._lexicon = Lexicon(language)
        self.weights: Weights | None = None
        self.sums: WordSums | None = None

    def learn(self, weights: Weights) -> None:
        """Use these weights from now on."""
        self.weights = weights
        self.sums = WordSums(
            weights.words, weights.pairs, weights.apart, weights.letters, weights.settings["letters_share"]
        )

    def __call__(self, doc: Doc) -> Doc:
        self._read([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], batch_size: int = DOCS_AT_ONCE) -> Iterator[Doc]:
        """Many docs at once, which is many times faster."""
        for batch in minibatch(docs, batch_size):  # type: ignore[no-untyped-call]
            notes = list(batch)
            self._read(notes)
            yield from notes

    def to_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> None:  # noqa: ARG002 - spaCy's call
        """spaCy's way of saving a component."""
        if self.weights is not None:
            self.weights.save(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> ReasonFinder:  # noqa: ARG002 - as above
        """spaCy's way of loading a component."""
        if (Path(path) / _NAMES).exists():
            self.learn(Weights.load(Path(path)))
        return self

    def find(self, tokens: Tokens) -> Reading | None:
        """What the model says of notes; None without one."""
        if self.weights is None or self.sums is None:
            return None
        words = self.sums.read(tokens)
        return Reading(words.sums + self.weights.bias, words)

    def _read(self, docs: Sequence[Doc]) -> None:
        if read := self.find(self._lexicon.read_docs(docs)):
            for place, doc in enumerate(docs):
                doc.user_data["reasons"] = Reasons(read, place)


@Language.factory("journeys_reasons")
def build_reason_finder(nlp: Language, name: str) -> ReasonFinder:  # noqa: ARG001 - spaCy's call
    """Factory; weights come with `from_disk` or `learn`."""
    return ReasonFinder(nlp)

"""spaCy's own classifier as the trained part of the pipeline, where config/demand.toml says `classifier = "reduce"`.

In: Docs. Out: `doc._.reasons`, as from `nlp.reasons`: a margin for each type, here twice its probability less one. A
small convolutional network reads the words, their largest and mean values go into one layer (spaCy's TextCatReduce). It
knows no topics, and cannot say which words spoke; cues still do. Slower than the default, and not better on the notes
that come with the project: `make bench ONLY=nlp` says by how much.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from nlp.features import Reals
from nlp.reasons import DOCS_AT_ONCE, Reading, Reasons

_MODEL, _NAMES = "reduce.bin", "reduce.json"
_ARCHITECTURE = {
    "@architectures": "spacy.TextCatReduce.v1",
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2", "width": 96, "depth": 2, "embed_size": 4000, "window_size": 1,
        "maxout_pieces": 3, "subword_features": True, "pretrained_vectors": None,
    },
    "exclusive_classes": True, "use_reduce_first": False, "use_reduce_last": False, "use_reduce_max": True,
    "use_reduce_mean": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReduceWeights:
    """What spaCy's classifier learnt, as the bytes spaCy saves."""

    types: tuple[str, ...]
    model: bytes
    settings: dict[str, float]

    @property
    def topics(self) -> tuple[str, ...]:
        """None: one answer a note is all it gives."""
        return ()

    def save(self, folder: Path) -> None:
        """Write two files below `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MODEL).write_bytes(self.model)
        names = {"types": self.types, "settings": self.settings}
        (folder / _NAMES).write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> ReduceWeights:
        """Read what `save` wrote; raises OSError, KeyError or ValueError where it is not there or not whole."""
        names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        return cls(tuple(names["types"]), (folder / _MODEL).read_bytes(), names["settings"])

    def as_text(self) -> str:
        """The same as one JSON text, for a database."""
        model = base64.b64encode(self.model).decode("ascii")
        return json.dumps({"types": self.types, "settings": self.settings, "model": model})

    @classmethod
    def from_text(cls, text: str) -> ReduceWeights:
        """Read what `as_text` wrote; raises KeyError or ValueError where it is not whole."""
        content = json.loads(text)
        return cls(tuple(content["types"]), base64.b64decode(content["model"]), content["settings"])

    @property
    def version(self) -> str:
        """Eight hex digits of a hash of all that was learnt."""
        names = json.dumps([self.types, self.settings]).encode()
        return hashlib.sha256(names + self.model).hexdigest()[:8]


class _NoWords:
    """In the place of `nlp.features.BatchSums`: the network does not say which words spoke."""

    def spoken(self, answer_of: npt.NDArray[np.int64], most: int) -> list[list[int]]:  # noqa: ARG002 - as BatchSums
        return [[] for _ in answer_of]


class ReduceFinder:
    """doc -> doc with `doc._.reasons`; without weights it leaves None, and cues decide alone."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._classifier: Any = None
        self.weights: ReduceWeights | None = None

    def learn(self, weights: ReduceWeights) -> None:
        """Use these weights from now on; raises ValueError for those of another version of spaCy."""
        self._classifier = new_classifier(self._language).from_bytes(weights.model, exclude=["vocab"])
        self.weights = weights

    def __call__(self, doc: Doc) -> Doc:
        self._read([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], batch_size: int = DOCS_AT_ONCE) -> Iterator[Doc]:
        """Many docs at once."""
        for batch in minibatch(docs, batch_size):  # type: ignore[no-untyped-call]
            notes = list(batch)
            self._read(notes)
            yield from notes

    def to_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> None:  # noqa: ARG002 - spaCy's call
        """spaCy's way of saving a component."""
        if self.weights is not None:
            self.weights.save(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> ReduceFinder:  # noqa: ARG002 - as above
        """spaCy's way of loading a component."""
        if (Path(path) / _NAMES).exists():
            self.learn(ReduceWeights.load(Path(path)))
        return self

    def _read(self, docs: Sequence[Doc]) -> None:
        if self.weights is None:
            return
        read = Reading(margins_of(self._classifier, docs), _NoWords())
        for place, doc in enumerate(docs):
            doc.user_data["reasons"] = Reasons(read, place)


def margins_of(classifier: Any, docs: Sequence[Doc]) -> Reals:
    """Twice the probability of each type less one, for each note (notes x types)."""
    return np.asarray(classifier.predict(docs), np.float32) * 2 - 1


def new_classifier(language: Language) -> Any:
    """spaCy's classifier, before it has learnt anything."""
    return language.create_pipe("textcat", config={"model": _ARCHITECTURE})


@Language.factory("journeys_reduce")
def build_reduce_finder(nlp: Language, name: str) -> Callable[[Doc], Doc]:  # noqa: ARG001 - spaCy's call
    """Factory; weights come with `from_disk` or `learn`."""
    return ReduceFinder(nlp)

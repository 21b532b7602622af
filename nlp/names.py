"""Which words of a note are somebody's name: a linear model over the word, its neighbours and the signs around it.

Learnt from the names marked in the seed corpus (`nlp.train_names`), made by `make` and kept as readable JSON beside the
model of reasons. What a word or a gap adds is worked out once; a note costs a few look-ups a word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from journeys.errors import StoreError
from nlp.name_features import (
    after_features,
    before_features,
    beside_kind,
    beside_word,
    case_of,
    spelling_features,
    written_features,
)
from nlp.name_words import Note, Word
from nlp.remembered import Remembered
from nlp.shipped import FOLDER

_FILE = "names.json"
HOPELESS = (
    -9.0
)  # no neighbours make a name of a word that says so loudly that it is none; measured, see nlp.train_names


class NameModel:
    """Scores words: above `above` a word is taken for a name."""

    def __init__(self, weights: Mapping[str, float], known: Mapping[str, int], bias: float, above: float) -> None:
        self.weights, self.known, self.bias, self.above = weights, known, bias, above
        self._spelt: Remembered[str, float] = Remembered(lambda lower: self._sum(spelling_features(lower)))
        self._own: Remembered[tuple[Word, str], float] = Remembered(self._of_word)
        self._by_kind: Remembered[tuple[str, tuple[str, str] | None, str], float] = Remembered(
            lambda key: self.weights.get(beside_kind(*key), 0.0)
        )
        self._beside: Remembered[tuple[str, Word | None, str], float] = Remembered(lambda key: self.beside(*key))
        self._before: Remembered[tuple[str, bool, str], float] = Remembered(
            lambda key: self._sum(before_features(*key))
        )
        self._after: Remembered[tuple[str, str], float] = Remembered(lambda key: self._sum(after_features(*key)))

    def names_in(self, note: Note, suspects: Iterable[int] | None = None) -> set[int]:
        """Places of the words that are names, of all words or of some."""
        words = note.words
        case = case_of(words)
        found = set()
        for at in range(len(words)) if suspects is None else suspects:
            word = words[at]
            score = self._own[word, case]
            if score < HOPELESS:
                continue
            score += self._beside["left", words[at - 1] if at else None, word.shape]
            score += self._beside["right", words[at + 1] if at + 1 < len(words) else None, word.shape]
            score += self._before[note.before(at), not at, word.shape] + self._after[note.after(at), word.shape]
            if score > self.above:
                found.add(at)
        return found

    def own(self, word: Word, case: str) -> float:
        """What a word says by itself, in a note of this case; what the model says of all words is in it."""
        return self._of_word((word, case))

    def beside(self, side: str, other: Word | None, shape: str) -> float:
        """What a neighbour ("left" or "right") says of a word of this shape."""
        by_kind = self._by_kind[side, (other.kind, other.shape) if other else None, shape]
        return by_kind + self.weights.get(beside_word(side, other, shape), 0.0) if other else by_kind

    def most_around(self, shape: str) -> float:
        """The most that any signs before and after a word of this shape could say."""
        most = {
            kind: max((weight for feature, weight in self.weights.items() if _is_of(feature, kind, shape)), default=0.0)
            for kind in ("before", "starts", "after")
        }
        return sum(max(weight, 0.0) for weight in most.values())

    def save(self, folder: Path) -> None:
        """Write one JSON file below `folder`."""
        content = {
            "bias": self.bias, "above": self.above, "known": dict(sorted(self.known.items())),
            "weights": {name: round(weight, 3) for name, weight in sorted(self.weights.items())},
        }  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")

    def _of_word(self, key: tuple[Word, str]) -> float:
        word, case = key
        written = self._sum(written_features(word, self.known.get(word.lower, 0), case))
        return self.bias + self._spelt[word.lower] + written

    def _sum(self, features: Iterable[str]) -> float:
        # A feature counts once, however often it is there.
        return sum(self.weights.get(feature, 0.0) for feature in dict.fromkeys(features))


def _is_of(feature: str, kind: str, shape: str) -> bool:
    return feature.startswith(f"{kind} ") and feature.endswith(f" {shape}")


@cache
def read_name_model(folder: Path = FOLDER) -> NameModel:
    """The model that comes with the project; raises StoreError where it has not been made yet."""
    try:
        content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return NameModel(content["weights"], content["known"], content["bias"], content["above"])
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            f"the model that finds names is not there or cannot be read ({type(error).__name__}); make it, which takes "
            "about a minute, with: journeys train --seed-corpus"
        ) from None

"""Names marked in notes -> the model that finds names, and how well it finds those of writers it has not read.

scikit-learn's logistic regression, the same notes give the same weights. Words that no note of a writer left out marks
say how many words are lost. A word counts as a name from far below even odds on (`ABOVE`): a word too many is better than a
name too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from nlp.name_features import after_features, before_features, beside_features, case_of, own_features
from nlp.name_words import Note, read_words
from nlp.names import NameModel
from nlp.seed import SeedNote, text_without

ABOVE = -2.5
_FOLDS = 3
_FEWEST = 2
Example = tuple[Note, list[bool]]


@dataclass(frozen=True, slots=True)
class TestedNames:
    """Of names of writers left out, the share found whole; of their other words, the share lost (0-1)."""

    found_share: float
    n_names: int
    lost_share: float


def train_names(notes: Sequence[SeedNote]) -> NameModel:
    """Learn from all notes."""
    return _fit([_example(note) for note in notes])


def try_names(notes: Sequence[SeedNote]) -> TestedNames:
    """Learn without a third of the writers at a time, and look for the names in their notes."""
    examples = [_example(note) for note in notes]
    n_names = n_found = n_words = n_lost = 0
    for inside, outside in GroupKFold(_FOLDS).split(examples, groups=[note.writer for note in notes]):
        model = _fit([examples[at] for at in inside])
        for note, is_name in (examples[at] for at in outside):
            found = model.names_in(note)
            n_words += is_name.count(False)
            n_lost += sum(not is_name[at] for at in found)
            for run in _runs(is_name):
                n_names += 1
                n_found += run <= found
    return TestedNames(n_found / max(n_names, 1), n_names, n_lost / max(n_words, 1))


def _example(note: SeedNote) -> Example:
    """The note with everything but names redacted, and which of its words are names; titles are none."""
    text, spans = text_without(note, keep="person")
    read = read_words(text)
    return read, [
        word.kind != "title" and any(start < end and begin < stop for begin, end in spans)
        for word, (start, stop) in zip(read.words, read.spans, strict=True)
    ]


def _runs(is_name: Sequence[bool]) -> Iterator[set[int]]:
    run: set[int] = set()
    for at, there in enumerate([*is_name, False]):
        if there:
            run.add(at)
        elif run:
            yield run
            run = set()


def _fit(examples: Sequence[Example]) -> NameModel:
    known = Counter(
        word.lower for note, is_name in examples for word, there in zip(note.words, is_name, strict=True) if not there
    )
    rows = [sorted(features) for note, _ in examples for features in _features(note, known)]
    counts = Counter(feature for row in rows for feature in row)
    names = sorted(feature for feature, n in counts.items() if n >= _FEWEST)
    column = {feature: place for place, feature in enumerate(names)}
    held = [[column[feature] for feature in row if feature in column] for row in rows]
    ends = np.cumsum([0, *map(len, held)])
    flat = np.concatenate([np.array(row, np.int64) for row in held])
    matrix = sparse.csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(held), len(names)))
    said = [there for _, is_name in examples for there in is_name]
    machine = LogisticRegression(C=1.0, solver="liblinear", random_state=0).fit(matrix, said)
    weights = dict(zip(names, machine.coef_[0].round(3).tolist(), strict=True))
    return NameModel(weights, dict(known), float(machine.intercept_[0]), ABOVE)


def _features(note: Note, known: Counter[str]) -> Iterator[set[str]]:
    """Features of each word; its own note does not count among those that know it."""
    case, words = case_of(note.words), note.words
    for at, word in enumerate(words):
        yield {
            *own_features(word, max(known[word.lower] - 1, 0), case),
            *beside_features("left", words[at - 1] if at else None, word.shape),
            *beside_features("right", words[at + 1] if at + 1 < len(words) else None, word.shape),
            *before_features(note.before(at), not at, word.shape),
            *after_features(note.after(at), word.shape),
        }

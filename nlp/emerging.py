"""What unclear notes have in common that other notes have not: perhaps a reason the taxonomy does not know yet.

In: redacted notes that nobody's types fit, with who wrote them, and notes whose reason is known. Out: groups of words that
go together, each with its notes and persons.

Rule: a word counts when at least k persons' unclear notes hold it and it is far more common there than in other notes
(log odds ratio over its standard error, Jeffreys' half added to each count; at least 4.4, which one word in 100,000 would
reach by chance). Words held by mostly the same notes are one group. No group is shown for fewer than k persons.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import networkx as nx
from spacy.lang.en.stop_words import STOP_WORDS

FEWEST_PERSONS = 10
_FEWEST_DEVIATIONS = 4.4
_SAME_NOTES = 0.4
_MOST_WORDS = 5
_WORD = re.compile(r"(?<![\w\[])[^\W\d_]{3,}(?![\w\]])")


@dataclass(frozen=True, slots=True)
class Emerging:
    """Words that go together, and the notes and persons behind them."""

    words: tuple[str, ...]
    n_notes: int
    n_persons: int


def find_emerging(unclear: Sequence[tuple[str, str]], others: Sequence[str], k: int = FEWEST_PERSONS) -> list[Emerging]:
    """Groups of words in unclear notes (note, person), the largest first."""
    words_of = [_words(note) for note, _ in unclear]
    holders: dict[str, set[int]] = {}
    for at, words in enumerate(words_of):
        for word in words:
            holders.setdefault(word, set()).add(at)
    persons = [person for _, person in unclear]
    elsewhere = Counter(word for note in others for word in _words(note))
    telling = {
        word: notes
        for word, notes in sorted(holders.items())
        if len({persons[at] for at in notes}) >= k
        and _deviations(len(notes), len(unclear), elsewhere[word], len(others)) >= _FEWEST_DEVIATIONS
    }
    groups = [_group(words, telling, persons) for words in _together(telling)]
    return sorted((g for g in groups if g.n_persons >= k), key=lambda g: (-g.n_notes, g.words))


def _words(note: str) -> set[str]:
    return {word for word in _WORD.findall(note.lower()) if word not in STOP_WORDS}


def _deviations(here: int, n_here: int, there: int, n_there: int) -> float:
    odds_here = (here + 0.5) / (n_here - here + 0.5)
    odds_there = (there + 0.5) / (n_there - there + 0.5)
    return (math.log(odds_here) - math.log(odds_there)) / math.sqrt(1 / (here + 0.5) + 1 / (there + 0.5))


def _together(telling: Mapping[str, set[int]]) -> list[list[str]]:
    """Words whose notes are mostly the same."""
    graph = nx.Graph()
    graph.add_nodes_from(telling)
    for one, other in combinations(telling, 2):
        if len(telling[one] & telling[other]) >= _SAME_NOTES * min(len(telling[one]), len(telling[other])):
            graph.add_edge(one, other)
    return [
        sorted(component, key=lambda word: (-len(telling[word]), word)) for component in nx.connected_components(graph)
    ]


def _group(words: Sequence[str], telling: Mapping[str, set[int]], persons: Sequence[str]) -> Emerging:
    notes = set().union(*(telling[word] for word in words))
    return Emerging(tuple(words[:_MOST_WORDS]), len(notes), len({persons[at] for at in notes}))

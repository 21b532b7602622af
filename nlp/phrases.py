"""Many phrases looked for in many notes at once: a trie that all words of all notes step through together.

In: phrases as words, each with the numbers of what it stands for; notes as numbers of words. Out: where phrases stand.
A step costs a look-up for each place that still may become a phrase, and most places stop at the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from nlp.pieces import Places

_ROOT = 0


class Phrases:
    """A trie; each node where phrases end is known by its number."""

    def __init__(self, phrases: Iterable[Sequence[str]]) -> None:
        self._number: dict[str, int] = {}
        steps: dict[tuple[int, int], int] = {}
        self.node_of: dict[tuple[str, ...], int] = {}
        for phrase in phrases:
            node = _ROOT
            for word in phrase:
                step = node, self._number.setdefault(word, len(self._number) + 1)
                node = steps.setdefault(step, len(steps) + 1)
            self.node_of[tuple(phrase)] = node
        self.n_nodes = len(steps) + 1
        self._n_words = len(self._number) + 1
        codes = np.array([node * self._n_words + word for node, word in steps], np.int64)
        order = np.argsort(codes)
        self._codes, self._nodes = codes[order], np.array(list(steps.values()), np.int64)[order]
        self._after_root = np.zeros(self._n_words, np.int64)
        for (begins, number), after in steps.items():
            if begins == _ROOT:
                self._after_root[number] = after
        self._is_end = np.zeros(self.n_nodes, bool)
        self._is_end[list(self.node_of.values())] = True

    def numbers_of(self, words: Sequence[str]) -> list[int]:
        """Numbers by which `find` knows words; 0 for one that is in no phrase."""
        return [self._number.get(word, 0) for word in words]

    def find(self, word: Places, note_of: Places) -> tuple[Places, Places, Places]:
        """Every phrase in the notes: its first word, the word after its last one, its node; by first word, then end."""
        found = list(self._steps(word, note_of))
        starts, ends, nodes = (np.concatenate([part[at] for part in found]) for at in range(3))
        order = np.lexsort((ends, starts))
        return starts[order], ends[order], nodes[order]

    def _steps(self, word: Places, note_of: Places) -> Iterator[tuple[Places, Places, Places]]:
        first = self._after_root[word]
        start = np.flatnonzero(first)
        end, node = start + 1, first[start]
        while True:
            ends_here = self._is_end[node]
            yield start[ends_here], end[ends_here], node[ends_here]
            has_more = np.flatnonzero(end < len(word))
            has_more = has_more[note_of[end[has_more]] == note_of[start[has_more]]]
            if not len(has_more):
                return
            start, end, node = start[has_more], end[has_more], node[has_more]
            code = node * self._n_words + word[end]
            at = np.minimum(np.searchsorted(self._codes, code), len(self._codes) - 1)
            goes_on: npt.NDArray[np.bool_] = self._codes[at] == code
            start, end, node = start[goes_on], end[goes_on] + 1, self._nodes[at[goes_on]]

"""Cues of the taxonomy -> phrases that can be looked up, and hits in notes.

A cue is cut at each `*` into segments; every wording of every first segment goes into one trie (so that a thousand cues
cost about as much as ten). A hit is a cue whose segments stand in order, at most four words
apart, in one sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby, product
from operator import itemgetter, or_

import numpy as np
import numpy.typing as npt
from spacy.language import Language

from journeys.taxonomy import Taxonomy
from nlp.lexicon import Column, Tokens
from nlp.phrases import Phrases
from nlp.pieces import Places
from nlp.words import NUMBER, ORDINAL, is_word

_MOST_WORDS_BETWEEN = 4
_N_MARKS = 64
_ALL_MARKS = (1 << _N_MARKS) - 1
_SENTENCE_ENDS = frozenset({".", "!", "?", ";"})
SLA_MARK = "sla:"  # before the state, the slug of a rule that tells of a promised date
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One cue of one type, ready for matching; weight 0 marks an `unless`."""

    slug: str
    words: str
    weight: float
    segments: tuple[str, ...]
    is_at_start: bool
    is_at_end: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched the tokens [start, end)."""

    rule: Rule
    start: int
    end: int


Weighted = tuple[Hit, float]
RuleRest = tuple[Rule, tuple["Following", ...]]


@dataclass(frozen=True, slots=True)
class Cues:
    """What the wordings of the taxonomy say of one note: the hits that count, each with its weight."""

    hits: list[Weighted]
    denied: frozenset[str] = frozenset()  # types with a cue that the note takes back, and no other
    sla_state: str | None = None
    is_readable: bool = True


NO_CUES = Cues([])
UNREADABLE = Cues([], is_readable=False)


def read_rules(taxonomy: Taxonomy) -> Iterator[Rule]:
    """All cues and exceptions of a taxonomy, in the order of the file."""
    for kind in taxonomy.types:
        for words, weight in [(words, cue.weight) for cue in kind.cues for words in cue.words]:
            yield _rule(kind.slug, words, weight)
        for words in kind.unless:
            yield _rule(kind.slug, words, 0.0)
    for state, wordings in taxonomy.sla.items():
        for words in wordings:
            yield _rule(f"{SLA_MARK}{state}", words, 1.0)


def _rule(slug: str, words: str, weight: float) -> Rule:
    segments = tuple(words.removeprefix("^ ").removesuffix(" $").split(" * "))
    return Rule(slug, words, weight, segments, words.startswith("^ "), words.endswith(" $"))


class CueBook:
    """Every wording of every cue: first segments in one trie, those that follow looked for where one was found."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        following: dict[str, Following] = {}
        norms: dict[str, Phrase] = {}
        rules_of: dict[Phrase, list[RuleRest]] = {}
        for rule in read_rules(taxonomy):
            first, *rest = rule.segments
            for segment in rest:
                if segment not in following:
                    wordings = _wordings(language, taxonomy, segment, norms)
                    following[segment] = Following.of(wordings, len(following))
            for phrase in _wordings(language, taxonomy, first, norms):
                rules_of.setdefault(phrase, []).append((rule, tuple(following[segment] for segment in rest)))
        self._phrases = Phrases(rules_of)
        self._rules_of = {self._phrases.node_of[phrase]: rules for phrase, rules in rules_of.items()}
        # Marks of what must follow, to leave out first segments nothing follows on; 0 where nothing need follow.
        self._wants = np.full(self._phrases.n_nodes, _ALL_MARKS, np.uint64)
        for node, rules in self._rules_of.items():
            marks = [rest[0].mark if rest else 0 for _, rest in rules]
            self._wants[node] = 0 if 0 in marks else reduce(or_, marks)
        self._marks_of: dict[str, int] = {}
        for one in following.values():
            for word in one.starts:
                self._marks_of[word] = self._marks_of.get(word, 0) | one.mark
        self._number = Column(None, np.int64, lambda texts, _: self._phrases.numbers_of(texts))
        self._marks = Column(None, np.uint64, lambda texts, _: [self._marks_of.get(text, 0) for text in texts])

    def hits_in(self, tokens: Tokens) -> Iterator[tuple[int, list[str], list[Hit]]]:
        """Notes with hits: the note's number, its norms, and its hits, longest first where two begin at one token."""
        note_of, ends = tokens.note_of, tokens.ends
        start, end, node = self._phrases.find(self._number.rows(tokens.words)[tokens.word], note_of)
        near = _near(self._marks.rows(tokens.words)[tokens.word], note_of)
        near_end = np.where(end < ends[note_of[start]], near[np.minimum(end, len(near) - 1)], np.uint64(0))
        wants = self._wants[node]
        is_kept = (wants == 0) | ((wants & near_end) != 0)
        start, end, node = start[is_kept], end[is_kept], node[is_kept]
        first = (ends - tokens.lengths)[note_of[start]]
        found = zip(
            node.tolist(), (start - first).tolist(), (end - first).tolist(), near_end[is_kept].tolist(), strict=True
        )
        of_note = note_of[start].tolist()
        for note, numbered in groupby(zip(of_note, found, strict=True), key=itemgetter(0)):
            norms = tokens.norms(int(ends[note] - tokens.lengths[note]), int(ends[note]))
            if hits := self._hits_of([one for _, one in numbered], norms):
                yield note, norms, hits

    def _hits_of(self, found: list[tuple[int, int, int, int]], norms: list[str]) -> list[Hit]:
        hits = []
        for node, start, end, near in found:
            window = norms[end : end + _MOST_WORDS_BETWEEN + 1]
            for rule, rest in self._rules_of[node]:
                # Most rules stop here: what is to follow is not near.
                if rest and (not rest[0].mark & near or rest[0].starts.isdisjoint(window)):
                    continue
                for last in _ends(rest, end, norms) if rest else (end,):
                    if not (rule.is_at_start or rule.is_at_end) or _is_in_place(rule, norms, start, last):
                        hits.append(Hit(rule, start, last))
        if len(hits) < 2:
            return hits
        return sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.rule.slug, hit.rule.words))


def _near(marks: npt.NDArray[np.uint64], note_of: Places) -> npt.NDArray[np.uint64]:
    """Marks of each word and of the four that come after it in its note."""
    near = marks.copy()
    for distance in range(1, min(_MOST_WORDS_BETWEEN + 1, len(marks))):
        is_one_note = note_of[distance:] == note_of[:-distance]
        near[:-distance] |= np.where(is_one_note, marks[distance:], np.uint64(0))
    return near


@dataclass(frozen=True, slots=True)
class Following:
    """The wordings of a segment that follows another."""

    starts: frozenset[str]
    words: frozenset[str]
    phrases: tuple[Phrase, ...]
    mark: int  # one of 64 bits; several segments may share one

    @classmethod
    def of(cls, wordings: Sequence[Phrase], number: int) -> Following:
        words = frozenset(phrase[0] for phrase in wordings if len(phrase) == 1)
        phrases = tuple(phrase for phrase in wordings if len(phrase) > 1)
        return cls(words | {phrase[0] for phrase in phrases}, words, phrases, 1 << number % _N_MARKS)

    def ends_after(self, end: int, norms: Sequence[str]) -> Iterator[int]:
        """Where it ends when it begins at most four words after `end`, in the same sentence."""
        for start in range(end, min(end + _MOST_WORDS_BETWEEN + 1, len(norms))):
            norm = norms[start]
            if norm in self.words:
                yield start + 1
            for phrase in self.phrases:
                if norm == phrase[0] and tuple(norms[start : start + len(phrase)]) == phrase:
                    yield start + len(phrase)
            if norm in _SENTENCE_ENDS or "\n" in norm:
                return


def _ends(rest: tuple[Following, ...], end: int, norms: list[str]) -> list[int]:
    ends = [end]
    for following in rest:
        ends = [last for end in ends for last in following.ends_after(end, norms)]
    return ends


def _wordings(language: Language, taxonomy: Taxonomy, segment: str, norms: dict[str, Phrase]) -> list[Phrase]:
    choices: list[list[Phrase]] = []
    for part in segment.split():
        words = [_norms_of(language, word, norms) for word in taxonomy.words_of(part)]
        choices.append(words + [()] * part.endswith("?"))
    phrases = (sum(choice, ()) for choice in product(*choices))
    return [phrase for phrase in dict.fromkeys(phrases) if phrase]


def _norms_of(language: Language, word: str, norms: dict[str, Phrase]) -> Phrase:
    """A word of a cue as the tokeniser will see it in a note ("can't" is two tokens), each worked out once."""
    if word not in norms:
        is_number = word in {NUMBER, ORDINAL}
        norms[word] = (word,) if is_number else tuple(token.norm_ for token in language.make_doc(word))
    return norms[word]


def _is_in_place(rule: Rule, norms: Sequence[str], start: int, end: int) -> bool:
    if rule.is_at_start and any(map(is_word, norms[:start])):
        return False
    return not (rule.is_at_end and any(map(is_word, norms[end:])))


def cue_strengths(cues: Cues) -> dict[str, float]:
    """How strongly cues speak for each type, 0-1 (several add up as chances do), and -1 for those taken back."""
    left: dict[str, float] = {}
    for hit, weight in cues.hits:
        left[hit.rule.slug] = left.get(hit.rule.slug, 1.0) * (1.0 - weight)
    return {slug: 1.0 - rest for slug, rest in left.items()} | dict.fromkeys(cues.denied, -1.0)

"""Cues of the taxonomy -> phrases spaCy can look up, and hits in a Doc.

A cue is cut at each `*` into segments; every wording of every segment goes into one PhraseMatcher (a trie, so a
thousand cues cost about as much as ten). A hit is a cue whose segments stand in order, at most four words
apart, in one sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from journeys.taxonomy import Taxonomy
from nlp.words import NUMBER, ORDINAL, is_word

_MOST_WORDS_BETWEEN = 4
_SENTENCE_ENDS = frozenset({".", "!", "?", ";"})
SLA_MARK = "sla:"  # before the state, the slug of a rule that tells of a promised date
Span = tuple[int, int]
Segments = dict[str, list[Span]]


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


@dataclass(frozen=True, slots=True)
class Cues:
    """What the wordings of the taxonomy say of one note: the hits that count, each with its weight."""

    hits: list[Weighted]
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
    """Every wording of every cue in one matcher."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        self._matcher = PhraseMatcher(language.vocab, attr="NORM")
        self._by_first_segment: dict[str, list[Rule]] = {}
        self._segment_of: dict[int, str] = {}
        segments: dict[str, None] = {}
        for rule in read_rules(taxonomy):
            self._by_first_segment.setdefault(rule.segments[0], []).append(rule)
            segments.update(dict.fromkeys(rule.segments))
        norms: dict[str, tuple[str, ...]] = {}
        for segment in segments:
            wordings = _wordings(language, taxonomy, segment, norms)
            self._segment_of[language.vocab.strings.add(segment)] = segment
            self._matcher.add(segment, [Doc(language.vocab, words=list(words)) for words in wordings])

    def segments_in(self, doc: Doc) -> Segments:
        """Where each segment of a rule stands, as [start, end) of tokens."""
        found: Segments = {}
        for key, start, end in self._matcher(doc):
            found.setdefault(self._segment_of[key], []).append((start, end))
        return found

    def hits_of(self, found: Segments, norms: Sequence[str]) -> list[Hit]:
        """Every rule that matches, longest first where two begin at the same token; `norms` are the doc's."""
        breaks = [i for i, norm in enumerate(norms) if norm in _SENTENCE_ENDS or "\n" in norm]
        hits = [
            Hit(rule, start, end)
            for segment, spans in found.items()
            for rule in self._by_first_segment.get(segment, ())
            for start, end in (_spans_of(rule, spans, found, breaks) if len(rule.segments) > 1 else spans)
            if not (rule.is_at_start or rule.is_at_end) or _is_in_place(rule, norms, start, end)
        ]
        return sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.rule.slug, hit.rule.words))


def _wordings(
    language: Language, taxonomy: Taxonomy, segment: str, norms: dict[str, tuple[str, ...]]
) -> list[tuple[str, ...]]:
    choices: list[list[tuple[str, ...]]] = []
    for part in segment.split():
        words = [_norms_of(language, word, norms) for word in taxonomy.words_of(part)]
        choices.append(words + [()] * part.endswith("?"))
    phrases = (sum(choice, ()) for choice in product(*choices))
    return [phrase for phrase in dict.fromkeys(phrases) if phrase]


def _norms_of(language: Language, word: str, norms: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A word of a cue as the tokeniser will see it in a note ("can't" is two tokens), each worked out once."""
    if word not in norms:
        is_number = word in {NUMBER, ORDINAL}
        norms[word] = (word,) if is_number else tuple(token.norm_ for token in language.make_doc(word))
    return norms[word]


def _spans_of(rule: Rule, spans: list[Span], found: dict[str, list[Span]], breaks: list[int]) -> list[Span]:
    for segment in rule.segments[1:]:
        if segment not in found:
            return []
    for segment in rule.segments[1:]:
        spans = [
            (start, next_end)
            for start, end in spans
            for next_start, next_end in found[segment]
            if 0 <= next_start - end <= _MOST_WORDS_BETWEEN and not _is_broken(breaks, end, next_start)
        ]
    return spans


def _is_broken(breaks: list[int], start: int, end: int) -> bool:
    return any(start <= i < end for i in breaks)


def _is_in_place(rule: Rule, norms: Sequence[str], start: int, end: int) -> bool:
    if rule.is_at_start and any(map(is_word, norms[:start])):
        return False
    return not (rule.is_at_end and any(map(is_word, norms[end:])))


def cue_strengths(hits: Sequence[tuple[Hit, float]]) -> dict[str, float]:
    """How strongly cues speak for each type, 0-1: several add up as chances do."""
    left: dict[str, float] = {}
    for hit, weight in hits:
        left[hit.rule.slug] = left.get(hit.rule.slug, 1.0) * (1.0 - weight)
    return {slug: 1.0 - rest for slug, rest in left.items()}

"""Cues of the taxonomy -> phrases spaCy can look up, and hits in a Doc.

A cue is cut at each `*` into segments; every wording of every first segment goes into one PhraseMatcher (a trie, so a
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
    """Every wording of every cue: first segments in one matcher, those that follow looked for where one was found."""

    def __init__(self, language: Language, taxonomy: Taxonomy) -> None:
        self._matcher = PhraseMatcher(language.vocab, attr="NORM")
        self._rules_of: dict[int, list[tuple[Rule, tuple[Following, ...]]]] = {}
        following: dict[str, Following] = {}
        norms: dict[str, Phrase] = {}
        for rule in read_rules(taxonomy):
            first, *rest = rule.segments
            key = language.vocab.strings.add(first)
            if key not in self._rules_of:
                wordings = _wordings(language, taxonomy, first, norms)
                self._matcher.add(first, [Doc(language.vocab, words=list(words)) for words in wordings])
            for segment in rest:
                if segment not in following:
                    following[segment] = Following.of(_wordings(language, taxonomy, segment, norms))
            self._rules_of.setdefault(key, []).append((rule, tuple(following[segment] for segment in rest)))

    def segments_in(self, doc: Doc) -> list[tuple[int, int, int]]:
        """First segments of rules in a doc: key, start and end in tokens."""
        found: list[tuple[int, int, int]] = self._matcher(doc)
        return found

    def hits_of(self, found: list[tuple[int, int, int]], norms: list[str]) -> list[Hit]:
        """Every rule that matches, longest first where two begin at the same token; `norms` are the doc's."""
        hits = []
        for key, start, end in found:
            window = norms[end : end + _MOST_WORDS_BETWEEN + 1]
            for rule, rest in self._rules_of[key]:
                # Most rules stop here: what is to follow is not near.
                if rest and rest[0].starts.isdisjoint(window):
                    continue
                for last in _ends(rest, end, norms):
                    if not (rule.is_at_start or rule.is_at_end) or _is_in_place(rule, norms, start, last):
                        hits.append(Hit(rule, start, last))
        return sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.rule.slug, hit.rule.words)) if hits else hits


@dataclass(frozen=True, slots=True)
class Following:
    """The wordings of a segment that follows another."""

    starts: frozenset[str]
    words: frozenset[str]
    phrases: tuple[Phrase, ...]

    @classmethod
    def of(cls, wordings: Sequence[Phrase]) -> Following:
        words = frozenset(phrase[0] for phrase in wordings if len(phrase) == 1)
        phrases = tuple(phrase for phrase in wordings if len(phrase) > 1)
        return cls(words | {phrase[0] for phrase in phrases}, words, phrases)

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

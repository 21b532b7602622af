"""What cues and model say of one note -> its label.

With a model: what cues say is added to its margins; the type with the largest is primary, and every other with a margin
above 0, or with a sure cue and not far below, applies too. A type the model never met is judged by its cues alone. What
is too short, not English, or below the margin that nine in ten notes reach is abstained from: it keeps its best guess and
counts as unclear. `urgent` gets a bonus, recall before precision.

Without one, by cues alone: the weights of hits that do not overlap add up as chances do (1 - product of what is left); a
type applies from `score_at_least`; the first by rank among those that apply is primary, equal ranks go to the surer one.
What is too short, not English or not supported keeps its best guess but is abstained from and counts as unclear.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from journeys.taxonomy import UNCLEAR, URGENT, Taxonomy
from nlp.cues import NO_CUES, Cues, Weighted, cue_strengths
from nlp.features import Reals
from nlp.lexicon import Tokens
from nlp.pieces import Places
from nlp.reasons import Reading, Weights
from nlp.reduce import ReduceWeights

_SHORT_TOKENS, _SHORT_SHARE = 4, 0.9
_CONFLICT_SHARE = 0.85
_LONGEST_EVIDENCE = 160
# What a cue that is quite sure adds to the model's margin; measured on writers left out, see nlp.train.
CUES_SHARE = 0.5
_ALSO_WITH_CUE = -0.5  # a second type applies above 0, or above this where a cue says so
_NEVER = -9.0  # margin of a type that the model never met and no cue speaks for
_FEWEST_OF_NOVEL = 6
_MOST_WORDS_SHOWN = 3


class Label(NamedTuple):
    """What the words of one note say. `score` is a share 0-1; `demand` is "unclear" where we abstain."""

    demand: str
    demand_type: str
    demand_types: tuple[str, ...]
    score: float
    evidence: str
    topic: str | None
    is_abstained: bool
    decided_by: str = "cues"  # cues, model, or both where they agree
    is_novel: bool = False  # like no note the model learnt from: perhaps a new reason
    sla_state: str | None = None  # what the note says of a promised date, see the taxonomy


EMPTY = Label(UNCLEAR, UNCLEAR, (UNCLEAR,), 0.8, "", None, True)  # what nobody could read is mostly unclear indeed


def choose_by_cues(tokens: Tokens, cues_of: Sequence[Cues], taxonomy: Taxonomy) -> list[Label]:
    """The labels of notes from the cues found in them alone."""
    firsts = (tokens.ends - tokens.lengths).tolist()
    return [
        _by_cues(tokens, first, length, cues, taxonomy) if cues.hits else EMPTY
        for first, length, cues in zip(firsts, tokens.lengths.tolist(), cues_of, strict=True)
    ]


def _by_cues(tokens: Tokens, first: int, length: int, cues: Cues, taxonomy: Taxonomy) -> Label:
    by_slug: dict[str, list[Weighted]] = {}
    for hit, weight in cues.hits:
        by_slug.setdefault(hit.rule.slug, []).append((hit, weight))
    counted = {slug: _apart(weighted) for slug, weighted in by_slug.items()}
    scores = {slug: _sum_chances(weighted) for slug, weighted in counted.items()}
    order = sorted(scores, key=lambda slug: (taxonomy.by_slug[slug].rank, -scores[slug], slug))
    applying = tuple(slug for slug in order if scores[slug] >= taxonomy.score_at_least)
    primary = applying[0] if applying else max(order, key=lambda slug: scores[slug])
    demands = {taxonomy.demand_of(slug) for slug in applying}
    score = scores[primary] * (_CONFLICT_SHARE if len(demands) > 1 else 1.0)
    score *= _SHORT_SHARE if length < _SHORT_TOKENS else 1.0
    is_abstained = not applying or primary == UNCLEAR
    return Label(
        demand=UNCLEAR if is_abstained else taxonomy.demand_of(primary),
        demand_type=primary,
        demand_types=applying or (primary,),
        score=round(score, 3),
        evidence=_evidence(tokens, first, counted[primary]),
        topic=None,
        is_abstained=is_abstained,
        sla_state=cues.sla_state,
    )


class MarginChooser:
    """Labels from what one model says, for one taxonomy; types the model never met are judged by their cues alone."""

    def __init__(self, taxonomy: Taxonomy, weights: Weights | ReduceWeights) -> None:
        self._taxonomy = taxonomy
        self._types = taxonomy.precedence
        self._demands = [taxonomy.demand_of(slug) for slug in self._types]
        self._settings = weights.settings
        self._topics = weights.topics
        self._n_learnt = len(weights.types)
        self._learnt = np.array([weights.types.index(slug) if slug in weights.types else -1 for slug in self._types])
        self._column = {slug: column for column, slug in enumerate(self._types)}
        self._unclear = self._column.get(UNCLEAR, len(self._types))

    def choose(self, tokens: Tokens, cues_of: Sequence[Cues], read: Reading) -> list[Label]:
        """Labels of notes that were read together; `cues_of[i]` are the cues that count in note i."""
        rows = read.margins
        learnt = np.where(self._learnt >= 0, rows[:, self._learnt], _NEVER)
        learnt[:, self._column[URGENT]] += self._settings["urgent_bonus"]
        margins = self._with_cues(learnt, cues_of)
        primary = margins.argmax(axis=1)
        own = [
            [weighted for weighted in cues.hits if weighted[0].rule.slug == self._types[at]] if cues.hits else []
            for cues, at in zip(cues_of, primary.tolist(), strict=True)
        ]
        highest = margins.max(axis=1)
        chances = 1 / np.exp((margins - highest[:, None]) * self._settings["temperature"]).sum(axis=1)
        is_abstained = (highest < self._settings["abstain_below"]) | (primary == self._unclear)
        said = primary.tolist()
        labels = list(
            map(
                Label,
                self._demands_of(said, is_abstained.tolist()),
                [self._types[at] for at in said],
                self._types_of(margins, cues_of, primary),
                [round(chance, 3) for chance in chances.tolist()],
                self._evidence(tokens, own, read.words.spoken(self._asked(primary, own), _MOST_WORDS_SHOWN)),
                self._topics_of(rows),
                is_abstained.tolist(),
                _deciders(own, (primary == learnt.argmax(axis=1)).tolist()),
                self._novel(tokens, cues_of, learnt),
                [cues.sla_state for cues in cues_of],
            )
        )
        return [label if cues.is_readable else EMPTY for label, cues in zip(labels, cues_of, strict=True)]

    def _demands_of(self, primary: list[int], is_abstained: list[bool]) -> Iterator[str]:
        for at, abstains in zip(primary, is_abstained, strict=True):
            yield UNCLEAR if abstains else self._demands[at]

    def _with_cues(self, learnt: Reals, cues_of: Sequence[Cues]) -> Reals:
        margins = learnt.copy()
        for at, cues in enumerate(cues_of):
            for slug, strength in cue_strengths(cues).items() if cues is not NO_CUES else ():
                column = self._column[slug]
                is_learnt = self._learnt[column] >= 0
                margins[at, column] = margins[at, column] + CUES_SHARE * strength if is_learnt else 2 * strength - 1
        return margins

    def _types_of(
        self, margins: Reals, cues_of: Sequence[Cues], primary: npt.NDArray[np.intp]
    ) -> list[tuple[str, ...]]:
        """The primary type, then others that apply, the first by rank first: columns are in that order."""
        types: list[tuple[str, ...]] = [(self._types[at],) for at in primary.tolist()]
        lowest = np.where([bool(cues.hits) for cues in cues_of], np.float32(_ALSO_WITH_CUE), np.float32(0.0))
        may_apply = margins > lowest[:, None]
        may_apply[np.arange(len(primary)), primary] = False
        may_apply[:, self._unclear : self._unclear + 1] = False
        for at, column in np.argwhere(may_apply).tolist():
            slug = self._types[column]
            if margins[at, column] > 0 or cue_strengths(cues_of[at]).get(slug, 0.0) >= self._taxonomy.score_at_least:
                types[at] += (slug,)
        return types

    def _asked(self, primary: npt.NDArray[np.intp], own: list[list[Weighted]]) -> Places:
        """Which answer the words of each note are asked for; -1 where a cue of its type says it already."""
        return np.where([bool(hits) for hits in own], -1, self._learnt[primary])

    def _evidence(self, tokens: Tokens, own: list[list[Weighted]], spoken: list[list[int]]) -> Iterator[str]:
        firsts, written = (tokens.ends - tokens.lengths).tolist(), tokens.written.tolist()
        for first, hits, places in zip(firsts, own, spoken, strict=True):
            if hits:
                yield _evidence(tokens, first, _apart(hits))
            else:
                yield _words_spoken([tokens.writings[written[first + place]] for place in places])

    def _novel(self, tokens: Tokens, cues_of: Sequence[Cues], learnt: Reals) -> Iterator[bool]:
        is_new = (learnt.max(axis=1) < self._settings["novel_below"]) & (tokens.lengths >= _FEWEST_OF_NOVEL)
        for is_so, cues in zip(is_new.tolist(), cues_of, strict=True):
            yield is_so and not cues.hits

    def _topics_of(self, rows: Reals) -> list[str | None]:
        if not self._topics:
            return [None] * len(rows)
        own = rows[:, self._n_learnt :]
        return [
            self._topics[place] if share > 0 else None
            for place, share in zip(own.argmax(axis=1).tolist(), own.max(axis=1).tolist(), strict=True)
        ]


def _deciders(own: list[list[Weighted]], by_model: list[bool]) -> Iterator[str]:
    for hits, is_by_model in zip(own, by_model, strict=True):
        yield ("both" if hits else "model") if is_by_model else "cues"


def _words_spoken(words: list[str]) -> str:
    if not words:
        return "the note as a whole (learnt)"
    return f"words: {', '.join(dict.fromkeys(words))} (learnt)"[:_LONGEST_EVIDENCE]


def _apart(weighted: list[Weighted]) -> list[Weighted]:
    """The strongest hits that share no token, so that one phrase is not counted under two rules."""
    kept: list[Weighted] = []
    for hit, weight in sorted(weighted, key=lambda item: (-item[1], item[0].start, -item[0].end)):
        if all(hit.end <= other.start or other.end <= hit.start for other, _ in kept):
            kept.append((hit, weight))
    return kept


def _sum_chances(weighted: list[Weighted]) -> float:
    left = 1.0
    for _, weight in weighted:
        left *= 1.0 - weight
    return 1.0 - left


def _evidence(tokens: Tokens, first: int, weighted: list[Weighted]) -> str:
    hit, _ = weighted[0]
    spoken = tokens.text(first + hit.start, first + hit.end)
    return f'"{spoken}" ({hit.rule.slug}: {hit.rule.words})'[:_LONGEST_EVIDENCE]

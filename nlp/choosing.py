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
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from spacy.tokens import Doc

from journeys.taxonomy import UNCLEAR, URGENT, Taxonomy
from nlp.cues import NO_CUES, Cues, Weighted, cue_strengths
from nlp.features import Reals
from nlp.reasons import Weights
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


@dataclass(frozen=True, slots=True)
class Label:
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


def choose_by_cues(doc: Doc, cues: Cues, taxonomy: Taxonomy) -> Label:
    """The label of one note from the cues found in it alone."""
    if not cues.hits:
        return EMPTY
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
    score *= _SHORT_SHARE if len(doc) < _SHORT_TOKENS else 1.0
    is_abstained = not applying or primary == UNCLEAR
    return Label(
        demand=UNCLEAR if is_abstained else taxonomy.demand_of(primary),
        demand_type=primary,
        demand_types=applying or (primary,),
        score=round(score, 3),
        evidence=_evidence(doc, counted[primary]),
        topic=None,
        is_abstained=is_abstained,
        sla_state=cues.sla_state,
    )


class MarginChooser:
    """Labels from what one model says, for one taxonomy; types the model never met are judged by their cues alone."""

    def __init__(self, taxonomy: Taxonomy, weights: Weights | ReduceWeights) -> None:
        self._taxonomy = taxonomy
        self._types = taxonomy.precedence
        self._settings = weights.settings
        self._topics = weights.topics
        self._n_learnt = len(weights.types)
        self._learnt = np.array([weights.types.index(slug) if slug in weights.types else -1 for slug in self._types])
        self._column = {slug: column for column, slug in enumerate(self._types)}

    def choose(self, docs: Sequence[Doc], cues_of: Sequence[Cues]) -> list[Label]:
        """Labels of notes that were read together; `cues_of[i]` are the cues that count in `docs[i]`."""
        hits_of = [cues.hits for cues in cues_of]
        reasons = docs[0].user_data["reasons"]
        rows = reasons.margins[[doc.user_data["reasons"].place for doc in docs]]
        learnt = np.where(self._learnt >= 0, rows[:, self._learnt], _NEVER)
        learnt[:, self._column[URGENT]] += self._settings["urgent_bonus"]
        margins = self._with_cues(learnt, cues_of)
        primary = margins.argmax(axis=1)
        own = [
            [weighted for weighted in hits if weighted[0].rule.slug == self._types[at]]
            for hits, at in zip(hits_of, primary.tolist(), strict=True)
        ]
        spoken = self._spoken(docs, primary, own)
        highest = margins.max(axis=1)
        is_unsure = (highest < self._settings["abstain_below"]).tolist()
        is_new = (learnt.max(axis=1) < self._settings["novel_below"]).tolist()
        chances = (1 / np.exp((margins - highest[:, None]) * self._settings["temperature"]).sum(axis=1)).tolist()
        by_model = (primary == learnt.argmax(axis=1)).tolist()
        topics = self._topics_of(rows)
        labels = []
        for at, doc in enumerate(docs):
            slug = self._types[primary[at]]
            is_abstained = slug == UNCLEAR or is_unsure[at]
            labels.append(
                Label(
                    demand=UNCLEAR if is_abstained else self._taxonomy.demand_of(slug),
                    demand_type=slug,
                    demand_types=(slug, *self._others(margins[at], cues_of[at], slug)),
                    score=round(chances[at], 3),
                    evidence=_evidence(doc, _apart(own[at])) if own[at] else _words_spoken(doc, spoken[at]),
                    topic=topics[at],
                    is_abstained=is_abstained,
                    decided_by=("both" if own[at] else "model") if by_model[at] else "cues",
                    sla_state=cues_of[at].sla_state,
                    is_novel=is_new[at] and not hits_of[at] and len(doc) >= _FEWEST_OF_NOVEL,
                )
            )
        return labels

    def _with_cues(self, learnt: Reals, cues_of: Sequence[Cues]) -> Reals:
        margins = learnt.copy()
        for at, cues in enumerate(cues_of):
            for slug, strength in cue_strengths(cues).items() if cues is not NO_CUES else ():
                column = self._column[slug]
                is_learnt = self._learnt[column] >= 0
                margins[at, column] = margins[at, column] + CUES_SHARE * strength if is_learnt else 2 * strength - 1
        return margins

    def _others(self, margins: Reals, cues: Cues, primary: str) -> Iterator[str]:
        """Other types that apply, the first by rank first: columns are in that order."""
        strengths = cue_strengths(cues) if cues.hits else {}
        for column in np.flatnonzero(margins > (_ALSO_WITH_CUE if cues.hits else 0.0)).tolist():
            slug = self._types[column]
            applies = margins[column] > 0 or strengths.get(slug, 0.0) >= self._taxonomy.score_at_least
            if applies and slug not in {primary, UNCLEAR}:
                yield slug

    def _spoken(self, docs: Sequence[Doc], primary: npt.NDArray[np.intp], own: list[list[Weighted]]) -> list[list[int]]:
        """Positions of the words that spoke, for notes without a cue of their type."""
        read = docs[0].user_data["reasons"].read
        answer_of = np.full(len(read.sums), -1, np.int64)
        places = [doc.user_data["reasons"].place for doc in docs]
        answer_of[places] = np.where([bool(hits) for hits in own], -1, self._learnt[primary])
        found = read.spoken(answer_of, _MOST_WORDS_SHOWN)
        return [found[place] for place in places]

    def _topics_of(self, rows: Reals) -> list[str | None]:
        if not self._topics:
            return [None] * len(rows)
        own = rows[:, self._n_learnt :]
        return [
            self._topics[place] if share > 0 else None
            for place, share in zip(own.argmax(axis=1).tolist(), own.max(axis=1).tolist(), strict=True)
        ]


def _words_spoken(doc: Doc, places: list[int]) -> str:
    words = list(dict.fromkeys(doc[place].text for place in places))
    return f"words: {', '.join(words)} (learnt)"[:_LONGEST_EVIDENCE] if words else "the note as a whole (learnt)"


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


def _evidence(doc: Doc, weighted: list[Weighted]) -> str:
    hit, _ = weighted[0]
    spoken = " ".join(doc[hit.start : hit.end].text.split())
    return f'"{spoken}" ({hit.rule.slug}: {hit.rule.words})'[:_LONGEST_EVIDENCE]

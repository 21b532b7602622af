"""What cues and model say of one note -> its label.

With a model: what cues say is added to its margins; the type with the largest is primary, and every other with a margin
above 0 applies too. A type the model never met is judged by its cues alone. What is too short, not English, or below the margin that nine in ten notes reach is
abstained from: it keeps its best guess and counts as unclear. `urgent` gets a bonus, recall before precision.

Without one, by cues alone: the weights of hits that do not overlap add up as chances do (1 - product of what is left); a type applies from
`score_at_least`; the first by rank among those that apply is primary, equal ranks go to the surer one. What is
too short, not English or not supported keeps its best guess but is abstained from and counts as unclear.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import itemgetter

from spacy.tokens import Doc

from journeys.taxonomy import UNCLEAR, URGENT, Taxonomy
from nlp.cues import Hit, cue_strengths
from nlp.reasons import ReasonFinder

_SHORT_TOKENS, _SHORT_SHARE = 4, 0.9
_CONFLICT_SHARE = 0.85
_LONGEST_EVIDENCE = 160
# What a cue that is quite sure adds to the model's margin; measured on writers left out, see nlp.train.
CUES_SHARE = 0.4
Weighted = tuple[Hit, float]


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


EMPTY = Label(UNCLEAR, UNCLEAR, (UNCLEAR,), 0.0, "", None, True)


def choose_by_cues(doc: Doc, hits: list[Weighted], taxonomy: Taxonomy) -> Label:
    """The label of one note from the cues found in it alone."""
    if not hits:
        return EMPTY
    by_slug: dict[str, list[Weighted]] = {}
    for hit, weight in hits:
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
    )


def choose_by_margins(doc: Doc, hits: list[Weighted], taxonomy: Taxonomy, finder: ReasonFinder) -> Label:
    """The label of one note from what the model says of it; cues speak within the model, and alone for unknown types."""
    weights = finder.weights
    if weights is None or not doc._.is_readable:
        return EMPTY
    settings = weights.settings
    margins = {slug: margin for slug, margin in doc._.reasons.types.items() if slug in taxonomy.by_slug}
    for slug, strength in cue_strengths(hits).items():
        margins[slug] = margins[slug] + CUES_SHARE * strength if slug in margins else 2 * strength - 1
    if URGENT in margins:
        margins[URGENT] += settings["urgent_bonus"]
    primary = max(margins, key=lambda slug: (margins[slug], slug))
    others = sorted(
        (slug for slug in margins if margins[slug] > 0 and slug not in {primary, UNCLEAR}),
        key=lambda slug: (taxonomy.by_slug[slug].rank, slug),
    )
    is_abstained = primary == UNCLEAR or margins[primary] < settings["abstain_below"]
    best_topic = max(doc._.reasons.topics.items(), key=itemgetter(1), default=("", -1.0))
    own = [weighted for weighted in hits if weighted[0].rule.slug == primary]
    return Label(
        demand=UNCLEAR if is_abstained else taxonomy.demand_of(primary),
        demand_type=primary,
        demand_types=(primary, *others),
        score=round(_chance(margins, primary, settings["temperature"]), 3),
        evidence=_evidence(doc, _apart(own)) if own else _words_spoken(finder.spoken(doc, primary)),
        topic=best_topic[0] if best_topic[1] > 0 else None,
        is_abstained=is_abstained,
    )


def _chance(margins: dict[str, float], slug: str, temperature: float) -> float:
    """Margins as chances (softmax); the temperature makes them come true as often as they say."""
    top = max(margins.values())
    powers = {name: math.exp((margin - top) * temperature) for name, margin in margins.items()}
    return powers[slug] / sum(powers.values())


def _words_spoken(words: list[str]) -> str:
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

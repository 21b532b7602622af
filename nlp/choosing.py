"""Hits of one note -> its label.

Rules: the weights of hits that do not overlap add up as chances do (1 - product of what is left); a type applies from
`score_at_least`; the first by rank among those that apply is primary, equal ranks go to the surer one. What is
too short, not English or not supported keeps its best guess but is abstained from and counts as unclear.
"""

from __future__ import annotations

from dataclasses import dataclass

from spacy.tokens import Doc

from journeys.taxonomy import UNCLEAR, Taxonomy
from nlp.cues import Hit

_SHORT_TOKENS, _SHORT_SHARE = 4, 0.9
_CONFLICT_SHARE = 0.85
_LONGEST_EVIDENCE = 160
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


def choose_label(doc: Doc, hits: list[Weighted], taxonomy: Taxonomy) -> Label:
    """The label of one note from the cues found in it."""
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

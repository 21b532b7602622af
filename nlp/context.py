"""Hits -> the hits that count: what is denied, advised by the agent, or only quoted does not speak as loudly.

Rules: a hit after "not", "never" (three words) or "no", "nothing" (one word) in the same clause is denied; a failure
after "advised" in the same sentence is the agent's own words; a hit inside quotation marks counts seven tenths.
"""

from __future__ import annotations

from nlp.cues import Hit

QUOTED_SHARE = 0.7
_FAR_NEGATORS = frozenset({"not", "never", "neither"})
_NEAR_NEGATORS = frozenset({"no", "nothing", "none", "without", "nor"})
_NEGATORS = _FAR_NEGATORS | _NEAR_NEGATORS
_CLAUSE_ENDS = frozenset({".", ",", ";", "!", "?", "-", "but", "and", "so", "still", "only"})
_SENTENCE_ENDS = frozenset({".", "!", "?", ";"})
_PASSIVE = frozenset({"was", "were", "been", "being", "had", "got", "previously"})


def is_denied(hit: Hit, norms: list[str]) -> bool:
    """Whether a negation directly before the hit takes it back; a cue that itself begins so cannot be denied."""
    if norms[hit.start] in _NEGATORS:
        return False
    if hit.start and norms[hit.start - 1] in _NEAR_NEGATORS:
        return True
    for i in range(hit.start - 1, max(hit.start - 4, -1), -1):
        if norms[i] in _CLAUSE_ENDS:
            return False
        if norms[i] in _FAR_NEGATORS:
            return True
    return False


def is_advice_given(hit: Hit, norms: list[str]) -> bool:
    """Whether the hit lies in what the agent advised ("adv team will chase"), not in what the person said."""
    for i in range(hit.start - 1, max(hit.start - 12, -1), -1):
        if norms[i] in _SENTENCE_ENDS:
            return False
        if norms[i] == "advised":
            return i == 0 or norms[i - 1] not in _PASSIVE
    return False


def quoted_tokens(norms: list[str]) -> frozenset[int]:
    """Positions between a pair of double quotation marks."""
    marks = [i for i, norm in enumerate(norms) if '"' in norm]
    return frozenset(i for start, end in zip(marks[::2], marks[1::2], strict=False) for i in range(start, end))

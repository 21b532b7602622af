"""Words by which systems name channels: what the values of a column, or the name of a file, mean among ours."""

from __future__ import annotations

import re

from journeys.kinds import words_of
from journeys.profile import ColumnProfile

_WORDS = (
    ("outbound", r"outbound|call out\b|we call"),
    ("web_form", r"web ?form|online form|e ?form|internet|portal|self ?serv"),
    ("web_chat", r"chat|whatsapp|messenger"),
    ("email", r"e ?mail"),
    ("sms", r"\bsms\b|\btext\b"),
    ("face_to_face", r"counter|desk|visit|in person|face|walk ?in|reception|\boffice\b|branch"),
    ("post", r"\bpost\b|letter|\bmail\b|\bscan"),
    ("phone", r"phon|call|voice|\btel\b|inbound"),
    ("web", r"\bweb|online|\bsite\b|\bhits?\b|page"),
)
BY_RESIDENTS = frozenset({"web", "web_form", "web_chat", "email", "post", "sms"})


def channel_of(text: str) -> str | None:
    """The channel that a text names, or None."""
    words = words_of(text)
    return next((channel for channel, pattern in _WORDS if re.search(pattern, words)), None)


def channels_of_values(column: ColumnProfile) -> dict[str, str | None]:
    """Channel of each value, None where it sounds like none; empty where fewer than half the rows or values do."""
    if not column.is_shown:
        return {}
    found = {value: channel_of(value) for value, _ in column.most_frequent}
    n_rows = sum(n for value, n in column.most_frequent if found[value])
    is_likely = n_rows >= 0.5 * column.n_filled and 2 * sum(map(bool, found.values())) >= len(found)
    return found if is_likely else {}

"""Identifiers a person gives when they ask what is held, object, or want to be erased: one "kind value" a line.

The values become tokens at once and are never kept, logged or repeated in a message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from journeys.errors import SourceError
from journeys.keys import Tokeniser, key_id

# What names one person. A name, a postcode or a place would name others with them.
KINDS = ("account", "phone", "email", "cookie", "case_ref")


@dataclass(frozen=True, slots=True)
class Identified:
    """One identifier as a token: `field` is one of KINDS, `key_id` names the key."""

    line: int
    field: str
    token: str
    key_id: str


def read_identifiers(lines: Iterable[str], key: bytes) -> tuple[Identified, ...]:
    """Tokens of the identifiers in `lines`; raises SourceError naming every line that cannot be used, not its value."""
    found, problems = [], []
    for number, line in enumerate(lines, start=1):
        kind, _, value = line.strip().partition(" ")
        kind = kind.removesuffix(":").casefold()
        if not kind:
            continue
        token = Tokeniser(key, kind).token(value.strip()) if kind in KINDS else None
        if token is None:
            why = f"this is no {kind} that can be read" if kind in KINDS else "it does not begin with a known kind"
            problems.append(f"line {number}: {why}")
        else:
            found.append(Identified(number, kind, token, key_id(key)))
    if problems or not found:
        listed = "; ".join(problems) or "no identifier was given"
        raise SourceError(
            f"{listed}. Write one a line to standard input, kind first: account, phone, email, cookie or case_ref, "
            'such as "phone 07700 900123". Nothing was changed'
        )
    return tuple(found)

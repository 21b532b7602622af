"""Identifiers that link nobody: a column that is mapped but empty, or whose values are not what it says.

In: per identifier, how many values a file gave and how many became a token. Out: remarks for the load's report. The run
goes on: contacts without a usable identifier stay as they are, unlinked.
"""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = {
    "account": "account number", "phone": "phone number", "email": "e-mail address", "name": "name",
    "postcode": "postcode", "date_of_birth": "date of birth",
}  # fmt: skip
# From this share of unusable values on, it is more likely a wrong column or format than people's slips.
_WORTH_SAYING = 0.2
# In a file of a few rows anything may be empty.
_FEWEST_ROWS = 20


def unusable_remarks(given: Mapping[str, int], made: Mapping[str, int], mapped: set[str], n_rows: int) -> list[str]:
    """A sentence for each mapped identifier that is empty in all rows, or unusable in many."""
    found: list[str] = []
    if n_rows < _FEWEST_ROWS:
        return found
    for name in sorted(mapped & _NAMES.keys()):
        n_bad = given[name] - made[name]
        if not given[name]:
            found.append(
                f"{name}: mapped, but empty in all {n_rows:,} rows, so nobody can be linked by it; check the column"
            )
        elif n_bad and n_bad >= _WORTH_SAYING * given[name]:
            found.append(
                f"{name}: {n_bad:,} of {given[name]:,} values are no {_NAMES[name]}, and link nobody; check the column, or name "
                "such values in unknown_persons"
            )
    return found

"""How two records are compared: levels of agreement per part, on tokens only, as Splink's settings read them.

Each comparison is a list of levels, the first that holds counts, the last is "other". The model learns for each level
how often it holds among records of one person (m) and of two (u); log2(m/u) is the level's weight (Fellegi and Sunter
1969, "A theory for record linkage"). A part that is missing on either side weighs nothing.

- Agreement on a rare value says more than on a common one: equality and one-slip levels are adjusted by the token's
  frequency. Dates too: where a birthday is unknown, people write 1 January.
- A swapped forename and surname is judged once, with the forename; the surname then weighs nothing.
- `list_has_any` on lists of tokens is dear, so a cheap test that must hold comes first: one slip changes at most six
  pairs of letters, leaves two of three parts of a date, and either the outward or the inward part of a postcode.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Level = dict[str, Any]

PARTS = ("forename", "surname", "dob", "postcode")
_SWAPPED = "name_sorted_l = name_sorted_r AND forename_l <> forename_r"
# Parts that are evidence beside a name: two records that share none of them are never compared.
EVIDENCE = ("dob", "postcode")


def comparisons(parts: Sequence[str], others: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Comparisons for those of forename, surname, dob and postcode that hold values, and for `others`."""
    made = {"forename": _forename, "surname": _surname, "dob": _date_of_birth, "postcode": _postcode}
    return [make() for part, make in made.items() if part in parts] + [_other(f"other_{name}") for name in others]


def _forename() -> dict[str, Any]:
    return _comparison(
        "forename",
        _missing("forename"),
        _equal("forename", by_frequency=True),
        _level(_SWAPPED, "forename and surname swapped"),
        _one_slip("forename", _few_bits_apart("forename")),
        _equal("forename_full", by_frequency=True),
        _equal("forename_sound"),
        _alike("forename", 0.6),
        _alike("forename", 0.4),
    )


def _surname() -> dict[str, Any]:
    return _comparison(
        "surname",
        _missing("surname", f" OR ({_SWAPPED})"),
        _equal("surname", by_frequency=True),
        _one_slip("surname", _few_bits_apart("surname")),
        _equal("surname_sound"),
        _alike("surname", 0.6),
        _alike("surname", 0.4),
    )


def _date_of_birth() -> dict[str, Any]:
    two_parts = [_same(f"dob_{parts}") for parts in ("year_month", "year_day", "month_day")]
    return _comparison(
        "dob",
        _missing("dob"),
        _equal("dob", by_frequency=True),
        _level(_same("dob_swapped"), "day and month swapped"),
        _one_slip("dob", " OR ".join(two_parts)),
        _level(f"{two_parts[0]} OR {two_parts[1]}", "year and one more part equal"),
        _equal("dob_month_day", by_frequency=True),
        _equal("dob_year"),
    )


def _postcode() -> dict[str, Any]:
    return _comparison(
        "postcode",
        _missing("postcode"),
        _equal("postcode", by_frequency=True),
        _one_slip("postcode", f"{_same('postcode_district')} OR {_same('postcode_inward')}"),
        _equal("postcode_sector"),
        _equal("postcode_district"),
    )


def _other(column: str) -> dict[str, Any]:
    return _comparison(
        column, _missing(column), _equal(column, by_frequency=True), _alike(column, 0.8), _alike(column, 0.6)
    )


def _comparison(name: str, *levels: Level) -> dict[str, Any]:
    return {"output_column_name": name, "comparison_levels": [*levels, _level("ELSE", "other")]}


def _level(condition: str, label: str, **more: Any) -> Level:
    return {"sql_condition": condition, "label_for_charts": label, **more}


def _missing(column: str, or_else: str = "") -> Level:
    return _level(f"{column}_l IS NULL OR {column}_r IS NULL{or_else}", "missing", is_null_level=True)


def _equal(column: str, *, by_frequency: bool = False) -> Level:
    return _level(_same(column), f"{column} equal", **(_frequency(column) if by_frequency else {}))


def _one_slip(column: str, only_if: str) -> Level:
    shared = f"list_has_any({column}_near_l, {column}_near_r)"
    return _level(f"CASE WHEN {only_if} THEN {shared} ELSE false END", "one slip", **_frequency(column))


def _alike(column: str, at_least: float) -> Level:
    """Dice coefficient of two bit fields: twice the shared bits over all bits."""
    shared = " + ".join(f"bit_count({column}_bits_{half}_l & {column}_bits_{half}_r)" for half in (1, 2))
    every = " + ".join(f"bit_count({column}_bits_{half}_{side})" for half in (1, 2) for side in "lr")
    return _level(f"2.0 * ({shared}) >= {at_least} * ({every})", f"{at_least} alike")


def _few_bits_apart(column: str) -> str:
    apart = (f"bit_count(xor({column}_bits_{half}_l, {column}_bits_{half}_r))" for half in (1, 2))
    return f"{' + '.join(apart)} <= 6"


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _frequency(column: str) -> dict[str, Any]:
    return {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0}

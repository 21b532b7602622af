"""What speaks against a pair of records whatever its score says: two rules that the model's arithmetic cannot learn.

The model takes the parts of a record for independent. Two dependencies make it too sure of itself:

- Twins share surname, date of birth, postcode and often an e-mail: forenames that have nothing in common speak against,
  whatever else agrees. A forename of one letter is an initial, and is held against nobody who shares it.
- An e-mail address is often made of the name, so two people of one name have addresses alike. Where both state an
  address, not the same one, and both state a postcode, the postcode or the date of birth must agree but for one slip.

A further column that agrees (a place of birth, an occupation) is evidence of its own, and lifts both.

In: `identity_rows` under the names l and r. Out: a condition of SQL, true where the pair is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

# Dice coefficient of two forenames below which they have nothing in common, as in `journeys.identity.comparisons`.
_LEAST_ALIKE = 0.4
# The further column that holds an e-mail address.
ADDRESS = "email"
# Bits of a forename of one letter: " x" and "x ".
_INITIAL_BITS = 2


def refused_sql(parts: Sequence[str], others: Sequence[str]) -> str:
    """The condition for records that state `parts` and the further columns `others`."""
    refused = f"({_unlike_forenames()}) OR ({_alike_by_name(parts) if ADDRESS in others else 'false'})"
    agree = " OR ".join(f"l.other_{name} = r.other_{name}" for name in others if name != ADDRESS)
    return f"({refused}) AND NOT coalesce({agree or 'false'}, false)"


def _unlike_forenames() -> str:
    shared = " + ".join(f"bit_count(l.forename_bits_{half} & r.forename_bits_{half})" for half in (1, 2))
    n_bits = [f"bit_count({side}.forename_bits_1) + bit_count({side}.forename_bits_2)" for side in "lr"]
    least, both = f"least({n_bits[0]}, {n_bits[1]})", f"({n_bits[0]} + {n_bits[1]})"
    return f"""coalesce(l.forename <> r.forename AND l.forename_full <> r.forename_full
        AND l.forename_sound <> r.forename_sound AND NOT list_has_any(l.forename_near, r.forename_near)
        AND NOT coalesce(l.name_sorted = r.name_sorted, false)
        AND 2 * ({shared}) < {_LEAST_ALIKE} * {both} AND NOT ({least} <= {_INITIAL_BITS} AND {shared} > 0), false)"""


def _alike_by_name(parts: Sequence[str]) -> str:
    if "postcode" not in parts:
        return "false"
    dates = ["dob_year_month", "dob_year_day", "dob_month_day", "dob_swapped"] * ("dob" in parts)
    close = " OR ".join(["list_has_any(l.postcode_near, r.postcode_near)", *(f"l.{date} = r.{date}" for date in dates)])
    return f"""coalesce(l.other_{ADDRESS} <> r.other_{ADDRESS} AND l.postcode IS NOT NULL AND r.postcode IS NOT NULL, false)
        AND NOT coalesce({close}, false)"""

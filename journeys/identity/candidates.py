"""Which pairs of records are worth comparing: those that share a blocking key, written as SQL over `identity_rows`.

In: the table `identity_rows` (tokens with row_id in order of week, and is_new). Out: pairs of row ids, the smaller first,
each once, the later record new. A pair that shares no date of birth, postcode or other column *that both sides state* is
left out: a name alone links nobody. A key that more than `MOST_PER_KEY` records have shared by the later one's week is
passed over: it says too little for what its pairs cost, and a rarer key finds the same people. Which pairs are found so
depends on what came up to the later one's week alone: week by week or all at once, the pairs are the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from journeys.identity.comparisons import EVIDENCE

MOST_PER_KEY = 100
# One column alone is a key only where few share its value: a rare surname, a date in a small council, an e-mail address.
_MOST_PER_SINGLE = 20

KEYS: tuple[tuple[str, ...], ...] = (
    ("dob",),
    ("surname",),
    ("name_sorted",),
    ("forename_sound", "surname_sound"),
    ("surname", "dob_year"),
    ("surname", "dob_month_day"),
    ("forename", "dob"),
    ("forename", "postcode"),
    ("surname", "postcode"),
    ("dob", "postcode_district"),
    ("forename", "postcode_district"),
    ("surname", "postcode_district"),
)


def found_sqls(parts: Sequence[str], others: Sequence[str]) -> list[str]:
    """SQL for the pairs of each key whose parts hold values: one number a pair, see `candidates_sql`."""
    keys = [key for key in KEYS if all(_part(column) in parts for column in key)]
    for column in (f"other_{name}" for name in others):
        keys += [(column,), *((column, part) for part in ("forename", "dob") if part in parts)]
    evidence = _evidence_sql(parts, others)
    return [_pairs_sql(key, evidence) for key in keys]


def candidates_sql(found: str, share: int, n_shares: int) -> str:
    """SQL for one share of the pairs in the table `found`, each once, as Splink reads candidates.

    A pair is packed into one number, row_l * 2^32 + row_r: half the memory, and shares that never overlap.
    """
    return f"""
    SELECT '0' AS match_key, pair >> 32 AS join_key_l, pair & 4294967295 AS join_key_r
    FROM (SELECT DISTINCT pair FROM {found} WHERE pair % {n_shares} = {share})"""


def unscored_sql(parts: Sequence[str], others: Sequence[str], pairs: str, most: int) -> str:
    """SQL for the pairs of one `identity_components` group that `pairs` lacks, in groups of at most `most` records."""
    return f"""
    WITH small AS (SELECT part FROM identity_components GROUP BY part HAVING count(*) BETWEEN 3 AND {most}),
    members AS (
        SELECT r.*, c.part FROM identity_components c JOIN small USING (part) JOIN identity_rows r USING (row_id)
    )
    SELECT '0' AS match_key, l.row_id AS join_key_l, r.row_id AS join_key_r
    FROM members l JOIN members r ON l.part = r.part AND l.row_id < r.row_id
    ANTI JOIN {pairs} p ON p.row_l = l.row_id AND p.row_r = r.row_id
    WHERE {_evidence_sql(parts, others)}"""


def _pairs_sql(key: tuple[str, ...], evidence: str) -> str:
    most = MOST_PER_KEY if len(key) > 1 or key == ("name_sorted",) else _MOST_PER_SINGLE
    columns = ", ".join(key)
    equal = " AND ".join(f"l.{column} = r.{column}" for column in key)
    return f"""
    WITH touched AS (
        SELECT * FROM identity_rows SEMI JOIN (SELECT DISTINCT {columns} FROM identity_rows WHERE is_new) USING ({columns})),
    counted AS (
        SELECT *, count(*) OVER (PARTITION BY {columns} ORDER BY week) AS n_by_then FROM touched),
    used AS (SELECT * FROM counted WHERE n_by_then <= {most})
    SELECT (l.row_id << 32) + r.row_id AS pair FROM used l JOIN used r ON {equal} AND l.row_id < r.row_id
    WHERE r.is_new AND ({evidence})"""


def _evidence_sql(parts: Sequence[str], others: Sequence[str]) -> str:
    columns = [part for part in EVIDENCE if part in parts] + [f"other_{name}" for name in others]
    return " OR ".join(f"(l.{column} IS NOT NULL AND r.{column} IS NOT NULL)" for column in columns) or "false"


def _part(column: str) -> str:
    """The part a key's column belongs to: dob_year to dob, name_sorted to surname."""
    return "surname" if column.startswith("name") else column.split("_")[0]

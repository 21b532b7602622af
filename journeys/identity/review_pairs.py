"""Which pairs of contacts are shown to a person who judges whether they are one person's, drawn at random by strata.

In: a store linked by `journeys.link` without any answers, `merges`, `used`, `identities`, and the pairs of records already
answered. Out: a table of drawn pairs. The universe is every two units (contacts that state exactly the same count as one)
that are on one phone or e-mail, or that the model compared; each pair is in one stratum:

- phone_email: joined by phone or e-mail. probability: joined by the model.
- near: not joined, though the model says 0.5 or more (below the threshold, or refused by a guard or its group).
- far: not joined, with 0.01 to 0.5.

Every pair has a number of its own, the hash of its two records, and the smallest of a stratum are drawn: the same store
gives the same pairs, what was left unanswered comes again, and several draws together are one random sample (permanent
random numbers, Ohlsson 1995, "Coordination of samples using permanent random numbers").
"""

from __future__ import annotations

import hashlib

import pandas as pd

from journeys.engine import Engine

STRATA = ("phone_email", "probability", "near", "far")
AGREEMENTS = ("account", "phone", "email", "forename", "surname", "date_of_birth", "postcode")
_LEAST_LIKELY, _LIKELY = 0.01, 0.5
_NOTHING = "SELECT NULL::VARCHAR AS id_l, NULL::VARCHAR AS id_r, NULL::DOUBLE AS probability WHERE false"


def pair_id_of(record: str, other: str) -> str:
    """The number of a pair of records, in whichever order: a letter first, so that no spreadsheet takes it for a number."""
    return "r" + hashlib.sha256(" ".join(sorted((record, other))).encode()).hexdigest()[:15]


def draw_pairs(engine: Engine, answered: pd.DataFrame, n_pairs: int) -> pd.DataFrame:
    """Draw `n_pairs` pairs that are not among `answered` (record_l, record_r), evenly over the strata.

    So half of them lie on either side of the threshold. Columns: pair_id, stratum, inclusion (the share of its stratum
    answered or drawn, 0-1), tier, probability, then source, file (its id), row, channel, service and date of each side
    (_1, _2), `AGREEMENTS`, record_1 and record_2; in the order of pair_id, which is random.
    """
    sizes = count_strata(engine, answered)
    quotas = _quotas(sizes, n_pairs)
    rows = [(name, n, (sizes[name][1] + n) / sizes[name][0]) for name, n in sorted(quotas.items())]
    frame = pd.DataFrame(rows, columns=["stratum", "n_drawn", "inclusion"])
    engine.load_frame("review_quotas", frame.astype({"stratum": "str", "n_drawn": "int64", "inclusion": "float64"}))
    engine.save("review_drawn", _drawn_sql())
    drawn = engine.run(_described_sql())
    engine.drop("review_quotas", "review_drawn")
    return drawn


def count_strata(engine: Engine, answered: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Pairs of each stratum that has any, and how many of them are answered; leaves `review_universe`."""
    engine.save("review_found", _found_sql(engine))
    engine.save("review_pairs", _pairs_sql())
    engine.load_frame("review_answered", answered[["record_l", "record_r"]].astype("str"))
    engine.save("review_universe", _universe_sql())
    engine.drop("review_found", "review_pairs", "review_answered")
    counted = engine.run(
        "SELECT stratum, count(*) AS n, count(*) FILTER (WHERE is_answered) AS n_answered FROM review_universe GROUP BY stratum"
    )
    return {str(name): (int(n), int(told)) for name, n, told in counted.itertuples(index=False)}


def _found_sql(engine: Engine) -> str:
    """Pairs of contacts whose units are on one phone or e-mail, or were compared; `probability` where they were."""
    compared = """
    SELECT l.contact_id AS id_l, r.contact_id AS id_r, match_probability AS probability
    FROM identity_scored JOIN identity_rows l ON l.row_id = row_l JOIN identity_rows r ON r.row_id = row_r
    UNION ALL SELECT stands_for, contact_id, 1.0 FROM identity_members WHERE stands_for <> contact_id"""
    return f"""
    WITH faces AS (  -- of each unit on a hub the contact that states this very phone or e-mail
        SELECT e.hub, e.node, arg_min(u.contact_id, (NOT coalesce(starts_with(
            e.hub, e.kind || ':' || CASE e.kind WHEN 'phone' THEN c.phone_token ELSE c.email_token END), false),
            u.contact_id)) AS contact_id
        FROM identity_edges e JOIN link_units u USING (node) JOIN contacts c USING (contact_id)
        WHERE e.kind IN ('phone', 'email') GROUP BY e.hub, e.node),
    compared AS ({compared if engine.has_table("identity_scored") else _NOTHING})
    SELECT l.contact_id AS id_l, r.contact_id AS id_r, NULL::DOUBLE AS probability
    FROM faces l JOIN faces r ON l.hub = r.hub AND l.node < r.node
    UNION ALL SELECT id_l, id_r, probability FROM compared WHERE probability >= {_LEAST_LIKELY}
    UNION ALL SELECT c.id_l, c.id_r, c.probability FROM compared c
    JOIN link_units l ON l.contact_id = c.id_l JOIN person_parts p ON p.node = l.node
    JOIN link_units r ON r.contact_id = c.id_r JOIN person_parts q ON q.node = r.node AND q.part = p.part
    WHERE c.probability < {_LEAST_LIKELY}"""


def _pairs_sql() -> str:
    """One row for each two units: the two contacts that stand for them, those on one phone or e-mail first."""
    return """
    SELECT least(l.node, r.node) AS node_l, greatest(l.node, r.node) AS node_r, max(probability) AS probability,
           arg_min([id_l, id_r], (probability IS NOT NULL, -coalesce(probability, 0), id_l, id_r)) AS ids
    FROM review_found JOIN link_units l ON l.contact_id = id_l JOIN link_units r ON r.contact_id = id_r
    WHERE l.node <> r.node GROUP BY ALL"""


def _universe_sql() -> str:
    """All pairs with their stratum, two records to open (those that state most), and whether they are answered."""
    return f"""
    WITH placed AS (
        SELECT p.*, CASE WHEN kl.part = kr.part THEN 'phone_email' WHEN pl.part = pr.part THEN 'probability'
                         WHEN probability >= {_LIKELY} THEN 'near' WHEN probability >= {_LEAST_LIKELY} THEN 'far' END AS stratum
        FROM review_pairs p
        LEFT JOIN key_person_parts kl ON kl.node = node_l LEFT JOIN key_person_parts kr ON kr.node = node_r
        LEFT JOIN person_parts pl ON pl.node = node_l LEFT JOIN person_parts pr ON pr.node = node_r),
    stated AS (
        SELECT m.contact_id, arg_min(m.record_id, (
            (i.name IS NULL)::INTEGER + (i.dob IS NULL)::INTEGER + (i.postcode IS NULL)::INTEGER, m.record_id)) AS record_id
        FROM merges m SEMI JOIN (SELECT DISTINCT unnest(ids) AS contact_id FROM placed) USING (contact_id)
        LEFT JOIN identities i USING (record_id) GROUP BY m.contact_id),
    told AS (
        SELECT DISTINCT least(l.node, r.node) AS node_l, greatest(l.node, r.node) AS node_r FROM review_answered
        JOIN merges a ON a.record_id = record_l JOIN link_units l ON l.contact_id = a.contact_id
        JOIN merges b ON b.record_id = record_r JOIN link_units r ON r.contact_id = b.contact_id)
    SELECT p.stratum, p.probability, least(a.record_id, b.record_id) AS record_1, greatest(a.record_id, b.record_id)
           AS record_2, 'r' || left(sha256(record_1 || ' ' || record_2), 15) AS pair_id, t.node_l IS NOT NULL AS is_answered
    FROM placed p JOIN stated a ON a.contact_id = ids[1] JOIN stated b ON b.contact_id = ids[2]
    LEFT JOIN told t USING (node_l, node_r) WHERE p.stratum IS NOT NULL"""


def _quotas(sizes: dict[str, tuple[int, int]], n_pairs: int) -> dict[str, int]:
    """Equal shares of `n_pairs`; what a stratum with few open pairs cannot use goes to the others."""
    left = sorted((n - n_answered, STRATA.index(name)) for name, (n, n_answered) in sizes.items())
    quotas: dict[str, int] = {}
    for turn, (n_open, place) in enumerate(left):
        share = -(-(n_pairs - sum(quotas.values())) // (len(left) - turn))
        quotas[STRATA[place]] = min(n_open, share)
    return quotas


def _drawn_sql() -> str:
    return """
    SELECT u.*, inclusion FROM review_universe u JOIN review_quotas USING (stratum) WHERE NOT is_answered
    QUALIFY row_number() OVER (PARTITION BY stratum ORDER BY pair_id) <= n_drawn"""


def _described_sql() -> str:
    """The drawn pairs with where each side is found, and how the two agree."""
    shown = ", ".join(
        f"u{n}.source AS source_{n}, u{n}.file_id AS file_{n}, u{n}.row_number AS row_{n}, u{n}.channel AS channel_{n}, "
        f"u{n}.service AS service_{n}, strftime(u{n}.local_at, '%Y-%m-%d') AS date_{n}"
        for n in (1, 2)
    )
    sides = " ".join(
        f"JOIN used u{n} ON u{n}.record_id = d.record_{n} JOIN merges m{n} ON m{n}.record_id = d.record_{n} "
        f"JOIN contacts c{n} ON c{n}.contact_id = m{n}.contact_id LEFT JOIN identities i{n} ON i{n}.record_id = d.record_{n}"
        for n in (1, 2)
    )
    agreements = ", ".join(f"{sql} AS {name}" for name, sql in zip(AGREEMENTS, _agreements(), strict=True))
    return f"""
    SELECT d.pair_id, d.stratum, d.inclusion, CASE WHEN d.stratum IN ('near', 'far') THEN 'not joined' ELSE d.stratum END
           AS tier, d.probability, {shown}, {agreements}, d.record_1, d.record_2
    FROM review_drawn d {sides} ORDER BY d.pair_id"""


def _agreements() -> list[str]:
    """How the two sides agree, in the order of `AGREEMENTS`: same, one slip, alike, different or missing."""
    dates = ("dob_swapped", "dob_year_month", "dob_year_day", "dob_month_day")
    return [
        _levels("c", "account_token"),
        _levels("c", "phone_token"),
        _levels("c", "email_token", alike=_dice("other_email", 0.6)),
        _by_parts("forename", "name", (*_name_alike("forename"), _same("i", "forename_full")), "not compared"),
        _by_parts("surname", "name", _name_alike("surname"), "not compared"),
        _by_parts("dob", "date_of_birth", [_same("i", date) for date in dates], "different"),
        _by_parts(
            "postcode", "postcode", [_same("i", "postcode_sector"), _same("i", "postcode_district")], "different"
        ),
    ]


def _by_parts(part: str, whole: str, alike: tuple[str, ...] | list[str], otherwise: str) -> str:
    """By the tokens of parts where both records have them, else by the token of the whole, which tells equality only."""
    levels = _levels("i", part, slip=f"list_has_any(i1.{part}_near, i2.{part}_near)", alike=" OR ".join(alike))
    by_whole = _levels("c", f"{whole}_token", otherwise=otherwise)
    return f"CASE WHEN i1.record_id IS NOT NULL AND i2.record_id IS NOT NULL THEN {levels} ELSE {by_whole} END"


def _levels(table: str, column: str, *, slip: str = "false", alike: str = "false", otherwise: str = "different") -> str:
    one, other = f"{table}1.{column}", f"{table}2.{column}"
    return (
        f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN 'missing' WHEN {one} = {other} THEN 'same' "
        f"WHEN {slip} THEN 'one slip' WHEN {alike} THEN 'alike' ELSE '{otherwise}' END"
    )


def _name_alike(part: str) -> tuple[str, ...]:
    return _same("i", f"{part}_sound"), _same("i", "name_sorted"), _dice(part, 0.6)


def _same(table: str, column: str) -> str:
    return f"{table}1.{column} = {table}2.{column}"


def _dice(column: str, at_least: float) -> str:
    shared = " + ".join(f"bit_count(i1.{column}_bits_{half} & i2.{column}_bits_{half})" for half in (1, 2))
    every = " + ".join(f"bit_count(i{n}.{column}_bits_{half})" for half in (1, 2) for n in (1, 2))
    return f"2.0 * ({shared}) >= {at_least} * ({every})"

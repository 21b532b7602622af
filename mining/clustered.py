"""How many independent contacts a share rests on, where persons make several: one who calls ten times is not ten callers.

In: `contact_facts` or another table of contacts or journeys with a person each. Out: per row of a table and share, the
number of independent contacts that would leave as much doubt. Wilson's interval with that number in the place of the
contacts is the interval of the share (E. Korn and B. Graubard, Survey Methodology 24, 1998). Each person is a cluster; the
variance of the share, a ratio of sums over persons, is Taylor's (W. Cochran, Sampling Techniques, 1977, section 6.3):
    p = sum y / sum n, for y of n contacts of each of K persons
    variance = K / (K - 1) sum (y - p n)^2 / (sum n)^2
    independent contacts = p (1 - p) / variance, times (z / t)^2 with Student's t of K - 1 degrees of freedom
It is never above the number of contacts. Where all or no contacts count, variance says nothing: then contacts of one
person are taken to be wholly alike, n^2 / sum n^2. One pass over per-person sums: all of them add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from journeys.engine import Engine, Parameter

Reals = npt.NDArray[np.float64]
_Z = float(norm.ppf(0.975))


def independent_contacts(yes: Any, n: Any, yy: Any, yn: Any, nn: Any, persons: Any) -> Reals:
    """Number of independent contacts behind each share yes / n; yy, yn, nn are sums over persons of y*y, y*n and n*n.

    0 where n is 0. Persons with (y, n) of (2, 2), (0, 2), (1, 1), (0, 3): p 3/8, variance 0.0788, and 1.128.
    """
    yes, n, yy, yn, nn, persons = (np.asarray(part, dtype=np.float64) for part in (yes, n, yy, yn, nn, persons))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = yes / n
        free = np.maximum(persons - 1, 1)
        variance = persons / free * np.maximum(yy - 2 * p * yn + p * p * nn, 0.0) / (n * n)
        alike = n * n / nn
        spread = np.where(variance > 0, p * (1 - p) / variance, n)
        is_alike = (yes <= 0) | (yes >= n) | (persons < 2)
        found = np.where(is_alike, alike, spread) * (_Z / student.ppf(0.975, free)) ** 2
    return np.where(n > 0, np.minimum(found, n), 0.0)


def add_independent(
    engine: Engine,
    rows: pd.DataFrame,
    item: str,
    shares: Mapping[str, tuple[str, str]],
    where: str,
    *,
    by: str = "item",
    source: str = "contact_facts",
    **given: Parameter,
) -> pd.DataFrame:
    """`rows` with NAME_independent for each share, matched by the column `by`.

    item: SQL of what `by` holds. shares: by name the SQL conditions of what counts and of what it is a share of. given:
    parameters of `where`.
    """
    counts = ", ".join(
        f"count(*) FILTER (WHERE ({of}) AND ({yes})) AS y{at}, count(*) FILTER (WHERE {of}) AS n{at}"
        for at, (yes, of) in enumerate(shares.values())
    )
    sums = ", ".join(person_sums(f"y{at}", f"n{at}", f"_{at}") for at in range(len(shares)))
    found = engine.run(
        f"""
        WITH own AS (SELECT {item} AS item, person_id, {counts} FROM {source} WHERE {where} GROUP BY item, person_id)
        SELECT item, {sums} FROM own GROUP BY item""",
        **given,
    )
    columns = {f"{name}_independent": independent_of(found, f"_{at}") for at, name in enumerate(shares)}
    return rows.merge(pd.DataFrame({by: found["item"], **columns}), on=by, how="left")


def add_independent_parts(
    engine: Engine,
    rows: pd.DataFrame,
    part: str,
    where: str,
    name: str,
    *,
    whole: str = "'all'",
    by: str | None = None,
    source: str = "contact_facts",
    **given: Parameter,
) -> pd.DataFrame:
    """`rows` with NAME_independent for contacts of each part as a share of all with the same `whole` (SQL), matched by `by`.

    Persons without a contact of the part count too: they are among those it is a share of.
    """
    found = engine.run(
        f"""
        WITH own AS (
            SELECT {whole} AS whole, {part} AS item, person_id, count(*) AS y FROM {source} WHERE {where}
            GROUP BY whole, item, person_id),
        people AS (SELECT whole, person_id, sum(y) AS n FROM own GROUP BY whole, person_id),
        wholes AS (
            SELECT whole, CAST(sum(n) AS DOUBLE) AS n, CAST(sum(n * n) AS DOUBLE) AS nn, count(*) AS persons
            FROM people GROUP BY whole)
        SELECT o.item, CAST(sum(o.y) AS DOUBLE) AS yes, CAST(sum(o.y * o.y) AS DOUBLE) AS yy,
               CAST(sum(o.y * p.n) AS DOUBLE) AS yn, max(w.n) AS n, max(w.nn) AS nn, max(w.persons) AS persons
        FROM own o JOIN people p ON p.person_id = o.person_id AND p.whole = o.whole JOIN wholes w ON w.whole = o.whole
        GROUP BY o.whole, o.item""",
        **given,
    )
    by = by or part
    return rows.merge(
        pd.DataFrame({by: found["item"], f"{name}_independent": independent_of(found)}), on=by, how="left"
    )


def person_sums(y: str = "y", n: str = "n", suffix: str = "") -> str:
    """What a query over per-person counts selects for `independent_of`: persons, yes, n and the sums of squares."""
    parts = {"yes": y, "n": n, "yy": f"{y} * {y}", "yn": f"{y} * {n}", "nn": f"{n} * {n}"}
    summed = [f"CAST(sum({what}) AS DOUBLE) AS {name}{suffix}" for name, what in parts.items()]
    return ", ".join([f"count(*) FILTER (WHERE {n} > 0) AS persons{suffix}", *summed])


def independent_of(found: pd.DataFrame, suffix: str = "") -> Reals:
    """Independent contacts of each row of `person_sums`."""
    return independent_contacts(*(found[f"{name}{suffix}"] for name in ("yes", "n", "yy", "yn", "nn", "persons")))

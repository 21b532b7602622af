"""Do the clocks of two systems agree? Compared where both recorded one contact.

In: `used`. Two records of one contact from two sources (a call and its note, a page's form and the form's own log) give
a time difference. Work between the two varies; a clock that is wrong, or a time zone left out, shifts every pair by the
same amount. So a difference is reported as a clock's when it is large and nearly constant.
"""

from __future__ import annotations

import pandas as pd

from journeys.engine import Engine

FEWEST_PAIRS = 20
_LARGE_S = 300.0
_CONSTANT_S = 60.0  # half of the differences lie within this of the median

COLUMNS = ("source", "other_source", "n_pairs", "median_s", "finding")


def compare_clocks(engine: Engine) -> pd.DataFrame:
    """One row per pair of sources with at least 20 shared contacts: how much later the other's clock is, in seconds."""
    pairs = engine.run(
        f"""
        WITH firsts AS (
            SELECT group_id, source, min(started_at) AS started_at FROM used
            WHERE group_id IS NOT NULL AND time_precision <> 'day' GROUP BY group_id, source),
        shifts AS (
            SELECT a.source, b.source AS other_source, epoch(b.started_at) - epoch(a.started_at) AS shift_s
            FROM firsts a JOIN firsts b ON a.group_id = b.group_id AND a.source < b.source),
        medians AS (SELECT *, median(shift_s) OVER (PARTITION BY source, other_source) AS median_s FROM shifts)
        SELECT source, other_source, count(*) AS n_pairs, min(median_s) AS median_s,
               median(abs(shift_s - median_s)) AS spread_s
        FROM medians GROUP BY source, other_source HAVING count(*) >= {FEWEST_PAIRS}
        ORDER BY source, other_source"""
    )
    is_shifted = (pairs["median_s"].abs() >= _LARGE_S) & (pairs["spread_s"] <= _CONSTANT_S)
    pairs["finding"] = [
        f"clocks differ by {abs(row['median_s']) / 60:.0f} minutes: check the time zone of both" if shifted else "agree"
        for row, shifted in zip(pairs.to_dict("records"), is_shifted, strict=True)
    ]
    return pairs[list(COLUMNS)]

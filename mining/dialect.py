"""SQL forms that engines spell differently, in one place.

Everything else in `mining` is written in forms that DuckDB and Spark share or that SQLGlot translates.
"""

from __future__ import annotations

STEP_MARK = chr(31)  # unit separator: joins the steps of a variant, and is in no activity's name


def centile(values: str, share: float) -> str:
    """The interpolated centile of an expression: share 0.9 is the 90th (Spark: `percentile(values, share)`)."""
    return f"quantile_cont({values}, {share})"

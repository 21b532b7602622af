"""Do the rows add up? Per source, everything read is used, restated, a duplicate, set aside, later or rejected.

rows read = used + restated + duplicates + set aside + later than the cut-off + rejects
rows used as contacts or hits = contacts + rows merged into another
A difference of one row stops the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.errors import ReconciliationError
from journeys.periods import Week, read_week, weeks_between
from journeys.settings import Settings, Source

_USUAL_WEEKS = 8
_BEFORE_WEEKS = 4
_USUAL_AT_LEAST = 3


def reconcile(engine: Engine, settings: Settings, files: pd.DataFrame, week: Week) -> pd.DataFrame:
    """One row per source with every count; `files` has source, n_rows, n_rejects per file in scope.

    Raises ReconciliationError naming the source whose rows do not add up.
    """
    found = engine.run(_counts_sql()).to_dict("records")
    counts = {str(row["source"]): {str(key): row[key] for key in row} for row in found}
    rows = [_source_row(source, files, counts.get(source.name, {}), engine, week) for source in settings.sources]
    table = pd.DataFrame(rows)
    _check_rows(table)
    _check_contacts(engine)
    return table


def find_missing_weeks(engine: Engine, settings: Settings, week: Week) -> pd.DataFrame:
    """Weeks (columns source, week) in which a source that usually reports had no rows.

    Usually: rows in at least 3 of the 4 weeks before. A source that has stopped stays missing for as long.
    """
    counts = engine.run("SELECT DISTINCT source, week FROM used")
    missing: list[dict[str, str]] = []
    for source in settings.sources:
        seen = set(counts.loc[counts["source"] == source.name, "week"])
        if not seen:
            continue
        for each in weeks_between(read_week(min(seen)), week):
            before = [str(each.plus(-back)) in seen for back in range(1, _BEFORE_WEEKS + 1)]
            if str(each) not in seen and sum(before) >= _USUAL_AT_LEAST:
                missing.append({"source": source.name, "week": str(each)})
                seen.add(str(each))  # so that a feed that has stopped is still expected the week after
    return pd.DataFrame(missing, columns=["source", "week"])


def _counts_sql() -> str:
    """Counts of stored rows by source: status, kind after merging, and rows later than the cut-off."""
    return """
    SELECT r.source,
           count(*) FILTER (WHERE s.status = 'duplicate') AS duplicates,
           count(*) FILTER (WHERE s.status = 'restated') AS restated,
           count(u.record_id) AS rows_used,
           count(*) FILTER (WHERE s.status = 'used' AND u.record_id IS NULL) AS later,
           count(*) FILTER (WHERE m.reason = 'itself') AS contacts,
           count(*) FILTER (WHERE m.reason <> 'itself') AS merged
    FROM records r JOIN row_status s USING (file_id, source, row_number)
    LEFT JOIN used u USING (file_id, source, row_number)
    LEFT JOIN merges m ON m.record_id = u.record_id
    GROUP BY r.source"""


def _source_row(
    source: Source, files: pd.DataFrame, count: Mapping[str, Any], engine: Engine, week: Week
) -> dict[str, object]:
    name = source.name
    own = files[files["source"] == name]
    this_week, usual = _weekly(engine, name, week)
    return {
        "source": name, "owner": source.owner, "purpose": source.purpose, "n_files": len(own),
        "rows_read": int(own["n_rows"].sum()), "rows_used": int(count.get("rows_used", 0)),
        "restated": int(count.get("restated", 0)), "duplicates": int(count.get("duplicates", 0)), "set_aside": 0,
        "later": int(count.get("later", 0)), "rejects": int(own["n_rejects"].sum()),
        "contacts": int(count.get("contacts", 0)), "merged": int(count.get("merged", 0)),
        "rows_this_week": this_week, "rows_usual": usual, "status": "ok" if this_week else "no data",
    }  # fmt: skip


def _weekly(engine: Engine, source: str, week: Week) -> tuple[int, int | None]:
    """Rows used this week, and the median of the weeks before that have any (null without such weeks)."""
    by_week = engine.run("SELECT week, count(*) AS n FROM used WHERE source = $source GROUP BY week", source=source)
    counts = dict(zip(by_week["week"], by_week["n"], strict=True))
    before = [counts[key] for key in (str(week.plus(-back)) for back in range(1, _USUAL_WEEKS + 1)) if key in counts]
    return int(counts.get(str(week), 0)), int(pd.Series(before).median()) if before else None


def _check_rows(table: pd.DataFrame) -> None:
    parts = ["rows_used", "restated", "duplicates", "set_aside", "later", "rejects"]
    for row in table.to_dict("records"):
        accounted = sum(int(row[part]) for part in parts)
        if accounted != row["rows_read"]:
            raise ReconciliationError(
                f"source '{row['source']}': {row['rows_read']:,} rows were read, but {accounted:,} are accounted for "
                f"({', '.join(f'{part} {row[part]:,}' for part in parts)}). Nothing is published"
            )


def _check_contacts(engine: Engine) -> None:
    n_contacts = engine.value("SELECT count(*) FROM contacts")
    n_rows = engine.value("SELECT count(*) FROM used WHERE kind <> 'step'")
    n_merged = engine.value("SELECT count(*) - count(DISTINCT contact_id) FROM merges")
    if n_contacts != n_rows - n_merged:
        raise ReconciliationError(
            f"{n_rows:,} rows are contacts or page hits and {n_merged:,} were merged into another, which leaves "
            f"{n_rows - n_merged:,} contacts; the store has {n_contacts:,}. Nothing is published"
        )

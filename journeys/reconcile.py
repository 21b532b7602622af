"""Do the rows add up? Per source, everything read has one fate, and only one.

rows read = used + restated + duplicates + set aside (objection, erased) + expired (retention) + later than the
cut-off + rejects
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
_FEWEST_WHOLE = 4
_FEWEST_ROWS = 20


def reconcile(engine: Engine, settings: Settings, files: pd.DataFrame, week: Week) -> pd.DataFrame:
    """One row per source with every count; `files` has source, n_rows, n_rejects, n_set_aside, n_expired per file in scope.

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
    """Weeks (columns source, week, why) in which a source that usually reports had no rows, or far too few.

    Usually: rows in at least 3 of the 4 weeks before. A source that has stopped stays missing for as long. Too few:
    less than half of the smallest of the last 8 weeks that were not short themselves, when there were at least 4 and
    that smallest had 20 rows; a quiet holiday week has more.
    """
    counts = engine.run("SELECT source, week, count(*) AS n FROM used GROUP BY source, week")
    found: list[dict[str, str]] = []
    for source in settings.sources:
        own = counts[counts["source"] == source.name]
        found += _short_weeks(source.name, dict(zip(own["week"], own["n"], strict=True)), week)
    return pd.DataFrame(found, columns=["source", "week", "why"])


def _short_weeks(source: str, counts: Mapping[str, int], week: Week) -> list[dict[str, str]]:
    if not counts:
        return []
    found: list[dict[str, str]] = []
    reporting, whole = set(counts), list[int]()
    for each in weeks_between(read_week(min(counts)), week):
        before = [str(each.plus(-back)) in reporting for back in range(1, _BEFORE_WEEKS + 1)]
        n_rows = int(counts.get(str(each), 0))
        usual = whole[-_USUAL_WEEKS:]
        is_short = len(usual) >= _FEWEST_WHOLE and min(usual) >= _FEWEST_ROWS and n_rows < min(usual) / 2
        if not n_rows and sum(before) >= _USUAL_AT_LEAST:
            reporting.add(str(each))  # so that a feed that has stopped is still expected the week after
            found.append({"source": source, "week": str(each), "why": "no rows"})
        elif n_rows and is_short:
            found.append({"source": source, "week": str(each), "why": f"only {n_rows:,} rows"})
        elif n_rows:
            whole.append(n_rows)
    return found


def _counts_sql() -> str:
    """Counts of stored rows by source: status, kind after merging, and rows later than the cut-off."""
    return """
    SELECT r.source,
           count(*) FILTER (WHERE s.status = 'duplicate') AS duplicates,
           count(*) FILTER (WHERE s.status = 'restated') AS restated,
           count(*) FILTER (WHERE s.status = 'set aside') AS set_aside,
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
        "restated": int(count.get("restated", 0)), "duplicates": int(count.get("duplicates", 0)),
        "set_aside": int(count.get("set_aside", 0)) + int(own["n_set_aside"].sum()),
        "expired": int(own["n_expired"].sum()),
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
    parts = ["rows_used", "restated", "duplicates", "set_aside", "expired", "later", "rejects"]
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

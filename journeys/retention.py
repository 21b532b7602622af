"""Delete what has been kept long enough: notes after days, contacts after months, whole ISO weeks at a time.

Counted back from the end of the reported week, not from the wall clock, so that making a past week again deletes
nothing new. A week goes when its last day is past the limit. The catalogue forgets the parts and logs the deletion in
one transaction; then the files are unlinked, and a file that a kill left behind is swept by the next load.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
import pyarrow.parquet as pq

from journeys.identity.kept_pairs import drop_kept_pairs
from journeys.periods import Week, read_week
from journeys.schema import IDENTITIES, LABELS, NOTES, PARTNER_KEYS, RECORDS, STORED
from journeys.settings import Privacy
from journeys.store import Store
from journeys.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Expired:
    """Stored rows that were deleted."""

    n_notes: int
    n_contacts: int


def expire(workspace: Workspace, privacy: Privacy, store: Store, week: Week, *, at: datetime) -> Expired:
    """Delete notes and records past their retention at the end of `week`; `at` (UTC) dates the log."""
    limits = expiry_limits(privacy, week)
    gone: dict[str, str | None] = {}
    removed: dict[str, dict[str, int]] = {}
    n_rows = {table.name: 0 for table in STORED}
    for part in store.part_rows(tuple(limits)):
        if read_week(part["week"]).ends_on >= limits[part["table_name"]]:
            continue
        n_part = pq.ParquetFile(workspace.data / part["path"]).metadata.num_rows
        gone[part["path"]] = None
        n_rows[part["table_name"]] += n_part
        if part["table_name"] == RECORDS.name:
            counts = removed.setdefault(part["file_key"], {"n_expired": 0})
            counts["n_expired"] += n_part
    if gone:
        said = (
            f"{n_rows[NOTES.name]} notes before {limits[NOTES.name]} and {n_rows[RECORDS.name]} rows "
            f"before {limits[RECORDS.name]} deleted"
        )
        request = {"kind": "retention", "made_at": at, "n_records": n_rows[RECORDS.name], "said": said}
        store.save_request(request, replaced=gone, removed=removed)
    if n_rows[RECORDS.name]:
        drop_kept_pairs(workspace.data)
    for path in gone:
        (workspace.data / path).unlink(missing_ok=True)
    return Expired(n_rows[NOTES.name], n_rows[RECORDS.name])


def expiry_limits(privacy: Privacy, week: Week) -> dict[str, date]:
    """First day still kept, by table, as of the end of `week`."""
    day_after = week.ends_on + timedelta(days=1)
    notes = day_after - timedelta(days=privacy.retain_notes_days)
    contacts = (pd.Timestamp(day_after) - pd.DateOffset(months=privacy.retain_contacts_months)).date()
    return {
        NOTES.name: notes,
        RECORDS.name: contacts,
        LABELS.name: contacts,
        IDENTITIES.name: contacts,
        PARTNER_KEYS.name: contacts,
    }

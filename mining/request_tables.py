"""What people asked for and what was done with the data, as counts: requests honoured, deletions, restores, exports.

In: the log of requests up to the report's cut-off. Out: a published table. What people ask for as a person is hidden where fewer
than the settings allow asked; what the council itself did is not about anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from journeys.settings import Settings
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

# Kind of request, in words, and whether a person asked.
KINDS = {
    "access": ("Told what is held about them", True),
    "object": ("Left out because they object", True),
    "withdraw": ("Objections taken back", True),
    "erase": ("Erased", True),
    "retention": ("Deletions because the time to keep was over", False),
    "review": ("Answers of reviewers taken in", False),
    "export": ("Exports made", False),
    "rotate_key": ("Keys renewed", False),
    "restore": ("Restored from a backup", False),
}


def requests_table(
    requests: Sequence[Mapping[str, Any]], since: datetime, cut_off: datetime, period: str, settings: Settings
) -> FindingTable:
    """One row for each kind; `since` and `cut_off` (UTC) bound the period. The last restore is a row like the others."""
    known = [request for request in requests if request["made_at"] < cut_off]
    rows = []
    for kind, (name, is_personal) in KINDS.items():
        own = [request for request in known if request["kind"] == kind]
        recent = sum(request["made_at"] >= since for request in own)
        fewest = settings.publishing.suppress_below
        rows.append(
            {
                "name": name,
                "n_period": recent,
                "n_ever": len(own),
                "period_guard": recent if is_personal else fewest,
                "ever_guard": len(own) if is_personal else fewest,
                "newest": f"{max(r['made_at'] for r in own):%-d %B %Y}" if own and not is_personal else "",
            }
        )
    return publish_table(
        "requests",
        "What was asked for and done",
        period,
        "requests",
        pd.DataFrame(rows),
        [
            Show("name", "What", "text"),
            Show("n_period", "In the period", "count", guard="period_guard"),
            Show("n_ever", "Ever", "count", guard="ever_guard"),
            Show("newest", "Newest", "text"),
        ],
        settings.publishing,
    )

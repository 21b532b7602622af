"""Restatements: weeks whose figures are no longer what was published then, so that history never changes silently.

In: the measures of this run, with every earlier week as it is known now, and what runs of those weeks published. Out: a published
table. Late rows, corrected ones, erasures and a better model all move the past a little; listed is what moved by more than
rounding: a share by a percentage point (and by what rounding may do to it), a count or a number of days by 2% (and 5, for a
count). A week that was published more
than once was restated if no edition said what is known now. The pages of that week keep what they said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from journeys.settings import Settings
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

MOST_ROWS = 40
_COUNTED = ("contacts", "journeys")


def restated_table(
    measures: Sequence[Mapping[str, Any]], published: Sequence[Mapping[str, Any]], settings: Settings
) -> FindingTable:
    """Newest weeks first; in a week those of all services first. `published` has scope, measure_id, week and value."""
    then: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in published:
        if row["value"] is not None:
            then[(row["week"], row["scope"], row["measure_id"])].append(float(row["value"]))
    rows = []
    for measure in measures:
        for point in measure["series"][:-1]:
            said = then.get((point["week"], measure["scope"], measure["measure_id"]))
            if (
                said
                and point["value"] is not None
                and not any(_is_same(point, one, measure["unit"], settings.publishing.round_to) for one in said)
            ):
                rows.append(
                    {
                        "week": point["week"],
                        "name": f"{measure['name']}: {measure['scope_name']}",
                        "unit": "share, 0 to 1" if measure["unit"] == "share" else measure["unit"],
                        "then": min(said, key=lambda one: abs(one - point["value"])),
                        "now": point["value"],
                        "order": measure["scope"] != "all",
                    }
                )
    frame = pd.DataFrame(rows, columns=["week", "name", "unit", "then", "now", "order"])
    frame = frame.sort_values(["week", "order", "name"], ascending=[False, True, True])
    shown = f"; the newest {MOST_ROWS} of {len(frame):,}" if len(frame) > MOST_ROWS else ""
    return publish_table(
        "restated",
        "Weeks whose figures have changed since they were published",
        f"every week published before{shown}",
        "restated",
        frame.head(MOST_ROWS),
        [
            Show("week", "Week", "text"),
            Show("name", "Measure", "text"),
            Show("unit", "Unit", "text"),
            Show("then", "As published", "count"),
            Show("now", "As known now", "count"),
        ],
        settings.publishing,
    )


def _is_same(now: Mapping[str, Any], then: float, unit: str, round_to: int) -> bool:
    moved = abs(float(now["value"]) - then)
    if unit == "share":
        return moved < max(0.01, 1.5 * (round_to - 1) / float(now["n"]))
    return moved < max(0.02 * abs(then), 6.0 if unit in _COUNTED else 0.0)

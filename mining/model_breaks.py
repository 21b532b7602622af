"""Where a series passes from one model of reasons to another, so that no signal is found across the change.

After a change of model or taxonomy the notes still kept are read anew; what was said of older ones stands. A week belongs to
the model that read most of its notes.
"""

from __future__ import annotations

from journeys.engine import Engine
from journeys.rebases import Rebase

# Measures that hang on what notes are taken to say.
MEASURES = ("failure_demand_rate", "unclear_share")
REASON = "notes of the weeks before were read by an earlier model, and are no longer kept"


def find_model_breaks(engine: Engine, last_week: str) -> list[Rebase]:
    """A rebase of each such measure from each week that begins with another model than the week before it; oldest first."""
    rows = engine.run(
        """
        WITH counted AS (
            SELECT c.week, l.model_version, count(*) AS n
            FROM labels l JOIN merges m USING (record_id) JOIN contacts c USING (contact_id)
            WHERE c.week <= $last GROUP BY c.week, l.model_version)
        SELECT week, model_version FROM (
            SELECT *, row_number() OVER (PARTITION BY week ORDER BY n DESC, model_version) AS place FROM counted)
        WHERE place = 1 ORDER BY week""",
        last=last_week,
    )
    weeks, versions = rows["week"].tolist(), rows["model_version"].tolist()
    starts = [week for week, before, now in zip(weeks[1:], versions, versions[1:], strict=False) if now != before]
    return [Rebase(measure=measure, from_week=week, reason=REASON) for week in starts for measure in MEASURES]

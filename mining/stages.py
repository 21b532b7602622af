"""The journey map as a table: what happens in each stage of a service's journeys.

In: `window_events`, the stages of config/services.toml. Out: one published row per stage. A step belongs to the first
stage that names its activity or its demand type; contacts no stage names go by their demand (value: Ask, failure:
Wait where there are such stages), steps no stage names go to Wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.settings import Settings, Stage
from journeys.times import literal
from mining.names import channel_name
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

_STEPS_SHOWN = 3


def place_events(engine: Engine, settings: Settings) -> None:
    """Build `staged`: window events with the number of their stage, and days until the next event."""
    engine.save(
        "staged",
        f"""
        SELECT *, {stage_sql(settings.services.stages)} AS stage, seconds_to_next / 86400.0 AS days_to_next
        FROM window_events""",
    )


def stage_sql(stages: tuple[Stage, ...]) -> str:
    """Number of the stage of an event (0 is the first)."""
    if not stages:
        return "0"
    tests = []
    for number, stage in enumerate(stages):
        if stage.activities:
            tests.append(f"WHEN activity IN ({', '.join(map(literal, stage.activities))}) THEN {number}")
    for number, stage in enumerate(stages):
        if stage.demand_types:
            listed = ", ".join(map(literal, stage.demand_types))
            tests.append(f"WHEN demand IN ('value', 'failure') AND demand_type IN ({listed}) THEN {number}")
    names = [stage.name for stage in stages]
    ask = names.index("Ask") if "Ask" in names else 0
    wait = names.index("Wait") if "Wait" in names else len(names) - 1
    tests.append(f"WHEN demand = 'failure' OR kind = 'step' THEN {wait}")
    return f"CASE {' '.join(tests)} ELSE {ask} END"


def stages_table(engine: Engine, service: str, settings: Settings, period: str) -> FindingTable:
    """Stages across: what people do, channels, failure demand, time, repeats, owner, and a row left for research."""
    counts = engine.run(
        """
        SELECT stage, count(*) FILTER (WHERE kind = 'contact') AS n_contacts,
               count(DISTINCT person_id) AS n_persons, count(DISTINCT journey_id) AS n_journeys,
               count(*) FILTER (WHERE demand = 'failure') AS failure_per_100,
               count(*) FILTER (WHERE demand IN ('failure', 'value')) AS n_rated,
               median(days_to_next) AS median_days,
               count(*) FILTER (WHERE kind = 'contact' AND is_again) AS repeat_share
        FROM (SELECT *, row_number() OVER (PARTITION BY journey_id, stage, kind ORDER BY position) > 1 AS is_again
              FROM staged WHERE service = $service)
        GROUP BY stage""",
        service=service,
    )
    by_stage = {int(row["stage"]): row for row in counts.to_dict("records")}
    activities = _common(engine, service, "activity", "true", settings)
    channels = _common(engine, service, "channel", "kind = 'contact'", settings)
    rows = [
        _stage_row(stage, by_stage[number], activities.get(number, []), channels.get(number, []))
        for number, stage in enumerate(settings.services.stages)
        if number in by_stage
    ]
    return publish_table(
        "stages",
        "Stages of the journey",
        period,
        "stages",
        pd.DataFrame(rows, columns=_COLUMNS),
        [
            Show("stage", "Stage", "text"),
            Show("what_people_do", "What people do", "text"),
            Show("channels_used", "Channels used", "text"),
            Show("failure_per_100", "Failure demand", "share", guard="n_persons", of="n_rated"),
            Show("median_days", "Median days to the next step", "days", guard="n_persons"),
            Show(
                "repeat_share",
                "Second and later contacts in the stage",
                "share",
                guard="n_persons",
                of="n_contacts",
            ),
            Show("owner", "Backstage owner", "text"),
            Show("research", "What we heard in research", "text"),
        ],
        settings.publishing,
    )


_COLUMNS = (
    "stage", "what_people_do", "channels_used", "failure_per_100", "median_days", "repeat_share", "owner", "research",
    "n_persons", "n_rated", "n_contacts",
)  # fmt: skip


def _stage_row(
    stage: Stage, counts: Mapping[Any, Any], activities: Sequence[str], channels: Sequence[str]
) -> dict[str, object]:
    return {
        **{str(name): count for name, count in counts.items()},
        "stage": stage.name,
        "what_people_do": "; ".join(activities),
        "channels_used": ", ".join(channel_name(channel) for channel in channels),
        "owner": stage.owner,
        "research": "",
    }


def _common(engine: Engine, service: str, column: str, where: str, settings: Settings) -> dict[int, list[str]]:
    """Of each stage the most common values of a column that enough persons stand behind."""
    rows = engine.run(
        f"""
        WITH counted AS (
            SELECT stage, {column} AS value, count(*) AS n FROM staged WHERE service = $service AND {where}
            GROUP BY stage, {column} HAVING count(DISTINCT person_id) >= $fewest),
        ranked AS (SELECT *, row_number() OVER (PARTITION BY stage ORDER BY n DESC, value) AS place FROM counted)
        SELECT stage, value FROM ranked WHERE place <= {_STEPS_SHOWN} ORDER BY stage, place""",
        service=service,
        fewest=settings.publishing.suppress_below,
    )
    found: dict[int, list[str]] = {}
    for stage, value in zip(rows["stage"], rows["value"], strict=True):
        found.setdefault(int(stage), []).append(str(value))
    return found

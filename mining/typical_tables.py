"""Typical journeys of a service and the step at which its outcome is mostly settled, as tables of the findings.

In: `variants`, `window_journeys`. Out: published tables. A group of fewer than 50 persons is not shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pandas as pd

from journeys.engine import Engine
from journeys.settings import Settings
from mining.suppress import Show, publish_table
from mining.tables import FindingTable
from mining.typical import MOST_GROUPED, STABLE_FROM, Way, group_ways
from mining.variants import steps_of

FEWEST_PERSONS = 50
_DAY_S = 86400.0
_MOST_STEPS = 8
_FEWEST_ALIKE = 10
_SETTLED_WITHIN = 0.02


def typical_tables(engine: Engine, service: str, settings: Settings, period: str) -> list[FindingTable]:
    """`typical` and `settled` of one service."""
    rows = engine.run(
        "SELECT * FROM variants WHERE service = $service ORDER BY n_journeys DESC, variant_id", service=service
    )
    return [_typical(engine, service, rows, settings, period), _settled(engine, service, rows, settings, period)]


def _typical(engine: Engine, service: str, rows: pd.DataFrame, settings: Settings, period: str) -> FindingTable:
    ways = [
        Way(
            tuple(steps_of(row["activities"])),
            tuple(steps_of(row["channels"])),
            int(row["n_journeys"]),
            int(row["n_contacts"]),
            float(row["median_s"]) / _DAY_S,
        )
        for row in rows.head(MOST_GROUPED).to_dict("records")
    ]
    groups = group_ways(ways)
    ids = rows["variant_id"].tolist()
    placed = [(ids[at], number) for number, group in enumerate(groups) for at in group.members]
    engine.load_frame("typical_groups", pd.DataFrame(placed, columns=["variant_id", "group_number"]))
    counts = engine.run(
        """
        SELECT g.group_number, count(*) AS n_journeys, count(DISTINCT j.person_id) AS n_persons,
               sum(j.n_contacts) / count(*) AS contacts_per_journey, median(j.duration_s) / 86400.0 AS median_days,
               (SELECT count(*) FROM window_journeys WHERE service = $service) AS n_all
        FROM window_journeys j JOIN typical_groups g USING (variant_id) WHERE j.service = $service
        GROUP BY g.group_number HAVING count(DISTINCT j.person_id) >= $fewest ORDER BY n_journeys DESC, g.group_number""",
        service=service,
        fewest=max(FEWEST_PERSONS, settings.publishing.suppress_below),
    )
    shown = [groups[number] for number in counts["group_number"].astype(int)]
    return publish_table(
        "typical", "Typical journeys", period, "typical",
        counts.assign(
            name=[_name(ways[group.medoid]) for group in shown],
            steps=[" > ".join(ways[group.medoid].steps[:_MOST_STEPS]) for group in shown],
            share=counts["n_journeys"],
            is_stable=[group.stability >= STABLE_FROM for group in shown],
        ),
        [
            Show("name", "In words", "text"),
            Show("steps", "The journey in its middle", "text"),
            Show("n_journeys", "Journeys like it", "journeys", guard="n_persons"),
            Show("share", "Share", "share", guard="n_persons", of="n_all"),
            Show("contacts_per_journey", "Contacts each", "count", guard="n_persons"),
            Show("median_days", "Median days", "days", guard="n_persons"),
            Show("is_stable", "Comes back when drawn anew", "flag"),
        ],
        settings.publishing,
    )  # fmt: skip


def _name(way: Way) -> str:
    """How it begins, what people did after that, and how long it took."""
    contacts = [step for step, channel in zip(way.steps, way.channels, strict=True) if channel != "back_office"]
    later = list(dict.fromkeys(step for step in contacts[1:] if step != contacts[0])) if contacts else []
    first = contacts[0] if contacts else way.steps[0]
    then = f", then {' and '.join(later[:2])}" if later else ", and no more from the person"
    days = round(way.days)
    lasting = "within a day" if days < 1 else f"{days} day{'s' if days > 1 else ''}"
    return f"{first}{then}, {lasting}"


def _settled(engine: Engine, service: str, rows: pd.DataFrame, settings: Settings, period: str) -> FindingTable:
    """After how many steps it is mostly known whether a journey will meet failure demand."""
    failing = engine.run(
        """
        SELECT variant_id, count(*) FILTER (WHERE n_failure > 0) AS n_failing, count(*) AS n_ended,
               count(DISTINCT person_id) AS n_persons
        FROM window_journeys WHERE service = $service AND NOT is_open GROUP BY variant_id ORDER BY variant_id""",
        service=service,
    )
    steps = dict(zip(rows["variant_id"], rows["activities"], strict=True))
    ways = [
        (tuple(steps_of(steps[row["variant_id"]])), int(row["n_failing"]), int(row["n_ended"]))
        for row in failing.to_dict("records")
    ]
    n_all = sum(n for *_, n in ways)
    n_persons = int(
        engine.value(
            "SELECT count(DISTINCT person_id) FROM window_journeys WHERE service = $service AND NOT is_open",
            service=service,
        )
    )
    right = foretold(ways)
    enough = [after for after, n in enumerate(right) if n >= right[-1] - _SETTLED_WITHIN * n_all] if n_all else []
    found = [
        {
            "after": after,
            "foretold": n,
            "n_all": n_all,
            "n_persons": n_persons,
            "is_settled": after == enough[0],
        }
        for after, n in enumerate(right[: enough[0] + 1 if enough else 0])
    ]
    return publish_table(
        "settled", "After how many steps it is known whether failure demand comes", period, "settled",
        pd.DataFrame(found, columns=["after", "foretold", "n_all", "n_persons", "is_settled"]),
        [
            Show("after", "Steps known", "count"),
            Show("foretold", "Journeys of which it is told rightly", "share", guard="n_persons", of="n_all"),
            Show("is_settled", "As good as ever", "flag"),
        ],
        settings.publishing,
    )  # fmt: skip


def foretold(ways: Sequence[tuple[tuple[str, ...], int, int]]) -> list[int]:
    """For 0 to 8 steps known: journeys told rightly by what most journeys that began alike came to.

    `ways` are (steps, journeys with failure demand, journeys). Beginnings of fewer than 10 journeys are told by their
    longest beginning that has as many.
    """
    seen: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for steps, n_failing, n in ways:
        for length in range(min(len(steps), _MOST_STEPS) + 1):
            counts = seen[steps[:length]]
            counts[0] += n_failing
            counts[1] += n
    right = []
    for known in range(_MOST_STEPS + 1):
        n_right = 0
        for steps, n_failing, n in ways:
            length = min(known, len(steps))
            while length and seen[steps[:length]][1] < _FEWEST_ALIKE:
                length -= 1
            failing, whole = seen[steps[:length]]
            n_right += n_failing if failing * 2 > whole else n - n_failing
        right.append(n_right)
    return right

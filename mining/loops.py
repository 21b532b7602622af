"""Rounds: where journeys come back to a step after other steps, taken from the order of each journey.

In: a sequence of steps, or `variants`, `window_journeys`, `window_events`. Out: each round once, with the journeys, extra
contacts and days it took. A journey is walked step by step; as soon as a step that lies on the way so far comes again,
what lies between is one round and is taken off the way (loop erasure: G. F. Lawler, Duke Math. J. 47, 1980). So no event
is in two rounds, and no round is made of moves that different people took, as cycles of the graph would be. A step that
comes again at once is a repeat, not a round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from journeys.engine import Engine
from mining.dialect import STEP_MARK
from mining.variants import steps_of


@dataclass(frozen=True, slots=True)
class Round:
    """One round: its steps, beginning with the one people came back to, and the positions (1 is the first event).

    `left_at` is the event people left from; `own` are the events that would not be there without the round, the last
    of them the return.
    """

    steps: tuple[str, ...]
    left_at: int
    own: tuple[int, ...]


def find_rounds(steps: Sequence[str]) -> list[Round]:
    """The rounds of one journey in the order they close. A B C B A: B C (left at 2, own 3 and 4), A B (1, own 2 and 5)."""
    way: list[tuple[str, tuple[int, ...], int]] = []  # step, its events on the way, the event it was last left from
    found = []
    for position, step in enumerate(steps, start=1):
        place = next((place for place, (name, _, _) in enumerate(way) if name == step), None)
        if place is None:
            way.append((step, (position,), position))
            continue
        between = way[place + 1 :]
        _, events, left_at = way[place]
        if between:
            own = (*(event for _, inner, _ in between for event in inner), position)
            found.append(Round((step, *(inner for inner, _, _ in between)), left_at, own))
        else:
            events = (*events, position)
        way = [*way[:place], (step, events, position)]
    return found


def count_loops(engine: Engine, fewest: int) -> pd.DataFrame:
    """One row per service and step that journeys come back to, most journeys first.

    Columns: service, activity, n_journeys, n_persons, n_rounds, n_contacts (extra), contact_persons, median_s of a round, n_all,
    and loop: the most common way round, null where fewer than `fewest` persons took it.
    """
    engine.load_frame("round_events", _round_events(engine))
    return engine.run(
        """
        WITH went AS (
            SELECT j.service, j.journey_id, r.round_number, min(j.person_id) AS person_id, min(r.activity) AS activity,
                   min(r.loop) AS loop, count(*) FILTER (WHERE r.is_own AND e.kind = 'contact') AS n_contacts,
                   max(epoch(e.started_at)) - min(epoch(e.started_at)) AS round_s
            FROM round_events r JOIN window_journeys j ON j.variant_id = r.variant_id
            JOIN window_events e ON e.journey_id = j.journey_id AND e.position = r.position
            GROUP BY j.service, j.journey_id, r.round_number),
        ways AS (
            SELECT service, activity, loop, row_number() OVER (
                       PARTITION BY service, activity ORDER BY count(*) DESC, loop) AS place,
                   count(DISTINCT person_id) AS n_persons
            FROM went GROUP BY service, activity, loop),
        counted AS (
            SELECT service, activity, count(DISTINCT journey_id) AS n_journeys, count(DISTINCT person_id) AS n_persons,
                   count(*) AS n_rounds, sum(n_contacts) AS n_contacts,
                   count(DISTINCT person_id) FILTER (WHERE n_contacts > 0) AS contact_persons,
                   median(round_s) AS median_s
            FROM went GROUP BY service, activity),
        totals AS (SELECT service, count(*) AS n_all FROM window_journeys GROUP BY service)
        SELECT c.*, t.n_all, y.loop FROM counted c JOIN totals t ON t.service = c.service
        LEFT JOIN ways y ON y.service = c.service AND y.activity = c.activity AND y.place = 1 AND y.n_persons >= $fewest
        ORDER BY c.service, c.n_journeys DESC, c.n_rounds DESC, c.activity""",
        fewest=fewest,
    )


def _round_events(engine: Engine) -> pd.DataFrame:
    """Every event of every round of every distinct sequence: the event left from, and those of the round's own."""
    variants = engine.run("SELECT DISTINCT variant_id, activities FROM variants ORDER BY variant_id")
    rows = []
    for variant_id, activities in zip(variants["variant_id"], variants["activities"], strict=True):
        steps = steps_of(activities)
        if len(set(steps)) == len(steps):
            continue
        for number, found in enumerate(find_rounds(steps)):
            about = (variant_id, number, found.steps[0], STEP_MARK.join(found.steps))
            rows += [(*about, found.left_at, False), *((*about, position, True) for position in found.own)]
    names = ["variant_id", "round_number", "activity", "loop", "position", "is_own"]
    kinds = ["str", "int64", "str", "str", "int64", "bool"]
    return pd.DataFrame(rows, columns=names).astype(dict(zip(names, kinds, strict=True)))

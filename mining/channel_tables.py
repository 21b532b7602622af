"""The tables of the channels page: volume, moves, who stays, getting through, hours and days.

In: `contact_facts`, `contact_pairs`, `contacts` (browse visits counted apart). Out: published tables.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from journeys.engine import Engine
from journeys.settings import Publishing, Settings
from mining.clustered import add_independent_parts
from mining.dialect import centile
from mining.moves import count_moves, count_stayers
from mining.names import CHANNELS_IN_ORDER, channel_name
from mining.service_tables import moves_between_channels
from mining.suppress import TOTAL, PartsOf, Show, as_cell, publish_table, round_count
from mining.tables import FindingTable

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def channel_tables(
    engine: Engine,
    settings: Settings,
    first_week: str,
    last_week: str,
    period: str,
    week_period: str,
    partial_weeks: Collection[str],
) -> dict[str, FindingTable]:
    """All tables of the channels page by id; weeks that lack a source have no counts by week."""
    tables = [
        _volume(engine, settings, first_week, last_week, period),
        _weeks(engine, settings, last_week, partial_weeks),
        moves_between_channels(count_moves(engine), settings, period, with_step=False),
        _ends(engine, settings, period),
        _getting_through(engine, settings, last_week, week_period),
        _hours(engine, settings, first_week, last_week, period),
    ]
    return {table.table_id: table for table in tables}


def _volume(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    rows = engine.run(
        """
        SELECT channel, count(*) FILTER (WHERE week = $last) AS n_contacts,
               count(DISTINCT person_id) FILTER (WHERE week = $last) AS week_persons,
               count(*) AS n_contacts_window, count(DISTINCT person_id) AS n_persons,
               sum(count(*) FILTER (WHERE week = $last)) OVER () AS n_week_all, sum(count(*)) OVER () AS n_all
        FROM contact_facts WHERE week BETWEEN $first AND $last AND direction = 'inbound'
        GROUP BY channel ORDER BY n_contacts_window DESC, channel""",
        first=first_week,
        last=last_week,
    )
    rows = rows.assign(
        channel_name=[channel_name(c) for c in rows["channel"]],
        share=rows["n_contacts"],
        share_window=rows["n_contacts_window"],
    )
    inbound, of_window = "direction = 'inbound'", {"first": first_week, "last": last_week}
    rows = add_independent_parts(engine, rows, "channel", f"week = $last AND {inbound}", "share", last=last_week)
    where = f"week BETWEEN $first AND $last AND {inbound}"
    rows = add_independent_parts(engine, rows, "channel", where, "share_window", **of_window)
    return publish_table(
        "channel_volume",
        "Contacts by channel",
        period,
        "channel",
        rows,
        [
            Show("channel", "Channel id", "text"),
            Show("channel_name", "Channel", "text"),
            Show("n_contacts", "Contacts this week", "contacts", guard="week_persons"),
            Show("share", "Share this week", "share", guard="week_persons", of="n_week_all", independent="share_independent"),
            Show("n_contacts_window", "Contacts in the period", "contacts", guard="n_persons"),
            Show("share_window", "Share in the period", "share", guard="n_persons", of="n_all", independent="share_window_independent"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )  # fmt: skip


def _weeks(engine: Engine, settings: Settings, last_week: str, partial_weeks: Collection[str]) -> FindingTable:
    counts = engine.run(
        """
        SELECT week, channel, count(*) AS n, count(DISTINCT person_id) AS n_persons FROM contact_facts
        WHERE week <= $last AND direction = 'inbound' GROUP BY week, channel ORDER BY week""",
        last=last_week,
    )
    channels = sorted(set(counts["channel"]), key=CHANNELS_IN_ORDER.index)
    wide = pd.DataFrame({"week": sorted(counts["week"].unique())})
    for channel in channels:
        own = counts[counts["channel"] == channel].set_index("week")
        # A missing source must not show as a fall.
        wide[channel] = [None if week in partial_weeks else int(own["n"].get(week, 0)) for week in wide["week"]]
        wide[f"{channel}_persons"] = [int(own["n_persons"].get(week, 0)) for week in wide["week"]]
    return publish_table(
        "channel_weeks",
        "Contacts by channel and week",
        "every week with data",
        "channel",
        wide,
        [
            Show("week", "Week", "text"),
            *(Show(channel, channel_name(channel), "contacts", guard=f"{channel}_persons") for channel in channels),
        ],
        settings.publishing,
        parts_of=PartsOf(is_across=True),
    )


def _ends(engine: Engine, settings: Settings, period: str) -> FindingTable:
    rows = count_stayers(engine)
    rows = rows.assign(
        channel_name=[channel_name(c) for c in rows["channel"]],
        n_journeys_started=rows["n_journeys"],
        stayed=rows["n_stayed"],
        moved=rows["n_moved"],
    )
    return publish_table(
        "channel_ends",
        "Did people stay in the channel they began in?",
        period,
        "one_channel_share",
        rows,
        [
            Show("channel_name", "Began in", "text"),
            Show("n_journeys_started", "Journeys started", "journeys", guard="n_persons"),
            Show("stayed", "Stayed in one channel", "share", guard="n_persons", of="n_journeys"),
            Show("moved", "Moved to another", "share", guard="n_persons", of="n_journeys"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )


# Each measure counts over the contacts that meet its condition; so many persons must stand behind it.
_THROUGH = (
    ("Contacts offered", "count(*)", "true"),
    ("Answered or seen", "count(*)", "is_answered"),
    ("Given up or walked out", "count(*)", "is_abandoned"),
    ("Appointments not kept", "count(*)", "is_no_show"),
    ("Tries again after giving up", "sum(n_attempts - 1)", "n_attempts > 1"),
    ("Median wait in minutes", "median(wait_s / 60)", "wait_s IS NOT NULL"),
    ("90th centile of wait in minutes", centile("wait_s / 60", 0.9), "wait_s IS NOT NULL"),
    ("Median handling time in minutes", "median(handle_s / 60)", "handle_s > 0"),
)
_COUNTED = frozenset(name for name, _, _ in _THROUGH[:5])
_THROUGH_CHANNELS = ("phone", "face_to_face")


def _getting_through(engine: Engine, settings: Settings, last_week: str, period: str) -> FindingTable:
    selected = ", ".join(
        f"{sql} FILTER (WHERE {where}) AS value_{place}, count(DISTINCT person_id) FILTER (WHERE {where}) AS n_{place}"
        for place, (_, sql, where) in enumerate(_THROUGH)
    )
    rows = pd.DataFrame({"measure": [name for name, _, _ in _THROUGH]})
    for channel in _THROUGH_CHANNELS:
        found = engine.run(
            f"SELECT {selected} FROM contact_facts WHERE week = $last AND channel = $channel AND direction = 'inbound'",
            last=last_week,
            channel=channel,
        ).iloc[0]
        rows[channel] = [
            _rounded(found[f"value_{place}"], name in _COUNTED, settings.publishing)
            for place, (name, _, _) in enumerate(_THROUGH)
        ]
        rows[f"{channel}_persons"] = [int(found[f"n_{place}"]) for place in rows.index]
    return publish_table(
        "getting_through",
        "Getting through",
        period,
        "getting_through",
        rows,
        [
            Show("measure", "Measure", "text"),
            *(
                Show(channel, channel_name(channel), "count", guard=f"{channel}_persons")
                for channel in _THROUGH_CHANNELS
            ),
        ],
        settings.publishing,
    )


def _rounded(value: object, is_count: bool, publishing: Publishing) -> float | None:
    cell = as_cell(value)
    if not isinstance(cell, int | float):
        return None
    return round_count(cell, publishing) if is_count else round(float(cell), 1)


def _hours(engine: Engine, settings: Settings, first_week: str, last_week: str, period: str) -> FindingTable:
    counts = engine.run(
        """
        SELECT isodow(local_at) AS day, hour(local_at) AS hour, count(*) AS n, count(DISTINCT person_id) AS n_persons
        FROM contact_facts
        WHERE week BETWEEN $first AND $last AND is_staff_handled AND direction = 'inbound' AND time_precision <> 'day'
        GROUP BY day, hour""",
        first=first_week,
        last=last_week,
    )
    cells = {(int(row["day"]), int(row["hour"])): row for row in counts.to_dict("records")}
    rows = []
    for number, name in enumerate(_DAYS, start=1):
        row: dict[str, object] = {"weekday": name}
        for hour in range(24):
            here = cells.get((number, hour), {"n": 0, "n_persons": 0})
            row[f"h{hour:02d}"], row[f"p{hour:02d}"] = int(here["n"]), int(here["n_persons"])
        rows.append(row)
    return publish_table(
        "hours",
        "When staff are contacted",
        period,
        "hours",
        pd.DataFrame(rows),
        [
            Show("weekday", "Day", "text"),
            *(Show(f"h{hour:02d}", f"{hour:02d}", "contacts", guard=f"p{hour:02d}") for hour in range(24)),
        ],
        settings.publishing,
    )

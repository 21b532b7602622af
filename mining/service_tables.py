"""The tables of one service's page: steps, moves, stages, paths, channel moves, waiting, needs, reasons, model.

In: the tables that `flows`, `variants`, `moves` and `demand` made for the window. Out: published tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from journeys.engine import Engine
from journeys.settings import Publishing, Settings
from mining.main_path import find_main_path
from mining.models import ProcessModel
from mining.moves import count_moves
from mining.names import LANES, channel_name, lane_of
from mining.suppress import PartsOf, Show, publish_table, round_count
from mining.suppress_flows import guard_flows
from mining.tables import FindingTable
from mining.variants import steps_of
from mining.working_time import working_columns, working_shows

_DAY_S = 86400.0
_MOST_PATHS = 10
_NEXT_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Flows:
    """The directly-follows graph of one service: steps and moves that may be shown, and its main path (step ids).

    n_moves counts the different moves before small ones were left out.
    """

    steps: pd.DataFrame
    moves: pd.DataFrame
    main_path: list[str]
    n_moves: int


def step_id(activity: str, channel: str) -> str:
    """A short id that is the same every week: a step keeps its place and its link."""
    return "s-" + hashlib.sha256(f"{channel}\n{activity}".encode()).hexdigest()[:8]


def read_flows(engine: Engine, service: str, settings: Settings) -> Flows:
    """Steps and moves of one service, heaviest first, with ids and guards.

    Moves and steps that may not be counted are left out: that a few persons took them says too much already.
    """
    steps = engine.run(
        "SELECT * FROM flow_steps WHERE service = $service ORDER BY n_events DESC, activity, channel",
        service=service,
    )
    moves = engine.run(
        "SELECT * FROM directly_follows WHERE service = $service "
        "ORDER BY n_journeys DESC, from_activity, to_activity, from_channel, to_channel",
        service=service,
    )
    steps["step_id"] = _ids(steps, "activity", "channel")
    moves["from_id"], moves["to_id"] = (
        _ids(moves, "from_activity", "from_channel"),
        _ids(moves, "to_activity", "to_channel"),
    )
    fewest, n_moves = settings.publishing.suppress_below, len(moves)
    steps, moves = guard_flows(steps, moves, fewest)
    moves = moves[moves["guard"] >= fewest]
    on_moves = steps["step_id"].isin({*moves["from_id"], *moves["to_id"]})
    steps = steps[(steps["guard"] >= fewest) | on_moves]
    return Flows(steps, moves, _main_path(steps, moves, fewest), n_moves)


def _main_path(steps: pd.DataFrame, moves: pd.DataFrame, fewest: int) -> list[str]:
    """The main path of what may be shown."""
    starts, ends = steps[steps["start_guard"] >= fewest], steps[steps["end_guard"] >= fewest]
    return find_main_path(
        {(a, b): int(n) for a, b, n in zip(moves["from_id"], moves["to_id"], moves["n_journeys"], strict=True)},
        dict(zip(starts["step_id"], starts["n_start"].astype(int), strict=True)),
        dict(zip(ends["step_id"], ends["n_end"].astype(int), strict=True)),
    )


def lanes_of(flows: Flows) -> list[list[str]]:
    """Columns that have steps, in the fixed order of the map."""
    present = {lane_of(channel) for channel in flows.steps["channel"]}
    return [[lane, name] for lane, name in LANES.items() if lane in present]


def steps_table(flows: Flows, settings: Settings, period: str) -> FindingTable:
    """Steps with their counts and most common next steps."""
    rows = flows.steps.assign(
        name=flows.steps["activity"],
        channel_name=[channel_name(channel) for channel in flows.steps["channel"]],
        lane=[lane_of(channel) for channel in flows.steps["channel"]],
        next_steps=_next_steps(flows, settings.publishing),
    )
    return publish_table(
        "steps",
        "Steps in the process map",
        period,
        "steps",
        rows,
        [
            Show("step_id", "Id", "text"),
            Show("name", "Step", "text"),
            Show("channel", "Channel id", "text"),
            Show("channel_name", "Channel", "text"),
            Show("lane", "Column of the map", "text"),
            Show("n_events", "Times", "events", guard="guard"),
            Show("n_journeys", "Journeys", "journeys", guard="guard"),
            Show("n_start", "Start here", "journeys", guard="start_guard"),
            Show("n_end", "End here", "journeys", guard="end_guard"),
            Show("is_failure", "Failure demand", "flag"),
            Show("next_steps", "Most common next steps", "text"),
        ],
        settings.publishing,
    )


def moves_table(flows: Flows, model: ProcessModel | None, settings: Settings, period: str) -> FindingTable:
    """Moves between steps with their waits; main moves lie on the main path."""
    main = set(zip(flows.main_path, flows.main_path[1:], strict=False))
    failing = dict(zip(flows.steps["step_id"], flows.steps["is_failure"], strict=True))
    in_model = model.moves if model else frozenset()
    rows = flows.moves.assign(
        from_name=flows.moves["from_activity"],
        to_name=flows.moves["to_activity"],
        median_days=flows.moves["median_s"] / _DAY_S,
        p90_days=flows.moves["p90_s"] / _DAY_S,
        **working_columns(flows.moves, settings),
        is_failure=[bool(failing.get(to, False)) for to in flows.moves["to_id"]],
        is_main=[pair in main for pair in zip(flows.moves["from_id"], flows.moves["to_id"], strict=True)],
        is_in_model=[
            pair in in_model for pair in zip(flows.moves["from_activity"], flows.moves["to_activity"], strict=True)
        ],
        is_channel_move=flows.moves["from_channel"] != flows.moves["to_channel"],
    )
    return publish_table(
        "moves",
        "Moves between steps",
        period,
        "moves",
        rows,
        [
            Show("from_id", "From id", "text"),
            Show("to_id", "To id", "text"),
            Show("from_name", "From", "text"),
            Show("to_name", "To", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="guard"),
            Show("n_events", "Times", "events", guard="guard"),
            Show("median_days", "Median days", "days", guard="guard"),
            Show("p90_days", "90th centile days", "days", guard="guard"),
            *working_shows(settings, "guard"),
            Show("is_failure", "Leads to failure demand", "flag"),
            Show("is_main", "Main path", "flag"),
            Show("is_in_model", "In the process model", "flag"),
            Show("is_channel_move", "Changes channel", "flag"),
        ],
        settings.publishing,
    )


def paths_table(engine: Engine, service: str, settings: Settings, period: str) -> FindingTable:
    """The most common paths: whole journeys that took the same steps in the same order."""
    rows = engine.run(
        "SELECT *, sum(n_journeys) OVER () AS n_all FROM variants WHERE service = $service "
        "ORDER BY n_journeys DESC, activities LIMIT $most",
        service=service,
        most=_MOST_PATHS,
    )
    rows = rows.assign(
        rank=range(1, len(rows) + 1),
        steps=[" > ".join(steps_of(text)) for text in rows["activities"]],
        channels=[" > ".join(steps_of(text)) for text in rows["channels"]],
        median_days=rows["median_s"] / _DAY_S,
        share=rows["n_journeys"],
        contacts_per_journey=rows["n_contacts"],
    )
    small = rows["n_persons"] < settings.publishing.suppress_below
    return publish_table(
        "paths",
        "Most common paths",
        period,
        "paths",
        rows[~small],
        [
            Show("rank", "Rank", "rank"),
            Show("steps", "Steps", "text"),
            Show("channels", "Channels", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("share", "Share of journeys", "share", guard="n_persons", of="n_all"),
            Show("contacts_per_journey", "Contacts each", "count"),
            Show("median_days", "Median days", "days", guard="n_persons"),
        ],
        settings.publishing,
    )


def service_moves_table(engine: Engine, service: str, settings: Settings, period: str) -> FindingTable:
    """Where people switch channel within the service, and the step before the switch."""
    return moves_between_channels(count_moves(engine, service), settings, period, with_step=True)


def moves_between_channels(rows: pd.DataFrame, settings: Settings, period: str, *, with_step: bool) -> FindingTable:
    """A channel-move table from counted moves."""
    rows = rows.assign(
        from_channel_name=[channel_name(channel) for channel in rows["from_channel"]],
        to_channel_name=[channel_name(channel) for channel in rows["to_channel"]],
        share_of_row=rows["n_moves"],
    )
    shows = [
        Show("from_channel_name", "From", "text"),
        Show("to_channel_name", "To", "text"),
        Show("n_moves", "Moves", "events", guard="n_persons"),
        Show("share_of_row", "Share of moves from there", "share", guard="n_persons", of="n_row"),
        Show("median_days", "Median days between", "days", guard="n_persons"),
    ]
    if with_step:
        shows.append(Show("step_before", "Most common step before", "text"))
    return publish_table(
        "channel_moves",
        "Moves between channels",
        period,
        "channel_move",
        rows,
        shows,
        settings.publishing,
        parts_of=PartsOf(within="from_channel"),
    )


def _ids(rows: pd.DataFrame, activity: str, channel: str) -> list[str]:
    return [step_id(a, c) for a, c in zip(rows[activity], rows[channel], strict=True)]


def _next_steps(flows: Flows, publishing: Publishing) -> Sequence[str]:
    """For every step its most common next steps in words."""
    shown = flows.moves
    text: dict[str, list[str]] = {}
    for from_id, to, n, days in zip(
        shown["from_id"], shown["to_activity"], shown["n_journeys"], shown["median_s"] / _DAY_S, strict=True
    ):
        listed = text.setdefault(from_id, [])
        if len(listed) < _NEXT_SHOWN:
            listed.append(f"{to} ({round_count(n, publishing):,}, {days:.1f} days)")
    return ["; ".join(text.get(step, [])) for step in flows.steps["step_id"]]

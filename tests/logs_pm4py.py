"""The same tables from pm4py on pandas, and public logs as both sides read them.

A log is a frame with person_id, service, case_ref, channel, activity, started_at and tie. pm4py gets it in order of
case, time and tie.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pm4py
from pm4py.algo.discovery.dfg.adapters.pandas.df_statistics import get_dfg_graph

from journeys.engine import Engine
from mining.log import Gaps, LogColumns, read_log
from mining.log_tables import count_ends, count_log_variants, count_moves_between, list_variants, variant_counts
from mining.rework import count_rework

KEYS = {"activity_key": "activity", "timestamp_key": "started_at", "case_id_key": "journey"}
BY_CASE = LogColumns(case="case_ref")


def read_callcentre(shared: Path) -> pd.DataFrame:
    """Phone and e-mail requests at a help desk, one row per record."""
    raw = pd.read_csv(shared / "callcentre" / "CallcenterExample.csv", lineterminator="\r")
    return pd.DataFrame(
        {
            "person_id": raw["Customer ID"], "service": raw["Product"], "case_ref": raw["Service ID"],
            "channel": raw["Operation"].str.contains("Email").map({True: "email", False: "phone"}),
            "activity": raw["Operation"], "started_at": pd.to_datetime(raw["Start Date"], format="%d.%m.%y %H:%M"),
            "tie": range(len(raw)),
        }
    )  # fmt: skip


def read_receipt(shared: Path) -> pd.DataFrame:
    """Receipt of environmental permits at a Dutch municipality."""
    raw = pd.read_csv(shared / "receipt" / "receipt.csv")
    at = pd.to_datetime(raw["time:timestamp"], utc=True, format="mixed").dt.tz_localize(None)
    return pd.DataFrame(
        {
            "person_id": raw["case:concept:name"], "service": "permits", "case_ref": raw["case:concept:name"],
            "channel": raw["case:channel"], "activity": raw["concept:name"], "started_at": at, "tie": range(len(raw)),
        }
    )  # fmt: skip


def cut_with_pandas(log: pd.DataFrame, gap_days: float = 30.0) -> pd.DataFrame:
    """Add `journey`: the case, else a number per person, service and silence; in order of journey, time and tie."""
    if "case_ref" in log:
        return log.assign(journey=log["case_ref"]).sort_values(["journey", "started_at", "tie"], ignore_index=True)
    ordered = log.sort_values(["person_id", "service", "started_at", "tie"], ignore_index=True)
    same = ordered[["person_id", "service"]].eq(ordered[["person_id", "service"]].shift()).all(axis=1)
    short = ordered["started_at"].diff() <= pd.Timedelta(days=gap_days)
    # pm4py wants a case in words.
    return ordered.assign(journey=(~(same & short)).cumsum().astype(str))


def tables_of_pm4py(cut: pd.DataFrame) -> dict[str, Any]:
    """Moves, waits, start and end activities, variants, durations and rework, as pm4py counts them."""
    moves, start, end = pm4py.discover_dfg(cut, **KEYS)
    waits = pm4py.discover_performance_dfg(cut, perf_aggregation_key="median", **KEYS)[0]
    return {
        "moves": dict(moves),
        "moves_once": _moves_once(cut),
        "median_s": dict(waits),
        "p90_s": _ninetieth(cut),
        "start": dict(start),
        "end": dict(end),
        "variants": Counter({tuple(steps): n for steps, n in pm4py.get_variants(cut, **KEYS).items()}),
        "durations": sorted(pm4py.get_all_case_durations(cut, **KEYS)),
        "rework": dict(pm4py.get_rework_cases_per_activity(cut, **KEYS)),
    }


def tables_here(log: pd.DataFrame, columns: LogColumns | None = None, gap_days: float = 30.0) -> dict[str, Any]:
    """The same tables by this project."""
    with Engine() as engine:
        engine.load_frame("contact_log", log)
        read_log(engine, "contact_log", columns, Gaps(gap_days))
        count_log_variants(engine)
        moves, ends = count_moves_between(engine), count_ends(engine)
        rework = count_rework(engine)
        seconds = engine.run("SELECT (ended_us - started_us) / 1000000.0 AS s FROM log_journeys ORDER BY s")
        return {
            "moves": _by_pair(moves, "n_events"),
            "moves_once": _by_pair(moves, "n_journeys"),
            "median_s": _by_pair(moves, "median_s"),
            "p90_s": _by_pair(moves, "p90_s"),
            "start": _some(ends, "n_start"),
            "end": _some(ends, "n_end"),
            "variants": variant_counts(list_variants(engine)),
            "durations": seconds["s"].tolist(),
            "rework": _some(rework, "n_again"),
        }


def _by_pair(moves: pd.DataFrame, column: str) -> dict[tuple[str, str], Any]:
    return dict(
        zip(zip(moves["from_activity"], moves["to_activity"], strict=True), moves[column].tolist(), strict=True)
    )


def _some(table: pd.DataFrame, column: str) -> dict[str, int]:
    return {name: n for name, n in zip(table["activity"], table[column].tolist(), strict=True) if n}


def _moves_once(cut: pd.DataFrame) -> dict[tuple[str, str], int]:
    """pm4py's count of journeys that take a move at least once."""
    moves: dict[tuple[str, str], int] = get_dfg_graph(
        cut.copy(), activity_key="activity", timestamp_key="started_at", case_id_glue="journey", keep_once_per_case=True
    )
    return dict(moves)


def _ninetieth(cut: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The 90th centile, which pm4py does not offer, of its raw waits."""
    raw = pm4py.discover_performance_dfg(cut, perf_aggregation_key="raw_values", **KEYS)[0]
    return {pair: float(pd.Series(seconds).quantile(0.9)) for pair, seconds in raw.items()}

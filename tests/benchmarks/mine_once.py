"""One side of the bench of mining, in a process of its own: `mine_once.py SIDE LOG RESULTS`.

Prints the seconds of each table, of the whole and of processors, and the peak memory in MB, as JSON; RESULTS is where
the tables go, to be compared. Imports are not timed, reading the log is. Every side gets what makes it fastest: pm4py
the cut made with pandas, no `format_dataframe`, only the aggregate of waits that is asked for; retentioneering one
column that names person and service.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "benchmarks")]
os.environ["RETENTIONEERING_NO_TRACK"] = "1"  # it reports each call to its makers unless told not to

from mine_increment import GAP_DAYS, run_all, run_increment, run_keep  # noqa: E402 - the path above comes first

NOISE = 0.2
CAP_VARIANTS = 20_000
ENOUGH_COVERAGE = 0.95
STEPS = 10

Timer = Callable[..., Any]


def run_here(log: str, timed: Timer, *, model: bool = True) -> dict[str, Any]:
    """This project, the tables that pm4py has too, then the model where asked for."""
    from journeys.engine import Engine
    from mining.log import Gaps, read_log
    from mining.log_tables import count_ends, count_log_variants, count_moves_between, list_variants, measure_durations
    from mining.models import discover_tree
    from mining.rework import count_rework

    with Engine() as engine:
        timed("cut", read_log, engine, f"'{log}'", None, Gaps(GAP_DAYS))
        timed("variants", count_log_variants, engine)
        tables = {
            "moves": timed("moves", count_moves_between, engine, persons=False),
            "ends": timed("ends", count_ends, engine),
            "variants": timed("list_variants", list_variants, engine),
            "durations": timed("durations", measure_durations, engine),
            "rework": timed("rework", count_rework, engine),
        }
        timed.done("common")
        if not model:
            return tables
        kept = timed("keep", _enough, tables["variants"])
        tree = timed("model", discover_tree, kept, NOISE)
        timed.done("with_model")
        n_journeys = int(tables["variants"]["n_journeys"].sum())
        extra = {"coverage": sum(kept.values()) / n_journeys, "kept": len(kept), "tree": str(tree)}
        timed("moves_with_persons", count_moves_between, engine)
    return tables | extra


def _enough(variants: Any) -> Counter[tuple[str, ...]]:
    """The most frequent variants that cover enough journeys, up to the cap."""
    from mining.log_tables import variant_counts

    n_needed = int((variants["coverage"] < ENOUGH_COVERAGE).sum()) + 1
    return variant_counts(variants.head(min(n_needed, CAP_VARIANTS)))


def run_here_clicks(log: str, timed: Timer) -> dict[str, Any]:
    """This project, the tables that retentioneering has: sessions, transition graph by count, paths and wait, steps."""
    from journeys.engine import Engine
    from mining.log import Gaps, read_log
    from mining.log_tables import count_by_position, count_log_variants, count_moves_between

    with Engine() as engine:
        timed("cut", read_log, engine, f"'{log}'", None, Gaps(GAP_DAYS))
        timed("variants", count_log_variants, engine)
        tables = {
            "moves": timed("moves", count_moves_between, engine, persons=False),
            "steps": timed("steps", count_by_position, engine, STEPS),
            "n_sessions": engine.value("SELECT count(*) FROM log_journeys"),
        }
        timed.done("clicks")
    return tables


def run_pm4py(log: str, timed: Timer) -> dict[str, Any]:
    """pm4py on pandas: the common tables, then the noise-filtered model."""
    import pandas as pd
    import pm4py
    from logs_pm4py import KEYS, cut_with_pandas

    contacts = timed("read", pd.read_parquet, log)
    cut = timed("cut", cut_with_pandas, contacts, GAP_DAYS)
    del contacts
    moves, start, end = timed("moves", pm4py.discover_dfg, cut, **KEYS)
    median = timed("median", pm4py.discover_performance_dfg, cut, perf_aggregation_key="median", **KEYS)[0]
    tables = {
        "moves": dict(moves), "start": dict(start), "end": dict(end), "median": dict(median),
        "p90": timed("p90", _ninetieth, cut),
        "variants": Counter({tuple(k): n for k, n in timed("variants", pm4py.get_variants, cut, **KEYS).items()}),
        "durations": timed("durations", pm4py.get_all_case_durations, cut, **KEYS),
        "rework": dict(timed("rework", pm4py.get_rework_cases_per_activity, cut, **KEYS)),
    }  # fmt: skip
    timed.done("common")
    tree = timed("model", pm4py.discover_process_tree_inductive, cut, noise_threshold=NOISE, **KEYS)
    timed.done("with_model")
    return tables | {"tree": str(tree)}


def _ninetieth(cut: Any) -> dict[tuple[str, str], float]:
    """The 90th centile of waits, which pm4py does not have, by pandas."""
    after = cut[["journey", "activity", "started_at"]].shift(-1)
    same = after["journey"] == cut["journey"]
    waits = (after["started_at"] - cut["started_at"]).dt.total_seconds()[same]
    found: dict[tuple[str, str], float] = waits.groupby([cut["activity"][same], after["activity"][same]]).quantile(0.9)
    return dict(found)


def run_retentioneering(log: str, timed: Timer) -> dict[str, Any]:
    """retentioneering: event stream, sessions, transition graph by count, paths and median wait, step matrix."""
    import pandas as pd
    from retentioneering.eventstream.eventstream import Eventstream

    contacts = timed("read", pd.read_parquet, log, columns=["person_id", "service", "activity", "started_at", "tie"])
    contacts = contacts.assign(path=contacts["person_id"] + contacts["service"])[["path", "activity", "started_at"]]
    schema = {"path_cols": ["path"], "event_col": "activity", "timestamp_col": "started_at"}
    stream = timed("stream", Eventstream, contacts, schema)
    del contacts
    sessions = timed("sessions", stream.split_sessions, timeout=f"{GAP_DAYS:g}d")
    tables = {
        name: timed(name, sessions.transition_graph_data, edge_weight=weight, path_col="session_id")
        for name, weight in (("count", "count"), ("paths", "unique_paths"), ("median", "time_median"))
    }
    tables["steps"] = timed("steps", sessions.step_matrix_data, max_steps=STEPS, path_col="session_id")
    timed.done("clicks")
    return tables | {"n_sessions": int(sessions.df["session_id"].nunique())}


def run_r4pm(log: str, timed: Timer) -> dict[str, Any]:
    """r4pm: directly-follows graph and variants of the journeys that polars cut."""
    import polars as pl
    import r4pm
    from r4pm import bindings

    cut = timed("cut", _cut_with_polars, pl, log)
    name = timed("hand_over", r4pm.import_item_from_df, "EventLog", cut)
    found = timed("moves", bindings.discover_dfg, name)
    projection = timed("project", bindings.log_to_activity_projection, name)
    variants = timed("variants", bindings.get_variants, projection)
    timed.done("moves_and_variants")
    return {
        "moves": {tuple(pair): n for pair, n in found["directly_follows_relations"]},
        "variants": Counter({tuple(each["activities"]): each["count"] for each in variants}),
    }


def _cut_with_polars(pl: Any, log: str) -> Any:
    ordered = pl.scan_parquet(log).sort("person_id", "service", "started_at", "tie")
    same = (pl.col("person_id") == pl.col("person_id").shift()) & (pl.col("service") == pl.col("service").shift())
    short = pl.col("started_at").diff().dt.total_microseconds() <= int(GAP_DAYS * 86_400_000_000)
    case = (~(same & short).fill_null(value=False)).cum_sum().cast(pl.String)
    return ordered.select(
        case.alias("case:concept:name"),
        pl.col("activity").alias("concept:name"),
        pl.col("started_at").dt.replace_time_zone("UTC").alias("time:timestamp"),
    ).collect()


class Stopwatch:
    """Calls functions and keeps their seconds by name; `done` keeps the seconds since the beginning."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.totals: dict[str, float] = {}
        self.peaks: dict[str, float] = {}
        self.cpu_seconds: dict[str, float] = {}
        self.restart()

    def __call__(self, name: str, function: Callable[..., Any], *values: Any, **more: Any) -> Any:
        began = time.perf_counter()
        found = function(*values, **more)
        self.seconds[name] = time.perf_counter() - began
        return found

    def done(self, name: str) -> None:
        self.totals[name] = time.perf_counter() - self._began
        self.cpu_seconds[name] = time.process_time() - self._cpu_began
        self.peaks[name] = _peak_mb()

    def restart(self) -> None:
        self._began, self._cpu_began = time.perf_counter(), time.process_time()


def _peak_mb() -> float:
    """Peak memory of this process; where the system says it, without what its parent held when it was begun."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


IMPORTS = {
    "here": ("mining.log", "mining.models"),
    "here_clicks": ("mining.log_tables",),
    "pm4py": ("pandas", "pm4py"),
    "retentioneering": ("pandas", "retentioneering.eventstream.eventstream"),
    "r4pm": ("polars", "r4pm"),
    "here_all": ("mining.rework",),
    "here_keep": ("mining.log_kept",),
    "here_increment": ("mining.kept_tables",),
}
SIDES: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    "here": run_here,
    "here_tables": partial(run_here, model=False),
    "here_clicks": run_here_clicks,
    "pm4py": run_pm4py,
    "retentioneering": run_retentioneering,
    "r4pm": run_r4pm,
    "here_all": run_all,
    "here_keep": run_keep,
    "here_increment": run_increment,
}


def main(side: str, log: str, results: str) -> None:
    """Import, run, write the tables, print the times."""
    for module in IMPORTS[side.removesuffix("_tables")]:
        __import__(module)
    timed = Stopwatch()
    timed.restart()
    tables = SIDES[side](log, timed)
    if results:
        Path(results).write_bytes(pickle.dumps(tables))
    times = {"totals": timed.totals, "cpu_seconds": timed.cpu_seconds, "seconds": timed.seconds}
    print("RESULT " + json.dumps(times | {"peaks_mb": timed.peaks}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")

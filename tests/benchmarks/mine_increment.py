"""A full run beside an update by one week, same tables out: sides of `mine_once.py`.

The week is the last of 2025; what the generator has after it is left out of both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

GAP_DAYS = 30.0
WEEK, AFTER = "2025-12-25", "2026-01-01"


def kept_of(log: str) -> Path:
    """Where the kept log of a log lies."""
    return Path(log).with_suffix(".kept")


def _rows(log: str, condition: str) -> str:
    return f"(SELECT * FROM '{log}' WHERE {condition})"


def run_all(log: str, timed: Any) -> dict[str, Any]:
    """A full run up to the end of the week, with every table that the kept log gives."""
    from journeys.engine import Engine
    from mining.log import Gaps, read_log
    from mining.log_tables import count_ends, count_log_variants, count_moves_between, list_variants, measure_durations
    from mining.rework import count_rework, count_rework_by_channel

    with Engine() as engine:
        timed("cut", read_log, engine, _rows(log, f"started_at < '{AFTER}'"), None, Gaps(GAP_DAYS))
        timed("variants", count_log_variants, engine)
        # Without distinct persons the moves cost less: kept apart, so that both shares can be told.
        timed("moves_without_persons", count_moves_between, engine, persons=False)
        tables = {
            "moves": timed("moves", count_moves_between, engine),
            "ends": timed("ends", count_ends, engine),
            "variants": timed("list_variants", list_variants, engine),
            "durations": timed("durations", measure_durations, engine),
            "rework": timed("rework", count_rework, engine),
            "by_channel": timed("by_channel", count_rework_by_channel, engine),
        }
        timed.done("all")
    return tables


def run_keep(log: str, timed: Any) -> dict[str, Any]:
    """The contacts before the week, cut and kept: done once."""
    from journeys.engine import Engine
    from mining.log import Gaps
    from mining.log_kept import keep_log

    kept = kept_of(log)
    with Engine(memory_limit="1500 MB", spill_to=kept.with_name("spill")) as engine:
        timed("keep", keep_log, engine, kept, _rows(log, f"started_at < '{WEEK}'"), "tie", None, Gaps(GAP_DAYS))
        timed.done("all")
    return {}


def run_increment(log: str, timed: Any) -> dict[str, Any]:
    """The week added to the kept log, and every table from it."""
    from journeys.engine import Engine
    from mining.kept_tables import (
        count_kept_moves,
        count_kept_rework_by_channel,
        list_kept_variants,
        measure_kept_durations,
        show_kept,
    )
    from mining.log import Gaps
    from mining.log_tables import count_ends
    from mining.log_update import update_log
    from mining.rework import count_rework

    week = _rows(log, f"started_at >= '{WEEK}' AND started_at < '{AFTER}'")
    with Engine(memory_limit="1500 MB", spill_to=kept_of(log).with_name("spill")) as engine:
        updated = timed("update", update_log, engine, kept_of(log), week, "tie", None, Gaps(GAP_DAYS))
        timed("show", show_kept, engine)
        tables = {
            "moves": timed("moves", count_kept_moves, engine),
            "ends": timed("ends", count_ends, engine),
            "variants": timed("list_variants", list_kept_variants, engine),
            "durations": timed("durations", measure_kept_durations, engine),
            "rework": timed("rework", count_rework, engine),
            "by_channel": timed("by_channel", count_kept_rework_by_channel, engine),
        }
        timed("close", engine.run, "DETACH kept")
        timed.done("all")
    return tables | {"n_changed": updated.n_changed}

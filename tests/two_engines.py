"""The weekly job on two engines, and whether they leave the same rows: used by the tests and by the bench."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.errors import SettingsError
from journeys.identity.kept_pairs import drop_kept_pairs
from journeys.identity.models import read_identity_model
from journeys.identity.reviews import read_reviews
from journeys.open_engine import open_engine
from journeys.partners import translate_partners
from journeys.periods import Week
from journeys.sample.council import make_council
from journeys.schema import IDENTITIES, LABELS, NOTES, PARTNER_KEYS, RECORDS
from journeys.settings_files import read_settings
from journeys.spark_session import check_java, check_pyspark
from journeys.workspace import create_workspace
from reports.pipeline import STEPS, Opened, Run, load_workspace, open_project
from reports.training import train_from

CLUSTER = "local-cluster[2,1,1024]"
LAST = Week(2026, 46)
_SERVICES = ("council_tax", "housing_repairs", "waste")
_TOLERANCE = 1e-9

# What the steps leave in the engine, in the order they make it.
TABLES = (
    "row_status", "used", "visits", "grouped", "merges", "contacts", "steps",
    "set_aside_keys", "persons_exact", "persons", "identity_edges", "cut_edges", "person_parts", "part_persons",
    "contact_journeys", "journeys", "said", "contact_context", "behaviour", "demand", "event_rows", "events", "journey_summary",
    "window_journeys", "window_events", "flow_steps", "directly_follows", "variants", "contact_pairs", "followed",
    "staged", "contact_facts", "ended_journeys", "followed_again", "cut_again", "returns", "compared_journeys",
    "in_person_facts",
)  # fmt: skip


@dataclass
class Mined:
    """One engine after the weekly job, the findings, and the seconds that the job took."""

    engine: Engine
    run: Run
    seconds: float


def why_no_spark() -> str:
    """Why Spark cannot run here; empty where it can."""
    try:
        check_pyspark()
        check_java()
    except SettingsError as error:
        return str(error)
    return ""


def make_small_council(root: Path, *, weeks: int = 6, scale: float = 0.3) -> Opened:
    """A council with three services of its own, loaded, and with a model of joins learnt."""
    create_workspace(root)
    make_council(root, read_settings(root / "config").services, weeks=weeks, seed=3, last_week=LAST, scale=scale)
    opened = open_project(root)
    latest_at = LAST.plus(2).cut_off_at(opened.settings.organisation.zone)
    load_workspace(opened, latest_at=latest_at, report=lambda line: None)
    train_from(opened.workspace, opened.settings, opened.store)
    services = opened.settings.services
    few = services.model_copy(update={"services": {name: services.services[name] for name in _SERVICES}})
    return replace(opened, settings=opened.settings.model_copy(update={"services": few}))


def mine(opened: Opened, url: str) -> Mined:
    """Run every step of the weekly job on the engine of this url, from nothing; close its engine after use."""
    drop_kept_pairs(opened.workspace.data)
    os.environ.setdefault("SPARK_CONF_DIR", str(Path(__file__).parent / "spark_conf"))
    settings = opened.settings.model_copy(
        update={"engine": opened.settings.engine.model_copy(update={"url": url, "memory_limit": "1 GB"})}
    )
    model, version = read_identity_model(opened.store)
    files = pd.DataFrame(opened.store.loaded_files())
    engine = open_engine(settings.engine, spill_to=opened.workspace.spill)
    started = time.perf_counter()
    for table in (RECORDS, NOTES, LABELS, IDENTITIES, PARTNER_KEYS):
        engine.scan(table, [opened.workspace.data / part for part in opened.store.parts(table.name)])
    translate_partners(engine, settings)
    run = Run(
        replace(opened, settings=settings), engine, LAST, "test", files, read_reviews(opened.store), model, version
    )
    for _, step, _ in STEPS:
        step(run)
    return Mined(engine, run, time.perf_counter() - started)


def difference(one: Engine, other: Engine, table: str) -> str:
    """What differs between the two engines' rows of a table, in words; empty where nothing does."""
    rows, others = (engine.run(f'SELECT * FROM "{table}"') for engine in (one, other))
    if sorted(rows.columns) != sorted(others.columns):
        return f"{table}: columns {sorted(rows.columns)} and {sorted(others.columns)}"
    if len(rows) != len(others):
        return f"{table}: {len(rows)} and {len(others)} rows"
    rows, others = _in_order(rows), _in_order(others[list(rows.columns)])
    for name in rows.columns:
        unlike = [pair for pair in zip(rows[name], others[name], strict=True) if not is_same_value(pair[0], pair[1])]
        if unlike:
            return f"{table}.{name}: {len(unlike)} of {len(rows)} rows differ, the first {unlike[0]}"
    return ""


def is_same_value(one: Any, other: Any) -> bool:
    """Equal all through: numbers that were measured to 1e-9 of themselves, everything else exactly."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same_value(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(is_same_value, one, other))
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and math.isclose(one, other, rel_tol=_TOLERANCE)
    return bool(one == other)


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Plain values, missing ones as None, in the order of what they look like."""
    plain = rows.astype(object)
    plain = plain.where(plain.notna(), None)
    looks = plain.map(lambda cell: f"{cell:.8g}" if isinstance(cell, float) else str(cell))
    return plain.iloc[looks.sort_values(list(looks.columns)).index] if len(plain) else plain

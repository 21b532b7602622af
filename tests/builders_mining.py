"""Small engines made by hand: a few contacts and steps, with persons, notes and journeys."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.periods import Week, week_of
from journeys.schema import CHANNEL_GROUPS, CONTACTS, JOURNEYS, LABELS, MERGES, PERSONS, STEPS
from journeys.settings import Publishing, Settings
from journeys.settings_files import read_settings

WEEK = Week(2026, 46)  # 9 to 15 November, no clock change near


@cache
def example_settings(**publishing: Any) -> Settings:
    """Settings of the example council with exact counts, and with other small-number rules where a test needs them."""
    settings = read_settings(Path(__file__).parent.parent / "config")
    changed = Publishing(**{**settings.publishing.model_dump(), "round_to": 1, **publishing})
    return settings.model_copy(update={"publishing": changed})


class World:
    """Collects contacts and steps; `engine()` gives an engine as floor 1 would leave it."""

    def __init__(self) -> None:
        self._contacts: list[dict[str, Any]] = []
        self._persons: list[dict[str, Any]] = []
        self._labels: list[dict[str, Any]] = []
        self._steps: list[dict[str, Any]] = []
        self._journeys: list[dict[str, Any]] = []

    def contact(
        self, contact_id: str, person: str, at: str, says: str | None = None, *, channel: str = "phone", **more: Any
    ) -> World:
        """A contact of `person` (unlinked when it begins with u) about bins; `says` is the type its note shows."""
        started_at = pd.Timestamp(at)
        journey = more.pop("journey", f"j-{person}")
        own = {
            "contact_id": contact_id, "source": "telephony", "started_at": started_at, "ended_at": started_at,
            "local_at": started_at, "week": str(week_of(started_at.date())), "time_precision": "second",
            "tie": len(self._contacts), "n_records": 1, "n_attempts": 1, "is_browse": False, "channel": channel,
            "channel_group": CHANNEL_GROUPS[channel], "direction": "inbound", "service": "waste",
        }  # fmt: skip
        self._contacts.append({**own, **more})
        method = "unlinked" if person.startswith("u") else "exact_key"
        self._persons.append({"contact_id": contact_id, "person_id": person, "method": method})
        if says:
            self.note(contact_id, says)
        if not more.get("is_browse"):
            self._journeys.append({"event_id": contact_id, "journey_id": journey, "kind": "contact"})
        return self

    def note(self, contact_id: str, says: str, *, score: float = 0.9, is_abstained: bool = False) -> World:
        """One more note on a contact."""
        label = {
            "record_id": f"r{len(self._labels)}-{contact_id}", "model_version": "test",
            "demand": example_settings().taxonomy.demand_of(says), "demand_type": says, "demand_types": says,
            "score": score, "evidence": f"words of {says}", "is_abstained": is_abstained,
        }  # fmt: skip
        self._labels.append(label)
        return self

    def step(self, step_id: str, journey: str, at: str, activity: str, **more: Any) -> World:
        """Something the council did."""
        started_at = pd.Timestamp(at)
        own = {
            "step_id": step_id, "source": "cases", "channel": "back_office", "service": "waste", "activity": activity,
            "started_at": started_at, "local_at": started_at, "time_precision": "second", "tie": len(self._steps),
        }  # fmt: skip
        self._steps.append({**own, **more})
        self._journeys.append({"event_id": step_id, "journey_id": journey, "kind": "step"})
        return self

    def engine(self) -> Engine:
        """An engine with the tables of floor 1."""
        engine = Engine()
        merges = [
            {"record_id": label["record_id"], "contact_id": label["record_id"].split("-", 1)[1], "reason": "leg"}
            for label in self._labels
        ]
        for table, rows in (
            (CONTACTS, self._contacts),
            (PERSONS, self._persons),
            (LABELS, self._labels),
            (STEPS, self._steps),
            (JOURNEYS, self._journeys),
            (MERGES, merges),
        ):
            engine.load(table, pd.DataFrame(rows, columns=list(table.column_names())))
        _add_links(engine)
        return engine


def _add_links(engine: Engine) -> None:
    """What linking leaves beside `persons`: each contact a node of its own, one hub a person, nothing set aside."""
    engine.save("persons_exact", "SELECT * FROM persons")
    engine.save(
        "identity_edges",
        "SELECT 'c' || contact_id AS node, 'x:' || person_id AS hub, 'phone' AS kind, 1.0 AS score FROM persons",
    )
    engine.save("person_parts", "SELECT 'c' || contact_id AS node, person_id AS part FROM persons")
    engine.save("part_persons", "SELECT DISTINCT person_id AS part, person_id FROM persons")
    engine.save(
        "set_aside_keys",
        "SELECT 'phone' AS kind, 'k' AS key, 0::BIGINT AS n_contacts, 0::BIGINT AS n_accounts, '' AS reason WHERE false",
    )


def rows_of(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query as plain tuples, missing values as None."""
    frame = engine.run(sql)
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in frame.itertuples(index=False)]

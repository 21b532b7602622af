"""A change of the model of reasons breaks the line of what hangs on it."""

from __future__ import annotations

import pytest

from journeys.engine import Engine
from mining.model_breaks import MEASURES, find_model_breaks

OLD, NEW = "a1", "b2"


@pytest.mark.parametrize(
    ("weeks", "breaks"),
    [
        ([(OLD, 5, 0), (OLD, 5, 0), (OLD, 5, 0)], []),
        (
            [(OLD, 5, 0), (OLD, 5, 4), (NEW, 5, 1)],
            ["2026-W03"],
        ),  # most of the second week's notes were read by the old one
        ([(OLD, 5, 0), (NEW, 5, 0), (OLD, 5, 0)], ["2026-W02", "2026-W03"]),
    ],
)
def test_a_week_belongs_to_the_model_that_read_most_of_it(weeks: list[tuple[str, int, int]], breaks: list[str]) -> None:
    rows = []
    for at, (model, n, n_other) in enumerate(weeks, start=1):
        models = [model] * n + [NEW if model == OLD else OLD] * n_other
        rows += [(f"{at}-{place}", f"2026-W{at:02}", name) for place, name in enumerate(models)]
    with Engine() as engine:
        listed = ", ".join(str(row) for row in rows)
        engine.save("read", f"SELECT * FROM (VALUES {listed}) AS t(record_id, week, model_version)")
        engine.save("labels", "SELECT record_id, model_version FROM read")
        engine.save("merges", "SELECT record_id, record_id AS contact_id FROM read")
        engine.save("contacts", "SELECT record_id AS contact_id, week FROM read")
        found = find_model_breaks(engine, "2026-W03")
    assert [(each.measure, each.from_week) for each in found] == [(name, week) for week in breaks for name in MEASURES]

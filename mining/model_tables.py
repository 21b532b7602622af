"""How far the process model behind a map can be trusted, as a table of the findings."""

from __future__ import annotations

import pandas as pd

from journeys.settings import Settings
from mining.models import ProcessModel
from mining.suppress import Show, publish_table
from mining.tables import FindingTable


def model_table(model: ProcessModel | None, settings: Settings, period: str) -> FindingTable:
    """The qualities of a service's model as measure, value and unit."""
    rows = pd.DataFrame(
        [
            ("Different steps in the model", model.n_steps if model else 0, "steps"),
            ("Share of journeys that fit the model (fitness)", round(model.fitness, 3) if model else None, "share"),
            ("Share of what it allows that happens (precision)", round(model.precision, 3) if model else None, "share"),
            ("How simple it is, 1 at most (simplicity)", round(model.simplicity, 3) if model else None, "share"),
            ("Share of journeys used to find it", round(model.coverage, 3) if model else None, "share"),
            ("Share of journeys replayed on it", round(model.replayed, 3) if model else None, "share"),
        ],
        columns=["measure", "value", "unit"],
    )
    shows = [
        Show("measure", "Measure", "text"),
        Show("value", "Value", "count"),
        Show("unit", "Unit", "text"),
    ]
    return publish_table("model", "The process model behind the map", period, "model", rows, shows, settings.publishing)

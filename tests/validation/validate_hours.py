"""Handling hours on simulated contacts: do intervals hold the generator's mean times the contacts?

Each council has cells of at least 100 contacts with known handling time; a person makes one or more of them and has a pace of
their own, times are skewed (gamma). Handling time is missing at random of up to a half. In a third long calls are the ones
whose time is missing; those are printed apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from journeys.engine import Engine
from mining.hours import measure_handling

N_COUNCILS, _CELLS = 210, 10


def validate_hours() -> dict[str, Any]:
    """Figures by name."""
    held: dict[bool, list[bool]] = {False: [], True: []}
    for seed in range(N_COUNCILS):
        held[seed % 3 == 2] += _council(seed, is_broken=seed % 3 == 2)
    return {
        "hours_coverage": float(np.mean(held[False])),
        "hours_n_intervals": len(held[False]),
        "hours_coverage_broken": float(np.mean(held[True])),
    }


def _council(seed: int, *, is_broken: bool) -> list[bool]:
    draw = np.random.default_rng(seed)
    parts, true = [], {}
    for cell in range(_CELLS):
        n_persons = int(draw.integers(150, 800))
        person = np.repeat(np.arange(n_persons), draw.geometric(draw.uniform(0.6, 0.95), n_persons))
        mean, pace = draw.uniform(120, 900), draw.gamma(8, 1 / 8, n_persons)
        seconds = draw.gamma(2.0, mean / 2.0, len(person)) * pace[person]
        is_missing = draw.random(len(person)) < draw.uniform(0, 0.5) * (
            np.where(seconds > mean, 1.6, 0.4) if is_broken else 1.0
        )
        parts.append(
            pd.DataFrame(
                {"service": f"s{cell}", "demand": "failure", "person_id": [f"p{n}" for n in person],
                 "handle_s": np.where(is_missing, np.nan, seconds)}
            )
        )  # fmt: skip
        true[f"s{cell}"] = mean
    facts = pd.concat(parts, ignore_index=True).assign(week="2026-W46", direction="inbound", is_staff_handled=True)
    with Engine() as engine:
        engine.load_frame("with_gaps", facts)
        engine.save(
            "contact_facts",
            "SELECT * REPLACE (CASE WHEN isnan(handle_s) THEN NULL ELSE handle_s END AS handle_s) FROM with_gaps",
        )
        found = measure_handling(engine, ("service", "demand"), "2026-W46", "2026-W46")
    return [
        bool(row.mean_low <= true[row.service] <= row.mean_high) for row in found.itertuples() if row.n_known >= 100
    ]

"""Shares of contacts on simulated councils whose people come back: does the interval hold the true share, and would a plain one?

Each council has ten services. Most of a service's people make few contacts, some make many and meet failure more often;
each person has a chance of failure of their own (beta), and a favourite type of it. True shares are the generator's
parameters. Plain: Wilson's interval as if each contact were another person's. In a third of the councils an assumption is
broken: a third of the contacts are linked to nobody, so that a person's contacts fall apart. Those are printed apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from journeys.engine import Engine
from mining.clustered import add_independent, add_independent_parts
from mining.intervals import wilson_interval

N_COUNCILS = 240
_SERVICES = 10
_TYPES = 3
_LEAST_CONTACTS, _LEAST_OF_TYPE = 100, 20
_MEASURES = ("rate", "type_share")


def validate_clustered() -> dict[str, Any]:
    """Figures by name: coverage of the published and the plain interval, of failure rates and of shares of types."""
    held: dict[bool, list[dict[str, list[tuple[bool, bool]]]]] = {False: [], True: []}
    for seed in range(N_COUNCILS):
        held[seed % 3 == 2].append(_council(seed, is_broken=seed % 3 == 2))
    figures: dict[str, Any] = {"clustered_councils": N_COUNCILS}
    for is_broken, suffix in ((False, ""), (True, "_broken")):
        for measure in _MEASURES:
            hits = np.array([hit for council in held[is_broken] for hit in council[measure]])
            means = np.array([np.mean([own for own, _ in council[measure]]) for council in held[is_broken]])
            name = f"clustered_{measure}"
            figures[f"{name}_coverage{suffix}"] = float(hits[:, 0].mean())
            figures[f"{name}_coverage{suffix}_se"] = float(means.std(ddof=1) / np.sqrt(len(means)))
            figures[f"{name}_plain_coverage{suffix}"] = float(hits[:, 1].mean())
            figures[f"{name}{suffix}_n"] = len(hits)
    return figures


def _council(seed: int, *, is_broken: bool) -> dict[str, list[tuple[bool, bool]]]:
    draw = np.random.default_rng(seed)
    services = [_service(draw, f"s{at}", is_broken=is_broken) for at in range(_SERVICES)]
    with Engine() as engine:
        engine.load_frame("contact_facts", pd.concat([contacts for contacts, _, _ in services], ignore_index=True))
        rows = engine.run(
            "SELECT service, count(*) AS n, count(*) FILTER (WHERE is_failure) AS y FROM contact_facts GROUP BY service"
        )
        rated = {"rate": ("is_failure", "true")}
        rows = add_independent(engine, rows, "service", rated, "true", by="service").set_index("service")
        kinds = engine.run(
            "SELECT service || kind AS cell, count(*) AS y FROM contact_facts WHERE is_failure GROUP BY cell"
        )
        kinds = add_independent_parts(
            engine, kinds, "service || kind", "is_failure", "share", whole="service", by="cell"
        ).set_index("cell")
    held: dict[str, list[tuple[bool, bool]]] = {measure: [] for measure in _MEASURES}
    for at, (_, rate, shares) in enumerate(services):
        row = rows.loc[f"s{at}"]
        if row["n"] >= _LEAST_CONTACTS:
            held["rate"].append(_holds(rate, row["y"], row["n"], row["rate_independent"]))
        for kind, share in enumerate(shares):
            if min(share, 1 - share) * row["y"] >= _LEAST_OF_TYPE and row["y"] >= _LEAST_CONTACTS:
                cell = kinds.loc[f"s{at}k{kind}"]
                held["type_share"].append(_holds(share, cell["y"], row["y"], cell["share_independent"]))
    return held


def _holds(true: float, yes: float, n: float, independent: float) -> tuple[bool, bool]:
    """Whether the interval of the share holds the true one: as published, and plain."""
    low, high = wilson_interval(yes / n * independent, independent)
    plain_low, plain_high = wilson_interval(yes, n)
    return low <= true <= high, plain_low <= true <= plain_high


def _service(draw: np.random.Generator, name: str, *, is_broken: bool) -> tuple[pd.DataFrame, float, list[float]]:
    """Contacts of one service, its true failure rate, and the true share of each type of its failures.

    Persons: a share comes often. Of each class the mean number of contacts is 1 + its pace, its mean chance is set.
    """
    n_persons = int(draw.integers(150, 1500))
    often = draw.uniform(0.05, 0.25)
    paces, chances = (draw.uniform(0.1, 0.8), draw.uniform(2.0, 5.0)), (draw.uniform(0.1, 0.4), draw.uniform(0.3, 0.6))
    firmness = draw.uniform(1.0, 6.0)  # a + b of the beta distribution: low means that persons differ much
    favour = draw.dirichlet([3.0] * _TYPES)
    kind = (draw.random(n_persons) < often).astype(int)
    n_contacts = 1 + draw.poisson(np.array(paces)[kind] * draw.gamma(2.0, 0.5, n_persons))
    mean = np.array(chances)[kind]
    own = draw.beta(mean * firmness, (1 - mean) * firmness)
    favourite = draw.choice(_TYPES, n_persons, p=favour)
    person = np.repeat(np.arange(n_persons), n_contacts)
    is_own_type = draw.random(len(person)) < 0.6
    types = np.where(is_own_type, favourite[person], draw.integers(0, _TYPES, len(person)))
    ids = pd.Series(person).map(lambda one: f"{name}p{one}")
    if is_broken:
        is_lost = draw.random(len(person)) < 1 / 3
        ids = ids.where(~is_lost, [f"{name}u{at}" for at in range(len(person))])
    contacts = pd.DataFrame(
        {"service": name, "person_id": ids, "is_failure": draw.random(len(person)) < own[person],
         "kind": [f"k{one}" for one in types]}
    )  # fmt: skip
    weights = np.array([(1 - often) * (1 + paces[0]), often * (1 + paces[1])])
    rate = float(weights @ np.array(chances) / weights.sum())
    return contacts, rate, [float(0.6 * part + 0.4 / _TYPES) for part in favour]

"""Failure as people would find it, not as the model does: the model's share moved by its errors on notes that people read.

In: `labels`, `merges`, `contacts`, `persons`, and answers on notes (see `mining.label_accuracy`). Out: published tables, raw and
corrected side by side, for all notes and by service.

Corrected share = model's share + weighted mean of (what people said - what the model said), both 0 or 1; each read note
weighs as many as it stands for (difference estimator; Sarndal, Swensson and Wretman 1992, section 6.3). Interval: 4,000 seeded
bootstrap draws over both errors, of persons with all their notes for the model's share, of read notes for the difference (B.
Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993). Among the read notes drawn from are two more, one wrong either
way, so that a sample without an error is not taken for certainty. Check: Rogan and Gladen (American Journal of Epidemiology 107,
1978), from how many failures the model finds (s) and how many others it leaves alone (t): (share + t - 1) / (s + t - 1).
Nothing corrected is said of a group of notes before 200 of them, drawn at random, are read. A model may know the words of one
service better than another's, so services are compared by corrected shares alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from journeys.engine import Engine
from journeys.note_reviews import ENOUGH, RANDOM
from journeys.settings import Settings
from mining.clustered import independent_contacts
from mining.intervals import wilson_interval
from mining.label_accuracy import PERIOD, join_answers, known_from
from mining.suppress import TOTAL, Show, publish_table
from mining.tables import FindingTable

_DRAWS = 4000
_SEED = 1927
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected share with its 95% interval, and Rogan and Gladen's (None where the model does no better than chance)."""

    value: float
    low: float
    high: float
    check: float | None


def corrected_tables(engine: Engine, reviews: pd.DataFrame, settings: Settings) -> dict[str, FindingTable]:
    """Both tables by id: `failure_corrected` of all notes, `corrected_by_service`."""
    answered = join_answers(engine, reviews, settings.taxonomy)
    services = engine.run(
        "SELECT a.record_id, c.service FROM note_answers a JOIN merges USING (record_id) JOIN contacts c USING (contact_id)"
    )
    answered = answered.merge(services, on="record_id", how="left")
    tables = [_all_notes(engine, answered, settings), _by_service(engine, answered, settings)]
    return {table.table_id: table for table in tables}


def correct_share(patterns: pd.DataFrame, answered: pd.DataFrame) -> Corrected:
    """The model's share of `patterns` (persons with y of n notes said to be failure) corrected by `answered`.

    answered: is_failure (what people said), is_said_failure (the model), weight. Both must have rows.
    """
    y, n, persons = (patterns[name].to_numpy(np.float64) for name in ("y", "n", "persons"))
    truth, said, weight = (answered[name].to_numpy(np.float64) for name in ("is_failure", "is_said_failure", "weight"))
    raw = float(persons @ y / (persons @ n))
    value = raw + float(np.average(truth - said, weights=weight))
    draw = np.random.default_rng(_SEED)
    drawn = draw.multinomial(int(persons.sum()), persons / persons.sum(), size=_DRAWS)
    shares = (drawn @ y) / (drawn @ n)
    error = np.append(truth - said, [1.0, -1.0])
    weights = np.append(weight, [weight.mean()] * 2)
    read = draw.multinomial(len(error), np.full(len(error), 1 / len(error)), size=_DRAWS)
    low, high = np.quantile(shares + (read @ (weights * error)) / (read @ weights), [0.025, 0.975])
    ends = [min(max(float(end), 0.0), 1.0) for end in (value, min(low, value), max(high, value))]
    return Corrected(ends[0], ends[1], ends[2], _rogan_gladen(raw, truth, said, weight))


def _rogan_gladen(raw: float, truth: Numbers, said: Numbers, weight: Numbers) -> float | None:
    failures, others = weight[truth > 0].sum(), weight[truth == 0].sum()
    if not failures or not others:
        return None
    found = float((weight * said)[truth > 0].sum() / failures)
    left_alone = float((weight * (1 - said))[truth == 0].sum() / others)
    better = found + left_alone - 1
    return min(max((raw + left_alone - 1) / better, 0.0), 1.0) if better > 0 else None


def _all_notes(engine: Engine, answered: pd.DataFrame, settings: Settings) -> FindingTable:
    patterns = _patterns(engine, settings, "'all'")
    model, people = "As the model says", "As people who read notes would say"
    words = known_from(answered)
    rows: list[dict[str, Any]] = [{"what": model, "value": None, "n": 0, "known_from": "the model"},
            {"what": people, "value": None, "n": len(answered), "known_from": words}]  # fmt: skip
    if len(patterns):
        sums = _sums(patterns)
        low, high = wilson_interval(sums["y"] / sums["n"] * sums["independent"], sums["independent"])
        rows[0] |= {"value": sums["y"] / sums["n"], "low": low, "high": high, "n": int(sums["n"])}
        if (answered["stratum"] == RANDOM).sum() >= ENOUGH:
            found = correct_share(patterns, answered)
            rows[1] |= {"value": found.value, "low": found.low, "high": found.high}
            rows.append({"what": "Check: from how often the model finds failure, and how often it sees it where there is none",
                         "value": found.check, "n": len(answered), "known_from": words})  # fmt: skip
    return publish_table(
        "failure_corrected",
        "Share of notes that tell of failure",
        PERIOD,
        "failure_corrected",
        pd.DataFrame(rows, columns=["what", "value", "low", "high", "n", "known_from"]),
        [
            Show("what", "What", "text"),
            Show("value", "Share", "share", low="low", high="high"),
            Show("n", "Notes", "count"),
            Show("known_from", "Known from", "text"),
        ],
        settings.publishing,
    )


def _by_service(engine: Engine, answered: pd.DataFrame, settings: Settings) -> FindingTable:
    """One row for each service with notes, by name: services are not put in order of a share that may be the model's error."""
    patterns = _patterns(engine, settings, "service")
    rows = []
    for service, own in patterns.groupby("item"):
        sums, read = _sums(own), answered[answered["service"] == service]
        n_random = int((read["stratum"] == RANDOM).sum())
        row: dict[str, Any] = {"name": settings.service_name(str(service)), **sums, "raw": sums["y"], "n_read": len(read),
               "n_needed": max(ENOUGH - n_random, 0), "guard": min(sums["persons"], sums["y"], sums["n"] - sums["y"])}  # fmt: skip
        if n_random >= ENOUGH:
            found = correct_share(own, read)
            row |= {"corrected": found.value, "low": found.low, "high": found.high, "check": found.check}
        rows.append(row)
    columns = ["name", "n", "persons", "raw", "independent", "corrected", "low", "high", "check", "guard", "n_read", "n_needed"]  # fmt: skip
    return publish_table(
        "corrected_by_service",
        "Share of notes that tell of failure, by service",
        PERIOD,
        "corrected_by_service",
        pd.DataFrame(rows, columns=columns).sort_values("name"),
        [
            Show("name", "Service", "text"),
            Show("n", "Notes", "contacts", guard="persons"),
            Show("raw", "As the model says", "share", guard="persons", of="n", independent="independent"),
            Show("corrected", "As people who read notes would say", "share", guard="guard", low="low", high="high"),
            Show("check", "Check by the model's two kinds of error", "share", guard="guard"),
            Show("n_read", "Notes read", "count"),
            Show("n_needed", "Notes still to read before it is compared", "count"),
        ],
        settings.publishing,
        parts_of=TOTAL,
    )  # fmt: skip


def _patterns(engine: Engine, settings: Settings, item: str) -> pd.DataFrame:
    """How many persons have y notes said to be failure among n, by item (SQL): all that a bootstrap over persons needs."""
    slugs = ", ".join(f"'{slug}'" for slug in settings.taxonomy.slugs_of("failure"))
    return engine.run(
        f"""
        WITH own AS (
            SELECT {item} AS item, p.person_id, count(*) AS n,
                   count(*) FILTER (WHERE NOT l.is_abstained AND l.demand_type IN ({slugs})) AS y
            FROM labels l JOIN merges m USING (record_id) JOIN contacts c USING (contact_id) JOIN persons p USING (contact_id)
            WHERE c.service IS NOT NULL OR {item} = 'all'
            GROUP BY item, p.person_id)
        SELECT item, y, n, count(*) AS persons FROM own GROUP BY item, y, n ORDER BY item, n, y"""
    )


def _sums(patterns: pd.DataFrame) -> dict[str, float]:
    y, n, persons = (patterns[name].to_numpy(np.float64) for name in ("y", "n", "persons"))
    yes, of, many = float(persons @ y), float(persons @ n), float(persons.sum())
    independent = independent_contacts(yes, of, persons @ (y * y), persons @ (y * n), persons @ (n * n), many)
    return {"y": yes, "n": of, "persons": many, "independent": float(independent)}

"""How close a service's journeys come to the one designed for it, as tables of the findings.

In: `window_events`, `window_journeys`, the designs of the settings. Out: published tables of one service; none without a
design. Only journeys that have ended are compared: one that still goes on has not left out what may yet come.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import pandas as pd
from defusedxml.ElementTree import fromstring

from journeys.designs import Design, tasks_of
from journeys.engine import Engine
from journeys.errors import SettingsError
from journeys.settings import Settings
from journeys.times import literal
from mining.conformance import (
    LONGEST_ALIGNED,
    MOST_ALIGNED,
    Aligned,
    align_variants,
    count_deviations,
    net_of,
    steps_of_net,
)
from mining.dialect import STEP_MARK
from mining.suppress import Show, publish_table, share_cell
from mining.tables import FindingTable

_MOST_SHOWN = 8  # of each kind
CAPS = f"the {MOST_ALIGNED} most frequent ways of up to {LONGEST_ALIGNED} steps"


def conformance_tables(engine: Engine, service: str, settings: Settings, period: str) -> list[FindingTable]:
    """Raises SettingsError for a BPMN file that is no process."""
    design = settings.designs.designed.get(service)
    if design is None:
        return []
    try:
        net = net_of(design)
    except ValueError as error:
        raise SettingsError([f"config/designed/{service}.bpmn: {error}"]) from None
    engine.save("designed_events", designed_events_sql(design, service))
    engine.save("designed_journeys", designed_journeys_sql())
    rows = engine.run(
        """
        SELECT variant_id, steps, count(*) AS n_journeys FROM designed_journeys
        GROUP BY variant_id, steps ORDER BY n_journeys DESC, variant_id"""
    )
    weights = {str(variant): int(n) for variant, n in zip(rows["variant_id"], rows["n_journeys"], strict=True)}
    variants = {
        str(variant): str(steps).split(STEP_MARK)
        for variant, steps in zip(rows["variant_id"], rows["steps"], strict=True)
    }
    aligned = align_variants(net, variants, weights)
    n_persons = int(engine.value("SELECT count(DISTINCT person_id) FROM designed_journeys"))
    return [
        _summary(aligned, weights, n_persons, settings, period),
        _deviations(engine, aligned, settings, period),
        _unseen(engine, steps_of_net(net), settings, period),
    ]


def designed_events_sql(design: Design, service: str) -> str:
    """Events of ended journeys under the names the design has for them; others keep their own."""
    return f"""
    SELECT e.journey_id, e.person_id, e.position, e.kind, e.activity, {_label_sql(design)} AS label
    FROM window_events e JOIN window_journeys j USING (journey_id)
    WHERE e.service = {literal(service)} AND NOT j.is_open"""


def designed_journeys_sql() -> str:
    """One row per journey with its steps, joined, and an id that is equal for equal steps."""
    return f"""
    SELECT journey_id, min(person_id) AS person_id, string_agg(label, '{STEP_MARK}' ORDER BY position) AS steps,
           left(sha256(string_agg(label, '{STEP_MARK}' ORDER BY position)), 16) AS variant_id
    FROM designed_events GROUP BY journey_id"""


def _label_sql(design: Design) -> str:
    if design.bpmn:
        tasks = tasks_of(fromstring(design.bpmn))
        named = " ".join(f"WHEN lower(e.activity) = {literal(task.lower())} THEN {literal(task)}" for task in tasks)
        return f"CASE {named} ELSE e.activity END"
    cases = []
    for step in design.steps:
        tests = [
            f"{column} IN ({', '.join(map(literal, values))})"
            for column, values in (
                ("e.activity", step.activities), ("e.demand_type", step.demand_types), ("e.channel", step.channels),
            )
            if values
        ] or [f"e.activity = {literal(step.name)}"]  # fmt: skip
        cases.append(f"WHEN {' AND '.join(tests)} THEN {literal(step.name)}")
    return f"CASE {' '.join(cases)} ELSE e.activity END"


def _summary(
    aligned: dict[str, Aligned], weights: dict[str, int], n_persons: int, settings: Settings, period: str
) -> FindingTable:
    covered = sum(weights[variant] for variant in aligned)
    total = sum(weights.values())
    whole = sum(weights[variant] for variant, found in aligned.items() if not found.deviations)
    fitness = sum(found.fitness * weights[variant] for variant, found in aligned.items()) / covered if covered else None
    rows = [
        ("Journeys that have ended", total, "journeys"),
        (f"Compared: {CAPS}", 1.0 if covered == total else share_cell(covered, total, settings.publishing), "share"),
        ("Went wholly as designed", share_cell(whole, covered, settings.publishing), "share"),
        ("How well they fit (fitness)", None if fitness is None else round(fitness, 3), "share"),
    ]
    return publish_table(
        "conformance", "How close journeys come to the one designed", period, "conformance",
        pd.DataFrame([(*row, n_persons) for row in rows], columns=["measure", "value", "unit", "n_persons"]),
        [
            Show("measure", "Measure", "text"),
            Show("value", "Value", "count", guard="n_persons"),
            Show("unit", "Unit", "text"),
        ],
        settings.publishing,
    )  # fmt: skip


def _deviations(engine: Engine, aligned: dict[str, Aligned], settings: Settings, period: str) -> FindingTable:
    counted = [
        (variant, deviation.is_missing, deviation.step, deviation.after, times)
        for variant, found in sorted(aligned.items())
        for deviation, times in count_deviations(found).items()
    ]
    columns = ["variant_id", "is_missing", "step", "after_step", "times"]
    engine.load_frame(
        "deviating", pd.DataFrame(counted, columns=columns).astype({"times": "int64", "is_missing": "bool"})
    )
    rows = engine.run(
        """
        WITH contacts_of AS (
            SELECT label, count(*) FILTER (WHERE kind = 'contact') * 2 > count(*) AS is_contact
            FROM designed_events GROUP BY label),
        counted AS (
            SELECT d.is_missing, d.step, d.after_step, count(*) AS n_journeys, count(DISTINCT j.person_id) AS n_persons,
                   sum(CASE WHEN d.is_missing THEN NULL WHEN c.is_contact THEN d.times ELSE 0 END) AS n_extra
            FROM deviating d JOIN designed_journeys j USING (variant_id) LEFT JOIN contacts_of c ON c.label = d.step
            GROUP BY d.is_missing, d.step, d.after_step HAVING count(DISTINCT j.person_id) >= $fewest),
        ranked AS (
            SELECT *, row_number() OVER (PARTITION BY is_missing ORDER BY n_extra DESC NULLS LAST, n_journeys DESC, step, after_step)
                          AS place,
                   (SELECT count(*) FROM designed_journeys) AS n_all
            FROM counted)
        SELECT * FROM ranked WHERE place <= $most ORDER BY is_missing, place""",
        fewest=settings.publishing.suppress_below,
        most=_MOST_SHOWN,
    )
    return publish_table(
        "deviations", "What was left out and what came on top", period, "conformance",
        rows.assign(
            what=["Left out" if missing else "On top" for missing in rows["is_missing"]],
            after=[step or "the beginning" for step in rows["after_step"]],
            share=rows["n_journeys"],
        ),
        [
            Show("what", "Compared with the design", "text"),
            Show("step", "Step", "text"),
            Show("after", "After", "text"),
            Show("n_journeys", "Journeys", "journeys", guard="n_persons"),
            Show("share", "Of those that ended", "share", guard="n_persons", of="n_all"),
            Show("n_extra", "Extra contacts", "contacts", guard="n_persons"),
        ],
        settings.publishing,
    )  # fmt: skip


def _unseen(engine: Engine, steps: Sequence[str], settings: Settings, period: str) -> FindingTable:
    """Steps of the design that no event matches, with the names on the map that come nearest."""
    rows = engine.run(
        """
        SELECT label, activity, count(DISTINCT person_id) AS n_persons FROM designed_events GROUP BY label, activity
        HAVING count(DISTINCT person_id) >= $fewest ORDER BY label, activity""",
        fewest=settings.publishing.suppress_below,
    )
    seen, names = set(rows["label"]), sorted(set(rows["activity"]))
    unseen = [
        {"step": step, "nearest": "; ".join(difflib.get_close_matches(step, names, n=3, cutoff=0.4)) or "none"}
        for step in steps
        if step not in seen
    ]
    return publish_table(
        "design_names", "Steps of the design that nobody took, or that are named otherwise", period, "conformance",
        pd.DataFrame(unseen, columns=["step", "nearest"]),
        [Show("step", "Step of the design", "text"), Show("nearest", "Nearest names on the map", "text")],
        settings.publishing,
    )  # fmt: skip

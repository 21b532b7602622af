"""Journeys of the sample council cut by gap and by process, against those that were planted, over three seeds.

Planted journeys with the same key on all contacts, not cut by the period's ends. Whole: all its contacts in one journey
that holds nobody else's. Split: in more than one journey. Over-merged: journeys found that hold contacts of more than one
planted journey, as a share of all found. Near: whole, of the few planted within the gap of another. At half, as set and at double the services' gaps.

The council's journeys are planted further apart than the gaps of its settings, all but one in fifty, so "as set" is the
best the cut by gap can do; at double the gap it meets what a council meets whose gap is set too long.

Needs: planted moves whose contacts keys join come back as one need journey (whole), with so many other contacts each (drawn
in); and the share of the need journeys found and counted that hold no planted move at all (others).
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from bench_identity_demo import load_council

from journeys.cut import contact_journeys_sql, cut_by_gap
from journeys.cut_needs import cut_needs
from journeys.cut_process import cut_as_set, journeys_by_process_sql, learn_starts
from journeys.engine import Engine
from journeys.identity.models import read_identity_model
from journeys.keys import keyed_digest_sql, read_key
from journeys.link import link_persons
from journeys.merge import merge_records
from journeys.schema import IDENTITIES, LABELS, RECORDS
from mining.demand import classify_demand
from reports.pipeline import Opened

_SEEDS = (2, 3, 4)  # the share that makes a reason a start was chosen on seed 1
_WEEKS = 26
_METHODS = {"gap": contact_journeys_sql, "process": journeys_by_process_sql}
_FACTORS = {"half": 0.5, "as_set": 1.0, "double": 2.0}


def measure_cut(folder: Path) -> dict[str, Any]:
    """Shares whole, split and over-merged by method and gap: the mean over the seeds."""
    found = []
    for seed in _SEEDS:
        opened = load_council(folder / "cut", weeks=_WEEKS, seed=seed)
        try:
            found.append(compare_cuts(opened))
        finally:
            opened.store.close()
            shutil.rmtree(folder / "cut")
    figures = {name: sum(each[name] for each in found) / len(found) for name in found[0]}
    print(f"  {'gap':<8} {'cut by':<8} {'whole':>7} {'split':>7} {'over-merged':>12} {'near, whole':>12}")
    for factor in _FACTORS:
        for method in _METHODS:
            names = ("whole", "split", "merged", "near_whole")
            whole, split, merged, near = (figures[f"cut_{method}_{factor}_{part}"] for part in names)
            print(f"  {factor:<8} {method:<8} {whole:>7.2%} {split:>7.2%} {merged:>12.2%} {near:>12.2%}")
    print(
        f"  moves whole {figures['needs_whole']:.1%}, other contacts drawn in each {figures['needs_drawn_in']:.2f}, "
        f"need journeys without a planted move {figures['needs_others']:.1%}"
    )
    return figures


def compare_cuts(opened: Opened) -> dict[str, float]:
    """The shares for one council."""
    figures: dict[str, float] = {}
    with Engine(spill_to=opened.workspace.spill) as engine:
        for table in (RECORDS, IDENTITIES, LABELS):
            engine.scan(table, [opened.workspace.data / part for part in opened.store.parts(table.name)])
        merge_records(engine, opened.settings.publishing, datetime(9999, 1, 1))
        link_persons(engine, opened.settings.identity, read_identity_model(opened.store)[0])
        cut_by_gap(engine, opened.settings)
        classify_demand(engine, opened.settings)
        _load_truth(engine, opened)
        learn_starts(engine, opened.settings)
        for factor, gap_factor in _FACTORS.items():
            for method, cut_sql in _METHODS.items():
                engine.save("cut_found", cut_sql(opened.settings, gap_factor))
                figures |= {f"cut_{method}_{factor}_{name}": value for name, value in _score(engine).items()}
        cut_as_set(engine, opened.settings)
        cut_needs(engine, opened.settings, "9999-01-01 00:00:00")
        figures |= _score_needs(engine, opened)
    return figures


def _score_needs(engine: Engine, opened: Opened) -> dict[str, float]:
    moves = json.loads((opened.workspace.root / "truth.json").read_text())["needs"]["moving_home"]
    rows = [
        (move, journey, keys and not is_cut) for move, (_, own, _, keys, is_cut) in enumerate(moves) for journey in own
    ]
    engine.load_frame("planted_moves", pd.DataFrame(rows, columns=["move", "journey", "is_asked"]))
    row = engine.run(
        """
        WITH own AS (
            SELECT m.move, m.is_asked, p.contact_id, n.need_journey_id
            FROM planted_moves m JOIN planted_in p USING (journey)
            LEFT JOIN (SELECT * FROM need_contacts WHERE need = 'moving_home') n USING (contact_id)),
        moves AS (
            SELECT move, count(*) AS n_own, count(DISTINCT need_journey_id) = 1 AND count(need_journey_id) = count(*) AS is_whole,
                   min(need_journey_id) AS need_journey_id
            FROM own WHERE is_asked GROUP BY move)
        SELECT count(*) FILTER (WHERE is_whole) / count(*) AS whole,
               sum(j.n_contacts - n_own) FILTER (WHERE is_whole) / count(*) FILTER (WHERE is_whole) AS drawn_in,
               (SELECT count(*) FILTER (WHERE need_journey_id NOT IN (SELECT need_journey_id FROM own
                                                                      WHERE need_journey_id IS NOT NULL)) / count(*)
                FROM need_journeys WHERE need = 'moving_home' AND is_counted) AS others
        FROM moves LEFT JOIN need_journeys j USING (need_journey_id)"""
    ).iloc[0]
    return {f"needs_{name}": float(value) for name, value in row.items()}


def _score(engine: Engine) -> dict[str, float]:
    row = engine.run(
        """
        WITH pairs AS (SELECT DISTINCT t.journey, t.is_asked, t.is_near, c.journey_id
                       FROM planted_in t JOIN cut_found c USING (contact_id)),
        found AS (SELECT journey_id, count(*) AS n_planted FROM pairs GROUP BY journey_id),
        planted AS (SELECT p.journey, p.is_near, count(*) AS n_found, max(f.n_planted) AS n_planted
                    FROM pairs p JOIN found f USING (journey_id) WHERE p.is_asked GROUP BY p.journey, p.is_near)
        SELECT count(*) FILTER (WHERE n_found = 1 AND n_planted = 1) / count(*) AS whole,
               count(*) FILTER (WHERE n_found > 1) / count(*) AS split,
               count(*) FILTER (WHERE is_near AND n_found = 1 AND n_planted = 1)
                   / greatest(count(*) FILTER (WHERE is_near), 1) AS near_whole,
               (SELECT count(*) FILTER (WHERE n_planted > 1) / count(*) FROM found) AS merged
        FROM planted"""
    ).iloc[0]
    return {str(name): float(value) for name, value in row.items()}


def _load_truth(engine: Engine, opened: Opened) -> None:
    """`planted_in`: contact_id, the journey it was planted in, and whether that journey can be recovered at all, or lies near another."""
    truth = json.loads((opened.workspace.root / "truth.json").read_text())
    asked = {row[0] for row in truth["journeys"] if row[4] and not row[6]}
    near = {row[0] for row in truth["journeys"] if not row[5]}
    rows = pd.DataFrame(
        [(row[0], row[1], row[3], row[3] in asked, row[3] in near) for row in truth["contacts"]],
        columns=["source", "own_id", "journey", "is_asked", "is_near"],
    )
    engine.load_frame("planted", rows)
    key = read_key(opened.workspace.key_file)
    digests = " ".join(
        f"WHEN '{source}' THEN {keyed_digest_sql(key, f'record {source}', 'own_id')}"
        for source in sorted(set(rows["source"]))
    )
    engine.save(
        "planted_in",
        f"SELECT DISTINCT contact_id, journey, is_asked, is_near FROM (SELECT *, CASE source {digests} END AS record_id "
        "FROM planted) JOIN merges USING (record_id)",
    )

"""How accurate the labels are on the council's own notes, from notes that people read.

In: `labels`, and answers (record_id, answer, stratum, weight, is_simulated, and left_out: what the model in use said of
the note while it was left out of what it learnt from, null where it was never among that). Out: published tables.

Each answered note counts with its weight, so that shares are of all notes though uncertain ones were drawn more often.
Intervals are Wilson's with the number of notes that unequal weights leave, n = (sum w)^2 / sum w^2 (Kish 1965). Shares
of failure corrected by these answers: see `mining.corrected_rates`. Before 200 notes drawn at random are answered, nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from journeys.engine import Engine
from journeys.note_reviews import ENOUGH, RANDOM
from journeys.settings import Settings
from journeys.taxonomy import Taxonomy
from mining.intervals import wilson_interval
from mining.suppress import Show, publish_table
from mining.tables import FindingTable

PERIOD = "all notes kept"
Numbers = npt.NDArray[np.float64]


def label_accuracy_tables(engine: Engine, reviews: pd.DataFrame, settings: Settings) -> dict[str, FindingTable]:
    """`label_accuracy` and `redaction_misses` by id."""
    tables = (_accuracy(join_answers(engine, reviews, settings.taxonomy), settings), _misses(reviews, settings))
    return {table.table_id: table for table in tables}


def _misses(reviews: pd.DataFrame, settings: Settings) -> FindingTable:
    """Notes drawn at random in which people who read them still saw something personal; simulated readers do not look."""
    seen = reviews.loc[(reviews["stratum"] == RANDOM) & reviews["is_personal_left"].notna(), "is_personal_left"]
    n, n_left = len(seen), int(seen.astype(bool).sum())
    low, high = wilson_interval(n_left, n) if n else (None, None)
    row = {"n": n, "n_left": n_left, "share": n_left / n if n else None, "low": low, "high": high}
    return publish_table(
        "redaction_misses",
        "Notes in which redaction left something personal",
        PERIOD,
        "redaction_misses",
        pd.DataFrame([row]),
        [
            Show("n", "Notes read", "count"),
            Show("n_left", "With something left", "count"),
            Show("share", "Share", "share", low="low", high="high"),
        ],
        settings.publishing,
    )


def known_from(answered: pd.DataFrame) -> str:
    """Who read the notes, or how many are still to be read, in words."""
    n_random = int((answered["stratum"] == RANDOM).sum())
    if n_random < ENOUGH:
        return f"not yet known: {n_random} of {ENOUGH} notes answered"
    return "simulated readers" if answered["is_simulated"].any() else "read by people"


def join_answers(engine: Engine, reviews: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """Answers in force with what the model said of the same note; types the taxonomy no longer has are left out."""
    known = reviews[reviews["answer"].isin(list(taxonomy.by_slug))]
    engine.load_frame(
        "note_answers", known.astype({"record_id": "str", "answer": "str", "stratum": "str", "left_out": "str"})
    )
    rows = engine.run(
        """
        SELECT a.*, coalesce(a.left_out, l.demand_type) AS said, l.is_abstained FROM note_answers a JOIN labels l USING (record_id)
        ORDER BY record_id"""
    )
    return rows.assign(
        is_failure=[taxonomy.demand_of(slug) == "failure" for slug in rows["answer"]],
        is_said_failure=[
            taxonomy.demand_of(slug) == "failure" and not is_abstained
            for slug, is_abstained in zip(rows["said"], rows["is_abstained"], strict=True)
        ],
        is_right=rows["answer"] == rows["said"],
        is_right_demand=[
            taxonomy.demand_of(answer) == taxonomy.demand_of(said)
            for answer, said in zip(rows["answer"], rows["said"], strict=True)
        ],
    )


def _accuracy(rows: pd.DataFrame, settings: Settings) -> FindingTable:
    sure = rows[~rows["is_abstained"].astype(bool)]
    measured = (
        ("Type of demand right", rows, "is_right"),
        ("of these, where the model was sure", sure, "is_right"),
        ("Failure or not, right", rows, "is_right_demand"),
        ("Failure contacts that are found", rows[rows["is_failure"].astype(bool)], "is_said_failure"),
        ("Contacts called failure that are", rows[rows["is_said_failure"].astype(bool)], "is_failure"),
    )
    words = known_from(rows)
    shares = [
        {
            "what": what,
            **weighted_share(own[right].to_numpy(float), own["weight"].to_numpy(float)),
            "known_from": words,
        }
        for what, own, right in measured
    ]
    if (rows["stratum"] == RANDOM).sum() < ENOUGH:
        shares = [{**share, "value": None, "low": None, "high": None} for share in shares]
    return publish_table(
        "label_accuracy",
        "How often the reason recognised is right",
        PERIOD,
        "label_accuracy",
        pd.DataFrame(shares),
        [
            Show("what", "What", "text"),
            Show("value", "Share", "share", low="low", high="high"),
            Show("n", "Notes read", "count"),
            Show("known_from", "Known from", "text"),
        ],
        settings.publishing,
    )


def tested_tables(tested: Mapping[str, Any], settings: Settings) -> dict[str, FindingTable]:
    """How the model that comes with the project did on notes of writers it had not seen: by type, and by confidence."""
    by_slug = settings.taxonomy.by_slug
    types = [
        {
            "demand_type_name": by_slug[row["name"]].name, "n": row["n"],
            **{f"{of}_{part}": row[of][part] for of in ("precision", "recall") for part in ("value", "low", "high")},
        }
        for row in tested.get("types", ())
        if row["name"] in by_slug
    ]  # fmt: skip
    bins = [
        {
            "range": f"{one['low']:.1f} to {one['high']:.1f}", "confidence": one["confidence"], "n": one["right"]["n"],
            **{part: one["right"][part] for part in ("value", "low", "high")},
        }
        for one in tested.get("calibration", ())
    ]  # fmt: skip
    period = "notes that come with journeys, each read by a model that had not seen its writer"
    tables = [
        publish_table(
            "label_types",
            "How well each reason is recognised",
            period,
            "label_types",
            pd.DataFrame(
                types, columns=list(types[0]) if types else ["demand_type_name", "n", "precision_value", "recall_value"]
            ),
            [
                Show("demand_type_name", "Type", "text"),
                Show("n", "Notes", "count"),
                Show("precision_value", "Right of those said", "share", low="precision_low", high="precision_high"),
                Show("recall_value", "Found of those there", "share", low="recall_low", high="recall_high"),
            ],
            settings.publishing,
        ),
        publish_table(
            "calibration",
            "Confidence beside what came true",
            period,
            "calibration",
            pd.DataFrame(bins, columns=list(bins[0]) if bins else ["range", "confidence", "n", "value"]),
            [
                Show("range", "Confidence", "text"),
                Show("n", "Notes", "count"),
                Show("confidence", "Mean confidence", "share"),
                Show("value", "Right", "share", low="low", high="high"),
            ],
            settings.publishing,
        ),
    ]
    return {table.table_id: table for table in tables}


def emerging_table(rows: pd.DataFrame, period: str, settings: Settings) -> FindingTable:
    """Groups of notes that no type fits (words, n_contacts, n_persons), as the floor that reads notes found them."""
    return publish_table(
        "emerging",
        "Words that notes without a clear reason share",
        period,
        "emerging",
        rows,
        [Show("words", "Words", "text"), Show("n_contacts", "Contacts", "contacts", guard="n_persons")],
        settings.publishing,
    )


def weighted_share(is_true: Numbers, weights: Numbers) -> dict[str, float | int | None]:
    """A weighted share with its interval: value, low, high (0-1) and n, the notes it rests on; None of no notes."""
    if not len(is_true):
        return {"value": None, "low": None, "high": None, "n": 0}
    p = float(np.average(is_true, weights=weights))
    n = float(weights.sum() ** 2 / (weights**2).sum())
    low, high = wilson_interval(p * n, n)
    return {"value": p, "low": min(low, p), "high": max(high, p), "n": len(is_true)}

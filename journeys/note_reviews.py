"""What people said of redacted notes: which notes they are shown, and their answers as a sample that can be weighed.

A draw has two parts: notes at random from all that are stored and not yet answered, and more of those the model is unsure
of, which teach it most. Each row carries the chance it had of being drawn (inclusion), so that shares over both parts
weigh each note by how many it stands for (Horvitz and Thompson 1952).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from journeys.answers import AnswerLog
from journeys.catalogue import NOTE_REVIEWS, NOTE_TESTS
from journeys.engine import Engine
from journeys.store import Store

NOTE_ANSWERS = AnswerLog(NOTE_REVIEWS, "record_id", "notes")
RANDOM, UNCERTAIN = "random", "uncertain"
ENOUGH = 200  # notes drawn at random and answered before anything is said about accuracy
_UNSURE_BELOW = 0.6
_Z = 1.959963984540054


def read_note_reviews(store: Store) -> pd.DataFrame:
    """The answer in force on each note: record_id, answer ("" where reviewers disagree), stratum, weight, is_simulated,
    is_personal_left (one reviewer who saw it is enough; null where nobody looked).

    Weights are 1 / inclusion, scaled so that those of one import add up to its notes: imports are samples of one store.
    """
    given = NOTE_ANSWERS.standing(store)
    n_said = given.groupby("record_id")["answer"].transform("nunique")
    given = given.assign(answer=given["answer"].where(n_said == 1, ""), weight=1 / given["inclusion"].astype("float64"))
    given["is_personal_left"] = given.groupby("record_id")["is_personal_left"].transform("max")
    given = given.drop_duplicates("record_id").sort_values("record_id").reset_index(drop=True)
    own = given.groupby("batch")["weight"]
    given["weight"] = given["weight"] * own.transform("count") / own.transform("sum")
    return given[["record_id", "answer", "stratum", "weight", "is_simulated", "is_personal_left"]]


def note_reviews_version(store: Store) -> str:
    """Changes when an answer in force does; "none" while there is none."""
    reviews = read_note_reviews(store)
    return hashlib.sha256(reviews.to_csv().encode()).hexdigest()[:16] if len(reviews) else "none"


def read_note_tests(store: Store, version: str) -> dict[str, str]:
    """What a model said of the council's own notes while each was left out of what it learnt from, by record."""
    return {row["record_id"]: row["said"] for row in store.rows(NOTE_TESTS.select()) if row["version"] == version}


def save_note_tests(store: Store, version: str, said: Mapping[str, str]) -> None:
    """Keep what a model said of notes left out; what earlier models said is forgotten."""
    with store.writing() as connection:
        connection.execute(NOTE_TESTS.delete())
        rows = [{"version": version, "record_id": record_id, "said": slug} for record_id, slug in sorted(said.items())]
        connection.execute(NOTE_TESTS.insert(), rows)


def forget_notes(store: Store, record_ids: Sequence[str]) -> None:
    """Delete what people and models said of notes of these records."""
    NOTE_ANSWERS.forget(store, record_ids, ("record_id",))
    for start in range(0, len(record_ids), 500):
        with store.writing() as connection:
            connection.execute(NOTE_TESTS.delete().where(NOTE_TESTS.c.record_id.in_(record_ids[start : start + 500])))


def notes_for_interval(points: float) -> int:
    """How many notes give a share its 95% interval of plus or minus so many points, wherever the share lies."""
    return math.ceil(_Z * _Z * 0.25 / (points / 100) ** 2)


def draw_notes(engine: Engine, answered: pd.DataFrame, n_random: int, n_uncertain: int) -> pd.DataFrame:
    """Notes to answer, in an order that tells nothing: record_id, stratum, inclusion, the note and what the model said.

    In: `records`, `notes` and `labels` in the engine; `answered` has record_id. The same store gives the same draw.
    """
    engine.load_frame("answered", answered[["record_id"]].astype("str"))
    engine.save(
        "drawable",
        f"""
        SELECT n.record_id, n.note, l.demand_type, l.evidence, l.score, l.is_abstained OR l.score < {_UNSURE_BELOW}
                   AS is_unsure, r.channel, r.service, r.week,
               sha256(n.record_id || '{len(answered)}') AS place
        FROM notes n JOIN labels l USING (record_id) JOIN records r USING (record_id) ANTI JOIN answered USING (record_id)
        WHERE trim(n.note) <> ''""",
    )
    n_notes = int(engine.value("SELECT count(*) FROM drawable"))
    n_random = min(n_random, n_notes)
    engine.save("drawn_random", f"SELECT * FROM drawable ORDER BY place LIMIT {n_random}")
    engine.save("left_unsure", "SELECT * FROM drawable ANTI JOIN drawn_random USING (record_id) WHERE is_unsure")
    n_unsure = int(engine.value("SELECT count(*) FROM left_unsure"))
    n_uncertain = min(n_uncertain, n_unsure)
    at_random = n_random / n_notes if n_notes else 0.0
    later = (1 - at_random) * n_uncertain / n_unsure if n_unsure else 0.0
    rows = engine.run(
        f"""
        WITH drawn AS (
            SELECT *, '{RANDOM}' AS stratum FROM drawn_random
            UNION ALL
            SELECT *, '{UNCERTAIN}' FROM (SELECT * FROM left_unsure ORDER BY place LIMIT {n_uncertain}))
        SELECT * FROM drawn ORDER BY sha256(place)"""
    )
    inclusion = at_random + later * rows["is_unsure"].astype("float64")
    return rows.assign(inclusion=inclusion.round(6)).drop(columns=["is_unsure", "place"])

"""Probabilistic linkage on tokens: who is joined, who is not, and that a week costs what the week brings."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from journeys.engine import Engine
from journeys.errors import StoreError
from journeys.identity.groups import cluster_pairs
from journeys.identity.kept_pairs import KeptPairs, keeping
from journeys.identity.probabilistic import THRESHOLD, score_pairs
from journeys.identity.tokens import identity_tokens
from journeys.identity.training import train

KEY = b"0123456789abcdef0123456789abcdef"
N_PERSONS = 400
Record = tuple[str, str | None, str | None, str | None, str | None]


def _people() -> list[Record]:
    """Three records a person: as it is, with a slip in the surname, and with a slip in the day and no postcode."""
    choose = random.Random(3)
    syllables = [first + vowel + last for first in "bdfgkmnprst" for vowel in "aeiou" for last in "lnrst"]
    records: list[Record] = []
    for person in range(N_PERSONS):
        forename = choose.choice(syllables[:60]) + choose.choice("aeo")
        surname = choose.choice(syllables) + choose.choice(syllables)
        born = f"{choose.randint(1940, 2005)}-{choose.randint(1, 12):02}-{choose.randint(10, 28)}"
        postcode = f"ZE{choose.randint(1, 9)} {choose.randint(0, 9)}{choose.choice('ABDEFG')}{choose.choice('HJLNPQ')}"
        at = choose.randrange(1, len(surname))
        records += [
            (f"p{person:03}a", forename, surname, born, postcode),
            (f"p{person:03}b", forename, f"{surname[:at]}x{surname[at:]}", born, postcode),
            (f"p{person:03}c", forename, surname, f"{born[:-2]}{choose.randint(10, 28)}", None),
        ]
    return records


def _save(engine: Engine, name: str, records: list[Record]) -> None:
    columns = ("contact_id", "forename", "surname", "date_of_birth", "postcode")
    rows = {column: pa.array([record[at] for record in records], pa.string()) for at, column in enumerate(columns)}
    engine.connection.register("incoming", identity_tokens(pa.table(rows), KEY))
    engine.save(name, "SELECT * FROM incoming")
    engine.connection.unregister("incoming")


def _groups(engine: Engine, pairs: str = "identity_pairs") -> dict[str, str]:
    found = cluster_pairs(engine.run(f"SELECT * FROM {pairs}"), THRESHOLD)
    return dict(zip(found["contact_id"], found["group_id"], strict=True))


def test_slips_are_joined_strangers_and_bare_names_are_not() -> None:
    people = _people()
    name_only = [(f"n{at}", *people[0][1:3], None, None) for at in range(2)]
    with Engine() as engine:
        _save(engine, "tokens", people + name_only)
        score_pairs(engine, "tokens", train(engine, "tokens"))
        group_of = _groups(engine)
    wrong = [contact for contact, group in group_of.items() if contact[:4] != group[:4]]
    assert wrong == []
    assert not {"n0", "n1"} & set(group_of)
    assert len(group_of) > 0.9 * len(people)


def test_a_model_is_json_and_the_same_tokens_give_the_same_one() -> None:
    models = []
    for _ in range(2):
        with Engine() as engine:
            _save(engine, "tokens", _people())
            models.append(json.dumps(train(engine, "tokens"), sort_keys=True))
    assert models[0] == models[1]


def _weekly(engine: Engine, up_to: str) -> None:
    """People over four weeks, the last of whom all share one surname with nobody before; then cut at a week."""
    engine.save(
        "identity_contacts",
        f"""SELECT * FROM (
            SELECT t.*, '2026-W' || (43 + hash(contact_id) % 4)::VARCHAR AS week FROM tokens t) WHERE week <= '{up_to}'""",
    )


def _scored_until(engine: Engine, model: dict[str, Any], kept: KeptPairs | None, up_to: str) -> list[tuple[Any, ...]]:
    _weekly(engine, up_to)
    with keeping(engine, kept) as (since, known):
        score_pairs(engine, "identity_contacts", model, since=since, known=known)
    return list(engine.run("SELECT * FROM identity_pairs ORDER BY id_l, id_r").itertuples(index=False, name=None))


def test_week_by_week_gives_the_pairs_of_all_at_once_and_scores_only_what_is_new(tmp_path: Path) -> None:
    # One name that more than a hundred carry: blocking keys fill up on the way.
    crowd = [(f"crowd{n:03}", "anna", "smith", None, f"ZE1 {n % 10}{'ABDEFGHJLN'[n // 10 % 10]}A") for n in range(160)]
    kept = KeptPairs.of(tmp_path, "m1", THRESHOLD)
    with Engine() as engine:
        _save(engine, "tokens", _people() + crowd)
        model = train(engine, "tokens")
        for week in ("2026-W43", "2026-W44", "2026-W45", "2026-W46"):
            by_week = _scored_until(engine, model, kept, week)
            assert by_week == _scored_until(engine, model, None, week)
        assert _scored_until(engine, model, kept, "2026-W44") == _scored_until(engine, model, None, "2026-W44")
        # A record of an earlier week that goes changes all from its week on, and only that.
        engine.connection.execute("DELETE FROM tokens WHERE contact_id = 'p000a'")
        assert _scored_until(engine, model, kept, "2026-W46") == _scored_until(engine, model, None, "2026-W46")
        _weekly(engine, "2026-W46")
        with keeping(engine, kept) as (since, _):
            assert since == "9999-W99"
        with keeping(engine, KeptPairs.of(tmp_path, "m2", THRESHOLD)) as (since, known):
            assert (since, known) == ("", None)
            score_pairs(engine, "identity_contacts", model)


def test_too_few_records_to_learn_from_is_said_in_plain_words() -> None:
    with Engine() as engine:
        _save(engine, "tokens", _people()[:6])
        with pytest.raises(StoreError, match="pairs of records agree on name"):
            train(engine, "tokens")


def _pairs(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["id_l", "id_r", "match_weight"])
    return frame.assign(match_probability=1 / (1 + 2.0 ** -frame["match_weight"]))


def test_one_bridge_does_not_join_two_groups_that_disagree() -> None:
    """a-b-c and x-y-z agree among themselves (10); c-x agrees (6), the other eight pairs across speak against (-9)."""
    inside = [
        ("a", "b", 10.0),
        ("a", "c", 10.0),
        ("b", "c", 10.0),
        ("x", "y", 10.0),
        ("x", "z", 10.0),
        ("y", "z", 10.0),
    ]
    across = [(one, other, 6.0 if one + other == "cx" else -9.0) for one in "abc" for other in "xyz"]
    found = cluster_pairs(_pairs(*inside, *across), 0.8)
    assert dict(zip(found["contact_id"], found["group_id"], strict=True)) == {
        **dict.fromkeys("abc", "a"),
        **dict.fromkeys("xyz", "x"),
    }


def test_the_order_of_pairs_changes_nothing_and_loners_have_no_row() -> None:
    pairs = _pairs(
        ("a", "b", 5.0), ("b", "c", 5.0), ("a", "c", 1.0), ("d", "e", -3.0), ("f", "g", 99.0), ("f", "h", 4.0)
    )
    found = cluster_pairs(pairs, 0.8)
    assert found.equals(cluster_pairs(pairs.iloc[::-1], 0.8))
    assert dict(zip(found["contact_id"], found["group_id"], strict=True)) == {
        **dict.fromkeys("abc", "a"),
        **dict.fromkeys("fgh", "f"),
    }
    assert found.set_index("contact_id")["score"]["g"] == 1.0


def test_no_pairs_give_no_groups() -> None:
    assert cluster_pairs(_pairs(), 0.8).empty

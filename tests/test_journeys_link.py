"""Who is joined with whom, and the traps in which nobody must be: each worked out by hand on a few contacts."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from journeys.engine import Engine
from journeys.errors import SettingsError
from journeys.identity.tokens import identity_tokens
from journeys.identity.training import train
from journeys.link import link_persons
from journeys.link_clusters import review_clusters
from journeys.schema import CONTACTS, MERGES
from journeys.settings import Identity
from journeys.settings_files import read_settings
from journeys.workspace import example_settings

KEY = b"0123456789abcdef0123456789abcdef"
Contact = dict[str, Any]


def _load(engine: Engine, contacts: dict[str, Contact]) -> None:
    """Contacts named by their id: `phone` stands for phone_token and so on; `at` is minutes after nine (else in turn)."""
    columns = set(CONTACTS.column_names())
    rows = [
        {
            "contact_id": name,
            "week": "2026-W45",
            "started_at": pd.Timestamp("2026-11-02 09:00") + pd.Timedelta(minutes=at.pop("at", turn)),
        }
        | {key if key in columns else f"{key}_token": value for key, value in at.items()}
        for turn, (name, at) in enumerate((name, dict(own)) for name, own in contacts.items())
    ]
    engine.load(CONTACTS, pd.DataFrame(rows))
    engine.load(MERGES, pd.DataFrame({"record_id": list(contacts), "contact_id": list(contacts), "reason": "itself"}))
    engine.save("used", "SELECT contact_id AS record_id, * EXCLUDE (contact_id) FROM contacts")


def _linked(contacts: dict[str, Contact], identity: Identity = Identity()) -> pd.DataFrame:
    with Engine() as engine:
        _load(engine, contacts)
        link_persons(engine, identity)
        return engine.run("SELECT * FROM persons ORDER BY contact_id").set_index("contact_id")


def _reviewed(contacts: dict[str, Contact], *answers: tuple[str, str, str]) -> pd.DataFrame:
    """Linked with what people said: (one contact, another, same or different)."""
    rows = [(f"{one}{other}", one, other, answer) for one, other, answer in answers]
    reviews = pd.DataFrame(rows, columns=["pair_id", "record_l", "record_r", "answer"])
    with Engine() as engine:
        _load(engine, contacts)
        link_persons(engine, Identity(), None, reviews)
        return engine.run("SELECT * FROM persons ORDER BY contact_id").set_index("contact_id")


def _groups(persons: pd.DataFrame) -> list[str]:
    """People as the ids of their contacts: 'ab' where a and b are one; those not linked left out."""
    known = persons[~persons["method"].isin(["unlinked", "place"])]
    return sorted("".join(sorted(own.index)) for _, own in known.groupby("person_id"))


def test_each_contact_says_which_tier_joined_it_and_how_surely() -> None:
    persons = _linked(
        {
            "a": {"account": "1", "phone": "p1", "case_ref": "c1"},
            "b": {"phone": "p1"},
            "c": {"case_ref": "c1"},
            "d": {"place": "h1"},
            "e": {"place": "h1"},
            "f": {},
        }
    )
    assert list(persons["method"]) == ["account", "phone_email", "case", "place", "place", "unlinked"]
    assert list(persons["score"].fillna(-1)) == [1.0, 1.0, 1.0, -1, -1, -1]
    assert _groups(persons) == ["abc"]
    assert persons["person_id"]["d"] == persons["person_id"]["e"] == "hh1"
    assert persons["person_id"]["a"] == "p1"


def test_a_tier_left_out_joins_nothing() -> None:
    contacts = {"a": {"account": "1", "phone": "p"}, "b": {"phone": "p"}, "c": {"account": "1"}, "d": {"place": "h"}}
    only = _linked(contacts, Identity(tiers=("account",)))
    assert list(only["method"]) == ["account", "unlinked", "account", "unlinked"]
    none = _linked(contacts, Identity(tiers=()))
    assert set(none["method"]) == {"unlinked"}
    assert none["person_id"].is_unique


@pytest.mark.parametrize(
    ("first", "second", "is_joined"),
    [
        ({"name": "N", "postcode": "Z1"}, {"name": "N", "postcode": "Z2"}, True),  # moved house
        ({"name": "N", "postcode": "Z1"}, {"name": "M", "postcode": "Z1"}, True),  # a second spelling
        ({"name": "N", "postcode": "Z1"}, {}, True),  # a call beside a form
        ({"name": "N"}, {"postcode": "Z1"}, True),  # nothing that could disagree
        ({"name": "N", "postcode": "Z1"}, {"name": "M", "postcode": "Z2"}, False),
        ({"name": "N"}, {"name": "M"}, False),
        ({"postcode": "Z1", "name": "N"}, {"postcode": "Z2"}, False),
    ],
)
def test_one_phone_joins_where_name_or_postcode_agrees(first: Contact, second: Contact, is_joined: bool) -> None:
    persons = _linked({"a": {"phone": "p", **first}, "b": {"phone": "p", **second}})
    assert _groups(persons) == (["ab"] if is_joined else ["a", "b"])
    assert list(persons["method"]) == ["phone_email"] * 2


def test_a_switchboard_that_goes_with_several_accounts_joins_nobody() -> None:
    contacts = {"a": {"account": "1", "phone": "p"}, "b": {"account": "2", "phone": "p"}, "c": {"phone": "p"}}
    persons = _linked(contacts)
    assert _groups(persons) == ["a", "b"]
    assert persons["method"]["c"] == "unlinked"
    assert _groups(_linked(contacts, Identity(shared_accounts=2))) == ["abc"]


def test_a_family_email_without_accounts_joins_only_those_of_one_name() -> None:
    """Three names at one address: the address says nothing, and a message without a name could be anybody's."""
    home = {"email": "e", "postcode": "Z1"}
    persons = _linked(
        {"a": home | {"name": "M"}, "b": home | {"name": "D"}, "c": home | {"name": "K"}, "d": home | {"name": "M"}}
        | {"e": {"email": "e"}}
    )
    assert _groups(persons) == ["ad", "b", "c"]
    assert persons["method"]["e"] == "unlinked"


def test_a_couple_with_a_shared_email_and_a_phone_each_are_two_people() -> None:
    home = {"email": "e", "postcode": "Z1"}
    contacts = {
        "a": home | {"name": "M", "phone": "p1"},
        "b": {"name": "M", "phone": "p1"},
        "c": home | {"name": "D", "phone": "p2"},
        "d": {"name": "D", "phone": "p2"},
    }
    assert _groups(_linked(contacts)) == ["ab", "cd"]


def test_twins_at_one_address_on_one_phone_are_two_people() -> None:
    home = {"phone": "p", "postcode": "Z1"}
    born = {"a": "2001-05-06", "b": "2003-09-09"}
    contacts = {who: home | {"name": who, "date_of_birth": day} for who, day in born.items()}
    assert _groups(_linked(contacts)) == ["a", "b"]


def test_name_postcode_and_place_alone_join_nobody() -> None:
    same = {"name": "N", "postcode": "Z1", "date_of_birth": "D", "place": "h1", "cookie": "v"}
    assert set(_linked({"a": same, "b": same}, Identity(stitch_web="after_login"))["method"]) == {"place"}


def test_a_care_home_is_set_aside_and_counted() -> None:
    contacts = {f"c{n}": {"phone": "home", "name": f"N{n % 2}"} for n in range(5)} | {"x": {"phone": "own"}}
    with Engine() as engine:
        _load(engine, contacts)
        link_persons(engine, Identity(largest_person=4))
        methods = engine.run("SELECT method FROM persons ORDER BY contact_id")["method"]
        aside = engine.run("SELECT * FROM set_aside_keys").to_dict("records")
    assert list(methods) == ["unlinked"] * 5 + ["phone_email"]
    assert aside == [
        {
            "kind": "phone",
            "key": "home",
            "n_contacts": 5,
            "n_accounts": 0,
            "reason": "more contacts than one person makes",
        }
    ]


def test_a_value_everybody_has_joins_nobody_and_the_run_goes_on() -> None:
    everybody = {f"c{n:03}": {"account": "0", "email": "e", "place": "h"} for n in range(301)}
    assert set(_linked(everybody)["method"]) == {"unlinked"}


def test_a_recycled_mobile_keeps_its_two_owners_apart() -> None:
    """The call without a name could be either's; each owner's own contacts stay together."""
    day = 24 * 60
    persons = _linked(
        {
            "a": {"phone": "p", "name": "N", "postcode": "Z1", "at": 0},
            "b": {"phone": "p", "name": "N", "postcode": "Z1", "at": 9 * day},
            "c": {"phone": "p", "at": 200 * day},
            "d": {"phone": "p", "name": "M", "postcode": "Z2", "at": 400 * day},
        }
    )
    assert _groups(persons) == ["ab", "d"]
    assert persons["method"]["c"] == "unlinked"
    assert persons["person_id"].nunique() == 3


def test_a_changed_name_stays_with_its_account() -> None:
    contacts = {
        "a": {"account": "1", "name": "N", "phone": "p1"},
        "b": {"account": "1", "name": "M", "email": "e1"},
        "c": {"phone": "p1", "name": "N"},
        "d": {"email": "e1", "name": "M"},
    }
    assert _groups(_linked(contacts)) == ["abcd"]


@pytest.mark.parametrize("role", ["on_behalf", "professional"])
def test_a_helper_s_phone_does_not_join_them_with_whom_they_help(role: str) -> None:
    contacts = {
        "a": {"account": "1", "phone": "p1", "name": "N"},
        "b": {"account": "1", "phone": "p2", "name": "H", "party_role": role},
        "c": {"phone": "p2", "name": "H", "email": "e2"},
        "d": {"phone": "p2", "party_role": role},
    }
    persons = _linked(contacts)
    assert _groups(persons) == ["ab", "c"]
    assert persons["method"]["d"] == "unlinked"


def test_a_library_computer_joins_nobody() -> None:
    seen = {"cookie": "v", "consent_basis": "consent"}
    contacts = {"a": seen | {"account": "1"}, "b": seen | {"account": "2"}, "c": seen}
    persons = _linked(contacts, Identity(stitch_web="after_login"))
    assert _groups(persons) == ["a", "b"]
    assert persons["method"]["c"] == "unlinked"


def test_a_visitor_is_known_only_after_the_log_in_and_only_with_a_basis() -> None:
    seen: Contact = {"cookie": "v", "consent_basis": "consent"}
    contacts: dict[str, Contact] = {
        "a": seen | {"at": 0},  # before
        "b": seen | {"at": 10, "account": "1"},
        "c": seen | {"at": 40},  # on the thirtieth minute
        "d": seen | {"at": 41},
        "e": {"cookie": "v", "at": 20},  # no basis
    }
    persons = _linked(contacts, Identity(stitch_web="after_login"))
    assert list(persons["method"]) == ["unlinked", "account", "web_session", "unlinked", "unlinked"]
    assert _groups(persons) == ["bc"]
    assert _groups(_linked(contacts)) == ["b"]


def test_two_accounts_are_not_joined_through_others_keys() -> None:
    """c uses the phone of account 1 and the e-mail of account 2: it goes to neither; d is plainly account 1's."""
    contacts = {
        "a": {"account": "1", "phone": "p1"},
        "b": {"account": "2", "email": "e2"},
        "c": {"phone": "p1", "email": "e2"},
        "d": {"phone": "p1"},
    }
    persons = _linked(contacts)
    assert _groups(persons) == ["ad", "b"]
    assert persons["method"]["c"] == "unlinked"


def test_two_names_held_together_by_one_bridge_are_split_there() -> None:
    """c gives the phone of N and the e-mail of M, and no name: all three are people of their own."""
    contacts = {
        "a": {"phone": "p1", "name": "N", "postcode": "Z1"},
        "b": {"phone": "p1"},
        "c": {"phone": "p1", "email": "e2"},
        "d": {"email": "e2", "name": "M", "postcode": "Z2"},
        "e": {"email": "e2"},
    }
    persons = _linked(contacts)
    assert _groups(persons) == ["ab", "c", "de"]
    assert persons["person_id"].nunique() == 3


def test_the_review_counts_sizes_and_bridges() -> None:
    """x: three contacts on one phone. y: two pairs that one e-mail holds together: the pairs lie on p1 and p2."""
    contacts = {
        "x1": {"phone": "px"},
        "x2": {"phone": "px", "name": "X"},
        "x3": {"phone": "px", "postcode": "Z"},
        "y1": {"phone": "p1", "name": "Y", "postcode": "Y1"},
        "y2": {"phone": "p1", "email": "ey"},
        "y3": {"phone": "p2", "email": "ey", "name": "Y"},
        "y4": {"phone": "p2", "name": "Y", "postcode": "Y4"},
        "z": {"account": "1"},
        "u": {},
    }
    with Engine() as engine:
        _load(engine, contacts)
        link_persons(engine)
        found = review_clusters(engine).set_index("size")
    assert found["n_persons"].to_dict() == {"1": 1, "3-5": 2}
    assert found["n_contacts"].to_dict() == {"1": 1, "3-5": 7}
    assert found["largest"].to_dict() == {"1": 1, "3-5": 4}
    assert found["n_with_bridge"].to_dict() == {"1": 0, "3-5": 1}
    assert found["density"]["3-5"] == pytest.approx((1.0 + 3 / 6) / 2)  # y: pairs 12, 23 and 34 of six


def test_the_order_of_rows_changes_nothing() -> None:
    choose = random.Random(5)
    rows = [
        (
            f"c{n:03}",
            {
                kind: f"{kind[0]}{choose.randrange(40)}"
                for kind in ("account", "phone", "email", "name", "postcode")
                if choose.random() < 0.5
            },
        )
        for n in range(200)
    ]
    persons = _linked({name: own | {"at": 0} for name, own in rows})
    choose.shuffle(rows)
    pd.testing.assert_frame_equal(persons, _linked({name: own | {"at": 0} for name, own in rows}))


def _residents() -> list[dict[str, str | None]]:
    """Three records for each of 300 people: as it is, a letter more in the surname, and without a postcode."""
    choose = random.Random(3)
    syllables = [first + vowel + last for first in "bdfgkmnprst" for vowel in "aeiou" for last in "lnrst"]
    rows: list[dict[str, str | None]] = []
    for n in range(300):
        own = {
            "forename": choose.choice(syllables[:60]) + choose.choice("aeo"),
            "surname": choose.choice(syllables) + choose.choice(syllables),
            "date_of_birth": f"{choose.randint(1940, 2005)}-{choose.randint(1, 12):02}-{choose.randint(10, 28)}",
            "postcode": f"ZE{choose.randint(1, 9)} {choose.randint(0, 9)}{choose.choice('ABDE')}{choose.choice('HJLN')}",
        }
        slip = own["surname"][:2] + "x" + own["surname"][2:]
        rows += [{"contact_id": f"r{n:03}a", **own}, {"contact_id": f"r{n:03}b", **own, "surname": slip}]
        rows += [{"contact_id": f"r{n:03}c", **own, "postcode": None}]
    return rows


def _save_identities(engine: Engine, table: str, rows: list[dict[str, str | None]]) -> None:
    names = list(rows[0])
    made = identity_tokens(pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in names}), KEY)
    engine.connection.register("incoming", made)
    engine.save(table, "SELECT contact_id AS record_id, * FROM incoming")
    engine.connection.execute(f"CREATE VIEW identities AS SELECT * EXCLUDE (contact_id) FROM {table}")
    engine.connection.unregister("incoming")


def test_the_model_joins_across_keys_and_says_so_and_leaves_twins_apart() -> None:
    """p holds an account, q and r only a phone and nothing; r's surname has a slip. The twins share all but forename."""
    residents = _residents()
    first, slip = residents[0], residents[1]
    twin = {"surname": "bannal", "date_of_birth": "1990-04-14", "postcode": "ZE1 1AH"}
    asked: list[dict[str, str | None]] = [
        {**first, "contact_id": "p"},
        {**first, "contact_id": "q"},
        {**slip, "contact_id": "r"},
        {**first, "contact_id": "h"},
        {"contact_id": "s", "forename": "korto", "date_of_birth": "1990-04-14", **twin},
        {"contact_id": "t", "forename": "melle", **twin},
    ]
    contacts: dict[str, Contact] = {str(row["contact_id"]): {} for row in asked + residents[3:]}
    contacts["p"] = {"account": "1"}
    contacts["q"] = {"phone": "p9"}
    contacts["h"] = {"party_role": "on_behalf"}
    with Engine() as engine:
        _save_identities(engine, "tokens", asked + residents[3:])
        model = train(engine, "tokens")
        _load(engine, contacts)
        link_persons(engine, Identity(), model)
        persons = engine.run("SELECT * FROM persons").set_index("contact_id")
        link_persons(engine, Identity(tiers=("account", "phone_email")), model)
        exact = engine.run("SELECT * FROM persons").set_index("contact_id")
        few = []
        for contacts in ({"q": {"phone": "p9"}, "s": {}, "r003a": {}}, {"other": {"phone": "p9"}}):
            _load(engine, contacts)  # nobody alike, and then no tokens at all
            link_persons(engine, Identity(), model)
            few.append(list(engine.run("SELECT method FROM persons ORDER BY contact_id")["method"]))
    assert few == [["phone_email", "unlinked", "unlinked"], ["phone_email"]]
    assert persons["person_id"]["p"] == persons["person_id"]["q"] == persons["person_id"]["r"] == "p1"
    assert [persons["method"][name] for name in "pqr"] == ["account", "probabilistic", "probabilistic"]
    assert persons["score"]["p"] == 1.0
    assert 0.8 <= persons["score"]["r"] <= 1.0
    assert persons["person_id"]["s"] != persons["person_id"]["t"]
    assert persons["method"]["h"] == "unlinked"
    assert [exact["method"][name] for name in "pqr"] == ["account", "phone_email", "unlinked"]
    assert exact["person_id"]["p"] != exact["person_id"]["q"]


def test_the_shipped_settings_are_the_defaults_and_a_wrong_tier_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(example_settings(), folder)
    assert read_settings(folder).identity == Identity()
    (folder / "identity.toml").write_text('tiers = ["account", "surname"]\nlargest = 5\n', encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        read_settings(folder)
    assert "config/identity.toml: tiers[2]" in str(refused.value)
    assert "did you mean 'largest_person'?" in str(refused.value)
    (folder / "identity.toml").unlink()
    assert read_settings(folder).identity == Identity()


def test_what_people_said_of_a_pair_goes_before_the_keys() -> None:
    contacts: dict[str, Contact] = {
        "a": {"phone": "p1", "name": "n1"},
        "b": {"phone": "p1", "name": "n1"},
        "c": {"phone": "p2", "email": "e1"},
        "d": {"email": "e1", "name": "n2"},
        "e": {"name": "n3"},
        "f": {"account": "1"},
        "g": {"account": "1"},
    }
    assert _groups(_linked(contacts)) == ["ab", "cd", "fg"]
    told = _reviewed(
        contacts, ("a", "e", "same"), ("c", "d", "different"), ("f", "g", "different"), ("a", "c", "unsure")
    )
    assert _groups(told) == ["abe", "c", "d", "fg"]  # an account cannot be split: the contacts state one and the same
    assert told.loc["e", "method"] == "review"

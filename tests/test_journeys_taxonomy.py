"""The taxonomy in config/demand.toml and what its models refuse."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from journeys.taxonomy import Taxonomy

CONFIG = Path(__file__).parent.parent / "config" / "demand.toml"
SLUGS = {
    "failure": "complaint not_done error premature_closure repeat_notification digital_barrier transferred "
    "poor_signposting progress_chase clarification avoidable_information access_failure repeat_contact",
    "value": "urgent democratic change_of_circumstances pay report request advice feedback",
    "excluded": "browse not_for_us internal outbound duplicate",
    "unclear": "unclear",
}


def _small(**changes: Any) -> dict[str, Any]:
    def kind(slug: str, demand: str, rank: int, **more: Any) -> dict[str, Any]:
        return {"slug": slug, "demand": demand, "name": slug, "says": slug, "definition": slug, "rank": rank, **more}

    types = [
        kind("urgent", "value", 1),
        kind("not_done", "failure", 2, cues=["not collect~", {"words": ["no show"], "weight": 0.4}]),
        kind("unclear", "unclear", 99),
    ]
    return {"types": types, **changes}


def test_the_shipped_taxonomy_has_every_type_under_its_demand() -> None:
    taxonomy = Taxonomy.model_validate(tomllib.loads(CONFIG.read_text(encoding="utf-8")))
    assert {demand: set(taxonomy.slugs_of(demand)) for demand in SLUGS} == {  # type: ignore[arg-type]
        demand: set(slugs.split()) for demand, slugs in SLUGS.items()
    }
    assert all(len(kind.says) <= 30 for kind in taxonomy.types)
    assert all(sum(len(cue.words) for cue in kind.cues) >= 8 for kind in taxonomy.types if kind.slug != "browse")


def test_precedence_is_urgent_then_excluded_then_failure_as_listed_then_value() -> None:
    taxonomy = Taxonomy.model_validate(tomllib.loads(CONFIG.read_text(encoding="utf-8")))
    order = taxonomy.precedence
    assert order[0] == "urgent"
    assert {*order[1:6]} == set(SLUGS["excluded"].split())
    assert list(order[6:19]) == SLUGS["failure"].split()
    assert order[-1] == "unclear"


@pytest.mark.parametrize(
    ("cue", "fault"),
    [
        ("* bin", "begin and end with a word"),
        ("bin *", "begin and end with a word"),
        ("", "begin and end with a word"),
        ("not||never", "cannot be read at 'not||never'"),
        ("please? could?", "not optional"),
        ("@bins missed", "'@bins' is not a list"),
        ("a~|b~|c~ a~|b~|c~ a~|b~|c~", "split it in two"),
    ],
)
def test_a_cue_that_cannot_be_read_says_where(cue: str, fault: str) -> None:
    given = _small(groups={"bin": ("bin",)})
    given["types"][1]["cues"] = [cue]
    with pytest.raises(ValidationError, match="(?s)" + fault.replace("|", r"\|")):
        Taxonomy.model_validate(given)


def test_unknown_keys_twice_named_types_and_a_missing_unclear_are_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Taxonomy.model_validate(_small(colour="red"))
    twice = _small()
    twice["types"].append(twice["types"][1])
    with pytest.raises(ValidationError, match="'not_done' is written twice"):
        Taxonomy.model_validate(twice)
    without = _small()
    without["types"].pop()
    with pytest.raises(ValidationError, match="there must be a type 'unclear'"):
        Taxonomy.model_validate(without)


def test_the_hash_follows_what_can_change_a_label_and_nothing_else() -> None:
    plain = Taxonomy.model_validate(_small())
    renamed, reweighted = _small(), _small()
    renamed["types"][1]["name"] = "Another name"
    reweighted["types"][1]["cues"][1]["weight"] = 0.6
    assert Taxonomy.model_validate(renamed).wording_hash == plain.wording_hash
    assert Taxonomy.model_validate(reweighted).wording_hash != plain.wording_hash
    assert Taxonomy.model_validate(_small(abbreviations={"wk": "week"})).wording_hash != plain.wording_hash

"""People's word on pairs of contacts: what is drawn for them, how answers come back, and what they change."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from builders_workspace import load, make_workspace, open_project

from journeys.engine import Engine
from journeys.errors import NothingToDo, SourceError, StoreError
from journeys.identity.models import read_identity_model
from journeys.identity.review_pairs import STRATA, count_strata, draw_pairs, pair_id_of
from journeys.identity.reviews import PAIR_ANSWERS, estimate_accuracy, read_reviews, reviews_version
from journeys.link import link_persons
from journeys.merge import merge_records
from journeys.schema import IDENTITIES, RECORDS
from journeys.store import Store
from reports.cli import main
from reports.reviewing import export_identity, import_identity, undo_identity
from reports.training import train_identity

SOURCE = """
[[source]]
name = "forms"
kind = "contact"
files = "forms.csv"
format = "csv"
purpose = "to see where people's journeys fail"
lawful_basis = "public task"
owner = "Web manager"

[source.columns]
source_record_id = "id"
started_at = { column = "at", format = "%d/%m/%Y %H:%M" }
channel = { value = "web_form" }
service = { value = "waste" }
phone = "phone"
account = "account"
name = "name"
date_of_birth = "born"
postcode = "postcode"
"""
Row = dict[str, str]


def _doubtful(kind: int, forename: str, surname: str, born: str, postcode: str) -> str:
    """Name, date of birth and postcode that may be the same person's or another's."""
    return (
        f"{forename} {surname},,{postcode[:-1]}P",
        f"{forename} {surname},,ZE10 9ZZ",
        f"{forename} other,{born},",
        f"{forename[0]} {surname},{born},",
        f"{forename} {surname},{born[:-4]}1935,",
    )[kind]


def _forms() -> str:
    """200 people: as they are; a letter more in the surname, and a phone; the phone alone; another day; and a doubtful one."""
    choose = random.Random(3)
    syllables = [first + vowel + last for first in "bdfgkmnprst" for vowel in "aeiou" for last in "lnrst"]
    lines = ["id,at,phone,account,name,born,postcode"]
    for n in range(200):
        forename = choose.choice(syllables[:60]) + choose.choice("aeo")
        surname = choose.choice(syllables) + choose.choice(syllables)
        born = f"{choose.randint(10, 28)}/{choose.randint(1, 12):02}/{choose.randint(1940, 2005)}"
        postcode = f"ZE{choose.randint(1, 9)} {choose.randint(0, 9)}{choose.choice('ABDE')}{choose.choice('HJLN')}"
        at, phone = f"{2 + n % 20:02}/11/2026 {9 + n % 8:02}:{n % 60:02}", f"01632 960{n:03}"
        wrong = f"{choose.randint(10, 28)}{born[2:]}"
        lines += [
            f"{n}a,{at},,,{forename} {surname},{born},{postcode}",
            f"{n}b,{at},{phone},,{forename} {surname[:2]}x{surname[2:]},{born},{postcode}",
            f"{n}c,{at},{phone},,,,",
            f"{n}d,{at},,,{forename} {surname},{wrong},",
            f"{n}e,{at},,,{_doubtful(n % 5, forename, surname, born, postcode)}",
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = make_workspace(tmp_path_factory.mktemp("reviews") / "w", SOURCE, forms_csv=_forms())
    load(open_project(workspace.root))
    train_identity(workspace.root)
    export_identity(workspace.root, workspace.root / "review.csv", 40)
    return workspace.root


@pytest.fixture
def root(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "w"))


def _rows(path: Path) -> list[Row]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    header, *rows = [[str(cell or "") for cell in row] for row in openpyxl.load_workbook(path).active.values]
    return [dict(zip(header, row, strict=True)) for row in rows]


def _save(path: Path, rows: list[Row]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        book = openpyxl.Workbook()
        for row in (list(rows[0]), *(list(each.values()) for each in rows)):
            book.active.append(row)
        book.save(path)
    return path


def _exported(root: Path, name: str = "review.csv", n_pairs: int = 40) -> list[Row]:
    if name != "review.csv":
        export_identity(root, root / name, n_pairs)
    return _rows(root / name)


def _answer(root: Path, rows: list[Row], *answers: tuple[int, str, str], name: str = "told.csv") -> list[str]:
    """Import `rows` with answers: (place in the list, answer, reviewer)."""
    told = [dict(row) for row in rows]
    for place, said, reviewer in answers:
        told[place] |= {"answer": said, "reviewer": reviewer}
    return import_identity(root, _save(root / name, told))


def _engine_linked(root: Path, engine: Engine, *, with_reviews: bool) -> Store:
    opened = open_project(root)
    for table in (RECORDS, IDENTITIES):
        engine.scan(table, [opened.workspace.data / part for part in opened.store.parts(table.name)])
    merge_records(engine, opened.settings.publishing, datetime(9999, 1, 1))
    reviews = read_reviews(opened.store) if with_reviews else None
    link_persons(engine, opened.settings.identity, read_identity_model(opened.store)[0], reviews)
    return opened.store


def _are_one(root: Path, pairs: list[Row]) -> list[bool]:
    with Engine() as engine:
        _engine_linked(root, engine, with_reviews=True)
        persons = engine.run("SELECT record_id, person_id FROM merges JOIN persons USING (contact_id)")
    of = dict(zip(persons["record_id"], persons["person_id"], strict=True))
    return [of[pair["record_1"]] == of[pair["record_2"]] for pair in pairs]


def _place(rows: list[Row], stratum: str) -> int:
    return next(place for place, row in enumerate(rows) if row["stratum"] == stratum)


def test_pairs_are_drawn_by_strata_the_same_each_time_and_say_nothing_personal(root: Path) -> None:
    rows = _exported(root)
    _exported(root, "again.csv")
    assert (root / "review.csv").read_bytes() == (root / "again.csv").read_bytes()
    assert len(rows) == 40
    drawn = {name: sum(row["stratum"] == name for row in rows) for name in STRATA}
    assert all(drawn[name] >= 10 for name in STRATA if name != "far")  # far has few pairs: others take its share
    with Engine() as engine:
        store = _engine_linked(root, engine, with_reviews=False)
        sizes = count_strata(engine, read_reviews(store))
    for name in STRATA:
        weights = [1 / float(row["inclusion"]) for row in rows if row["stratum"] == name]
        assert sum(weights) == pytest.approx(sizes[name][0])
    likely = {name: [float(row["probability"]) for row in rows if row["stratum"] == name] for name in ("near", "far")}
    assert min(likely["near"]) >= 0.5 > max(likely["far"])
    assert min(likely["far"]) >= 0.01
    by_phone = rows[_place(rows, "phone_email")]
    assert (by_phone["phone"], by_phone["forename"], by_phone["tier"]) == ("same", "missing", "phone_email")
    by_model = rows[_place(rows, "probability")]
    lines = (root / "sources" / "forms.csv").read_text().splitlines()
    people = {lines[int(by_model[f"row_{n}"])].split(",")[0][:-1] for n in (1, 2)}
    assert len(people) == 1  # the rows named are the person's
    assert by_model["file_1"] == "forms.csv"
    text = (root / "review.csv").read_text().casefold()
    values = {cell.casefold() for line in lines[1:] for cell in line.split(",")[2:] if cell}
    assert not [value for value in values if value in text]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_answers_join_and_split_and_taking_them_back_restores(root: Path, ending: str) -> None:
    rows = _exported(root, f"review.{ending}")
    apart, joined, keyed = (_place(rows, name) for name in ("near", "probability", "phone_email"))
    pairs, before = [rows[apart], rows[joined], rows[keyed]], reviews_version(open_project(root).store)
    assert _are_one(root, pairs) == [False, True, True]
    told = [(apart, " Same ", "AB"), (joined, "DIFFERENT", "AB"), (keyed, "different", "AB")]
    said = _answer(root, rows, *told, name=f"told.{ending}")
    assert said == ["3 answers imported as batch 1, 37 rows have none; the next run joins and splits as told"]
    assert _are_one(root, pairs) == [True, False, False]
    assert before == "none" != reviews_version(open_project(root).store)
    assert undo_identity(root) == ["batch 1 with 3 answers is taken back; what it replaced is in force again"]
    assert _are_one(root, pairs) == [False, True, True]
    store = open_project(root).store
    assert reviews_version(store) == before
    assert [(row["kind"], row["n_records"]) for row in store.requests()] == [("review", 3), ("review", 3)]
    with pytest.raises(NothingToDo, match="no answers to take back"):
        undo_identity(root)


def test_what_is_answered_is_not_asked_again_and_draws_add_up_to_one_sample(root: Path) -> None:
    rows = _exported(root)
    _answer(root, rows, *((place, "unsure", "AB") for place in range(20)))
    again = _exported(root, "again.csv", 60)
    asked = {row["pair_id"] for row in again}
    assert not asked & {row["pair_id"] for row in rows[:20]}
    assert {row["pair_id"] for row in rows[20:]} <= asked
    n_told, n_first, n_again = (sum(row["stratum"] == "near" for row in some) for some in (rows[:20], rows, again))
    first, second = (float(some[_place(some, "near")]["inclusion"]) for some in (rows, again))
    assert second == pytest.approx((n_told + n_again) / (n_first / first))
    _answer(root, again, (_place(again, "near"), "different", "AB"), name="second.csv")
    reviews = read_reviews(open_project(root).store)
    assert set(reviews.loc[reviews["stratum"] == "near", "inclusion"]) == {second}


def test_a_later_answer_replaces_and_two_who_disagree_make_a_pair_unsure(root: Path) -> None:
    rows = _exported(root)
    _answer(root, rows, (0, "same", "AB"), (1, "same", "AB"))
    said = _answer(root, rows, (0, "different", "AB"), (1, "different", "CD"))
    assert (
        said[1]
        == f"row 3: AB and CD disagree on pair {rows[1]['pair_id']}; both answers are kept, the pair counts as unsure"
    )
    store = open_project(root).store
    assert list(read_reviews(store).sort_values("pair_id")["answer"]) == ["different", "unsure"]
    with pytest.raises(NothingToDo, match="no answer that is not known"):
        _answer(root, rows, (0, "different", "AB"))
    undo_identity(root)
    assert list(read_reviews(store)["answer"]) == ["same", "same"]
    PAIR_ANSWERS.forget(store, [rows[0]["record_2"]], ("record_l", "record_r"))
    assert list(read_reviews(store)["pair_id"]) == [rows[1]["pair_id"]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda row: row.update(answer="smae"),
            "row 2: the answer is none of same, different, unsure; did you mean 'same'?",
        ),
        (lambda row: row.update(answer="=1+1"), "row 2: the answer is none of"),
        (lambda row: row.update(reviewer=" "), "row 2: reviewer is empty"),
        (lambda row: row.update(record_1="f00"), "row 2: pair_id does not go with record_1 and record_2"),
        (
            lambda row: row.update(record_1="f00", record_2="f01", pair_id=pair_id_of("f00", "f01")),
            "row 2: this pair is unknown here",
        ),
        (lambda row: row.update(stratum="close"), "row 2: stratum or inclusion was changed"),
        (lambda row: row.update(inclusion="12%"), "row 2: stratum or inclusion was changed"),
        (lambda row: row.pop("reviewer"), "there is no column reviewer"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing_and_names_the_row(
    root: Path, change: Callable[[Row], None], says: str
) -> None:
    rows = _exported(root)
    told = [{**row, "answer": "same", "reviewer": "AB"} for row in rows[:3]]
    change(told[0])
    if len(told[0]) < len(told[1]):
        told = [{name: row[name] for name in told[0]} for row in told]
    with pytest.raises(SourceError) as refused:
        import_identity(root, _save(root / "told.csv", told))
    assert says in str(refused.value)
    assert "1+1" not in str(refused.value)
    assert read_reviews(open_project(root).store).empty


def test_one_reviewer_with_two_answers_on_a_pair_and_files_in_the_way_are_refused(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = _exported(root)
    with pytest.raises(SourceError, match="row 42: row 2 has another answer of the same reviewer on the same pair"):
        _answer(root, [*rows, rows[0]], (0, "same", "AB"), (40, "different", "AB"))
    with pytest.raises(StoreError, match="answers may be in it"):
        export_identity(root, root / "review.csv", 40)
    where = ["--workspace", str(root)]
    assert main(["review", "export", *where]) == 3
    assert "there are no notes to read" in capsys.readouterr().err
    told = _save(root / "told.csv", [{**row, "answer": "same", "reviewer": "AB"} for row in rows[:1]])
    assert main(["review", "import", "--identity", str(told), *where]) == 0
    assert main(["review", *where, "import", "--identity", "--undo"]) == 0
    assert main(["review", "import", "--undo", "--identity", *where]) == 3


def test_without_a_model_only_joins_by_phone_are_drawn_and_of_one_unit_none(trained: Path) -> None:
    with Engine() as engine:
        opened = open_project(trained)
        for table in (RECORDS, IDENTITIES):
            engine.scan(table, [opened.workspace.data / part for part in opened.store.parts(table.name)])
        merge_records(engine, opened.settings.publishing, datetime(9999, 1, 1))
        link_persons(engine, opened.settings.identity, None)
        drawn = draw_pairs(engine, read_reviews(opened.store), 500)
    assert list(drawn["stratum"].unique()) == ["phone_email"]
    assert (len(drawn), set(drawn["inclusion"])) == (200, {1.0})


def test_the_estimate_weighs_each_stratum_by_its_size() -> None:
    """By hand: 100 pairs by phone, 40 judged, 38 right; 400 by model, 40 judged, 36 right; near 100, 20 judged, 10 true;
    far 1000, 20 judged, 1 true. Precision (95 + 360) / 500; recall 455 / (455 + 50 + 50)."""
    told = {"phone_email": (38, 2, 0.4), "probability": (36, 4, 0.1), "near": (10, 10, 0.2), "far": (1, 19, 0.02)}
    rows = [
        {"stratum": name, "inclusion": share, "answer": answer}
        for name, (n_same, n_different, share) in told.items()
        for answer in ["same"] * n_same + ["different"] * n_different
    ]
    made = estimate_accuracy(pd.DataFrame(rows))
    assert made["precision"]["value"] == pytest.approx(0.91)
    assert made["precision_phone_email"]["value"] == pytest.approx(0.95)
    assert made["precision_probability"]["value"] == pytest.approx(0.9)
    assert made["recall"]["value"] == pytest.approx(455 / 555)
    assert [made[key]["n"] for key in made] == [80, 40, 40, 120]
    assert all(bounds["low"] < bounds["value"] < bounds["high"] for bounds in made.values())  # type: ignore[operator]
    assert 0.78 < made["precision_probability"]["low"] < 0.80  # Jeffreys' interval of 36 of 40: 0.781 to 0.965
    assert made == estimate_accuracy(pd.DataFrame(rows))
    few = estimate_accuracy(pd.DataFrame([row for row in rows if row["stratum"] != "far"]).iloc[11:])
    assert few["precision_phone_email"] == {"value": None, "low": None, "high": None, "n": 29}
    assert (few["recall"]["value"], few["recall"]["n"]) == (None, 20)
    sure = estimate_accuracy(pd.DataFrame([{"stratum": "probability", "inclusion": 0.5, "answer": "same"}] * 30))
    assert sure["precision"]["value"] == sure["precision"]["high"] == 1.0
    assert 0.9 < sure["precision"]["low"] < 0.95
    nothing = pd.DataFrame({"stratum": [], "inclusion": [], "answer": []})
    assert estimate_accuracy(nothing)["recall"] == {"value": None, "low": None, "high": None, "n": 0}

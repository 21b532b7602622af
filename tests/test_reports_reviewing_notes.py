"""People read notes: what they are shown, how answers come back, what they measure and teach, and how history follows."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from builders_workspace import calls, load, make_workspace, open_project

from journeys.engine import Engine
from journeys.errors import CheckFailed, NothingToDo, SourceError
from journeys.note_reviews import NOTE_ANSWERS, draw_notes, notes_for_interval, read_note_reviews
from journeys.recode import recode_notes
from journeys.schema import LABELS, NOTES, RECORDS
from mining.corrected_rates import corrected_tables
from mining.label_accuracy import label_accuracy_tables, weighted_share
from nlp.seed import read_seed_notes
from reports.checking import check_workspace
from reports.cli import main
from reports.notes import classify_stream
from reports.reviewing_notes import export_notes, import_notes, undo_notes
from reports.training_notes import train_notes

Row = dict[str, str]
TYPES: dict[str, str] = {}
PLAIN = [
    "bin",
    "form",
    "letter",
    "door",
    "office",
    "team",
    "phone",
    "date",
    "desk",
    "garden",
    "light",
    "lorry",
    "queue",
    "website",
    "leaflet",
    "payment",
    "receipt",
    "meeting",
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 calls with notes of the seed corpus in three weeks."""
    rows = []
    for n, note in enumerate(read_seed_notes()[:900:3]):
        text = note.plain.replace('"', "").replace(",", ";")
        code = f"{PLAIN[n // 18]} {PLAIN[n % 18]}"  # everyday words: redaction leaves them
        TYPES[code] = note.types[0]
        rows.append(f'{n:03},c{n},{2 + n % 18:02}/11/2026 {9 + n % 8:02}:{n % 60:02},BINS,yes,,,,,"{text} so {code}"')
    workspace = make_workspace(tmp_path_factory.mktemp("notes") / "w", calls_csv=calls(*rows))
    load(open_project(workspace.root))
    return workspace.root


@pytest.fixture
def root(loaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(loaded, tmp_path / "w"))


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _save(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def _export(root: Path, name: str = "review.csv", within: float = 10) -> list[Row]:
    export_notes(root, root / name, within)
    return _read(root / name)


def _true(row: Row) -> str:
    return TYPES[" ".join(row["note"].split()[-2:])]


def test_the_file_shows_redacted_notes_and_why_and_a_list_of_answers(root: Path) -> None:
    export_notes(root, root / "review.xlsx", 10)
    book = openpyxl.load_workbook(root / "review.xlsx")
    header, *rows = [[str(cell or "") for cell in row] for row in book.worksheets[0].values]
    assert header[:8] == ["note", "channel", "service", "week", "model_says", "because", "confidence", "answer"]
    assert len(rows) == 97 + min(48, len(rows) - 97)  # 97 notes make a share exact to 10 points
    assert notes_for_interval(10) == 97
    assert [row[0] for row in book["choices"].values][:2] == ["urgent", "browse"]
    assert not any("07700" in row[0] or "@" in row[0] for row in rows)
    assert all(row[5] for row in rows if row[4] != "unclear")


def test_inclusion_adds_up_to_the_store(root: Path) -> None:
    """Horvitz and Thompson: the notes drawn, each counted 1 / inclusion times, are about all notes that are stored."""
    opened = open_project(root)
    with Engine() as engine:
        for table in (RECORDS, NOTES):
            engine.scan(table, [opened.workspace.data / part for part in opened.store.parts(table.name)])
        parts = [opened.workspace.data / part for part in opened.store.parts(LABELS.name)]
        labels = pd.concat([pd.read_parquet(part) for part in parts]).sort_values("record_id", ignore_index=True)
        # One in five, so that some are left however the keyed ids fall: of the seed's own notes it is sure of almost all.
        engine.load_frame("labels", labels.assign(is_abstained=labels.index % 5 == 0))
        drawn = draw_notes(engine, pd.DataFrame({"record_id": []}), 100, 40)
        again = draw_notes(engine, pd.DataFrame({"record_id": []}), 100, 40)
        others = draw_notes(engine, drawn, 100, 40)
    pd.testing.assert_frame_equal(drawn, again)
    assert not set(drawn["record_id"]) & set(others["record_id"])
    assert (1 / drawn["inclusion"]).sum() == pytest.approx(300, rel=0.15)
    uncertain = drawn[drawn["stratum"] == "uncertain"]
    assert not uncertain.empty and uncertain["inclusion"].min() > 100 / 300


def test_what_readers_still_see_of_people_is_counted(root: Path) -> None:
    rows = _export(root)
    told = [
        {**row, "answer": _true(row), "reviewer": "AB", "personal_left": said}
        for row, said in zip(rows[:60], ["yes", "No", ""] * 20, strict=True)
    ]
    with pytest.raises(SourceError, match="personal_left says something else than yes or no"):
        import_notes(root, _save(root / "odd.csv", [{**told[0], "personal_left": "Mrs Lane"}]))
    import_notes(root, _save(root / "told.csv", told))
    opened = open_project(root)
    reviews = read_note_reviews(opened.store).assign(left_out=None)
    n_random = int((reviews["stratum"] == "random").sum())
    seen = sum(row["personal_left"] == "yes" and row["stratum"] == "random" for row in told)
    with Engine() as engine:
        engine.scan(LABELS, [opened.workspace.data / part for part in opened.store.parts(LABELS.name)])
        (row,) = label_accuracy_tables(engine, reviews, opened.settings)["redaction_misses"].as_json()["rows"]
        (nothing,) = label_accuracy_tables(engine, reviews[:0], opened.settings)["redaction_misses"].as_json()["rows"]
    assert (row["n"], row["n_left"]) == (n_random, seen)
    assert row["share"]["low"] < row["share"]["value"] == seen / n_random < row["share"]["high"]
    assert (nothing["n"], nothing["share"]["value"] if nothing["share"] else None) == (0, None)


def test_answers_are_kept_taken_back_and_forgotten(root: Path) -> None:
    rows = _export(root)
    told = [{**row, "answer": _true(row), "reviewer": "AB"} for row in rows[:30]]
    lines = import_notes(root, _save(root / "told.csv", told + rows[30:]))
    assert lines[0].startswith("30 answers imported as batch 1, ")
    assert "from 200 on pages say how accurate the labels are" in lines[-1]
    with pytest.raises(NothingToDo, match="no answer that is not known already"):
        import_notes(root, root / "told.csv")
    other = "pay" if told[0]["answer"] != "pay" else "report"
    lines = import_notes(root, _save(root / "cd.csv", [{**told[0], "answer": other, "reviewer": "CD"}]))
    assert lines[1].startswith("row 2: AB and CD disagree (")
    store = open_project(root).store
    assert sorted(read_note_reviews(store)["answer"])[0] == ""
    assert undo_notes(root) == ["batch 2 with 1 answers is taken back; what it replaced is in force again"]
    assert "" not in set(read_note_reviews(store)["answer"])
    NOTE_ANSWERS.forget(store, [told[0]["record_id"]], ("record_id",))
    assert len(read_note_reviews(store)) == 29


def test_every_row_to_mend_is_named_and_nothing_is_imported(root: Path) -> None:
    rows = _export(root)
    wrong = [
        {**rows[0], "answer": "progress_chase", "reviewer": "AB"},
        {**rows[1], "answer": "progres_chase", "reviewer": "AB"},
        {**rows[2], "answer": "report", "reviewer": ""},
        {**rows[3], "answer": "report", "reviewer": "AB", "record_id": "nobody"},
        {**rows[4], "answer": "report", "reviewer": "AB", "inclusion": "2"},
        {**rows[0], "answer": "report", "reviewer": "AB"},
    ]
    with pytest.raises(SourceError) as raised:
        import_notes(root, _save(root / "wrong.csv", wrong))
    said = str(raised.value)
    assert "nothing was imported; 5 rows to mend" in said
    for expected in (
        "row 3: the answer is no type of config/demand.toml; did you mean 'progress_chase'?", "row 4: reviewer is empty",
        "row 5: this note is unknown here", "row 6: stratum or inclusion was changed",
        "row 7: row 2 has another answer of the same reviewer",
    ):  # fmt: skip
        assert expected in said
    assert read_note_reviews(open_project(root).store).empty
    del wrong[0]["answer"]
    with pytest.raises(SourceError, match="there is no column answer"):
        import_notes(root, _save(root / "short.csv", wrong[:1]))


def test_before_200_random_notes_nothing_is_said_and_then_shares_weigh_each_note(root: Path) -> None:
    opened = open_project(root)
    rows = _export(root, within=6.5)
    some = [{**row, "answer": _true(row), "reviewer": "AB"} for row in rows if row["stratum"] == "random"]
    import_notes(root, _save(root / "some.csv", some[:150]))
    accuracy = _tables(root)
    assert {row["known_from"] for row in accuracy["label_accuracy"]} == {"not yet known: 150 of 200 notes answered"}
    assert {row["value"] for row in accuracy["label_accuracy"]} == {None}
    assert [row["value"] for row in accuracy["failure_corrected"][1:]] == [None]
    (service,) = accuracy["corrected_by_service"]
    assert (service["corrected"], service["n_read"], service["n_needed"]) == (None, 150, 50)
    import_notes(root, _save(root / "all.csv", some))
    accuracy = _tables(root)
    assert accuracy["label_accuracy"][0]["known_from"] == "read by people"
    right = accuracy["label_accuracy"][0]["value"]
    assert right["low"] <= right["value"] <= right["high"]
    truth = sum(opened.settings.taxonomy.demand_of(slug) == "failure" for slug in TYPES.values()) / len(TYPES)
    corrected = accuracy["failure_corrected"][1]["value"]
    assert corrected["low"] <= truth <= corrected["high"]
    (service,) = accuracy["corrected_by_service"]  # all notes are about one service: the same figures
    assert (service["corrected"], service["n_needed"]) == (corrected, 0)


def _tables(root: Path) -> dict[str, list[dict[str, object]]]:
    opened = open_project(root)
    with Engine() as engine:
        engine.scan(LABELS, [opened.workspace.data / part for part in opened.store.parts(LABELS.name)])
        engine.save("merges", "SELECT record_id, record_id AS contact_id FROM labels")
        engine.save("contacts", "SELECT contact_id, 'waste' AS service FROM merges")
        engine.save("persons", "SELECT contact_id, contact_id AS person_id FROM merges")
        reviews = read_note_reviews(opened.store).assign(left_out=None)
        tables = label_accuracy_tables(engine, reviews, opened.settings)
        tables |= corrected_tables(engine, reviews, opened.settings)
    return {name: table.as_json()["rows"] for name, table in tables.items()}


def test_weighted_shares_by_hand() -> None:
    # Weights 3 and 1: the share is 3/4, and unequal weights leave (3 + 1)^2 / (9 + 1) = 1.6 notes.
    share = weighted_share(pd.Series([1.0, 0.0]).to_numpy(), pd.Series([3.0, 1.0]).to_numpy())
    assert (share["value"], share["n"]) == (0.75, 2)


def test_own_labels_are_learnt_from_and_used_by_every_command(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NothingToDo, match="50 are needed"):
        train_notes(root, lambda _: None)
    rows = _export(root)
    told = [{**row, "answer": _true(row), "reviewer": "AB"} for row in rows[:60]]
    import_notes(root, _save(root / "told.csv", told))
    before = open_project(root).note_reader.model_version
    monkeypatch.setattr("nlp.train_own.OwnModel.is_worse", False)
    assert "is used from now on: on 60 own notes left out it gets " in train_notes(root, lambda _: None)
    opened = open_project(root)
    assert opened.note_reader.model_version != before
    with pytest.raises(NothingToDo, match="has not learnt from"):
        train_notes(root, lambda _: None)
    assert len(list(classify_stream(['{"text": "bin missed"}'], root))) == 1


def test_a_model_that_is_worse_on_own_notes_is_not_used(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _export(root)
    told = [{**row, "answer": _true(row), "reviewer": "AB"} for row in rows[:60]]
    import_notes(root, _save(root / "told.csv", told))
    before = open_project(root).note_reader.model_version
    monkeypatch.setattr("nlp.train_own.OwnModel.is_worse", True)
    with pytest.raises(CheckFailed, match="the new model is worse and is not used: on 60 own notes"):
        train_notes(root, lambda _: None)
    assert open_project(root).note_reader.model_version == before


def test_a_changed_taxonomy_is_shown_before_it_is_applied_and_codes_history_anew(root: Path) -> None:
    assert not any("taxonomy or model changed" in line for line in check_workspace(root)[0])
    demand = root / "config" / "demand.toml"
    text = demand.read_text()
    demand.write_text(text.replace('slug = "urgent"', 'slug = "urgent"', 1).replace("[sla]", "[sla]", 1))
    marker = 'slug = "feedback"'
    at = text.index("cues = [", text.index(marker))
    demand.write_text(text[: at + 8] + '\n  { weight = 1.0, words = ["bin|bins"] },' + text[at + 8 :])
    lines = check_workspace(root)[0]
    changed = [line for line in lines if "taxonomy or model changed" in line]
    assert changed
    assert "of 300 looked at" in changed[0]
    opened = open_project(root)
    said: list[str] = []
    assert recode_notes(opened.workspace, opened.store, opened.note_reader, said.append) == 300
    assert recode_notes(opened.workspace, opened.store, opened.note_reader, said.append) == 0
    assert said == ["300 stored notes coded anew: the taxonomy or the model has changed"]
    with Engine() as engine:
        engine.scan(LABELS, [opened.workspace.data / part for part in opened.store.parts(LABELS.name)])
        counts = engine.run(
            "SELECT count(*) AS n, count(DISTINCT record_id) AS n_records, min(model_version) AS v FROM labels"
        )
    assert counts.iloc[0].to_list() == [300, 300, opened.note_reader.model_version]
    assert not any("taxonomy or model changed" in line for line in check_workspace(root)[0])


def test_the_command_line_exports_imports_and_says_when_there_is_nothing_to_do(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--workspace", str(root)]
    assert main(["review", "export", "--within", "10", "--out", str(root / "x.csv"), *where]) == 0
    assert "at random" in capsys.readouterr().out
    assert main(["review", "export", "--out", str(root / "x.csv"), *where]) == 2
    assert "answers may be in it" in capsys.readouterr().err
    assert main(["review", "export", "--within", "0.1", *where]) == 2
    assert main(["review", "import", "--undo", *where]) == 3
    assert main(["train", *where]) == 3
    assert main(["evaluate", "--drift", *where]) == 3

"""A whole week of findings from a small town: its numbers, its privacy and its form."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
from builders_mining import WEEK, World, example_settings

from journeys.identity.reviews import estimate_accuracy
from mining.demand import classify_demand
from mining.events import build_events
from mining.findings import measure_findings

SCHEMA = json.loads((Path(__file__).parent.parent / "reports" / "findings.schema.json").read_text())
REJECTS = ["source", "reason", "column", "n_rows"]
RUN = {"run_id": "0" * 16, "settings_hash": "1" * 16, "model_version": "test", "versions": {"journeys": "0.1.0"}}
SOURCES = (
    "source", "owner", "purpose", "n_files", "rows_read", "rows_used", "restated", "duplicates", "set_aside", "expired", "rejects",
    "contacts", "merged", "rows_this_week", "rows_usual", "status",
)  # fmt: skip

NO_REVIEWS = pd.DataFrame(columns=["pair_id", "record_l", "record_r", "answer", "stratum", "inclusion"])


def _town() -> World:
    """In five weeks to 15 November: 80 people report a missed bin by phone, 60 of them chase by e-mail five days
    later, and every case is closed the day after. 20 people use the form. 12 call about parking, 3 about planning."""
    world = World()
    for number in range(80):
        person, day = f"p{number:02d}", pd.Timestamp("2026-10-12 09:00") + pd.Timedelta(days=number % 25)
        world.contact(f"{person}-1", person, str(day), "report")
        if number < 60:
            world.contact(f"{person}-2", person, str(day + pd.Timedelta(days=5)), "progress_chase", channel="email")
        world.step(f"{person}-3", f"j-{person}", str(day + pd.Timedelta(days=6)), "Case closed")
    for number in range(20):
        world.contact(f"f{number:02d}", f"f{number:02d}", "2026-11-10 12:00", "request", channel="web_form")
    for number in range(12):
        world.contact(f"k{number:02d}", f"k{number:02d}", "2026-11-11 12:00", "pay", service="parking")
    for number in range(3):
        world.contact(f"l{number:02d}", f"l{number:02d}", "2026-11-11 12:00", "advice", service="planning")
    return world


def _findings(world: World, *, has_calendar: bool = True, **publishing: Any) -> dict[str, Any]:
    settings = example_settings(**publishing)
    if not has_calendar:
        settings = settings.model_copy(update={"calendar": None})
    with world.engine() as engine:
        classify_demand(engine, settings)
        build_events(engine, settings, WEEK)
        return measure_findings(
            engine,
            settings,
            WEEK,
            run=RUN,
            sources=pd.DataFrame(columns=list(SOURCES)),
            missing_weeks=pd.DataFrame(columns=["source", "week"]),
            rejects=pd.DataFrame([("telephony", "not a date", "Start", 4)], columns=REJECTS),
            unmapped=pd.DataFrame(columns=["source", "field", "value", "n_rows"]),
            clocks=pd.DataFrame(columns=["source", "other_source", "n_pairs", "median_s", "finding"]),
            link_accuracy=estimate_accuracy(NO_REVIEWS),
            note_reviews=pd.DataFrame(
                columns=["record_id", "answer", "stratum", "weight", "is_simulated", "is_personal_left", "left_out"]
            ),
            tested={},
            published=[],
            requests=[],
            deliveries=pd.DataFrame(columns=["week", "n_sent", "n_waiting", "n_given_up"]),
            emerging=pd.DataFrame({"words": ["scooter"], "n_contacts": [14], "n_persons": [12]}),
        )


@pytest.fixture(scope="module")
def town() -> dict[str, Any]:
    return _findings(_town())


def _bins(town: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    service = next(service for service in town["services"] if service["service"] == "waste")
    return {name: table["rows"] for name, table in service["tables"].items()}


def _rows(town: dict[str, Any], table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = town["tables"][table]["rows"]
    return rows


def test_findings_keep_their_contract(town: dict[str, Any]) -> None:
    jsonschema.validate(json.loads(json.dumps(town, allow_nan=False)), SCHEMA)


@pytest.mark.parametrize("path", [("tables", "repeats"), ("period", "cut_off"), ("measures", 0, "series"), ("run",)])
def test_the_contract_notices_a_missing_part(town: dict[str, Any], path: tuple[Any, ...]) -> None:
    broken = copy.deepcopy(town)
    place: Any = broken
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_the_same_input_gives_the_same_bytes(town: dict[str, Any]) -> None:
    assert json.dumps(_findings(_town())) == json.dumps(town)


def test_steps_and_moves_are_those_of_the_journeys(town: dict[str, Any]) -> None:
    tables = _bins(town)
    steps = {row["name"]: row for row in tables["steps"]}
    report, chase, closed, form = (
        steps[name]
        for name in (
            "Calls: there is a problem here",
            "E-mails: what is happening with it?",
            "Case closed",
            "Web form: a new request",
        )
    )
    assert (report["n_events"], report["n_start"], report["n_end"], report["is_failure"]) == (80, 80, 0, False)
    assert (chase["n_events"], chase["n_start"], chase["n_end"], chase["is_failure"]) == (60, 0, 0, True)
    assert (closed["n_events"], closed["n_end"]) == (80, 80)
    assert (form["n_start"], form["n_end"]) == (20, 20)
    moves = {(row["from_name"], row["to_name"]): row for row in tables["moves"]}
    assert {key: (row["n_journeys"], row["median_days"]) for key, row in moves.items()} == {
        (report["name"], chase["name"]): (60, 5),
        (chase["name"], closed["name"]): (60, 1),
        (report["name"], closed["name"]): (20, 6),
    }
    main = [name for row in moves.values() if row["is_main"] for name in (row["from_id"], row["to_id"])]
    assert set(main) == {report["step_id"], chase["step_id"], closed["step_id"]}


def test_paths_waits_and_channel_moves_of_a_service(town: dict[str, Any]) -> None:
    tables = _bins(town)
    first = tables["paths"][0]
    assert first["steps"].split(" > ")[1] == "E-mails: what is happening with it?"
    assert (first["n_journeys"], first["contacts_per_journey"], first["median_days"]) == (60, 2, 6)
    assert (first["share"]["value"], first["share"]["n"]) == (0.6, 100)
    waiting = {row["measure"]: row["value"] for row in tables["waiting"]}
    assert waiting["Median days to the first chase"] == 5
    assert waiting["Journeys in which somebody chased"] == 60
    (move,) = tables["channel_moves"]
    assert (move["from_channel_name"], move["to_channel_name"], move["n_moves"]) == ("Phone", "E-mail", 60)
    assert move["step_before"] == "Calls: there is a problem here"


def test_waits_are_in_working_days_too(town: dict[str, Any]) -> None:
    """Times are UTC: 10:00 on the clock until 24 October, 9:00 after. From Wednesday to Friday five days are 24 working
    hours (23 where the clock changes between), from Saturday 25 before the change and 24 after, from Sunday 33 and 32, from
    Monday 39 and 40, from Tuesday 31 and 32. Of the 60 who chase, 7 are at 23 hours, 23 at 24, 3 at 25, 6 at 31, 8 at 32,
    3 at 33, 6 at 39, 4 at 40: the 30th and 31st are 24 and 25, and rank 0.9 x 59 lies among those at 39."""
    tables = _bins(town)
    move = next(row for row in tables["moves"] if row["to_name"] == "E-mails: what is happening with it?")
    assert (move["median_days"], move["median_working_days"], move["p90_working_days"]) == (5, 24.5 / 8, 39 / 8)
    waiting = {row["measure"]: row["value"] for row in tables["waiting"]}
    assert waiting["Median working days to the first chase"] == 24.5 / 8


def test_without_a_calendar_nothing_speaks_of_working_days() -> None:
    assert "working" not in json.dumps(_findings(_town(), has_calendar=False)["services"])


def test_the_journey_map_puts_steps_into_stages(town: dict[str, Any]) -> None:
    stages = {row["stage"]: row for row in _bins(town)["stages"]}
    assert list(stages) == ["Ask", "Wait", "Resolve"]
    assert stages["Ask"]["what_people_do"] == "Calls: there is a problem here; Web form: a new request"
    assert stages["Wait"]["channels_used"] == "E-mail"
    assert stages["Wait"]["failure_per_100"]["value"] == 1.0
    assert stages["Resolve"]["owner"] == "Service team" and stages["Resolve"]["research"] == ""


def test_the_pain_point_says_what_it_costs(town: dict[str, Any]) -> None:
    (card,) = town["pain_points"]
    assert (card["service"], card["stage"], card["title"]) == ("waste", "Wait", "E-mails: what is happening with it?")
    assert (card["n_journeys"], card["n_persons"], card["n_extra_contacts"]) == (60, 60, 60)
    # With a chase journeys take six days in the median; the 20 of more than one event without one take six too.
    assert (card["median_days_lost"], card["rank"]) == (0, 1)
    # Five days after the first contact is a repeat within seven, so words and behaviour agree.
    assert (card["evidence"], card["confidence"], card["since_week"]) == ("both", "high", None)
    other = _findings(_town())["pain_points"][0]
    assert other["pain_point_id"] == card["pain_point_id"]


def test_the_pain_point_says_its_place_and_how_sure_it_is() -> None:
    """Bins not done: 15 people. Chasing: one person 20 times, and 11 once: 31 contacts, but first only while that one is drawn."""
    world = World()
    for number in range(15):
        world.contact(f"n{number:02d}", f"n{number:02d}", "2026-11-03 09:00", "not_done", activity="Calls: not done")
    for number in range(31):
        person = "often" if number < 20 else f"c{number}"
        at = f"2026-11-0{3 + number % 4} {8 + number // 4:02d}:00"
        world.contact(f"c{number:02d}", person, at, "progress_chase", activity="Calls: chases")
    first, second = _findings(world)["pain_points"]
    assert (first["n_extra_contacts"], first["rank"], first["rank_low"], first["rank_high"]) == (31, 1, 1, 2)
    assert (second["n_extra_contacts"], second["rank"], second["rank_low"], second["rank_high"]) == (15, 2, 1, 2)


def test_days_lost_have_a_spread() -> None:
    """Without failure: 21 journeys of 2 days. With: 1 to 21 days, median 11, middle half 6 to 16; less 2."""
    world = World()
    for number in range(21):
        for kind, days in (("a", 2), ("b", 1 + number)):
            person = f"{kind}{number:02d}"
            begin, end = pd.Timestamp("2026-10-20 09:00"), pd.Timestamp("2026-10-20 09:00") + pd.Timedelta(days=days)
            world.contact(f"{person}1", person, str(begin), "report")
            world.contact(
                f"{person}2", person, str(end), "report" if kind == "a" else "not_done", activity="Calls again"
            )
    (card,) = _findings(world)["pain_points"]
    assert [card[f"{centile}_days_lost"] for centile in ("p25", "median", "p75")] == [4, 9, 14]


def test_a_new_pain_point_says_since_when() -> None:
    world = World().contact("old", "old", "2026-08-03 09:00", "report")
    for number in range(12):
        world.contact(f"n{number:02d}", f"n{number:02d}", f"2026-11-0{3 + number % 2} 09:00", "not_done")
    (card,) = _findings(world)["pain_points"]
    assert (card["since_week"], card["evidence"], card["confidence"]) == ("2026-W45", "words", "low")


def test_demand_of_the_window(town: dict[str, Any]) -> None:
    level = {row["demand"]: row["n_window"] for row in _rows(town, "demand_level")}
    assert level == {"value": 115, "failure": 60}
    evidence = {row["evidence_tier"]: row["n_contacts"] for row in _rows(town, "evidence")}
    assert evidence == {"both": 60}
    (cause,) = _rows(town, "causes")
    assert (cause["step_before"], cause["n_journeys"], cause["median_days"]) == (
        "Calls: there is a problem here",
        60,
        5,
    )
    repeats = {row["days"]: row["repeat_share"] for row in _rows(town, "repeats")}
    assert repeats[3]["value"] == 0 and repeats[7]["value"] == pytest.approx(60 / repeats[7]["n"])


def test_three_callers_are_hidden_and_cannot_be_worked_out(town: dict[str, Any]) -> None:
    by_service = {row["name"]: row["n_contacts"] for row in _rows(town, "demand_by_service")}
    assert by_service["Bins and recycling"] == 160
    assert [by_service[name] for name in ("Parking", "Planning")] == [{"value": None, "suppressed": True}] * 2
    week = {m["scope"]: m for m in town["measures"] if m["measure_id"] == "contacts"}
    assert week["service:planning"]["suppressed"] and week["service:parking"]["suppressed"]
    planning = next(service for service in town["services"] if service["service"] == "planning")
    assert planning["n_journeys"] == {"value": None, "suppressed": True}
    assert planning["tables"]["steps"]["rows"] == [] == planning["tables"]["paths"]["rows"]


def _numbers(part: Any, units: dict[str, str] | None = None) -> Iterator[tuple[str, Any]]:
    """Every number of the findings that counts contacts, journeys, persons or events."""
    if isinstance(part, dict) and "fields" in part:
        units = {field["name"]: field["unit"] for field in part["fields"]}
        for row in part["rows"]:
            for name, cell in row.items():
                if units[name] in {"contacts", "journeys", "persons", "events"}:
                    yield f"{part['table_id']}.{name}", cell
    elif isinstance(part, dict):
        for key, value in part.items():
            if key.startswith("n_") and key not in {"n_weeks", "n_moves_total"}:
                yield key, value
            yield from _numbers(value)
    elif isinstance(part, list):
        for value in part:
            yield from _numbers(value)


def test_no_count_of_fewer_than_ten_is_anywhere(town: dict[str, Any]) -> None:
    assert not [(name, cell) for name, cell in _numbers(town) if isinstance(cell, int | float) and 0 < cell < 10]


def test_every_definition_that_is_named_is_there(town: dict[str, Any]) -> None:
    tables = [*town["tables"].values(), *(t for service in town["services"] for t in service["tables"].values())]
    named = {table["definition"] for table in tables} | {measure["definition"] for measure in town["measures"]}
    assert named <= set(town["definitions"])


def test_a_week_without_contacts_is_still_a_week() -> None:
    empty = _findings(World())
    jsonschema.validate(json.loads(json.dumps(empty, allow_nan=False)), SCHEMA)
    assert empty["measures"] == [] == empty["services"]

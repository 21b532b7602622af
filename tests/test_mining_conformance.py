"""Journeys beside the one designed: alignments counted by hand, lists and BPMN alike, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders_mining import WEEK, World, example_settings

from journeys.designs import Design, Designs, Step, read_bpmn_files
from journeys.errors import SettingsError
from mining import conformance
from mining.conformance import Deviation, align_variants, net_of
from mining.conformance_tables import conformance_tables
from mining.demand import classify_demand
from mining.events import build_events
from mining.flows import select_window

DESIGN = Design(
    steps=(
        Step(name="Asks", activities=("Calls: a new request",)),
        Step(name="Case triaged", optional=True),
        Step(name="Letter sent", may_repeat=True),
        Step(name="Case closed"),
    )
)
BPMN = """<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
 <process id="p">
  <startEvent id="a"/><task id="b" name="Asks"/><exclusiveGateway id="x"/><task id="c" name="Case triaged"/>
  <exclusiveGateway id="y"/><task id="d" name="Letter sent"/><exclusiveGateway id="z"/><task id="e" name="Case closed"/>
  <endEvent id="f"/>
  <sequenceFlow id="1" sourceRef="a" targetRef="b"/><sequenceFlow id="2" sourceRef="b" targetRef="x"/>
  <sequenceFlow id="3" sourceRef="x" targetRef="c"/><sequenceFlow id="4" sourceRef="c" targetRef="y"/>
  <sequenceFlow id="5" sourceRef="x" targetRef="y"/><sequenceFlow id="6" sourceRef="y" targetRef="d"/>
  <sequenceFlow id="7" sourceRef="d" targetRef="z"/><sequenceFlow id="8" sourceRef="z" targetRef="y"/>
  <sequenceFlow id="9" sourceRef="z" targetRef="e"/><sequenceFlow id="10" sourceRef="e" targetRef="f"/>
 </process>
</definitions>"""
VARIANTS = {
    "as meant": ["Asks", "Case triaged", "Letter sent", "Case closed"],
    "skipped and recurring": ["Asks", "Letter sent", "Letter sent", "Case closed"],
    "no letter": ["Asks", "Case triaged", "Case closed"],
    "chased twice": ["Asks", "Chases", "Chases", "Letter sent", "Case closed"],
    "only a call": ["Chases"],
}
EXPECTED = {
    "as meant": (),
    "skipped and recurring": (),
    "no letter": (Deviation(True, "Letter sent", "Case triaged"),),
    "chased twice": (Deviation(False, "Chases", "Asks"), Deviation(False, "Chases", "Asks")),
}


@pytest.mark.parametrize("design", [DESIGN, Design(bpmn=BPMN)], ids=["list", "bpmn"])
def test_what_is_left_out_and_what_comes_on_top(design: Design) -> None:
    aligned = align_variants(net_of(design), VARIANTS, dict.fromkeys(VARIANTS, 1))
    assert {name: aligned[name].deviations for name in EXPECTED} == EXPECTED
    only = aligned["only a call"].deviations
    assert sorted(each.step for each in only if each.is_missing) == ["Asks", "Case closed", "Letter sent"]
    assert [each.step for each in only if not each.is_missing] == ["Chases"]
    # 3 steps at least and 1 event: all 4 cost, so nothing fits; of the letter left out 1 in 3 + 3 moves costs.
    assert aligned["only a call"].fitness == 0
    assert aligned["as meant"].fitness == 1
    assert aligned["no letter"].fitness == pytest.approx(1 - 1 / 6)


def test_only_the_most_frequent_ways_are_aligned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "MOST_ALIGNED", 2)
    long = {**VARIANTS, "endless": ["Chases"] * 41}
    weights = {"as meant": 5, "no letter": 9, "endless": 99}
    aligned = align_variants(net_of(DESIGN), {name: long[name] for name in weights}, weights)
    assert set(aligned) == {"as meant", "no letter"}


def _tables(design: Design) -> dict[str, list[dict[str, object]]]:
    """40 journeys that end: 25 as meant, 15 in which somebody chased before it was closed; and one too few to show."""
    world = World()
    for n in range(41):
        person = f"p{n}"
        world.contact(f"a{n:02}", person, "2026-09-21 09:00:00", "request")
        world.step(f"l{n:02}", f"j-{person}", "2026-09-22 09:00:00", "Letter sent")
        if 25 <= n < 40:
            world.contact(f"c{n:02}", person, "2026-09-23 09:00:00", "progress_chase")
        if n < 40:
            world.step(f"e{n:02}", f"j-{person}", "2026-09-24 09:00:00", "Case closed")
    settings = example_settings(share_needs=5).model_copy(update={"designs": Designs(designed={"waste": design})})
    with world.engine() as engine:
        classify_demand(engine, settings)
        build_events(engine, settings, WEEK)
        select_window(engine, "2026-W34", "2026-W46")
        tables = conformance_tables(engine, "waste", settings, "13 weeks")
        assert conformance_tables(engine, "parking", settings, "13 weeks") == []
    return {table.table_id: table.as_json()["rows"] for table in tables}


def test_tables_count_journeys_and_extra_contacts() -> None:
    tables = _tables(DESIGN)
    values = {str(row["measure"]).split(":")[0]: row["value"] for row in tables["conformance"]}
    assert values["Journeys that have ended"] == 41
    assert values["Compared"] == 1
    (extra,) = [row for row in tables["deviations"] if row["what"] == "On top"]
    assert (extra["step"], extra["after"], extra["n_journeys"], extra["n_extra"]) == (
        "Calls: what is happening with it?", "Letter sent", 15, 15,
    )  # fmt: skip
    assert [row for row in tables["deviations"] if row["what"] == "Left out"] == []  # one person: too few to show


def test_steps_that_nobody_took_come_with_the_nearest_names() -> None:
    design = Design(steps=(Step(name="Letters sent"), Step(name="Case closed")))
    (unseen,) = _tables(design)["design_names"]
    assert (unseen["step"], str(unseen["nearest"]).split("; ")[0]) == ("Letters sent", "Letter sent")


BOMB = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<definitions", "not valid XML"),
        (BOMB, "declares entities"),
        ("<definitions/>", "no process in it"),
        (BPMN.replace('name="', 'id2="'), "no task with a name"),
        ("x" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_design_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "waste.bpmn").write_text(text)
    with pytest.raises(SettingsError, match=rf"config/designed/waste\.bpmn: .*{says}"):
        read_bpmn_files(tmp_path)


def test_designs_name_services_and_types_that_are_there() -> None:
    step = Step(name="Asks", demand_types=("reqest",))
    problems = Designs(designed={"wast": Design(steps=(step,))}).problems(["waste"], ["request", "report"])
    assert "'wast' is no service" in problems[0] and "did you mean 'waste'?" in problems[0]
    assert "step 'Asks': 'reqest' is no type" in problems[1] and "did you mean 'request'?" in problems[1]

"""The exported log: what it holds and leaves out, and that pm4py and our own readers find in it what was written."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pm4py
import pytest
from builders_mining import WEEK, World, example_settings, rows_of

from journeys.engine import Engine
from journeys.periods import Week
from journeys.schema import DEMAND
from journeys.settings import Source
from journeys.sources.reading import read_batches
from mining.events import build_events
from mining.log_export import Chosen, Selected, select_export
from mining.log_files import ocel_pieces, xes_pieces

ODD = 'Asks "why" <now> & then\nagain\x07'
READ_XES = 'Asks "why" <now> & then\nagain\ufffd'


def _world(n_usual: int = 10) -> World:
    """So many persons who take one way on Tuesday and Wednesday, two steps on one day; and one person who takes another."""
    world = World()
    for n in range(n_usual):
        world.contact(f"a{n}", f"p{n}", "2026-11-10 10:00", channel="web_form", activity=ODD)
        world.contact(f"b{n}", f"p{n}", "2026-11-10 09:00", activity="Calls")
        world.contact(f"c{n}", f"p{n}", "2026-11-11 09:00", channel="email", activity="Calls")
    return world.contact("z1", "zoe", "2026-11-05 09:00", activity="Calls").contact(
        "z2", "zoe", "2026-11-10 09:00", activity="Calls"
    )


def _engine(world: World) -> Engine:
    engine = world.engine()
    engine.load(DEMAND, pd.DataFrame())
    build_events(engine, example_settings(), WEEK)
    return engine


def _select(engine: Engine, chosen: Chosen = Chosen()) -> Selected:
    return select_export(engine, example_settings(suppress_below=10).publishing, chosen)


def _write(path: Path, engine: Engine, *, has_exact_times: bool = False) -> Path:
    is_xes = path.suffix == ".xes"
    pieces = xes_pieces(engine, "a test", has_exact_times=has_exact_times) if is_xes else None
    path.write_text("".join(pieces or ocel_pieces(engine, has_exact_times=has_exact_times)), encoding="utf-8")
    return path


def test_a_way_that_few_persons_took_is_left_out_and_counted() -> None:
    with _engine(_world()) as engine:
        assert _select(engine) == Selected(10, 30, 1, 1, 1)
        assert _select(engine, Chosen(has_all_variants=True)) == Selected(11, 32, 2, 0, 0)
    with _engine(_world(9)) as engine:
        assert _select(engine) == Selected(0, 0, 0, 10, 2)


def test_the_same_steps_by_other_channels_are_another_way() -> None:
    world = World()
    for n in range(10):
        world.contact(f"a{n}", f"p{n}", "2026-11-10 10:00", channel="phone" if n else "post", activity="Asks")
    with _engine(world) as engine:
        assert _select(engine) == Selected(0, 0, 0, 10, 2)


def test_one_person_ten_times_is_one_person() -> None:
    world = World()
    for n in range(10):
        world.contact(f"a{n}", "ann", "2026-11-10 10:00", activity="Asks", journey=f"j{n}")
    with _engine(world) as engine:
        assert _select(engine).n_journeys == 0


def test_persons_are_counted_among_the_journeys_asked_for() -> None:
    world = World()
    for n in range(10):
        world.contact(f"a{n}", f"p{n}", "2026-11-10 10:00" if n else "2026-11-03 10:00", activity="Asks")
    with _engine(world) as engine:
        assert _select(engine).n_journeys == 10
        assert _select(engine, Chosen(first=Week(2026, 46))) == Selected(0, 0, 0, 9, 1)
        assert _select(engine, Chosen(service="housing")) == Selected(0, 0, 0, 0, 0)


def test_times_are_mondays_that_never_fall_and_no_token_is_in_the_log() -> None:
    """A web visit of Sunday night whose naming page was on Monday stands after Monday's call, and in its week."""
    world = World()
    for n in range(10):
        world.contact(f"a{n}", f"p{n}", "2026-11-09 00:01", activity="Calls")
        world.contact(
            f"b{n}", f"p{n}", "2026-11-08 23:55", channel="web", activity="Sends form",
            named_at="2026-11-09 00:05",
        )  # fmt: skip
    with _engine(world) as engine:
        _select(engine)
        rows = rows_of(
            engine, "SELECT number, position, activity, CAST(occurred_at AS VARCHAR) FROM export_events LIMIT 2"
        )
        assert rows == [(1, 1, "Calls", "2026-11-09 00:00:00"), (1, 2, "Sends form", "2026-11-09 00:00:00")]
        written = "".join(ocel_pieces(engine, has_exact_times=False)) + "".join(
            xes_pieces(engine, "", has_exact_times=False)
        )
    assert '"p0"' not in written and "j-p" not in written and '"a0"' not in written
    assert "2026-11-09T00:00:01" in written and "23:55" not in written and "00:05" not in written


@pytest.mark.parametrize("has_exact_times", [False, True])
def test_pm4py_reads_from_xes_what_was_written(tmp_path: Path, has_exact_times: bool) -> None:
    with _engine(_world()) as engine:
        _select(engine, Chosen(has_exact_times=has_exact_times))
        log = pm4py.read_xes(str(_write(tmp_path / "log.xes", engine, has_exact_times=has_exact_times)))
    log = log.sort_values(["case:concept:name", "time:timestamp"])
    assert log["case:concept:name"].nunique() == 10
    assert set(log["case:service"]) == {"waste"}
    ways = log.groupby("case:concept:name")[["concept:name", "channel"]].agg(tuple)
    assert set(zip(ways["concept:name"], ways["channel"], strict=True)) == {
        (("Calls", READ_XES, "Calls"), ("phone", "web_form", "email"))
    }
    times = [str(at) for at in log["time:timestamp"][:3]]
    if has_exact_times:
        assert times == ["2026-11-10 09:00:00+00:00", "2026-11-10 10:00:00+00:00", "2026-11-11 09:00:00+00:00"]
    else:
        assert times == ["2026-11-09 00:00:00+00:00", "2026-11-09 00:00:01+00:00", "2026-11-09 00:00:02+00:00"]


def test_pm4py_reads_from_ocel_what_was_written(tmp_path: Path) -> None:
    with _engine(_world()) as engine:
        _select(engine, Chosen(has_all_variants=True))
        log = pm4py.read_ocel2(str(_write(tmp_path / "log.jsonocel", engine)))
    assert sorted(pm4py.ocel_get_object_types(log)) == ["journey", "service"]
    flat = pm4py.ocel_flattening(log, "journey").sort_values(["case:concept:name", "time:timestamp"])
    ways = flat.groupby("case:concept:name")[["concept:name", "channel"]].agg(tuple)
    counted = Counter(zip(map(tuple, ways["concept:name"]), map(tuple, ways["channel"]), strict=True))
    assert counted == {
        (("Calls", ODD, "Calls"), ("phone", "web_form", "email")): 10,
        (("Calls", "Calls"), ("phone", "phone")): 1,
    }


def test_our_own_readers_read_it_back(tmp_path: Path) -> None:
    with _engine(_world()) as engine:
        _select(engine)
        xes, ocel = _write(tmp_path / "log.xes", engine), _write(tmp_path / "log.json", engine)
    from_xes = _rows(xes, "xes", started_at="time:timestamp", activity="concept:name", case_ref="case:concept:name",
                     service="case:service", channel="channel")  # fmt: skip
    from_ocel = _rows(ocel, "ocel", started_at="time", activity="activity", case_ref="object_id",
                      service="related.service", channel="channel")  # fmt: skip
    assert len(from_xes) == len(from_ocel) == 30
    assert [row["case:concept:name"] for row in from_xes] == [row["object_id"] for row in from_ocel]
    assert [row["channel"] for row in from_xes] == [row["channel"] for row in from_ocel]
    assert [row["activity"] for row in from_ocel[:3]] == ["Calls", ODD, "Calls"]
    assert [row["concept:name"] for row in from_xes[:3]] == ["Calls", READ_XES, "Calls"]
    assert from_xes[1]["time:timestamp"] == "2026-11-09T00:00:01+00:00"


def test_ocel_types_are_declared(tmp_path: Path) -> None:
    with _engine(_world()) as engine:
        _select(engine)
        log = json.loads(_write(tmp_path / "log.json", engine).read_text())
    declared = {kind["name"]: {each["name"] for each in kind["attributes"]} for kind in log["eventTypes"]}
    assert {event["type"] for event in log["events"]} == set(declared)
    assert all({each["name"] for each in event["attributes"]} == declared[event["type"]] for event in log["events"])
    known = {each["id"] for each in log["objects"]}
    assert all(link["objectId"] in known for event in log["events"] for link in event["relationships"])


def _rows(path: Path, kind: str, **columns: str) -> list[dict[str, Any]]:
    more = {"object_type": "journey"} if kind == "ocel" else {}
    source = Source.model_validate(
        {"name": "log", "kind": "step", "files": "x", "format": kind, "columns": columns, **more}
    )
    return [row for batch in read_batches(path, source) for row in batch.rows.to_pylist() if row[columns["started_at"]]]

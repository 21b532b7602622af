"""The process model, what it allows, and the main path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pandas as pd
import pm4py
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from logs_pm4py import BY_CASE, KEYS, cut_with_pandas, read_callcentre, read_receipt, tables_here
from pm4py.objects.process_tree.utils.generic import parse

from mining import models
from mining.bpmn import as_bpmn
from mining.main_path import find_main_path
from mining.model_moves import moves_allowed
from mining.models import NOISES, discover_model, discover_tree, measure_model


def test_rare_behaviour_is_filtered_from_the_model_and_lowers_its_fitness() -> None:
    model = discover_model(Counter({("ask", "wait", "done"): 95, ("done", "ask", "wait"): 5}))
    assert model is not None
    # With all behaviour allowed the model would fit all and say little.
    assert (model.tree, model.noise) == ("->( 'ask', 'wait', 'done' )", 0.2)
    assert (model.n_steps, model.n_journeys, model.coverage, model.replayed) == (3, 100, 1.0, 1.0)
    assert (model.fitness, model.precision) == (pytest.approx(0.95), 1.0)
    assert model.moves == {("ask", "wait"), ("wait", "done")}


def test_of_models_as_good_as_each_other_the_least_filtered_is_chosen() -> None:
    model = discover_model(Counter({("ask", "done"): 60, ("ask", "pay", "done"): 40}))
    assert model is not None and (model.noise, model.fitness) == (0.0, 1.0)


def test_the_tree_of_weighted_variants_is_that_of_the_whole_log() -> None:
    variants = Counter({("a", "b", "c"): 40, ("a", "c", "b"): 35, ("a", "d"): 20, ("a", "b", "b", "c"): 2})
    traces = [steps for steps, n in sorted(variants.items()) for _ in range(n)]
    log = pm4py.objects.log.obj.EventLog(
        [
            pm4py.objects.log.obj.Trace([pm4py.objects.log.obj.Event({"concept:name": step}) for step in steps])
            for steps in traces
        ]
    )
    assert str(discover_tree(variants)) == str(pm4py.discover_process_tree_inductive(log, noise_threshold=0.2))


@settings(max_examples=30, deadline=None)
@given(
    ways=st.dictionaries(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=7).map(tuple), st.integers(1, 30)),
    noise=st.sampled_from(NOISES),
)
def test_trees_of_generated_variants_are_those_of_pm4py(ways: dict[tuple[str, ...], int], noise: float) -> None:
    assume(ways)
    rows = [
        (f"j{number:03d}-{copy:02d}", step, pd.Timestamp("2026-03-02") + pd.Timedelta(minutes=place))
        for number, (steps, n) in enumerate(sorted(ways.items()))
        for copy in range(n)
        for place, step in enumerate(steps)
    ]
    log = pd.DataFrame(rows, columns=["journey", "activity", "started_at"])
    theirs = pm4py.discover_process_tree_inductive(log, noise_threshold=noise, **KEYS)
    assert str(discover_tree(Counter(ways), noise)) == str(theirs)


def test_the_model_is_of_the_most_frequent_variants_and_says_how_many_it_covers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(models, "MOST_VARIANTS", 3)
    monkeypatch.setattr(models, "MOST_REPLAYED", 2)
    variants = Counter({("a", "b"): 60, ("a", "c"): 20, ("a", "d"): 15, ("a", "e"): 5})
    model = discover_model(variants)
    assert model is not None
    assert (model.coverage, model.replayed) == (0.95, 0.8)
    assert "e" not in model.tree


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("read", [read_callcentre, read_receipt], ids=["callcentre", "receipt"])
def test_tree_and_qualities_of_a_public_log_are_those_of_pm4py_on_the_full_log(
    shared_data: Path, read: Callable[[Path], pd.DataFrame], noise: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MOST_REPLAYED", 1000)
    log = read(shared_data)
    model = measure_model(tables_here(log, BY_CASE)["variants"], noise)
    cut = cut_with_pandas(log)
    theirs = pm4py.discover_process_tree_inductive(cut, noise_threshold=noise, **KEYS)
    net = pm4py.convert_to_petri_net(theirs)
    assert (model.tree, model.coverage) == (str(theirs), 1.0)
    fitness = pm4py.fitness_token_based_replay(cut, *net, **KEYS)
    assert model.fitness == pytest.approx(fitness["percentage_of_fitting_traces"] / 100)
    assert model.precision == pytest.approx(pm4py.precision_token_based_replay(cut, *net, **KEYS))
    assert model.simplicity == pytest.approx(pm4py.simplicity_petri_net(*net))


@pytest.mark.parametrize(
    "text",
    [
        "->( 'a', X( 'b', tau ), 'c' )",
        "+( ->( 'a', 'b' ), 'c', *( 'd', tau ) )",
        "->( *( X( 'a', tau ), 'b' ), X( tau, 'c' ), +( 'd', 'e' ) )",
        "*( ->( 'a', 'b' ), X( 'c', tau ) )",
    ],
)
def test_a_bpmn_file_read_back_allows_what_the_tree_allows(text: str, tmp_path: Path) -> None:
    tree = parse(text)
    path = tmp_path / "model.bpmn"
    path.write_text(as_bpmn(tree, "Missed bins"), encoding="utf-8")
    read_back = pm4py.convert_to_petri_net(pm4py.read_bpmn(str(path)))
    assert pm4py.discover_footprints(*read_back)["sequence"] == pm4py.discover_footprints(tree)["sequence"]
    assert pm4py.discover_footprints(*read_back)["parallel"] == pm4py.discover_footprints(tree)["parallel"]
    assert as_bpmn(parse(text), "Missed bins") == path.read_text(encoding="utf-8")


def test_shapes_of_a_drawing_do_not_lie_on_one_another() -> None:
    tree = parse("->( 'a', X( ->( 'b', 'c' ), +( 'd', 'e', *( 'f', ->( 'g', 'h' ) ) ) ), X( 'i', tau ) )")
    found = re.findall(r'Bounds width="(\d+)" height="(\d+)" x="([\d.-]+)" y="([\d.-]+)"', as_bpmn(tree, "Bins"))
    boxes = [(float(x), float(y), float(x) + float(w), float(y) + float(h)) for w, h, x, y in found]
    assert len(boxes) == 9 + 2 + 8
    for one, other in combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_no_journeys_have_no_model() -> None:
    assert discover_model(Counter()) is None


@pytest.mark.parametrize(
    "text",
    [
        "->( 'a', X( 'b', tau ), 'c' )",
        "+( ->( 'a', 'b' ), 'c', *( 'd', tau ) )",
        "->( *( X( 'a', tau ), 'b' ), X( tau, 'c' ), +( 'd', 'e' ) )",
        "X( ->( X( tau, 'a' ), X( tau, 'b' ) ), 'c' )",
        "*( ->( 'a', 'b' ), X( 'c', tau ) )",
    ],
)
def test_moves_of_a_tree_are_its_footprints(text: str) -> None:
    tree = parse(text)
    footprints = pm4py.discover_footprints(tree)
    assert moves_allowed(tree) == footprints["sequence"] | footprints["parallel"]


def test_the_main_path_is_the_most_probable_way_from_start_to_end() -> None:
    # a>b>d has 0.6 x 1.0, a>c>d has 0.4 x 1.0; b's repeats do not lead on.
    moves = {("a", "b"): 60, ("a", "c"): 40, ("b", "b"): 500, ("b", "d"): 60, ("c", "d"): 40}
    assert find_main_path(moves, {"a": 100}, {"d": 100}) == ["a", "b", "d"]
    assert find_main_path(moves, {"a": 100}, {"d": 0}) == []
    assert find_main_path({}, {"a": 5}, {"a": 5}) == ["a"]

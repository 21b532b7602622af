"""The process model, what it allows, and the main path."""

from __future__ import annotations

from collections import Counter

import pm4py
import pytest
from pm4py.objects.process_tree.utils.generic import parse

from mining.main_path import find_main_path
from mining.model_moves import moves_allowed
from mining.models import MOST_VARIANTS, discover_model, discover_tree


def test_rare_behaviour_is_filtered_from_the_model_and_lowers_its_fitness() -> None:
    model = discover_model(Counter({("ask", "wait", "done"): 95, ("done", "ask", "wait"): 5}))
    assert model is not None
    assert model.tree == "->( 'ask', 'wait', 'done' )"
    assert (model.n_steps, model.n_journeys, model.coverage) == (3, 100, 1.0)
    assert model.fitness == pytest.approx(0.95)
    assert model.moves == {("ask", "wait"), ("wait", "done")}


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


def test_the_model_is_of_the_most_frequent_variants_and_says_how_many_it_covers() -> None:
    rare: Counter[tuple[str, ...]] = Counter({("a", f"step {n:03d}"): 1 for n in range(MOST_VARIANTS)})
    model = discover_model(Counter({("a", "b"): 200}) + rare)
    assert model is not None
    assert model.coverage == (200 + MOST_VARIANTS - 1) / (200 + MOST_VARIANTS)


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

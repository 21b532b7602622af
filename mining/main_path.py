"""The main path through a service: the strongest way from where journeys start to where they end (networkx).

In: steps and directly-follows counts. A path's strength is the product of the shares of journeys that take each of
its moves, so the path is the most probable one of a walk over the graph; found as a shortest path over -log(share).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import networkx as nx

Step = str
START, END = "__start__", "__end__"


def find_main_path(
    moves: Mapping[tuple[Step, Step], int], starts: Mapping[Step, int], ends: Mapping[Step, int]
) -> list[Step]:
    """Steps of the most probable path from any start to any end; empty where no path connects them.

    A step's own repeats are left out: they do not lead on.
    """
    graph = nx.DiGraph()
    weights = {
        **{(a, b): n for (a, b), n in moves.items() if a != b and n > 0},
        **{(START, step): n for step, n in starts.items() if n > 0},
        **{(step, END): n for step, n in ends.items() if n > 0},
    }
    leaving: dict[Step, int] = {}
    for (a, _), n in weights.items():
        leaving[a] = leaving.get(a, 0) + n
    # Sorted, so that of equally probable paths the same one is found every time.
    for (a, b), n in sorted(weights.items()):
        graph.add_edge(a, b, cost=-math.log(n / leaving[a]))
    try:
        path = nx.dijkstra_path(graph, START, END, weight="cost")
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return []
    return list(path[1:-1])

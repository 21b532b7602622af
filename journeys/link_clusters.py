"""Joined contacts looked at as graphs: doubtful bridges are cut, and what is left is counted for the data page.

In: `identity_edges` (node, hub, kind, score), as `journeys.link_keys` and the model made them, and `node_values`.
Out: `identity_edges` without the edges that were cut, `cut_edges`, and a table of counts.

A bridge is an edge whose removal splits a component. Where a bridge is a phone or e-mail, and the two sides state names
and share none, nothing but that key says they are one person: it is cut, unless the sides share a postcode and one of
them has no other key (then it is taken for a second spelling or a changed name). Nodes that state no name are cut off
first: who calls from one person's phone and gives another's e-mail could be either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import networkx as nx
import pandas as pd

from journeys.engine import Engine
from journeys.link_keys import save_components
from journeys.schema import IS_LINKED

# Upper ends of the size bands, in contacts of one person.
BANDS = (1, 2, 5, 20, 100)
# A bridge is counted where each side holds at least two nodes: one on its own hangs by an edge always.
_FEWEST_ON_A_SIDE = 2

_KEY = "key of its own"

Edge = tuple[str, str]


def cut_bridges(engine: Engine) -> None:
    """Cut doubtful bridges out of `identity_edges`; `cut_edges` (node, hub) says which."""
    save_components(engine, "identity_edges", "edge_parts")
    edges = engine.run(
        """
        WITH named AS (
            SELECT part, value, count(*) AS n FROM edge_parts JOIN node_values USING (node) WHERE field = 'name'
            GROUP BY part, value),
        nodes AS (
            SELECT part, count(DISTINCT node) AS n FROM edge_parts JOIN node_values USING (node) WHERE field = 'name'
            GROUP BY part),
        -- where every node with a name has one name in common, no two sides can differ
        doubtful AS (SELECT part FROM named JOIN nodes USING (part) GROUP BY part HAVING max(named.n) < any_value(nodes.n))
        SELECT p.part, e.node, e.hub, e.kind FROM identity_edges e JOIN edge_parts p USING (node)
        SEMI JOIN doubtful USING (part) ORDER BY p.part, e.node, e.hub"""
    )
    engine.load_frame("doubtful_nodes", edges[["node"]].drop_duplicates())
    values = engine.run(
        "SELECT node, left(field, 4) || value AS value FROM node_values SEMI JOIN doubtful_nodes USING (node) "
        "WHERE field IN ('name', 'postcode')"
    )
    stated: dict[str, list[str]] = {}
    for node, value in zip(values["node"], values["value"], strict=True):
        stated.setdefault(node, []).append(value)
    found = [edge for part in _graphs(edges) for edge in _doubtful_edges(part, stated)]
    engine.load_frame("cut_edges", pd.DataFrame(sorted(found), columns=["node", "hub"], dtype="str"))
    engine.save("identity_edges", "SELECT e.* FROM identity_edges e ANTI JOIN cut_edges USING (node, hub)")
    engine.drop("edge_parts", "doubtful_nodes")


def review_clusters(engine: Engine) -> pd.DataFrame:
    """Counts of persons by size: size, n_persons, n_contacts, largest (contacts), density (0-1), n_with_bridge.

    Density is the share of pairs of a person's nodes that lie on a hub together, averaged over persons.
    """
    engine.load_frame("bridged", pd.DataFrame({"part": _bridged_parts(engine)}, dtype="str"))
    ends = ", ".join(f"({end})" for end in BANDS)
    counted = engine.run(
        f"""
        WITH sizes AS (
            SELECT person_id, count(*) AS n FROM persons WHERE {IS_LINKED} GROUP BY person_id),
        pairs AS (
            SELECT DISTINCT p.part, a.node AS one, b.node AS other
            FROM identity_edges a JOIN identity_edges b ON a.hub = b.hub AND a.node < b.node
            JOIN person_parts p ON p.node = a.node),
        nodes AS (SELECT part, count(*) AS n_nodes FROM person_parts GROUP BY part),
        shapes AS (
            SELECT person_id, max(CASE WHEN n_nodes > 1 THEN n_pairs * 2 / (n_nodes * (n_nodes - 1)) ELSE 1.0 END)
                       AS density, bool_or(part IN (SELECT part FROM bridged)) AS has_bridge
            FROM nodes LEFT JOIN (SELECT part, count(*) AS n_pairs FROM pairs GROUP BY part) USING (part)
            JOIN part_persons USING (part) GROUP BY person_id)
        SELECT (SELECT min(e) FROM (VALUES {ends}) ends(e) WHERE e >= n) AS up_to, count(*) AS n_persons,
               CAST(sum(n) AS BIGINT) AS n_contacts, max(n) AS largest, round(avg(coalesce(density, 1.0)), 9) AS density,
               count(*) FILTER (WHERE has_bridge) AS n_with_bridge
        FROM sizes LEFT JOIN shapes USING (person_id) GROUP BY up_to ORDER BY up_to NULLS LAST"""
    )
    starts = dict(zip(BANDS, (1, *(end + 1 for end in BANDS)), strict=False))
    names = [
        f"over {BANDS[-1]}"
        if pd.isna(end)
        else str(int(end))
        if starts[int(end)] == end
        else f"{starts[int(end)]}-{end:.0f}"
        for end in counted.pop("up_to")
    ]
    counted.insert(0, "size", names)
    return counted


def _bridged_parts(engine: Engine) -> list[str]:
    """Components with a bridge between two sides of at least two nodes each."""
    edges = engine.run(
        f"""
        WITH large AS (SELECT part FROM person_parts GROUP BY part HAVING count(*) >= {2 * _FEWEST_ON_A_SIDE})
        SELECT p.part, e.node, e.hub, e.kind FROM identity_edges e JOIN person_parts p USING (node)
        SEMI JOIN large USING (part) ORDER BY p.part, e.node, e.hub"""
    )
    return [str(graph.graph["part"]) for graph in _graphs(edges) if _has_bridge(graph)]


def _graphs(edges: pd.DataFrame) -> Iterator[nx.Graph]:
    """One graph per part of rows sorted by part; a hub's name is never a node's (it holds a colon)."""
    rows = zip(edges["part"], edges["node"], edges["hub"], edges["kind"], strict=True)
    for part, own in groupby(rows, key=itemgetter(0)):
        graph = nx.Graph(part=part)
        graph.add_edges_from((node, hub, {"kind": kind}) for _, node, hub, kind in own)
        yield graph


def _has_bridge(graph: nx.Graph) -> bool:
    n_all = sum(1 for node in graph if ":" not in node)
    below: Counter[str] = Counter()
    bridges = {frozenset(edge) for edge in nx.bridges(graph)}
    for node, parent in _upwards(graph):
        below[node] += ":" not in node
        if frozenset((node, parent)) in bridges and (_FEWEST_ON_A_SIDE <= below[node] <= n_all - _FEWEST_ON_A_SIDE):
            return True
        below[parent] += below[node]
    return False


def _upwards(graph: nx.Graph) -> list[Edge]:
    """Every node but the root with its parent in a depth-first tree, children before parents."""
    root = next(iter(graph))
    parents = nx.dfs_predecessors(graph, root)
    return [(node, parents[node]) for node in nx.dfs_postorder_nodes(graph, root) if node in parents]


def _doubtful_edges(graph: nx.Graph, stated: dict[str, list[str]]) -> list[Edge]:
    """Edges to cut, as (node, hub): those of nodes without a name first, then all; again until none is left."""
    cut: list[Edge] = []
    pending = [graph]
    while pending:
        component = pending.pop()
        found = _conflicts(component, stated)
        found = [edge for edge in found if not _names(edge[0], stated)] or found
        cut += found
        if found:
            component.remove_edges_from(found)
            pending += [component.subgraph(own).copy() for own in nx.connected_components(component)]
    return cut


def _conflicts(graph: nx.Graph, stated: dict[str, list[str]]) -> list[Edge]:
    """Phone and e-mail bridges whose two sides look like two people."""
    bridges = {frozenset(edge) for edge in nx.bridges(graph)}
    total: Counter[str] = Counter()
    for node in graph:
        total.update(_says(node, stated))
    below: dict[str, Counter[str]] = {}
    found = []
    for node, parent in _upwards(graph):
        inside = below.setdefault(node, Counter())
        inside.update(_says(node, stated))
        kind = graph.edges[node, parent]["kind"]
        if kind in ("phone", "email") and frozenset((node, parent)) in bridges:
            hub = node if ":" in node else parent
            if _is_conflict(inside, total, is_hub_inside=hub == node):
                found.append((parent if hub == node else node, hub))
        _merge_into(below, parent, inside)
    return sorted(found)


def _names(node: str, stated: dict[str, list[str]]) -> list[str]:
    return [value for value in stated.get(node, ()) if value.startswith("name")]


def _says(node: str, stated: dict[str, list[str]]) -> list[str]:
    """What a node or hub adds to its side: names and postcodes (by their first four letters), and keys of its own."""
    if ":" in node:
        return [_KEY] if node.startswith(("phone:", "email:")) else []
    return [*stated.get(node, ()), *([_KEY] if node.startswith("a") else [])]


def _merge_into(below: dict[str, Counter[str]], parent: str, inside: Counter[str]) -> None:
    """Add the smaller count to the larger one, so that long chains stay cheap."""
    other = below.get(parent, Counter())
    small, large = sorted((inside, other), key=len)
    large.update(small)
    below[parent] = large


def _is_conflict(inside: Counter[str], total: Counter[str], *, is_hub_inside: bool) -> bool:
    """Both sides state names and share none; and they share no postcode, or each has a key of its own besides."""
    shared = {value[:4] for value in inside if total[value] > inside[value]}
    names_inside = sum(value.startswith("name") for value in inside)
    names_in_all = sum(value.startswith("name") for value in total)
    if "name" in shared or names_inside in (0, names_in_all):
        return False
    own = inside[_KEY] - is_hub_inside
    others = total[_KEY] - inside[_KEY] - (not is_hub_inside)
    return "post" not in shared or (own > 0 and others > 0)

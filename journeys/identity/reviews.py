"""What people said of pairs of contacts, applied to the graph of joins: their word goes before keys and model.

In: `identity_edges` (node, hub, kind, score), `link_units` (contact_id, node), `merges`, and answers on pairs of records.
Out: `identity_edges` with a hub of its own for each pair that is one person, and without the fewest edges that hold
together each pair that is not (a minimum cut; an edge that the model found is given up before a phone or e-mail).
"""

from __future__ import annotations

import logging

import networkx as nx
import pandas as pd

from journeys.engine import Engine
from journeys.link_keys import save_components

_LOG = logging.getLogger(__name__)
_STRENGTH = {"probabilistic": 1, "phone": 10, "email": 10, "review": 1000}


def apply_reviews(engine: Engine, reviews: pd.DataFrame) -> None:
    """Join and split as told; `reviews` has pair_id, record_l, record_r and answer (same, different or unsure)."""
    engine.load_frame("reviews_given", reviews[["pair_id", "record_l", "record_r", "answer"]].astype("str"))
    engine.save(
        "reviewed_nodes",
        """
        SELECT DISTINCT pair_id, answer, l.node AS node_l, r.node AS node_r FROM reviews_given
        JOIN merges a ON a.record_id = record_l JOIN link_units l ON l.contact_id = a.contact_id
        JOIN merges b ON b.record_id = record_r JOIN link_units r ON r.contact_id = b.contact_id""",
    )
    engine.connection.execute(
        "INSERT INTO identity_edges SELECT unnest([node_l, node_r]), 'review:' || pair_id, 'review', 1.0 "
        "FROM reviewed_nodes WHERE answer = 'same' AND node_l <> node_r"
    )
    told_apart = engine.run("SELECT node_l, node_r FROM reviewed_nodes WHERE answer = 'different' ORDER BY pair_id")
    one_node = told_apart["node_l"] == told_apart["node_r"]
    if one_node.any():
        _LOG.warning(
            "%s pairs reviewed as different state the same account or the same keys and stay joined", one_node.sum()
        )
    _split(engine, told_apart[~one_node])


def _split(engine: Engine, pairs: pd.DataFrame) -> None:
    save_components(engine, "identity_edges", "review_parts")
    engine.load_frame("told_apart", pairs.astype("str"))
    edges = engine.run(
        """
        SELECT e.node, e.hub, e.kind FROM identity_edges e JOIN review_parts p USING (node)
        WHERE p.part IN (SELECT part FROM review_parts JOIN told_apart ON node = node_l)
        ORDER BY e.node, e.hub"""
    )
    graph = nx.Graph()
    for node, hub, kind in edges.itertuples(index=False):
        graph.add_edge(node, hub, capacity=_STRENGTH[kind])
    cut: list[tuple[str, str]] = []
    for left, right in pairs.itertuples(index=False):
        if not (graph.has_node(left) and graph.has_node(right) and nx.has_path(graph, left, right)):
            continue
        part = graph.subgraph(nx.node_connected_component(graph, left))
        _, (side, _) = nx.minimum_cut(part, left, right)
        across = sorted((one, other) for one in side for other in part[one] if other not in side)
        graph.remove_edges_from(across)
        cut += [(other, one) if ":" in one else (one, other) for one, other in across]
    engine.load_frame("edges_told_apart", pd.DataFrame(cut, columns=["node", "hub"], dtype="str"))
    engine.save("identity_edges", "SELECT e.* FROM identity_edges e ANTI JOIN edges_told_apart USING (node, hub)")

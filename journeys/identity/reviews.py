"""What people said of pairs of contacts: kept, applied to the graph of joins, and used to measure how sure the joins are.

Where reviewers disagree the pair counts as unsure.

Applied, their word goes before keys and model. In: `identity_edges` (node, hub, kind, score), `link_units` (contact_id,
node), `merges`, and answers on pairs of records. Out: `identity_edges` with a hub of its own for each pair that is one
person, and without the fewest edges that hold together each pair that is not (a minimum cut; an edge that the model found
is given up before a phone or e-mail).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from journeys.answers import AnswerLog
from journeys.catalogue import LINK_REVIEWS
from journeys.engine import Engine
from journeys.identity.review_pairs import STRATA
from journeys.link_keys import save_components
from journeys.store import Store

_LOG = logging.getLogger(__name__)
_STRENGTH = {"probabilistic": 1, "phone": 10, "email": 10, "review": 1000}
ANSWERS = ("same", "different", "unsure")
PAIR_ANSWERS = AnswerLog(LINK_REVIEWS, "pair_id", "pairs of contacts")
_COLUMNS = ["pair_id", "record_l", "record_r", "answer", "stratum", "inclusion"]
_FEWEST = 30  # answers an estimate is made of
_N_DRAWS = 20_000
_JOINED = ("phone_email", "probability")

Draws = npt.NDArray[np.float64]
Estimate = dict[str, float | int | None]


def read_reviews(store: Store) -> pd.DataFrame:
    """The answer in force on each pair: pair_id, record_l, record_r, answer, stratum and inclusion.

    Draws add up to one sample, so that all pairs of a stratum carry the inclusion (0-1) of its newest draw.
    """
    given = PAIR_ANSWERS.standing(store)
    newest = given.groupby("stratum")["inclusion"].last()
    n_said = given.groupby("pair_id")["answer"].transform("nunique")
    given = given.assign(
        answer=given["answer"].where(n_said == 1, "unsure"), inclusion=given["stratum"].map(newest).astype("float64")
    )
    return given.drop_duplicates("pair_id").sort_values("pair_id").reset_index(drop=True)[_COLUMNS]


def reviews_version(store: Store) -> str:
    """Changes when an answer in force does; "none" while there is none."""
    reviews = read_reviews(store)
    return hashlib.sha256(reviews.to_csv().encode()).hexdigest()[:16] if len(reviews) else "none"


def estimate_accuracy(reviews: pd.DataFrame) -> dict[str, Estimate]:
    """What share of joins are right, and of true pairs are joined, among the pairs the answers were drawn from.

    Keys: precision, precision_phone_email, precision_probability and recall, each with value, low, high (0-1, the bounds
    of a 95% interval) and n, the answers it rests on; None where fewer than 30 do. Recall needs 30 on pairs not joined.
    Each stratum counts with the size it has in the store. The interval is drawn from what the answers leave open in each
    stratum (Jeffreys' prior; Brown, Cai, DasGupta 2001): thirty right of thirty do not make it certain.
    """
    choose = np.random.default_rng(1)
    nothing = np.zeros(1 + _N_DRAWS)
    n_said, n_pairs, n_true = dict.fromkeys(STRATA, 0), dict.fromkeys(STRATA, nothing), dict.fromkeys(STRATA, nothing)
    for name in STRATA:
        own = reviews[reviews["stratum"] == name]
        n_same, n_different = (int((own["answer"] == said).sum()) for said in ("same", "different"))
        if n := n_same + n_different:
            left_open = choose.beta(n_same + 0.5, n_different + 0.5, _N_DRAWS)
            n_said[name], n_pairs[name] = n, nothing + float((1 / own["inclusion"]).sum())
            n_true[name] = n_pairs[name] * np.concatenate([[n_same / n], left_open])

    def estimate(part: Sequence[str]) -> Estimate:
        return _estimate(_total(n_true, part), _total(n_pairs, part), sum(n_said[name] for name in part))

    n_apart = sum(n_said[name] for name in STRATA if name not in _JOINED)
    return {
        "precision": estimate(_JOINED),
        **{f"precision_{name}": estimate([name]) for name in _JOINED},
        "recall": _estimate(
            _total(n_true, _JOINED), _total(n_true, STRATA), sum(n_said.values()) if n_apart >= _FEWEST else n_apart
        ),
    }


def _total(of: Mapping[str, Draws], strata: Sequence[str]) -> Draws:
    return np.sum([of[name] for name in strata], axis=0)  # type: ignore[no-any-return]


def _estimate(part: Draws, whole: Draws, n: int) -> Estimate:
    """The share, first as it is in the answers and then as drawn; no share of nothing."""
    if n < _FEWEST or not whole[0]:
        return {"value": None, "low": None, "high": None, "n": n}
    shares = part / whole
    low, high = np.quantile(shares[1:], [0.025, 0.975])
    # Where all answers are the same, the end that they are at belongs to the interval.
    return {"value": float(shares[0]), "low": float(min(low, shares[0])), "high": float(max(high, shares[0])), "n": n}


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
    engine.add(
        "identity_edges",
        " UNION ALL ".join(
            f"SELECT {node}, 'review:' || pair_id, 'review', 1.0 FROM reviewed_nodes "
            "WHERE answer = 'same' AND node_l <> node_r"
            for node in ("node_l", "node_r")
        ),
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
    _LOG.info("%s joins cut for %s pairs reviewed as different", len(cut), len(pairs))
    engine.load_frame("edges_told_apart", pd.DataFrame(cut, columns=["node", "hub"], dtype="str"))
    engine.save("identity_edges", "SELECT e.* FROM identity_edges e ANTI JOIN edges_told_apart USING (node, hub)")

"""Scored pairs become groups of contacts of one person, joined so that one wrong pair cannot chain two people together.

In: pairs with weights (log2 of the odds that both are one person). Out: one row per grouped contact.
Pairs at or above the threshold are taken from the strongest down. Two groups are joined only where the *mean* weight of
all pairs across them, also those that speak against, stays above a floor: average linkage (Sokal and Michener 1958),
so a bridge of one pair between two groups that otherwise disagree is refused. A pair nobody scored counts as mildly
against. Equal weights are taken in order of contact_id, so the result does not depend on the order of the rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# Chosen on the two public test sets of tests/benchmarks/bench_identity.py; precision is flat around them.
_UNSCORED = -4.0
LOWEST, _HIGHEST = -10.0, 20.0
_MEAN_AT_LEAST = -2.0
# Weight of a pair of records that are equal in all parts: the second only repeats the first, and takes its group.
SAME = 99.0

Ints = npt.NDArray[np.int64]


def cluster_pairs(pairs: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Groups from pairs (id_l, id_r, match_weight, match_probability): columns contact_id, group_id and score.

    `group_id` is the smallest contact_id of the group; `score` is the probability of the contact's strongest pair in
    it (0-1). Contacts in no group have no row.
    """
    is_repeat = pairs["match_weight"] >= SAME
    found = _grouped(pairs[~is_repeat], threshold)
    group_of = dict(zip(found["contact_id"].tolist(), found["group_id"].tolist(), strict=True))
    score_of = dict(zip(found["contact_id"].tolist(), found["score"].tolist(), strict=True))
    repeats = pairs[is_repeat]
    for first, again in zip(repeats["id_l"].tolist(), repeats["id_r"].tolist(), strict=True):
        group_of[again] = group_of.setdefault(first, first)
        score_of[first] = score_of[again] = 1.0
    rows = sorted((contact, group, score_of[contact]) for contact, group in group_of.items())
    return pd.DataFrame(rows, columns=["contact_id", "group_id", "score"])


def _grouped(pairs: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Groups of records that are not repeats of one another."""
    linked = pairs[pairs["match_probability"] >= threshold]
    ids = pd.Index(np.unique(np.concatenate([linked["id_l"].to_numpy(str), linked["id_r"].to_numpy(str)])))
    left, right = ids.get_indexer(pairs["id_l"]), ids.get_indexer(pairs["id_r"])
    known = (left >= 0) & (right >= 0)
    left, right, used = np.minimum(left, right)[known], np.maximum(left, right)[known], pairs[known]
    probability = used["match_probability"].to_numpy(float)
    roots = _roots(len(ids), left, right, used["match_weight"].to_numpy(float), probability >= threshold)
    same = roots[left] == roots[right]
    strongest = np.zeros(len(ids))
    for side in (left, right):
        np.maximum.at(strongest, side[same], probability[same])
    grouped = np.bincount(roots, minlength=len(ids))[roots] > 1
    found = pd.DataFrame({"contact_id": ids, "group_id": ids[roots], "score": strongest})
    return found[grouped].reset_index(drop=True)


def connected(n_rows: int, left: Ints, right: Ints) -> Ints:
    """The number of the connected component of each of `n_rows` nodes."""
    edges = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n_rows, n_rows))
    return np.asarray(connected_components(edges, directed=False)[1], dtype=np.int64)


def _roots(
    n_rows: int, left: Ints, right: Ints, weights: npt.NDArray[np.float64], is_link: npt.NDArray[np.bool_]
) -> Ints:
    """The smallest member of each node's group."""
    parts = connected(n_rows, left[is_link], right[is_link])
    roots = np.arange(n_rows, dtype=np.int64)
    inside = parts[left] == parts[right]
    left, right, is_link = left[inside], right[inside], is_link[inside]
    weights = np.clip(weights[inside].round(4), LOWEST, _HIGHEST)
    order = np.lexsort((right, left, -weights, parts[left]))
    left, right, weights, is_link = left[order], right[order], weights[order], is_link[order]
    starts = np.flatnonzero(np.r_[True, np.diff(parts[left]) != 0])
    for start, end in zip(starts, np.r_[starts[1:], len(left)], strict=True):
        if end - start == 1:
            roots[right[start]] = left[start]
            continue
        pairs = list(zip(left[start:end].tolist(), right[start:end].tolist(), weights[start:end].tolist(), strict=True))
        for member, root in _join(pairs, is_link[start:end].tolist()).items():
            roots[member] = root
    return roots


def _join(pairs: list[tuple[int, int, float]], is_link: list[bool]) -> dict[int, int]:
    """Groups within one component, as member -> smallest member."""
    across: dict[int, dict[int, tuple[float, int]]] = {}
    for one, other, weight in pairs:
        across.setdefault(one, {})[other] = (weight, 1)
        across.setdefault(other, {})[one] = (weight, 1)
    root = {node: node for node in across}
    members = {node: [node] for node in across}
    for (one, other, _), link in zip(pairs, is_link, strict=True):
        kept, gone = sorted((root[one], root[other]))
        if not link or kept == gone or not _agree(across[kept][gone], len(members[kept]) * len(members[gone])):
            continue
        for node in members[gone]:
            root[node] = kept
        members[kept] += members.pop(gone)
        _merge_sums(across, kept, gone)
    return root


def _agree(sums: tuple[float, int], n_pairs: int) -> bool:
    total, n_scored = sums
    return (total + (n_pairs - n_scored) * _UNSCORED) / n_pairs >= _MEAN_AT_LEAST


def _merge_sums(across: dict[int, dict[int, tuple[float, int]]], kept: int, gone: int) -> None:
    """Add what the group `gone` has across to every other group to the group `kept`."""
    del across[kept][gone]
    for node, (total, n_scored) in across.pop(gone).items():
        if node == kept:
            continue
        del across[node][gone]
        before, n_before = across[kept].get(node, (0.0, 0))
        across[kept][node] = across[node][kept] = (before + total, n_before + n_scored)

"""Who made each contact, by exact keys: account, e-mail and phone tokens, then the case reference.

In: `contacts`. Out: `persons`, one row per contact. Contacts that share a key are one person. A phone or e-mail that
goes with more than one account (a family's, a switchboard's) joins nobody: a wrong join is worse than a missing one.
A contact with no key of its own, but with a case that belongs to exactly one person, is that person's.
All others stay unlinked: a person of their own, counted and never dropped.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from journeys.engine import Engine

# Strongest first: a contact's person is that of the first of these it carries.
_KEYS = ("account", "email", "phone")


def link_persons(engine: Engine) -> None:
    """Build `persons` from `contacts`."""
    engine.save("keys_used", _keys_sql())
    engine.save("key_persons", _key_persons(engine))
    engine.save("persons", _persons_sql())


def _keys_sql() -> str:
    """Each key a contact carries, without keys that go with more than one account."""
    pairs = " UNION ALL ".join(
        f"SELECT contact_id, account_token, '{name}:' || {name}_token AS key, {rank} AS rank "
        f"FROM contacts WHERE {name}_token IS NOT NULL"
        for rank, name in enumerate(_KEYS)
    )
    return f"""
    WITH pairs AS ({pairs}),
    shared AS (SELECT key FROM pairs GROUP BY key HAVING count(DISTINCT account_token) > 1)
    SELECT contact_id, key, rank FROM pairs WHERE key NOT IN (SELECT key FROM shared)"""


def _key_persons(engine: Engine) -> str:
    """Connected components of keys that stand on one contact; returns SQL over the registered result."""
    edges = engine.run(
        "SELECT DISTINCT first.key AS a, other.key AS b FROM keys_used first "
        "JOIN keys_used other ON first.contact_id = other.contact_id AND first.rank < other.rank "
    )
    keys = engine.run("SELECT DISTINCT key FROM keys_used ORDER BY key")["key"]
    engine.load_frame("key_components", _components(keys, edges))
    return "SELECT key, person_id FROM key_components"


def _components(keys: pd.Series, edges: pd.DataFrame) -> pd.DataFrame:
    """One row per key with its person: named after the first key of the component, so independent of order."""
    index = pd.Index(keys)
    a, b = index.get_indexer(edges["a"]), index.get_indexer(edges["b"])
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(index), len(index)))
    _, labels = connected_components(graph, directed=False)
    frame = pd.DataFrame({"key": index, "component": labels})
    first = frame.groupby("component")["key"].transform("min")
    return pd.DataFrame({"key": frame["key"], "person_id": "p" + first.str.split(":").str[1].str[:20]})


def _persons_sql() -> str:
    """Own key first, then the one person of the case, else a person of one contact."""
    return """
    WITH own AS (
        SELECT k.contact_id, arg_min(p.person_id, (k.rank, p.person_id)) AS person_id
        FROM keys_used k JOIN key_persons p USING (key) GROUP BY k.contact_id),
    of_case AS (
        SELECT c.case_ref, min(o.person_id) AS person_id
        FROM contacts c JOIN own o USING (contact_id)
        WHERE c.case_ref IS NOT NULL GROUP BY c.case_ref HAVING count(DISTINCT o.person_id) = 1)
    SELECT c.contact_id,
           coalesce(o.person_id, k.person_id, 'u' || left(c.contact_id, 20)) AS person_id,
           CASE WHEN o.person_id IS NOT NULL THEN 'exact_key' WHEN k.person_id IS NOT NULL THEN 'case'
                ELSE 'unlinked' END AS method,
           CASE WHEN o.person_id IS NOT NULL OR k.person_id IS NOT NULL THEN 1.0 END AS score
    FROM contacts c LEFT JOIN own o USING (contact_id) LEFT JOIN of_case k USING (case_ref)"""

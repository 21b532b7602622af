"""Exact keys of contacts: which may join, which are set aside, and what each joins (tiers 1 and 2).

In: `contacts`. Out: `set_aside_keys` (kind, key, n_contacts, n_accounts, reason), `link_contacts` (contact_id, its
usable keys and its node) and `link_edges` (node, hub, kind, score).

A node is an account, or all contacts without one that state the same phone, e-mail, name, postcode and date of birth.
A hub is a phone or e-mail, or one of several people who used it: nodes on one hub are one person.
- A key of more accounts than the settings allow, or of more contacts than a person makes, joins nobody.
- Nodes on one phone or e-mail are joined where they share a name or postcode. With three names or two dates of birth
  on it, it is a household's, and the postcode says nothing. A node that states neither goes with the others only where
  these are one person; of a number that changed hands nobody can say whose such a call was.
- Whoever acts for somebody gives a phone, an e-mail and a name of their own: only the account counts.
- Accounts are never joined through other people's keys: what hangs between two accounts goes to neither.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from journeys.engine import Engine
from journeys.identity.groups import connected
from journeys.settings import Identity

EXACT_KINDS = ("account", "email", "phone")
_IS_HELPER = "coalesce(party_role IN ('on_behalf', 'professional'), false)"
# A name change, or a second spelling, makes two names; more than that are several people.
_MOST_NAMES = 2


def link_exact(engine: Engine, identity: Identity) -> None:
    """Build `set_aside_keys`, `link_contacts` and `link_edges`."""
    engine.save("link_keys", _keys_sql(identity))
    engine.save("set_aside_keys", _set_aside_sql(identity))
    engine.save("link_contacts", _contacts_sql())
    engine.save("node_values", _node_values_sql())
    engine.save("key_nodes", _key_nodes_sql())
    _save_parts(engine)
    engine.save("link_edges", _edges_sql())
    _cut_between_accounts(engine)
    _report_mixed_keys(engine)
    engine.drop("link_keys", "key_nodes", "mixed_values", "key_parts", "exact_parts")


def save_components(engine: Engine, edges: str, into: str) -> None:
    """Connected components of a table (node, hub) as `into` (node, part): `part` is the first node of the component."""
    engine.save("graph_nodes", f"SELECT node, row_number() OVER (ORDER BY node) - 1 AS id FROM {edges} GROUP BY node")
    engine.save(
        "graph_hubs",
        f"SELECT hub, row_number() OVER (ORDER BY hub) - 1 AS id FROM {edges} GROUP BY hub "
        "HAVING count(DISTINCT node) > 1",
    )
    links = engine.run(
        f"SELECT n.id AS node, h.id AS hub FROM {edges} e "
        "JOIN graph_nodes n ON n.node = e.node JOIN graph_hubs h ON h.hub = e.hub"
    )
    n_nodes = int(engine.value("SELECT count(*) FROM graph_nodes"))
    n_hubs = int(engine.value("SELECT count(*) FROM graph_hubs"))
    labels = connected(n_nodes + n_hubs, links["node"].to_numpy(np.int64), links["hub"].to_numpy(np.int64) + n_nodes)[
        :n_nodes
    ]
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    engine.load_frame("graph_parts", pd.DataFrame({"id": np.arange(n_nodes), "part": first[inverse]}))
    engine.save(
        into,
        "SELECT n.node, f.node AS part FROM graph_parts p JOIN graph_nodes n ON n.id = p.id "
        "JOIN graph_nodes f ON f.id = p.part",
    )
    engine.drop("graph_nodes", "graph_hubs", "graph_parts")


def _keys_sql(identity: Identity) -> str:
    """Each key a contact may be joined by; the phone and e-mail of somebody who acts for another are none."""
    kinds = [kind for kind in EXACT_KINDS if ("account" if kind == "account" else "phone_email") in identity.tiers]
    pairs = " UNION ALL ".join(
        f"SELECT contact_id, account_token, '{kind}' AS kind, {kind}_token AS key FROM contacts "
        f"WHERE {kind}_token IS NOT NULL AND ('{kind}' = 'account' OR NOT {_IS_HELPER})"
        for kind in kinds
    )
    nothing = "SELECT contact_id, account_token, '' AS kind, '' AS key FROM contacts WHERE false"
    return pairs or nothing


def _set_aside_sql(identity: Identity) -> str:
    return f"""
    WITH link_keys AS (
        SELECT * FROM link_keys
        UNION ALL SELECT contact_id, account_token, 'place', place_token FROM contacts
        WHERE place_token IS NOT NULL AND {"place" in identity.tiers})
    SELECT kind, key, count(*) AS n_contacts, count(DISTINCT account_token) AS n_accounts,
           CASE WHEN count(*) > {identity.largest_person} THEN 'more contacts than one person makes'
                ELSE 'goes with several accounts' END AS reason
    FROM link_keys GROUP BY kind, key
    HAVING count(*) > {identity.largest_person}
        OR (kind IN ('email', 'phone') AND count(DISTINCT account_token) > {identity.shared_accounts})"""


def _contacts_sql() -> str:
    """Contacts with their usable keys and node (null without any key); a helper's name and address are left out."""
    usable = ", ".join(f"any_value(key) FILTER (WHERE kind = '{kind}') AS {kind}" for kind in EXACT_KINDS)
    stated = ", ".join(
        f"CASE WHEN NOT {_IS_HELPER} THEN c.{column}_token END AS {column}"
        for column in ("name", "postcode", "date_of_birth")
    )
    return f"""
    WITH usable AS (
        SELECT contact_id, {usable} FROM link_keys ANTI JOIN set_aside_keys USING (kind, key) GROUP BY contact_id),
    stated AS (
        SELECT c.contact_id, u.account, u.email, u.phone, {stated}
        FROM contacts c LEFT JOIN usable u USING (contact_id))
    SELECT *, CASE WHEN account IS NOT NULL THEN 'a' || account
                   WHEN email IS NOT NULL OR phone IS NOT NULL THEN 'k' || min(contact_id) OVER (
                       PARTITION BY account, email, phone, name, postcode, date_of_birth) END AS node
    FROM stated"""


def _node_values_sql() -> str:
    return " UNION ALL ".join(
        f"SELECT DISTINCT node, '{column}' AS field, {column} AS value FROM link_contacts "
        f"WHERE node IS NOT NULL AND {column} IS NOT NULL"
        for column in ("name", "postcode", "date_of_birth")
    )


def _key_nodes_sql() -> str:
    """Nodes on each phone or e-mail; `is_mixed` where these state two names or two postcodes."""
    pairs = " UNION ".join(
        f"SELECT '{kind}' AS kind, {kind} AS key, node FROM link_contacts WHERE {kind} IS NOT NULL"
        for kind in ("email", "phone")
    )
    return f"""
    WITH pairs AS ({pairs}),
    counted AS (
        SELECT kind, key, count(DISTINCT value) FILTER (WHERE field = 'name') AS n_names,
               count(DISTINCT value) FILTER (WHERE field = 'postcode') AS n_postcodes,
               count(DISTINCT value) FILTER (WHERE field = 'date_of_birth') AS n_births
        FROM pairs LEFT JOIN node_values USING (node) GROUP BY kind, key)
    SELECT p.*, n_names > 1 OR n_postcodes > 1 AS is_mixed,
           n_names <= {_MOST_NAMES} AND n_births <= 1 AS is_postcode_used
    FROM pairs p JOIN counted USING (kind, key)"""


def _save_parts(engine: Engine) -> None:
    """`key_parts` (node, part): on each key with several names or postcodes, the nodes that share one of them."""
    engine.save(
        "mixed_values",
        """
        SELECT k.kind || ':' || k.key || '/' || k.node AS node,
               k.kind || ':' || k.key || '/' || v.field || v.value AS hub
        FROM key_nodes k JOIN node_values v USING (node)
        WHERE k.is_mixed AND (v.field = 'name' OR (v.field = 'postcode' AND k.is_postcode_used))
        UNION ALL
        SELECT DISTINCT k.kind || ':' || k.key || '/' || k.node, k.kind || ':' || k.key || '/' || k.node
        FROM key_nodes k JOIN node_values v USING (node) WHERE k.is_mixed AND v.field = 'postcode'""",
    )
    save_components(engine, "mixed_values", "key_parts")


def _edges_sql() -> str:
    """Nodes and the hubs they are on; nodes that state nothing only where the key is one person's."""
    return """
    WITH placed AS (
        SELECT k.kind, k.key, k.node, k.is_mixed, p.part
        FROM key_nodes k LEFT JOIN key_parts p ON k.is_mixed AND p.node = k.kind || ':' || k.key || '/' || k.node),
    counted AS (SELECT kind, key, count(DISTINCT part) AS n_parts, min(part) AS only_part FROM placed GROUP BY kind, key)
    SELECT node, coalesce(part, CASE WHEN is_mixed THEN only_part END, kind || ':' || key) AS hub,
           kind, 1.0::DOUBLE AS score
    FROM placed JOIN counted USING (kind, key)
    WHERE NOT is_mixed OR part IS NOT NULL OR n_parts = 1"""


def _cut_between_accounts(engine: Engine) -> None:
    """Where one component holds hubs of several accounts, keep a node only on the hubs of the one account it touches."""
    save_components(engine, "link_edges", "exact_parts")
    engine.save(
        "link_edges",
        """
        WITH hubs AS (
            SELECT hub, min(node) FILTER (WHERE node LIKE 'a%') AS account FROM link_edges GROUP BY hub),
        parts AS (
            SELECT part FROM link_edges JOIN hubs USING (hub) JOIN exact_parts USING (node)
            GROUP BY part HAVING count(DISTINCT account) > 1),
        nodes AS (
            SELECT node, count(DISTINCT account) AS n_accounts FROM link_edges JOIN hubs USING (hub) GROUP BY node)
        SELECT e.* FROM link_edges e JOIN hubs h USING (hub) JOIN nodes n USING (node) JOIN exact_parts p USING (node)
        WHERE p.part NOT IN (SELECT part FROM parts) OR e.node LIKE 'a%'
           OR n.n_accounts = 0 OR (n.n_accounts = 1 AND h.account IS NOT NULL)""",
    )


def _report_mixed_keys(engine: Engine) -> None:
    """Add keys that changed hands or are shared without accounts to `set_aside_keys`: they join only within a name."""
    engine.add(
        "set_aside_keys",
        """
        SELECT k.kind, k.key, k.n_contacts, k.n_accounts, 'goes with people who share neither name nor postcode'
        FROM (SELECT kind, key, count(*) AS n_contacts, count(DISTINCT account_token) AS n_accounts
              FROM link_keys GROUP BY kind, key) k
        JOIN (SELECT kind, key FROM key_nodes n JOIN key_parts p ON p.node = n.kind || ':' || n.key || '/' || n.node
              GROUP BY kind, key HAVING count(DISTINCT part) > 1) m USING (kind, key)""",
    )

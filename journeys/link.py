"""Who made each contact, in tiers from the surest down: each contact says which one joined it, and how surely.

In: `contacts`, `merges`, and for the third tier the table `identities` (tokens of `journeys.identity.tokens` by
record_id) with a trained model. Out: `persons`, one row per contact, and the tables of `journeys.link_keys` and
`journeys.link_clusters`.

- account: the same account (tier 1). phone_email: the same phone or e-mail and a compatible name or postcode (tier 2).
- probabilistic: names, dates and postcodes alike enough (tier 3); `score` is then the probability of the join.
- review: somebody looked at two contacts and said that they are one person's.
- web_session: a visitor shortly after the log-in of that browser, where settings and the source's consent allow it.
- case: no key of its own, and a case that belongs to exactly one person.
- place: nobody known, but a property: a journey of the place. It is no person, and counts as not linked.
- unlinked: a person of its own, counted and never dropped; a wrong join is worse than a missing one.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from journeys.engine import Engine
from journeys.identity.groups import cluster_pairs
from journeys.identity.kept_pairs import KeptPairs, keeping
from journeys.identity.probabilistic import score_pairs
from journeys.identity.reviews import apply_reviews
from journeys.link_clusters import cut_bridges
from journeys.link_keys import link_exact, save_components
from journeys.settings import Identity

_SESSION_MINUTES = 30


def link_persons(
    engine: Engine,
    identity: Identity = Identity(),
    model: dict[str, Any] | None = None,
    reviews: pd.DataFrame | None = None,
    kept: KeptPairs | None = None,
) -> None:
    """Build `persons` from `contacts`, and `persons_exact`, the same without the third tier.

    `model` is what `journeys.identity.probabilistic.train` learned, `reviews` what people said of pairs
    (`journeys.identity.reviews`): their word goes before keys and model; `kept`, where given, are the pairs of earlier
    runs, which are not scored again.
    """
    link_exact(engine, identity)
    engine.save("link_units", _units_sql())
    engine.save("identity_edges", "SELECT * FROM link_edges")
    _name_persons(engine, identity, reviews, "persons_exact")
    if model is not None and identity.compares() and engine.has_table("identities"):
        engine.save("identity_edges", "SELECT * FROM link_edges")
        _add_probable(engine, identity, model, kept)
        _name_persons(engine, identity, reviews, "persons")
    else:
        engine.save("persons", "SELECT * FROM persons_exact")
    engine.drop("link_contacts", "link_edges", "node_values", "unit_persons", "web_sessions", "part_edges")


def _name_persons(engine: Engine, identity: Identity, reviews: pd.DataFrame | None, into: str) -> None:
    """From `identity_edges`, as reviews and the cutting of bridges leave them, the person of each contact."""
    if reviews is not None and len(reviews):
        apply_reviews(engine, reviews)
    cut_bridges(engine)
    _save_parts(engine)
    engine.save("part_persons", _part_persons_sql())
    engine.save("unit_persons", _unit_persons_sql())
    engine.save("web_sessions", _web_sessions_sql(identity))
    engine.save(into, _persons_sql(identity))


def _units_sql() -> str:
    """Each contact's place in the graph: its node where that is an account or on a hub, else the contact itself."""
    return """
    SELECT contact_id, CASE WHEN n.node IS NOT NULL THEN c.node ELSE 'c' || contact_id END AS node,
           CASE WHEN c.node LIKE 'a%' THEN 'account' WHEN n.node IS NOT NULL THEN 'phone_email' END AS method
    FROM link_contacts c LEFT JOIN (
        SELECT node FROM link_edges UNION SELECT node FROM link_contacts WHERE node LIKE 'a%') n USING (node)"""


def _add_probable(engine: Engine, identity: Identity, model: dict[str, Any], kept: KeptPairs | None) -> None:
    """Add the model's groups to `identity_edges`.

    Splink scores distinct records in an embedded DuckDB, whichever engine counts: theirs is the small part of the work.
    """
    if engine.save("identity_contacts", _identity_contacts_sql(engine)) < 2:
        return
    with engine.embedded("identity_contacts") as local:
        with keeping(local, kept) as (since, known):
            score_pairs(local, "identity_contacts", model, threshold=identity.threshold, since=since, known=known)
        groups = cluster_pairs(local.run("SELECT * FROM identity_pairs"), identity.threshold)
    engine.load_frame("identity_groups", groups.astype({"contact_id": "str", "group_id": "str"}))
    engine.add(
        "identity_edges",
        "SELECT u.node, 'probabilistic:' || g.group_id, 'probabilistic', max(g.score) "
        "FROM identity_groups g JOIN link_units u USING (contact_id) GROUP BY ALL",
    )


def _identity_contacts_sql(engine: Engine) -> str:
    """Of each contact the record that states most; of contacts that state exactly the same, the first.

    Who states the same keys, name, date of birth and postcode time and again is compared once. Which contact stands for
    them does not depend on later ones. Who acts for somebody may have given either name: such contacts are left out.
    """
    columns = engine.run("SELECT * FROM identities LIMIT 0").columns
    kept = ", ".join(f"i.{name}" for name in columns if name not in ("record_id", "contact_id"))
    filled = " + ".join(f"CAST(i.{name} IS NOT NULL AS INTEGER)" for name in ("name", "dob", "postcode"))
    return f"""
    WITH stated AS (
        SELECT m.contact_id, c.week, c.account_token, c.phone_token, c.email_token, {kept},
               row_number() OVER (PARTITION BY m.contact_id ORDER BY {filled} DESC, i.record_id) AS place
        FROM identities i JOIN merges m USING (record_id) JOIN contacts c ON c.contact_id = m.contact_id
        WHERE coalesce(c.party_role NOT IN ('on_behalf', 'professional'), true)),
    counted AS (
        SELECT * EXCLUDE (account_token, phone_token, email_token, place), row_number() OVER (
            PARTITION BY account_token, phone_token, email_token, forename, surname, dob, postcode
            ORDER BY week, contact_id) AS turn
        FROM stated WHERE place = 1)
    SELECT * EXCLUDE (turn) FROM counted WHERE turn = 1"""


def _save_parts(engine: Engine) -> None:
    """`key_person_parts`: nodes that exact keys hold together; `person_parts`: with what the model joined of these."""
    alone = (
        "SELECT node, 'self:' || node AS hub FROM link_units WHERE method IS NOT NULL "
        "UNION SELECT node, 'self:' || node FROM identity_edges"
    )
    for kept, into in (("kind <> 'probabilistic'", "key_person_parts"), ("true", "person_parts")):
        engine.save("part_edges", f"SELECT node, hub FROM identity_edges WHERE {kept} UNION ALL {alone}")
        save_components(engine, "part_edges", into)


def _part_persons_sql() -> str:
    """The person of each component, named after an account of it, else an e-mail, a phone, or its first contact.

    `root_part` is what the person is named after; all else in the component was joined to it by the model. Where one
    phone or e-mail goes with several people, the name alone would be one for all: it is hashed with the component.
    """
    return """
    WITH keys AS (
        SELECT k.part AS key_part, min(account) AS account, min(email) AS email, min(phone) AS phone
        FROM link_contacts c JOIN link_units u USING (contact_id) JOIN key_person_parts k ON k.node = u.node
        GROUP BY k.part),
    named AS (
        SELECT DISTINCT p.part, k.part AS key_part, coalesce(account, email, phone, substr(k.part, 2)) AS name,
               CASE WHEN account IS NOT NULL THEN 0 WHEN coalesce(email, phone) IS NOT NULL THEN 1 ELSE 2 END AS rank
        FROM person_parts p JOIN key_person_parts k USING (node) JOIN keys ON keys.key_part = k.part),
    roots AS (
        SELECT part, arg_min(key_part, (rank, name, key_part)) AS root_part,
               arg_min(name, (rank, name, key_part)) AS name FROM named GROUP BY part)
    SELECT part, root_part, 'p' || left(
        CASE WHEN count(*) OVER (PARTITION BY left(name, 20)) > 1 THEN sha256(name || part) ELSE name END, 20)
        AS person_id
    FROM roots"""


def _unit_persons_sql() -> str:
    """Person, method and score of each node that is somebody's."""
    return """
    WITH scores AS (
        SELECT k.part AS key_part, max(e.score) AS score FROM identity_edges e JOIN key_person_parts k USING (node)
        WHERE e.kind = 'probabilistic' GROUP BY k.part),
    units AS (SELECT DISTINCT node, method FROM link_units),
    placed AS (
        SELECT node, a.person_id, s.score,
               CASE WHEN k.part = a.root_part THEN u.method END AS method
        FROM person_parts p JOIN part_persons a USING (part) JOIN key_person_parts k USING (node)
        JOIN units u USING (node) LEFT JOIN scores s ON s.key_part = k.part)
    SELECT node, person_id, coalesce(method, CASE WHEN score IS NULL THEN 'review' ELSE 'probabilistic' END) AS method,
           CASE WHEN method IS NULL AND score IS NOT NULL THEN score ELSE 1.0 END AS score
    FROM placed"""


def _web_sessions_sql(identity: Identity) -> str:
    """Visits without an account soon after the log-in of their browser, and the contact that logged in.

    Both must state a basis for recognising the visitor. A browser that several accounts logged in with joins nobody.
    """
    if identity.stitch_web == "off":
        return "SELECT contact_id, contact_id AS login_id FROM contacts WHERE false"
    return f"""
    WITH own AS (
        SELECT cookie_token FROM used WHERE cookie_token IS NOT NULL
        GROUP BY cookie_token HAVING count(DISTINCT account_token) = 1),
    logins AS (
        SELECT u.cookie_token, m.contact_id AS login_id, min(u.started_at) AS login_at
        FROM used u JOIN own USING (cookie_token) JOIN merges m USING (record_id)
        WHERE u.account_token IS NOT NULL AND u.consent_basis IS NOT NULL GROUP BY ALL)
    SELECT c.contact_id, arg_max(l.login_id, (l.login_at, l.login_id)) AS login_id
    FROM contacts c JOIN logins l ON l.cookie_token = c.cookie_token AND c.started_at > l.login_at
        AND c.started_at <= l.login_at + INTERVAL {_SESSION_MINUTES} MINUTE
    WHERE c.account_token IS NULL AND c.consent_basis IS NOT NULL GROUP BY c.contact_id"""


def _persons_sql(identity: Identity) -> str:
    """The first of: what joined the contact itself, its log-in, the one person of its case, its place, nobody."""
    return f"""
    WITH own AS (
        SELECT contact_id, p.person_id, p.method, p.score FROM link_units u JOIN unit_persons p USING (node)),
    of_login AS (
        SELECT s.contact_id, o.person_id FROM web_sessions s JOIN own o ON o.contact_id = s.login_id),
    of_case AS (
        SELECT c.case_ref, min(o.person_id) AS person_id FROM contacts c JOIN own o USING (contact_id)
        WHERE c.case_ref IS NOT NULL AND {"case" in identity.tiers}
        GROUP BY c.case_ref HAVING count(DISTINCT o.person_id) = 1),
    places AS (
        SELECT DISTINCT place_token FROM contacts WHERE place_token IS NOT NULL AND {"place" in identity.tiers}
        AND place_token NOT IN (SELECT key FROM set_aside_keys WHERE kind = 'place'))
    SELECT c.contact_id,
           coalesce(o.person_id, l.person_id, k.person_id, 'h' || left(h.place_token, 20), 'u' || left(c.contact_id, 20))
               AS person_id,
           CASE WHEN o.person_id IS NOT NULL THEN o.method WHEN l.person_id IS NOT NULL THEN 'web_session'
                WHEN k.person_id IS NOT NULL THEN 'case' WHEN h.place_token IS NOT NULL THEN 'place'
                ELSE 'unlinked' END AS method,
           CASE WHEN o.person_id IS NOT NULL THEN o.score
                WHEN coalesce(l.person_id, k.person_id) IS NOT NULL THEN 1.0 END AS score
    FROM contacts c LEFT JOIN own o USING (contact_id) LEFT JOIN of_login l USING (contact_id)
    LEFT JOIN of_case k USING (case_ref) LEFT JOIN places h USING (place_token)"""

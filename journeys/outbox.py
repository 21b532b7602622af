"""What is to be delivered, and what became of it: one row for each run and recipient, so that nothing goes out twice.

Rows hold a hash of the address, never the address: who receives is in config/schedules.toml.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

import sqlalchemy as sa

from journeys.catalogue import DELIVERIES
from journeys.store import Store

MOST_TRIES = 10
_FIRST_PAUSE = timedelta(minutes=2)
_LONGEST_PAUSE = _FIRST_PAUSE * 2 ** (MOST_TRIES - 1)
WAITING, SENT, DEAD = "waiting", "sent", "dead"


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivery that is due."""

    run_id: str
    week: str
    recipient: str  # hash of the address
    n_tries: int


def recipient_hash(address: str) -> str:
    """16 hex digits of an address, however its letters are written."""
    return hashlib.sha256(parseaddr(address)[1].casefold().encode()).hexdigest()[:16]


def queue(store: Store, run_id: str, week: str, recipients: Iterable[str], now: datetime) -> int:
    """Add a row for each recipient who has none for this run; how many are new."""
    wanted = {recipient_hash(address) for address in recipients}
    with store.writing() as connection:
        known = set(connection.scalars(sa.select(DELIVERIES.c.recipient).where(DELIVERIES.c.run_id == run_id)))
        rows = [
            {
                "run_id": run_id,
                "week": week,
                "recipient": recipient,
                "state": WAITING,
                "n_tries": 0,
                "next_try_at": now,
                "said": "",
            }
            for recipient in sorted(wanted - known)
        ]
        if rows:
            connection.execute(sa.insert(DELIVERIES), rows)
    return len(rows)


def due(store: Store, now: datetime) -> list[Entry]:
    """What waits and whose time has come, oldest week first.

    A time further off than any pause was written by a clock that has been set back since, and is due.
    """
    columns = (DELIVERIES.c.run_id, DELIVERIES.c.week, DELIVERIES.c.recipient, DELIVERIES.c.n_tries)
    found = store.rows(
        sa.select(*columns)
        .where(
            DELIVERIES.c.state == WAITING,
            sa.or_(DELIVERIES.c.next_try_at <= now, DELIVERIES.c.next_try_at > now + _LONGEST_PAUSE),
        )
        .order_by(DELIVERIES.c.week, DELIVERIES.c.run_id, DELIVERIES.c.recipient)
    )
    return [Entry(**row) for row in found]


def count_try(store: Store, entry: Entry, now: datetime) -> None:
    """Before a try: it counts even if nobody comes back from it, and the next is put off, twice as long each time."""
    n_tries = entry.n_tries + 1
    _update(store, entry, n_tries=n_tries, next_try_at=now + _FIRST_PAUSE * 2 ** (n_tries - 1))


def settle(store: Store, entry: Entry, state: str, said: str) -> None:
    """After a try: sent, dead, or waiting for the next."""
    _update(store, entry, state=state, said=said[:200])


def history(store: Store) -> list[dict[str, Any]]:
    """Rows of week, state and how many, oldest week first."""
    n = sa.func.count().label("n")
    columns = (DELIVERIES.c.week, DELIVERIES.c.state)
    return store.rows(sa.select(*columns, n).group_by(*columns).order_by(*columns))


def _update(store: Store, entry: Entry, **values: object) -> None:
    is_it = (DELIVERIES.c.run_id == entry.run_id) & (DELIVERIES.c.recipient == entry.recipient)
    with store.writing() as connection:
        connection.execute(sa.update(DELIVERIES).where(is_it).values(**values))

"""Send what waits in the outbox by SMTP: each report once to each recipient, tried again later where the server would not.

A try is counted before it is made, and what was sent is settled at once. A process that dies between the two leaves a mail that
may be sent again, under the same Message-ID, and never one that is lost. One process sends at a time (the workspace's lock).
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from journeys.delivery_settings import PASSWORD_VARIABLE, Smtp
from journeys.errors import JourneysError, NothingToDo
from journeys.outbox import (
    DEAD,
    MOST_TRIES,
    SENT,
    WAITING,
    Entry,
    count_try,
    due,
    history,
    queue,
    recipient_hash,
    settle,
)
from journeys.periods import Week
from reports.message import build_alert, build_message
from reports.opened import Place, now
from reports.print_pdf import print_board
from reports.publish import read_findings

_TIMEOUT_S = 30.0
_PERMANENT = 500  # replies from here on are a refusal for good

Report = Callable[[str], None]


def queue_week(opened: Place, recipients: Sequence[str], week: Week, *, at: datetime | None = None) -> int:
    """Put a published week into the outbox for each recipient who has not got this run of it, due `at` once; how many are new."""
    findings = read_findings(opened.workspace.site, str(week))
    if findings is None or not recipients:
        return 0
    return queue(opened.store, str(findings["run"]["run_id"]), str(week), recipients, at or now())


def send_due(opened: Place, report: Report, *, at: datetime | None = None) -> tuple[int, int]:
    """Try everything that is due `at` that time (UTC, else now); how many were sent, and how many wait still or were given up.

    The caller holds the workspace's lock.
    """
    smtp = opened.settings.delivery.smtp
    if smtp is None:
        return 0, 0
    at = at or now()
    entries = due(opened.store, at)
    boards = {week: _board(opened, week, report) for week in {entry.week for entry in entries}}
    outcomes = [_try(opened, smtp, entry, at, boards[entry.week], report) for entry in entries]
    return outcomes.count(SENT), len(outcomes) - outcomes.count(SENT)


def deliver_now(opened: Place, report: Report) -> int:
    """Send what waits and is due, and say what became of every report; 1 where mail waits or was given up, else 0.

    Raises NothingToDo where nothing was ever to be sent.
    """
    known = {row["week"] for row in history(opened.store)}
    if not known:
        raise NothingToDo(
            "no report waits to be sent: name recipients in config/schedules.toml and a server in config/delivery.toml, "
            "and run: journeys schedule"
        )
    send_due(opened, report)
    rows = history(opened.store)
    for week in sorted(known):
        states = [f"{row['n']} {row['state']}" for row in rows if row["week"] == week]
        report(f"{week}: {', '.join(states)}")
    return int(any(row["state"] != SENT for row in rows))


def alert_owner(
    opened: Place, owner: str | None, week: Week, why: str, report: Report, *, is_published: bool = False
) -> None:
    """Tell the owner of a schedule, once, what went wrong; what cannot be sent is in the log."""
    smtp = opened.settings.delivery.smtp
    if smtp is None or owner is None:
        return
    about = opened.settings.organisation.model_dump(mode="json")
    message = build_alert(
        about,
        owner=owner,
        sender=smtp.sender,
        week=str(week),
        why=why,
        is_published=is_published,
        made_at=now(),
    )
    state, said = _send(smtp, message, MOST_TRIES)
    report(f"{week}: the owner was told what went wrong: {state}{f' ({said})' if said else ''}")


def _board(opened: Place, week: str, report: Report) -> bytes:
    """What goes with the mail; a mail without it is better than none."""
    if opened.settings.delivery.attach != "pdf":
        return b""
    try:
        return print_board(opened.workspace.site, week)[1]
    except JourneysError as error:
        report(f"{week}: mail goes out without its PDF: {error}")
        return b""


def _try(opened: Place, smtp: Smtp, entry: Entry, at: datetime, board: bytes, report: Report) -> str:
    addresses = {recipient_hash(address): address for s in opened.settings.schedules for address in s.recipients}
    address, findings = addresses.get(entry.recipient), read_findings(opened.workspace.site, entry.week)
    state, said = DEAD, ""
    if address is None:
        said = "no longer a recipient in config/schedules.toml"
    elif findings is None or findings["run"]["run_id"] != entry.run_id:
        said = "the week was published anew since; that edition has a mail of its own"
    else:
        count_try(opened.store, entry, at)
        message = build_message(
            findings,
            recipient=address,
            recipient_hash=entry.recipient,
            sender=smtp.sender,
            publish_url=opened.settings.delivery.publish_url,
            made_at=now(),
            board=board,
        )
        state, said = _send(smtp, message, entry.n_tries + 1)
    settle(opened.store, entry, state, said)
    report(f"{entry.week}: mail to recipient {entry.recipient}: {state}{f' ({said})' if said else ''}")
    return state


def _send(smtp: Smtp, message: EmailMessage, n_tries: int) -> tuple[str, str]:
    """State and what the server said, without addresses."""
    is_taken = False
    try:
        with _connect(smtp) as server:
            if smtp.user:
                server.login(smtp.user, os.environ.get(PASSWORD_VARIABLE, ""))
            server.send_message(message)
            is_taken = True
    except smtplib.SMTPRecipientsRefused as refused:
        code = max(code for code, _ in refused.recipients.values())
        return _failed(f"the server refused the recipient ({code})", code >= _PERMANENT, n_tries)
    except (OSError, smtplib.SMTPException) as error:
        if is_taken:  # what goes wrong in saying goodbye does not unsend it
            return SENT, ""
        if isinstance(error, smtplib.SMTPResponseException):
            # A wrong password or a full server can be mended: only a refused message is refused for good.
            is_final = error.smtp_code >= _PERMANENT and isinstance(error, smtplib.SMTPDataError)
            return _failed(f"the server said {error.smtp_code}", is_final, n_tries)
        return _failed(f"no answer from {smtp.host}: {type(error).__name__}", False, n_tries)
    return SENT, ""


def _failed(said: str, is_final: bool, n_tries: int) -> tuple[str, str]:
    if is_final or n_tries >= MOST_TRIES:
        return DEAD, f"{said}, given up after {n_tries} {'try' if n_tries == 1 else 'tries'}"
    return WAITING, f"{said}, tried {n_tries} of {MOST_TRIES} times"


def _connect(smtp: Smtp) -> Any:
    """A connection, encrypted as set; the server's certificate is checked."""
    if smtp.security == "tls":
        return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=_TIMEOUT_S, context=ssl.create_default_context())
    server = smtplib.SMTP(smtp.host, smtp.port, timeout=_TIMEOUT_S)
    if smtp.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server

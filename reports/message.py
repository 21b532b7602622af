"""The weekly mail: text first, a small HTML beside it, no attachment, the finding in the subject.

In: the findings of a published week and where its pages can be read. Out: an EmailMessage. Everyone gets the same words; the
Message-ID depends on the run and the recipient alone, so that a mail sent twice is known for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Any

from reports.pages.board import board_points
from reports.pages.measures import is_unsafe
from reports.pages.next_week import next_week_words
from reports.pages.signals import headlines, signal_sentence
from reports.pages.source import Source
from reports.pages.week import headline_sentence
from reports.words import a_list, date_text

_MOST_SIGNALS = 5


def build_message(
    findings: Mapping[str, Any],
    *,
    recipient: str,
    recipient_hash: str,
    sender: str,
    publish_url: str,
    made_at: datetime,
    board: bytes = b"",
) -> EmailMessage:
    """One mail to one recipient; `made_at` (UTC) is its date, `board` a PDF to go with it."""
    source = Source(findings)
    organisation, week = findings["organisation"], str(findings["period"]["week"])
    message = EmailMessage()
    message["Subject"] = (
        f"{headline_sentence(source)} {organisation['short_name']} journeys, week ending {_ends_on(source)}"
    )
    message["From"] = sender
    message["To"] = recipient
    message["Date"] = format_datetime(made_at)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    message["Message-ID"] = f"<{findings['run']['run_id']}.{recipient_hash}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    blocks, link = _blocks(source), f"{publish_url.rstrip('/')}/{week}/index.html" if publish_url else ""
    message.set_content(_text(blocks, link))
    message.add_alternative(_html(blocks, link, str(organisation.get("language") or "en-GB")), subtype="html")
    if board:
        message.add_attachment(board, maintype="application", subtype="pdf", filename=f"journeys-{week}.pdf")
    return message


def build_alert(
    organisation: Mapping[str, Any],
    *,
    owner: str,
    sender: str,
    week: str,
    why: str,
    is_published: bool,
    made_at: datetime,
) -> EmailMessage:
    """To the owner of a schedule: no report came out, or one without files that could not be read, and why."""
    message = EmailMessage()
    what = f"Report for {week} made without some files" if is_published else f"No report for {week}"
    message["Subject"] = f"{what}: {organisation['short_name']} journeys"
    message["From"], message["To"] = sender, owner
    message["Date"] = format_datetime(made_at)
    message["Auto-Submitted"] = "auto-generated"
    stands = "It says which sources are missing." if is_published else "What was published before stands."
    message.set_content(f"{what}. {stands}\n\n{why}\n\nOnce this is mended, run: journeys schedule --once\n")
    return message


def _ends_on(source: Source) -> str:
    return date_text(source.period["ends_on"])


def _blocks(source: Source) -> list[tuple[str, list[str]]]:
    """(heading, sentences) in the order in which they are read; sentences of one block are a list."""
    blocks = [(f"Week ending {_ends_on(source)}", [headline_sentence(source)])]
    if source.missing_sources or source.period.get("is_partial"):
        names = a_list([name.replace("_", " ") for name in source.missing_sources])
        why = f"There are no data from {names}." if names else "The week was cut short."
        blocks.append(("Not complete", [f"{why} Smaller numbers do not mean that fewer people made contact."]))
    watched = [m for m in source.findings.get("measures", ()) if m.get("is_headline") and not is_unsafe(source, m)]
    moved = [signal_sentence(measure) for measure in headlines(watched)[:_MOST_SIGNALS]]
    blocks.append(("What changed", moved or ["Nothing moved outside its usual range."]))
    if points := board_points(source):
        blocks.append(("Where journeys fail most", points))
    if words := next_week_words(source):
        blocks.append(("Next week", words))
    blocks.append(
        (
            "Why you get this",
            [
                f"{source.findings['organisation']['name']} named you as a reader of this report. To get it no more, write to "
                f"{source.findings['organisation'].get('contact', '')}."
            ],
        )
    )
    return blocks


def _text(blocks: list[tuple[str, list[str]]], link: str) -> str:
    parts = []
    for place, (heading, sentences) in enumerate(blocks):
        listed = [f"- {sentence}" for sentence in sentences] if len(sentences) > 1 else sentences
        parts.append("\n".join([heading, "", *listed]))
        if place == 0 and link:
            parts.append(f"Read the report: {link}")
    return "\n\n".join(parts) + "\n"


def _html(blocks: list[tuple[str, list[str]]], link: str, language: str) -> str:
    parts = []
    for place, (heading, sentences) in enumerate(blocks):
        level = "h1" if place == 0 else "h2"
        parts.append(f"<{level}>{escape(heading)}</{level}>")
        if len(sentences) > 1:
            parts.append(f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>")
        else:
            parts.append(f"<p>{escape(sentences[0])}</p>")
        if place == 0 and link:
            parts.append(f'<p><a href="{escape(link)}">Read the report</a></p>')
    return f'<!doctype html><html lang="{escape(language)}"><body>{"".join(parts)}</body></html>\n'

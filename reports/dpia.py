"""A data protection impact assessment and a record of processing, filled in from the settings as far as they go.

In: the settings. Out: Markdown, to be kept beside the council's other assessments. What only people can judge is left as a
line to fill in, marked `[to fill in]`; nothing is claimed that the settings or the tool itself do not say. The questions are
those of article 35(7) and article 30(1) of the UK GDPR.
"""

from __future__ import annotations

from collections.abc import Sequence

from journeys.schema import IDENTIFIERS
from journeys.settings import Settings, Source

_BLANK = "[to fill in]"
_SPECIAL = ("age_band", "language", "area", "deprivation_decile")
_RISKS = (
    ("Somebody is recognised in what is published",
     "counts below {fewest} persons are hidden, with those from which they could be worked out; shares need {base} cases"),
    ("Somebody is recognised in what is stored",
     "identifiers become keyed tokens as a row is read and are never written; notes are redacted first; the key file may be read by its "
     "owner only"),
    ("Redaction misses a name or a number in a note",
     "what it misses is measured on marked notes and by people who review a sample; pages show no note; notes are kept {notes}"),
    ("Contacts of two people are joined, or one person's are not",
     "joins are judged by people, their errors published, and headlines shown for looser and stricter joining"),
    ("Reasons are recognised wrongly, and more so for some groups",
     "accuracy is published by reason; shares are corrected from notes that people read; groups are never formed from age, area or "
     "language"),
    ("The data are used for something else",
     "refused uses are set down: {refused}; exports of the event log are put on record; nobody can be looked up on a page; `journeys access` answers a person's own request only"),
    ("Figures are used to take in-person service away",
     "pages never rank channels, show in-person service for every service, and say who depends on it"),
)  # fmt: skip


def write_assessment(settings: Settings) -> str:
    """The whole text."""
    organisation, privacy = settings.organisation, settings.privacy
    own = [source for source in settings.sources if not source.partner]
    partners = [source for source in settings.sources if source.partner]
    notes = "not at all" if privacy.keep_notes == "none" else f"for {privacy.retain_notes_days} days, redacted"
    lines = [
        f"# Data protection impact assessment: customer journeys of {organisation.name}",
        "",
        f"Filled in from the settings of the tool. Answer the lines marked {_BLANK}, and have your data protection officer read it.",
        "",
        "## 1. What is done, and why",
        "",
        "Records of contacts that the organisation already holds are joined per person and service into journeys, counted and mined for "
        "steps at which services fail people. Weekly pages show counts only. Nothing is decided about any person.",
        "",
        f"- Asked by, and for which service: {_BLANK}",
        f"- Contact: {organisation.contact}",
        f"- Services: {', '.join(service.name for service in settings.services.services.values())}",
        "",
        "## 2. What is used",
        "",
        *_table(
            ("Source", "Why", "Lawful basis", "Answerable", "Identifiers read, kept as tokens", "Special fields"),
            [_source_row(source) for source in own],
        ),
        "",
        *_partner_lines(settings, partners),
        "## 3. Is it necessary, and no more than that?",
        "",
        f"- Could the purpose be reached with less? {_BLANK}",
        f"- How people are told: the page 'How we use your data', made anew each week, and {_BLANK}",
        "- How people object: `journeys object` leaves their contacts out of every figure; `journeys erase` deletes; "
        "`journeys access` prints what is held.",
        f"- Contacts are kept for {privacy.retain_contacts_months} months, notes {notes}.",
        "- Urgent contacts are recognised only to leave them out of failure counts. It is not an alert; a weekly report cannot be one.",
        "",
        "## 4. Risks and what is done about them",
        "",
        *_table(("Risk", "What the tool does", "Left over, accepted by"), [(risk, _filled(done, settings, notes), _BLANK) for risk, done in _RISKS]),
        "",
        "## 5. Who was asked",
        "",
        f"- Data protection officer: {_BLANK}",
        f"- Residents or their representatives: {_BLANK}",
        f"- Staff whose notes are read: {_BLANK}",
        f"- Decision and date: {_BLANK}",
        "",
        "# Record of processing",
        "",
        *_table(("", ""), [
            ("Controller", f"{organisation.name}, {organisation.contact}"),
            ("Purposes", "; ".join(dict.fromkeys(source.purpose or _BLANK for source in own))),
            ("People", "residents and others who contact the organisation, staff as writers of notes (never named or counted one by one)"),
            ("Data", "tokens of identifiers, times, channels, services, outcomes, redacted notes, labels of reasons"),
            ("Recipients", f"readers of the published pages inside the organisation: {_BLANK}; residents: the public folder, without figures of services"),
            ("Other countries", "none: the tool sends nothing anywhere"),
            ("Kept", f"contacts {privacy.retain_contacts_months} months, notes {notes}"),
            ("Security", "keyed tokens (HMAC), key file for its owner only, redaction before storing, no reading of stored data by other tools "
             f"but exports on record; on the machine itself: {_BLANK}"),
        ]),
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def _source_row(source: Source) -> tuple[str, ...]:
    used = [name for name in IDENTIFIERS if name in source.columns]
    special = [name.replace("_", " ") for name in _SPECIAL if name in source.columns]
    return (
        source.name, source.purpose or _BLANK, source.lawful_basis or _BLANK, source.owner or _BLANK,
        ", ".join(name.replace("_", " ") for name in used) or "none", ", ".join(special) or "none",
    )  # fmt: skip


def _partner_lines(settings: Settings, sources: list[Source]) -> list[str]:
    if not sources:
        return []
    by_name = {partner.name: partner for partner in settings.partners}
    rows = [
        (source.name, by_name[source.partner].purpose, by_name[source.partner].agreement, by_name[source.partner].dpia)
        for source in sources
        if source.partner in by_name
    ]
    return ["Partners send tokens only:", "", *_table(("Source", "Why", "Agreement", "Assessment"), rows), ""]


def _filled(text: str, settings: Settings, notes: str) -> str:
    refused = ", ".join(settings.privacy.refused_uses) or _BLANK
    fewest, base = settings.publishing.suppress_below, settings.publishing.share_needs
    return text.format(fewest=fewest, base=base, notes=notes, refused=refused)


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A Markdown table; bars within a cell would end it, so they are escaped."""
    lines = [header, tuple("---" for _ in header), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]

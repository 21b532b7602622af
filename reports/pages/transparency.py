"""The transparency record of the classifier: what it is for, how it works, how often it is right, who answers for it.

In: the newest week's settings, versions and tables `label_types`, `label_accuracy`, `labels`. Out: transparency.html. Its
sections follow the questions of the UK government's Algorithmic Transparency Recording Standard (tier 1 and 2).
"""

from __future__ import annotations

from dataclasses import replace

from reports.pages.model import Block, Bullets, Frame, Page, Paragraph, Section
from reports.pages.source import Source
from reports.pages.tables import table_view
from reports.words import cell_text, number

_METHOD = (
    "Before anything else reads a note, names, numbers, addresses and the like are replaced by what they are, such as [person].",
    "A statistical model then compares the words of the note, and parts of words, with notes whose reason is known. Cues, short "
    "phrases set down by the organisation, count beside it. Each label says which words decided.",
    "Where nothing is clear enough, the reason is called unclear and left out of rates.",
    "What happened also counts: where the words are silent, a call after a promised date has passed is a call about a delay.",
)
_OVERSIGHT = (
    "People read a random sample of notes and say what the reason was. That measures how often the model is right, and corrects "
    "the share of failure.",
    "The list of reasons and the cues are a plain file that the organisation edits. A change is shown before it is made.",
    "No decision about anybody hangs on a label. Labels are only counted.",
)
_LIMITS = (
    "Notes are short, hurried and often second-hand: what staff wrote is not what a resident would have said.",
    "Notes in languages other than English are set apart as unclear, never guessed.",
    "Urgent contacts are recognised only so that they are left out of failure counts, and not all are. This is not an alert: nobody "
    "is told.",
    "Accuracy differs by reason, by writer and by service. Rare reasons are recognised less well.",
)


def transparency_page(source: Source, frame: Frame) -> Page:
    """transparency.html."""
    organisation = source.findings["organisation"]
    what = (
        f"{organisation['name']} uses software to sort short notes about contacts by the reason for the contact, such as "
        "'what is happening with it?'. It shows where services make people come back. No person is looked up, scored or treated "
        "differently because of it."
    )
    owner = f"Answerable: {organisation['name']}, {organisation.get('contact', '')}."
    sections = (
        Section("purpose", "What it is for", (Paragraph((what,)), Paragraph((owner,)))),
        Section("method", "How it works", (Bullets(tuple((rule,) for rule in _METHOD)),)),
        Section("training", "What it learnt from", (Paragraph((_training(source),)),)),
        Section("accuracy", "How often it is right", _accuracy(source)),
        Section("oversight", "What people check", (Bullets(tuple((rule,) for rule in _OVERSIGHT)),)),
        Section("limits", "What it cannot do", (Bullets(tuple((rule,) for rule in _LIMITS)),)),
        Section("versions", "Version", (Paragraph((_version(source),)),)),
    )
    return Page("transparency.html", "Transparency record: how reasons are recognised", "", frame, sections)


def _training(source: Source) -> str:
    tested = source.table("label_types")
    n_notes = f"{number(sum(int(row['n']) for row in tested['rows']))} of them" if tested else "a share of them"
    return (
        "Notes that were written for this purpose, in the manner of call handlers, residents and front desks; no resident's words "
        f"are among them. The table below was measured on {n_notes}, each by a model that had not read anything by its writer. "
        "Where the organisation has labelled notes of its own, these are learnt from as well, after personal details are removed."
    )


def _accuracy(source: Source) -> tuple[Block, ...]:
    blocks: list[Block] = []
    own = [
        row for row in source.rows("label_accuracy") if row["what"] in ("Type of demand right", "Failure or not, right")
    ]
    for row in own:
        blocks.append(
            Paragraph((f"On this organisation's notes: {str(row['what']).lower()}, {cell_text(row['value'], 'share')} of "
                       f"{number(row['n'])} notes read by {row['known_from']}.",))
        )  # fmt: skip
    if not own:
        blocks.append(Paragraph(("Accuracy on this organisation's own notes: not yet known.",)))
    for table_id in ("label_types", "labels"):
        table = source.table(table_id)
        if table:
            blocks.append(replace(table_view(source, table, table_id), definition=None))
    return tuple(blocks)


def _version(source: Source) -> str:
    run = source.findings["run"]
    return f"Model {run.get('model_version', 'none')}, spaCy {run.get('versions', {}).get('spacy', '')}; report run {run['run_id']}."

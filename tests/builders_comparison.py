# ruff: noqa: E501 - rows of tables are easier to check by eye on one line
"""Findings of the comparison of routes and of in-person service, as a week would hold them."""

from __future__ import annotations

from typing import Any

HIDDEN = {"value": None, "suppressed": True}
_SIDE = "second_route|Digital beside|text; outcome|Measure|text; unit|Unit|text; first|Digital|count; second|Other route|count; raw|Difference as counted|count; alike|Difference, like for like|count; finished|By the last channel|count; n_first|Journeys, digital|journeys; n_second|Journeys, the other route|journeys; overlap_share|Has a counterpart|share; says|What this says|text"
_IN_PERSON = "name|Service|text; n_visits|Visits|contacts; visits_share|Of all its contacts|share; n_persons|People seen|persons; known_share|Linked|share; depend_share|Used no digital channel|share; value_share|Own need|share; barrier_share|After the website failed|share"
ALIKE = "How alike two routes are"


def _between(value: float, half: float) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half}


def comparison_tables(table: Any, share: Any) -> dict[str, Any]:
    """Tables made with the makers of `builders_findings`."""
    rows = [
        ("In person", "Completed: last stage reached", "share", 0.84, 0.79, _between(0.05, 0.02), _between(-0.06, 0.03), HIDDEN, 9000, 1200, 0.9, "reversed"),
        ("In person", "Median days to completion", "days", 9.6, 14.1, _between(-4.5, 0.4), _between(0.1, 1.0), _between(0, 1), 9000, 1200, 0.9, "chance"),
        ("Phone", "One contact was enough", "share", 0.68, 0.64, _between(0.035, 0.01), None, None, 9000, 8000, 0.3, "too_few"),
    ]  # fmt: skip
    period = "journeys started in the 13 weeks to 11 October 2026, first 35 days"
    return {
        "side_by_side": table("side_by_side", "Digital and in person, like for like", _SIDE, rows, period, definition="comparison"),
        "side_by_side_services": table("side_by_side_services", "By service, like for like", f"service|Service|text; {_SIDE}", [("Waste", *rows[0])], period, definition="comparison"),
        "balance": table("balance", ALIKE, "second_route|Digital beside|text; covariate|Of the first contact|text; raw|Raw|count; alike|Like for like|count", [("In person", "Service", 0.79, 0.0)], period, definition="balance"),
        "routes": table("routes", "Journeys by route", "route|Route|text; n_journeys|Journeys|journeys; n_linked|Linked|share; one_contact_low|Lowest|share; one_contact_high|Highest|share", [("Digital", 9800, share(0.94, 9800), 0.64, 0.7)], period, definition="routes"),
        "in_person": table("in_person", "In-person service: who came, and why", _IN_PERSON, [("Waste", 180, share(0.03, 6200), 179, share(0.95, 179), share(0.2, 170), share(0.43, 170), share(0.09, 180)), ("Planning", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)], definition="in_person"),
    }  # fmt: skip

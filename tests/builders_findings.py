# ruff: noqa: E501 - rows of tables are easier to check by eye on one line
"""A seeded, fictional findings.json: one council, four services, 26 weeks, hidden cells.

Shapes follow the contract between mining and reports; numbers are plausible and mean nothing.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from builders_comparison import comparison_tables

HIDDEN = {"value": None, "suppressed": True}
SERVICES = (
    ("council_tax", "Council tax"),
    ("benefits", "Benefits"),
    ("waste", "Bins and recycling"),
    ("housing_repairs", "Housing repairs"),
)
CHANNELS = (
    ("web", "Web"), ("web_form", "Web form"), ("phone", "Phone"),
    ("face_to_face", "Face to face"), ("email", "E-mail"), ("post", "Post"),
)  # fmt: skip
LANES = [["web", "Web"], ["phone", "Phone"], ["face_to_face", "Face to face"], ["back_office", "Back office"]]
WINDOW = "13 weeks to 15 November 2026"
WEEK = "week ending 15 November 2026"
DEFINITIONS = {
    "failure_demand_rate": ("Failure demand", "Contacts caused by a failure to do something, or do something right, as a share of failure and value contacts."),
    "repeat_contact_rate": ("Repeat contact", "The same person makes contact about the same service again within 7 days."),
    "one_channel_share": ("Completed in one channel", "Journeys that ended this week and never left the channel they began in."),
    "median_days": ("Median days", "Half of the journeys that ended this week took longer than this."),
    "contacts": ("Contacts", "Calls, forms, visits, e-mails and letters. Web visits without a form are not among them."),
    "journeys_started": ("Journeys started", "Journeys whose first contact fell in the week."),
    "abandoned_share": ("Abandoned calls", "Calls that ended before they were answered, after more than 5 seconds."),
    "pain_points": ("Pain point", "A step after which failure demand follows. Ranked by journeys affected times extra contacts."),
    "process_map": ("Process map", "Steps of journeys in the order in which they happened."),
}  # fmt: skip
STEPS = (
    ("s-00000001", "Reads web page", "web", 1840, 1480, 214, False, "Starts web form (1,150)"),
    ("s-00000002", "Starts web form", "web", 1210, 0, 0, False, "Submits web form (808)"),
    ("s-00000003", "Submits web form", "web", 808, 0, 0, False, "Case triaged (790)"),
    ("s-00000004", "Abandons web form", "web", 402, 0, 118, True, "Calls: how do I tell you? (221)"),
    (
        "s-00000005",
        "Calls: how do I tell you I have moved?",
        "phone",
        611,
        330,
        0,
        True,
        "Calls: reports move (165)",
    ),
    ("s-00000006", "Calls: reports move", "phone", 702, 410, 0, False, "Case triaged (640)"),
    ("s-00000007", "Visits customer centre", "face_to_face", 233, 190, 0, False, "Case triaged (205)"),
    ("s-00000008", "Case triaged", "back_office", 1630, 0, 0, False, "Account changed (1,010)"),
    ("s-00000009", "Calls: has it been done?", "phone", 523, 0, 63, True, "Account changed (338)"),
    ("s-0000000a", "Account changed", "back_office", 1488, 0, 0, False, "New bill issued (1,442)"),
    ("s-0000000b", "New bill issued", "back_office", 1442, 0, 1090, False, "Calls: bill is wrong (188)"),
    ("s-0000000c", "Calls: bill is wrong", "phone", 188, 0, 61, True, ""),
    ("s-0000000d", "Writes to a councillor", "face_to_face", None, None, None, True, ""),
)
MOVES = (
    (1, 2, 1150, 0.0), (2, 3, 808, 0.0), (2, 4, 402, 0.1), (4, 5, 221, 0.6), (5, 6, 165, 0.3), (1, 5, 60, 1.0),
    (3, 8, 790, 0.9), (6, 8, 640, 0.7), (7, 8, 205, 0.5), (8, 9, 310, 6.2), (8, 10, 1010, 4.4), (9, 10, 338, 2.1),
    (10, 11, 1442, 1.0), (11, 12, 188, 5.3), (9, 9, 90, 3.0), (5, 1, 39, 0.2), (12, 13, None, None),
)  # fmt: skip
TYPES = (
    (
        "failure",
        "progress_chase",
        "Chasing progress",
        "Asks what is happening with something already asked for.",
        0.31,
    ),
    ("failure", "not_done", "Not done", "Says that something promised did not happen.", 0.22),
    ("failure", "error", "Error", "Needs something we did wrong put right.", 0.14),
    ("failure", "clarification", "Clarification", "Cannot understand something we sent.", 0.12),
    ("failure", "digital_barrier", "Digital barrier", "Tried to do it online and could not.", 0.08),
    ("value", "request", "Request", "First application, booking or order.", 0.41),
    ("value", "report", "Report", "First report of an issue.", 0.28),
)


def share(value: float, n: int) -> dict[str, Any]:
    """A share with its denominator and a rough interval."""
    reach = 1.96 * (value * (1 - value) / n) ** 0.5
    return {
        "value": round(value, 4),
        "n": n,
        "low": round(max(value - reach, 0), 4),
        "high": round(min(value + reach, 1), 4),
    }


def table(
    table_id: str,
    title: str,
    fields: str,
    rows: list[tuple[Any, ...]],
    period: str = WINDOW,
    definition: str = "",
) -> dict[str, Any]:
    """A finding table from "name|Label|unit; …" and its rows."""
    parts = [part.strip().split("|") for part in fields.split(";")]
    named = [{"name": name, "label": label, "unit": unit} for name, label, unit in parts]
    return {
        "table_id": table_id, "title": title, "period": period, "definition": definition, "fields": named,
        "rows": [dict(zip([field["name"] for field in named], row, strict=True)) for row in rows],
    }  # fmt: skip


def weeks(n_weeks: int = 26, ends_on: dt.date = dt.date(2026, 11, 15)) -> list[str]:
    """ISO weeks, oldest first."""
    mondays = [ends_on - dt.timedelta(days=6 + 7 * back) for back in range(n_weeks)]
    return [f"{day.isocalendar().year}-W{day.isocalendar().week:02d}" for day in reversed(mondays)]


def measure(
    rng: random.Random,
    measure_id: str,
    scope: str,
    scope_name: str,
    unit: str,
    better: str,
    level: float,
    **changes: Any,
) -> dict[str, Any]:
    """One measure with 26 weeks; `changes` overwrites any key."""
    spread = level * 0.06
    series = [
        {
            "week": week,
            "value": round(rng.gauss(level, spread), 4),
            "n": rng.randint(300, 1900),
            "is_plotted": True,
            "signal": "usual",
        }
        for week in weeks()
    ]
    if unit in ("contacts", "journeys"):
        for week in series:
            week["value"] = round(week["value"])
    newest = series[-1]
    built = {
        "measure_id": measure_id, "scope": scope, "scope_name": scope_name, "name": DEFINITIONS.get(measure_id, (measure_id.replace("_", " ").capitalize(),))[0],
        "unit": unit, "better": better, "definition": measure_id, "is_headline": scope == "all" and measure_id != "contacts",
        "week": "2026-W46", "value": newest["value"], "n": newest["n"], "low": None, "high": None,
        "mean": level, "usual_low": level - 3 * spread, "usual_high": level + 3 * spread, "is_trial": False,
        "signal": "usual", "reason": "inside its usual range", "n_weeks": 1, "is_notable": True, "rebased_from": None, "rebased_because": None, "is_seasonal": False, "series": series,
    }  # fmt: skip
    return {**built, **changes}


def measures(rng: random.Random) -> list[dict[str, Any]]:
    """Measures of every scope; Council tax carries a concern, the whole an improvement."""
    built = []
    for scope, name in [("all", "All services"), *((f"service:{slug}", title) for slug, title in SERVICES)]:
        size = 9800 if scope == "all" else 1500
        built += [
            measure(rng, "contacts", scope, name, "contacts", "none", size),
            measure(rng, "journeys_started", scope, name, "journeys", "none", size * 0.6),
            measure(rng, "failure_demand_rate", scope, name, "share", "low", 0.34),
            measure(rng, "repeat_contact_rate", scope, name, "share", "low", 0.18),
            measure(rng, "one_channel_share", scope, name, "share", "high", 0.62),
            measure(rng, "median_days", scope, name, "days", "low", 7.4),
        ]
    built.append(measure(rng, "abandoned_share", "all", "All services", "share", "low", 0.11))
    built.append(measure(rng, "unclear_share", "all", "All services", "share", "low", 0.09, is_headline=False))
    built.append(measure(rng, "unlinked_share", "all", "All services", "share", "low", 0.23, is_headline=False))
    for channel, name in CHANNELS[1:4]:
        built.append(measure(rng, "failure_demand_rate", f"channel:{channel}", name, "share", "low", 0.33))
        built.append(measure(rng, "contacts", f"channel:{channel}", name, "contacts", "none", 1900))
    _signal(built, "median_days", "service:council_tax", "concern", 9.4, 2, 3)
    _signal(built, "median_days", "all", "concern", 9.4, 2, 3)
    _signal(built, "failure_demand_rate", "all", "improving", 0.3, 9, 9)
    return built


def _signal(
    built: list[dict[str, Any]],
    measure_id: str,
    scope: str,
    signal: str,
    value: float,
    n_weeks: int,
    marked: int,
) -> None:
    found = next(m for m in built if m["measure_id"] == measure_id and m["scope"] == scope)
    for week in found["series"][-marked:]:
        week.update(value=value if week is found["series"][-1] else value * 1.01, signal=signal)
    found.update(value=value, signal=signal, n_weeks=n_weeks, reason="9 weeks in a row on one side of its mean")


def pain_points() -> list[dict[str, Any]]:
    """Six pain points, one with hidden numbers."""
    titles = (
        "Calls: has it been done?",
        "Calls: bill is wrong",
        "Abandons web form",
        "Missed bin not collected",
        "Evidence asked for twice",
        "No call back",
    )
    points = []
    for rank, title in enumerate(titles, start=1):
        service, name = SERVICES[(rank - 1) % 4]
        points.append(
            {
                "pain_point_id": f"{rank:08x}", "service": service, "service_name": name, "stage": "Wait", "title": title,
                "channels": ["Phone", "E-mail"], "n_journeys": 900 - 100 * rank, "n_persons": 800 - 100 * rank,
                "n_extra_contacts": 1200 - 90 * rank, "share_of_journeys": share(0.2 - 0.02 * rank, 3000), "median_days_lost": 6.2,
                "since_week": "2026-W31" if rank % 2 else None, "evidence": "both", "confidence": "medium", "owner": "Service team",
                "demand_type": "progress_chase", "demand_type_name": "Chasing progress", "rank": rank,
                "rank_low": max(rank - 1, 1), "rank_high": rank + 1, "p25_days_lost": 2.0, "p75_days_lost": 11.0,
                "change": {"title": "A text when the case moves", "status": "in place", "owner": "Digital team", "n_weeks": 9} if rank == 1 else None,
            }
        )  # fmt: skip
    points[5].update(
        n_journeys=HIDDEN,
        n_persons=HIDDEN,
        n_extra_contacts=HIDDEN,
        share_of_journeys=HIDDEN,
        median_days_lost=HIDDEN,
        p25_days_lost=HIDDEN,
        p75_days_lost=HIDDEN,
    )
    return points


def service(slug: str, name: str) -> dict[str, Any]:
    """One service with its map and tables."""
    names = {at: step[1] for at, step in enumerate(STEPS, start=1)}
    failing = {at for at, step in enumerate(STEPS, start=1) if step[6]}
    lane_names = dict(LANES)
    steps = [
        (
            i,
            n,
            c,
            lane_names[c],
            HIDDEN if k is None else k + 40,
            HIDDEN if k is None else k,
            HIDDEN if a is None else a,
            HIDDEN if z is None else z,
            f,
            nxt,
        )
        for i, n, c, k, a, z, f, nxt in STEPS
    ]
    moves = [
        (
            STEPS[a - 1][0], STEPS[b - 1][0], names[a], names[b], HIDDEN if n is None else n, HIDDEN if n is None else n + 9,
            HIDDEN if d is None else d, HIDDEN if d is None else d * 3 + 1, b in failing, (a, b) in {(1, 2), (2, 3), (3, 8), (8, 10), (10, 11)}, False,
        )
        for a, b, n, d in MOVES
    ]  # fmt: skip
    return {
        "service": slug, "name": name, "n_journeys": 4210,
        "map": {"lanes": LANES, "n_moves_total": 19, "main_path": [STEPS[at - 1][0] for at in (1, 2, 3, 8, 10, 11)]},
        "tables": {
            "steps": table("steps", "Steps in the process map", "step_id|Step|text; name|Step|text; channel|Channel|text; channel_name|Channel|text; n_events|Events|events; n_journeys|Journeys|journeys; n_start|Start here|journeys; n_end|End here|journeys; is_failure|Failure demand|flag; next_steps|Most common next steps|text", steps, definition="process_map"),
            "moves": table("moves", "Moves between steps", "from_id|From|text; to_id|To|text; from_name|From|text; to_name|To|text; n_journeys|Journeys|journeys; n_events|Times|events; median_days|Median days|days; p90_days|90th centile days|days; is_failure|To failure demand|flag; is_main|Main path|flag; is_channel_move|Changes channel|flag", moves, definition="process_map"),
            "stages": table("stages", "Stages of the journey", "stage|Stage|text; what_people_do|What people do|text; channels_used|Channels used|text; failure_per_100|Failure demand per 100|count; median_days|Median days|days; repeat_share|Repeat contact|share; owner|Who looks after it|text; research|What we heard in research|text", [
                ("Find out", "Read the web page, or call to ask how to tell us", "Web 73%, phone 27%", 41.0, 0.1, share(0.12, 900), "Web content team", ""),
                ("Ask", "Start the web form, call or visit", "Web 53%, phone 34%, face to face 13%", 27.0, 0.9, share(0.09, 1200), "Customer services", ""),
                ("Wait", "Check status online or call to ask", "Web 41%, phone 59%", 60.0, 6.2, share(0.31, 880), "Service team", ""),
                ("Resolve", "Receive a new bill; some call because it is wrong", "Post 78%, phone 22%", HIDDEN, 1.0, HIDDEN, "Service team", ""),
            ]),
            "paths": table("paths", "Common paths", "rank|Rank|rank; steps|Steps|text; channels|Channels|text; n_journeys|Journeys|journeys; share|Share|share; contacts_per_journey|Contacts each|count; median_days|Median days|days", [
                (1, "Reads web page > Starts web form > Submits web form > Case triaged > Account changed > New bill issued", "web > back_office", 690, share(0.164, 4210), 1.0, 5.8),
                (2, "Calls: reports move > Case triaged > Calls: has it been done? > Account changed > New bill issued", "phone > back_office > phone > back_office", 301, share(0.071, 4210), 2.1, 9.4),
                (3, "Reads web page > Starts web form > Abandons web form > Calls: how do I tell you I have moved?", "web > phone", 204, share(0.048, 4210), 1.4, 0.7),
                (4, "Visits customer centre > Case triaged > Account changed", "face_to_face > back_office", HIDDEN, HIDDEN, HIDDEN, HIDDEN),
            ]),
            "channel_moves": table("channel_moves", "Changes of channel", "from_channel_name|From|text; to_channel_name|To|text; n_moves|Times|events; share_of_row|Share of changes from there|share; median_days|Median days between|days; step_before|Most common step before|text", [
                ("Web", "Phone", 412, share(0.71, 580), 0.6, "Abandons web form"), ("Phone", "Face to face", 88, share(0.4, 220), 3.1, "Calls: has it been done?"),
                ("Web", "Face to face", HIDDEN, HIDDEN, HIDDEN, "Abandons web form"),
            ]),
            "waiting": table("waiting", "Waiting and chasing", "measure|Measure|text; value|Value|count; unit|Unit|text", [
                ("Median days, start to end", 9.4, "days"), ("90th centile days", 31.2, "days"), ("Median day of the first chase", 5.1, "days"), ("Journeys with a chase", share(0.27, 4210), "share"),
            ]),
            "needs": table("needs", "Value demand by type", "demand_type_name|What people need|text; n_contacts|Contacts|contacts; share|Share|share", [("Change of circumstances", 2210, share(0.61, 3620)), ("Pay", 800, share(0.22, 3620)), ("Advice", 610, share(0.17, 3620))]),
            "reasons": table("reasons", "Reasons for contact", "demand|Demand|text; demand_type|Type|text; demand_type_name|Reason|text; definition_text|Counted when the person …|text; n_contacts|Contacts|contacts; share|Share|share", [(d, t, n, x, int(s * 3000), share(s, 3000)) for d, t, n, x, s in TYPES]),
            "channels": table("channels", "Channels", "channel|Channel|text; channel_name|Channel|text; n_contacts|Contacts|contacts; share|Share|share; failure_demand_rate|Failure demand|share", [(c, n, 900, share(0.2, 4500), share(0.3, 900)) for c, n in CHANNELS]),
            "model": table("model", "The model behind the map", "measure|Measure|text; value|Value|count; unit|Unit|text", [("Steps in the model", 13, "count"), ("Share of journeys the model can replay", 0.91, "share")]),
            "spared": table("spared", "What people could be spared, at most", "activity|Step|text; n_journeys|Journeys with it|journeys; share|Share of journeys|share; n_contacts|Contacts spared|contacts; median_days|Median days spared, at most|days; total_days|Days spared in all, at most|days", [("Calls: has it been done?", 611, share(0.145, 4210), 702, 4.2, 2566.2)], definition="spared"),
            "start_to_end": table("start_to_end", "From the first step to the last", "first_step|First step|text; last_step|Last step|text; n_journeys|Journeys|journeys; share|Share of journeys|share; median_days|Median days|days; way|Most common way between|text", [("Reads web page", "New bill issued", 1310, share(0.311, 4210), 5.8, "Starts web form > Submits web form"), ("Reads web page", "Not ended yet", HIDDEN, HIDDEN, None, "")]),
            "loops": table("loops", "Steps that journeys come back to", "activity|Back to|text; n_journeys|Journeys|journeys; share|Share of journeys|share; n_rounds|Rounds|count; n_contacts|Extra contacts|contacts; median_days|Median days a round|days; way|Most common way round|text", [("Case triaged", 208, share(0.049, 4210), 240, 251, 6.1, "Calls: has it been done?")]),
            **change(is_changed=slug == "council_tax"),
        },
    }  # fmt: skip


def change(*, is_changed: bool) -> dict[str, Any]:
    """How far a service's journey moved, and the moves that changed."""
    distance = {"value": 0.105, "low": 0.093, "high": 0.117} if is_changed else None
    row = ("Changed beyond chance" if is_changed else "No more than chance", 0.115 if is_changed else 0.036, 0.041, 0.056, distance, "13 weeks to 16 August 2026", 1948, 2167, 30, 128, 1 if is_changed else 0)  # fmt: skip
    moved = [
        ("Starts web form", "Submits web form", share(0.355, 1948), share(0.192, 2167), {"value": -0.163, "low": -0.2, "high": -0.126}),
        ("Start", "Visits customer centre", HIDDEN, share(0.05, 2167), HIDDEN),
    ]  # fmt: skip
    return {
        "change": table("change", "How far the journey moved", "result|Result|text; measured|Moves that differ, as measured|share; by_chance|By chance, half the time below|share; chance_top|By chance, 99 times in 100 below|share; distance|Moves that differ, chance taken off|share; before_period|Compared with|text; n_before|Journeys before|journeys; n_now|Journeys now|journeys; watch_days|Days each is watched|days; n_compared|Different moves compared|count; n_partial|Weeks in which a source fell short|count", [row]),
        "change_moves": table("change_moves", "Moves that changed most", "from_name|From|text; to_name|To|text; before_share|Journeys with it, before|share; now_share|Journeys with it, now|share; difference|Difference (points)|share", moved if is_changed else []),
    }  # fmt: skip


def organisation_tables(rng: random.Random) -> dict[str, Any]:
    """Tables of the whole organisation, and the data-quality tables that reports hands in."""
    sized = {"web": 3100, "web_form": 1200, "phone": 4300, "face_to_face": 620, "email": 480, "post": 60}
    volume = [
        (
            week,
            *(HIDDEN if c == "post" and at == 3 else round(rng.gauss(n, n * 0.06)) for c, n in sized.items()),
        )
        for at, week in enumerate(weeks())
    ]
    hours = [
        (
            day,
            *(0 if h < 8 or h > 18 else rng.randint(12, 400) if day[0] != "S" else HIDDEN for h in range(24)),
        )
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    ]
    return {
        "services": table("services", "Journeys this week", "service|Service|text; name|Journey|text; n_started|Started|journeys; n_contacts|Contacts|contacts; failure_demand_rate|Failure demand|share; one_channel_share|One channel|share; median_days|Median days|days; signal|Signal|text", [(s, n, 800 + 10 * len(n), 1500, share(0.28 + len(n) / 100, 1400), share(0.62, 500), 9.4, "usual") for s, n in SERVICES], WEEK),
        "channel_weeks": table("channel_weeks", "Contacts by channel and week", "week|Week|text; " + "; ".join(f"{c}|{n}|contacts" for c, n in CHANNELS), volume, "26 weeks to 15 November 2026"),
        "channel_volume": table("channel_volume", "Volume and share by channel", "channel|Channel|text; channel_name|Channel|text; n_contacts|This week|contacts; share|Share|share; n_contacts_window|13 weeks|contacts; share_window|Share, 13 weeks|share", [(c, n, sized[c], share(sized[c] / 9760, 9760), sized[c] * 13, share(sized[c] / 9760, 126880)) for c, n in CHANNELS], WEEK),
        "channel_moves": table("channel_moves", "Moves between channels", "from_channel_name|From|text; to_channel_name|To|text; n_moves|Moves|events; share_of_row|Share of moves from there|share; median_days|Median days between|days", [("Web form", "Phone", 1412, share(0.71, 1980), 0.6), ("Phone", "Face to face", 188, share(0.4, 470), 3.1), ("Post", "Phone", HIDDEN, HIDDEN, HIDDEN)]),
        "channel_ends": table("channel_ends", "Stayed in the channel, or moved", "channel_name|Began in|text; n_journeys_started|Journeys|journeys; stayed|Stayed|share; moved|Moved|share", [(n, 1500, share(0.7, 1500), share(0.3, 1500)) for _, n in CHANNELS[1:4]]),
        "getting_through": table("getting_through", "Getting through", "measure|Measure|text; phone|Phone|count; counter|Counter|count", [("Calls offered, people arriving", 4300, 620), ("Answered or seen", 3830, 590), ("Abandoned or walked out", share(0.11, 4300), share(0.04, 620)), ("Median wait, minutes", 4.2, 12.0), ("90th centile wait, minutes", 18.4, 41.0)], WEEK, "abandoned_share"),
        "hours": table("hours", "Contacts handled by staff, by hour", "weekday|Day|text; " + "; ".join(f"h{h:02d}|h{h:02d}|contacts" for h in range(24)), hours),
        "demand_level": table("demand_level", "Value, failure and the rest", "demand|Kind of contact|text; n_week|This week|contacts; share_week|Share|share; n_window|13 weeks|contacts; share_window|Share, 13 weeks|share", [(d, int(9760 * s), share(s, 9760), int(126880 * s), share(s, 126880)) for d, s in (("Value", 0.55), ("Failure", 0.29), ("Excluded", 0.07), ("Unclear", 0.09))], WEEK),
        "demand_types": table("demand_types", "Types of demand", "demand|Demand|text; demand_type|Type|text; demand_type_name|Type|text; definition_text|Counted when the person …|text; n_week|This week|contacts; n_window|13 weeks|contacts; share_window|Share, 13 weeks|share", [(d, t, n, x, int(s * 2800), int(s * 36000), share(s, 36000)) for d, t, n, x, s in TYPES]),
        "demand_by_service": table("demand_by_service", "Failure demand by service", "name|Service|text; n_contacts|Contacts|contacts; failure_demand_rate|Failure demand|share; unclear_share|Unclear|share; staff_handled_rate|Staff-handled only|share", [(n, 1500, share(0.3, 1400), share(0.09, 1500), share(0.33, 1100)) for _, n in SERVICES]),
        "demand_by_channel": table("demand_by_channel", "Failure demand by channel", "channel_name|Channel|text; n_contacts|Contacts|contacts; failure_demand_rate|Failure demand|share; unclear_share|Unclear|share", [(n, 1500, share(0.3, 1400), share(0.09, 1500)) for _, n in CHANNELS[1:]]),
        "evidence": table("evidence", "Evidence for failure demand", "evidence_tier|Evidence|text; n_contacts|Contacts|contacts; share|Share|share", [("Words and behaviour", 900, share(0.3, 3000)), ("Behaviour only", 700, share(0.23, 3000)), ("Words only", 1400, share(0.47, 3000))]),
        **comparison_tables(table, share),
        "origins": table("origins", "What failure contact follows", "says|In words|text; service_name|Service|text; step|Step|text; stage|Stage|text; owner|Owner|text; demand_type_name|Failure demand|text; n_contacts|Contacts in the 30 days after|contacts; n_persons|People|persons; share|Share of that failure demand|share; lift|Times as likely|count; more|Contacts more than without it|count; saved|Contacts a week a mend could save, at most|count; saved_hours|Hours of handling a week, at most|count; median_days|Median days between|days; p90_days|90th centile days|days; evidence|What shows the failure|text", [("After the step 'Letter sent', people are 2.1 times as likely to make contact because: what does it mean?", "Benefits", "Letter sent", "Wait", "Service team", "Unclear", 210, 198, share(0.41, 512), {"value": 2.1, "low": 1.7, "high": 2.6}, {"value": 110, "low": 86, "high": 129}, {"value": 8.1, "low": 6.3, "high": 9.5}, {"value": 1.1, "low": 0.8, "high": 1.4}, 2.4, 8.1, "words")]),
        "batches": table("batches", "What follows days when many are written to at once", "says|In words|text; name|Service|text; step|Step|text; n_batches|Days with very many|count; wake|Days after|text; n_contacts|Contacts|contacts; n_expected|Expected|count; ratio|Times expected|count", [("After days with very many 'Bill sent', there are 40% more contacts than usual (3 to 6 days after).", "Council tax", "Bill sent", 2, "3 to 6 days after", 1400, 1000.2, {"value": 1.4, "low": 1.3, "high": 1.51})]),
        "web_to_staff": table("web_to_staff", "From a failed web form to phone or counter", "name|Service|text; n_failed|Forms failed or given up|contacts; linked_share|Person known|share; followed_share|Of those, called or came within 24 hours|share; sent_share|The same after forms that were sent|share; more|Calls and visits that go with 100 more failed forms|count; n_said|Contacts whose words say they tried online|contacts; says|In words|text", [("Council tax", 825, share(0.52, 825), share(0.48, 431), HIDDEN, {"value": 90, "low": 67, "high": 112}, 488, "Weeks with 100 more failed forms have about 90 more calls and visits (67 to 112), then or in the week after."), ("Planning", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, 26, HIDDEN)]),
        "changes": table("changes", "Changes, and what followed", "title|Change|text; service_name|Service|text; began_on|From|text; status|Status|text; owner|Owner|text; measure_name|Measure|text; unit|Unit|text; before|Mean before|count; after|Mean since|count; effect|Beyond the trend before|count; compared_with|Compared with|text; says|What followed|text; tell_residents|For residents|text", [("The form saves what was entered", "Planning", "24 August 2026", "in place", "Digital forms team", "Failure demand", "share", 0.42, 0.31, {"value": -0.1, "low": -0.13, "high": -0.07}, "Benefits", "better", "You told us that the form lost what you had entered. We mended it."), ("A shorter letter", "Council tax", "2 November 2026", "in place", "", "Failure demand", "share", None, None, None, "", "too early", "")]),
        "handling": table("handling", "Handling hours a week", "name|Service|text; kind|Demand|text; n_contacts|Contacts|contacts; minutes|Minutes each|count; hours|Hours a week|count; known_share|Handling time known|share", [("Council tax", "Failure demand", 2400, {"value": 8.1, "low": 7.8, "high": 8.4}, {"value": 24.9, "low": 24.0, "high": 25.8}, share(0.93, 2400)), ("Planning", "Failure demand", HIDDEN, HIDDEN, HIDDEN, HIDDEN)], definition="handling_hours"),
        "next_week": table("next_week", "Contacts expected next week", "name|Service|text; last_week|Last week|contacts; expected|Expected|contacts; better|Nearer than last week's number by|share; coverage|Past weeks inside the range|share", [("All services", 9800, {"value": 9700, "low": 9200, "high": 10200}, 0.21, 0.8), ("Council tax", 1500, {"value": 1480, "low": 1350, "high": 1610}, 0.18, 0.83)]),
        "overdue": table("overdue", "People who will ask after overdue cases", "late|Past the promised date by|text; n_cases|Cases open now|count; per_100|Contacts that ask after 100 of them in a week|count; expected|Expected to ask next week|contacts", [("less than 1 week", 420, 4.3, None), ("All", 420, None, {"value": 18, "low": 11, "high": 25})]),
        "repeats": table("repeats", "Repeat contact within so many days", "days|Days|days; n_contacts_followed|Contacts followed long enough|contacts; repeat_share|Repeated|share", [(d, 120000 - d * 900, share(0.05 + d / 150, 100000)) for d in (1, 3, 7, 14, 30)], definition="repeat_contact_rate"),
        "causes": table("causes", "The step just before a failure contact", "step_before|Step before|text; later_contact|Later contact|text; n_journeys|Journeys|journeys; median_days|Median days between|days", [("Case triaged", "Chasing progress", 2310, 6.2), ("New bill issued", "Error", 610, 5.3), ("Letter sent", "Clarification", 340, 4.0), ("Case closed", "Closed too soon", HIDDEN, HIDDEN)]),
        "gap_sensitivity": table("gap_sensitivity", "Half and double the gap", "gap|Gap|text; n_journeys|Journeys|journeys; one_contact_share|Of one contact|share; one_channel_share|One channel|share; contacts_per_journey|Contacts each|count; failure_demand_rate|Failure demand|share; repeat_share|Repeat contact|share", [("half", 81000, share(0.58, 81000), share(0.66, 81000), 1.52, share(0.41, 96000), share(0.2, 99000)), ("as set", 74000, share(0.55, 74000), share(0.62, 74000), 1.68, share(0.41, 96000), share(0.21, 99000)), ("double", 70500, share(0.52, 70500), share(0.6, 70500), 1.77, share(0.41, 96000), share(0.21, 99000))]),
        "sources": table("sources", "Rows by source", "source|Source|text; owner|Owner|text; purpose|Purpose|text; n_files|Files|count; rows_read|Rows read|rows; rows_used|Used|rows; restated|Restated|rows; duplicates|Duplicates|rows; set_aside|Set aside|rows; rejects|Rejected|rows; contacts|Contacts|contacts; merged|Merged|rows; rows_this_week|This week|rows; rows_usual|Usual|rows; status|Status|text", [(s, f"{s} owner", "to see where people's journeys fail and mend it", 26, 100000 + 11 * k, 99000 + k, 500, 300 + 10 * k, 150, 50, 90000, 9000 + k, 4100, 4000, "ok") for k, s in enumerate(("telephony", "crm", "web", "web_forms", "counter", "cases"))], "all files"),
        "links": table("links", "Contacts linked to a person", "channel_name|Channel|text; n_contacts|Contacts|contacts; linked_share|Linked|share", [(n, 19000, share(0.77, 19000)) for _, n in CHANNELS[1:]]),
        **{
            f"links_by_{by}": table(f"links_by_{by}", f"Linked by {by}", f"{field}|{by.capitalize()}|text; n_contacts|Contacts|contacts; account_share|By account|share; phone_email_share|By phone or e-mail|share; probability_share|By probability|share; case_share|By case|share; linked_share|Linked in all|share", [(n, 19000, share(0.6, 19000), share(0.2, 19000), share(0.02, 19000), share(0.03, 19000), share(0.85, 19000)) for n in names])
            for by, field, names in (("service", "service_name", ("Waste", "Planning")), ("week", "week", ("2026-W45", "2026-W46")))
        },
        "link_sensitivity": table("link_sensitivity", "How much hangs on joins", "joins|Joins|text; n_journeys|Journeys|journeys; several_share|Several channels|share; n_followed|Followed|contacts; repeated_share|Repeated|share", [(name, 74000, share(value, 74000), 60000, share(value + 0.05, 60000)) for name, value in (("Exact joins only", 0.36), ("With joins by probability", 0.38), ("Lowest", 0.37), ("Highest", 0.46))]),
        "link_accuracy": table("link_accuracy", "How often joins are right", "what|What|text; value|Share|share; n|Pairs judged|count; known_from|Known from|text", [("Joins that are right", {"value": 0.98, "low": 0.95, "high": 0.99}, 140, "judged by people"), ("Contacts of one person that are joined", None, 0, "not yet known: too few judged")]),
        "requests": table("requests", "What was asked for and done", "name|What|text; n_period|In the period|count; n_ever|Ever|count; newest|Newest|text", [("Told what is held about them", HIDDEN, HIDDEN, ""), ("Exports made", 2, 5, "3 November 2026")]),
        "deliveries": table("deliveries", "Reports sent by mail", "week|Week|text; n_sent|Sent|rows; n_waiting|Waiting|rows; n_given_up|Given up|rows", [("2026-W45", 4, 0, 1)]),
        "restated": table("restated", "Weeks whose figures have changed since they were published", "week|Week|text; name|Measure|text; unit|Unit|text; then|As published|count; now|As known now|count", [("2026-W45", "Failure demand: All services", "share", 0.34, 0.36)]),
        "transactions": table("transactions", "Completion, digital take-up, satisfaction and cost", "name|Service|text; n_begun|Web forms begun|contacts; completion|Completion rate|share; n_done|Requests completed, all channels|contacts; take_up|Digital take-up|share; cost_low|Cost per request, from|pounds; cost_high|Cost per request, to|pounds", [("Council tax", 1200, share(0.71, 1200), 3400, share(0.25, 3400), 6.2, 8.9), ("Blue badges", HIDDEN, HIDDEN, 60, HIDDEN, None, None)]),
        "equality_by_deprivation": table("equality_by_deprivation", "Channels and failure demand by deprivation", "band|Deprivation|text; n_contacts|Contacts|contacts; n_persons|People|persons; in_person|In person|share; phone|By phone|share; digital|Digital|share; failure|Failure demand|share", [("1: most deprived fifth", 5200, 3100, share(0.2, 5200), share(0.5, 5200), share(0.2, 5200), share(0.4, 4000)), ("Not known", 9000, 8000, share(0.05, 9000), share(0.7, 9000), share(0.2, 9000), share(0.3, 7000))]),
        "redaction_misses": table("redaction_misses", "Notes in which redaction left something personal", "n|Notes read|count; n_left|With something left|count; share|Share|share", [(240, 3, {"value": 0.0125, "low": 0.004, "high": 0.036})]),
        "label_accuracy": table("label_accuracy", "How often the reason recognised is right", "what|What|text; value|Share|share; n|Notes read|count; known_from|Known from|text", [("Type of demand right", {"value": 0.82, "low": 0.77, "high": 0.86}, 240, "read by people"), ("Failure contacts that are found", {"value": 0.9, "low": 0.84, "high": 0.94}, 101, "read by people")]),
        "failure_corrected": table("failure_corrected", "Share of notes that tell of failure", "what|What|text; value|Share|share; n|Notes|count; known_from|Known from|text", [("As the model says", {"value": 0.34, "low": 0.33, "high": 0.35}, 40000, "the model"), ("As people who read notes would say", {"value": 0.37, "low": 0.32, "high": 0.41}, 300, "read by people")]),
        "corrected_by_service": table("corrected_by_service", "Share of notes that tell of failure, by service", "name|Service|text; n|Notes|count; raw|As the model says|share; corrected|As people who read notes would say|share; check|Check by the model's two kinds of error|share; n_read|Notes read|count; n_needed|Notes still to read before it is compared|count", [("Council tax", 9000, share(0.3, 9000), {"value": 0.35, "low": 0.29, "high": 0.41}, 0.34, 230, 0), ("Benefits", 4000, share(0.4, 4000), None, None, 20, 180)]),
        "label_types": table("label_types", "How well each reason is recognised", "demand_type_name|Type|text; n|Notes|count; precision_value|Right of those said|share; recall_value|Found of those there|share", [("Chasing progress", 200, share(0.8, 200), share(0.78, 200)), ("Not done", 210, share(0.82, 210), share(0.75, 210))]),
        "calibration": table("calibration", "Confidence beside what came true", "range|Confidence|text; n|Notes|count; confidence|Mean confidence|share; value|Right|share", [("0.8 to 0.9", 400, share(0.85, 400), share(0.84, 400)), ("0.9 to 1.0", 1900, share(0.97, 1900), share(0.95, 1900))]),
        "wrap_up": table("wrap_up", "Wrap-up codes beside what the words say", "reason_code|Wrap-up code|text; n_contacts|Contacts with a known reason|contacts; said|Commonest reason in their words|text; same_share|Share of that reason|share", [("General enquiry", 4100, "Chasing progress", share(0.21, 4100)), ("Resolved", 3900, "Not done", share(0.18, 3900))]),
        "emerging": table("emerging", "Words that notes without a clear reason share", "words|Words|text; n_contacts|Contacts|contacts", [("scooter, hire, docks", 41)]),
        "clusters": table("clusters", "Contacts of a person", "size|Contacts|text; n_persons|Persons|persons; n_contacts|Contacts in all|contacts; density|Joined directly|share; n_with_bridge|Hang by one join|persons", [("1", 21000, 21000, 1.0, 0), ("2-5", 14000, 40000, 0.97, 210)]),
        "set_aside_keys": table("set_aside_keys", "Keys set aside", "kind|Key|text; reason|Why|text; n_keys|Keys|count; n_contacts|Contacts|contacts", [("phone", "goes with several accounts", 31, 900)]),
        "rejects": table("rejects", "Rejected rows", "source|Source|text; reason|Reason|text; column|Column|text; n_rows|Rows|rows", [("telephony", "not a date", "Start Time", 50), ("counter", "empty", "Ticket", 12)], "all files"),
        "unmapped": table("unmapped", "Values not mapped", "source|Source|text; field|Field|text; value|Value|text; n_rows|Rows|rows", [("telephony", "service", "OUT OF HOURS", 310)], "all files"),
        "labels": table("labels", "Notes and reasons", "channel_name|Channel|text; n_contacts|Contacts|contacts; with_note_share|With a note|share; unclear_share|Unclear|share", [(n, 19000, share(0.8, 19000), share(0.09, 19000)) for _, n in CHANNELS[1:4]]),
        "missing": table("missing", "Empty fields", "field_name|Field|text; n_missing|Empty|rows; share_missing|Share|share", [("handle_s", 12000, share(0.1, 120000))]),
    }  # fmt: skip


def findings(seed: int = 46) -> dict[str, Any]:
    """A whole week of findings."""
    rng = random.Random(seed)
    return {
        "schema_version": "1.0",
        "run": {"run_id": "0123456789abcdef", "settings_hash": "fedcba9876543210", "model_version": "rules-1", "versions": {"journeys": "0.1.0", "duckdb": "2.0"}},
        "organisation": {"name": "Borsetshire Council", "short_name": "Borsetshire", "timezone": "Europe/London", "contact": "insight@borsetshire.example", "language": "en-GB"},
        "period": {
            "week": "2026-W46", "starts_on": "2026-11-09", "ends_on": "2026-11-15", "cut_off": "2026-11-16 00:00 Europe/London",
            "window_weeks": 13, "window_starts_on": "2026-08-17", "window_ends_on": "2026-11-15", "is_partial": False, "missing_sources": [],
        },
        "settings": {"suppress_below": 10, "share_needs": 50, "round_to": 5, "repeat_days": 7, "colour": "#12436D"},
        "definitions": {slug: {"name": name, "text": text} for slug, (name, text) in DEFINITIONS.items()},
        "measures": measures(rng),
        "pain_points": pain_points(),
        "services": [service(slug, name) for slug, name in SERVICES],
        "needs": needs(),
        "tables": organisation_tables(rng),
    }  # fmt: skip


def needs() -> list[dict[str, Any]]:
    """One need with hidden cells, and one that nobody had."""
    summary = "measure|Measure|text; value|Value|count; unit|Unit|text"
    routes = "route_name|Route|text; n_journeys|Journeys|journeys; share|Share|share; median_services|Services told, median|count; p90_services|90th centile|count; told_others|Told again to another service, each|count; told_same|To the same service, each|count; half_days|Half were done within days|days; most_days|9 in 10 within days|days; n_open|Still open|journeys"
    told = "name|Service|text; n_journeys|Journeys that told it|journeys; share|Share|share; n_first|Told first|journeys; days|Median days after the first contact|days; n_contacts|Contacts|contacts; n_again|Told again|contacts"
    moving = {
        "summary": table(
            "summary",
            "What people went through",
            summary,
            [
                ("Journeys started", 212, "journeys"),
                ("Services told, median", 2, "count"),
                ("Days until all were done for half of the journeys", 21.98, "days"),
                ("Days until all were done for 9 in 10", None, "days"),
                ("Journeys still open", HIDDEN, "journeys"),
            ],
            definition="need_journeys",
        ),
        "routes": table(
            "routes",
            "By how people first got in touch",
            routes,
            [
                ("Digital first", 120, share(0.57, 212), 2, 3, 1.5, 0.22, 22.1, None, 40),
                ("Phone first", 92, share(0.43, 212), 2, 3, 1.4, 0.2, 20.4, 41.5, HIDDEN),
            ],
        ),
        "services": table(
            "services",
            "Which services had to be told",
            told,
            [
                ("Council tax", 202, share(0.95, 212), 111, 0.0, 278, 15),
                ("Bins and recycling", 194, share(0.92, 212), HIDDEN, 5.2, 243, 12),
            ],
        ),
        "orders": table(
            "orders",
            "In which order services were told",
            "order|Order|text; n_journeys|Journeys|journeys; share|Share|share",
            [("Council tax > Bins and recycling > Parking", 70, share(0.33, 212))],
        ),
    }
    nobody = {name: {**found, "rows": []} for name, found in moving.items()}
    about = {
        "services": ["Council tax", "Bins and recycling", "Parking"],
        "reasons": ["Change of circumstances"],
        "activities": [],
        "gap_days": 21.0,
        "least_services": 2,
    }
    return [
        {"need": "moving_home", "name": "Moving home", **about, "n_journeys": 212, "tables": moving},
        {
            "need": "bills",
            "name": "Falling behind with bills",
            **about,
            "reasons": [],
            "n_journeys": 0,
            "tables": nobody,
        },
    ]


def hostile_findings() -> dict[str, Any]:
    """Findings whose names attack the page: markup, quotes, right-to-left, 300 letters, emoji, spreadsheet formulas."""
    built = findings()
    attack = '<script>alert("x")</script>\'"&'
    built["organisation"]["name"] = "O'Brien & <b>Sons</b>"
    one, two = built["services"][0], built["services"][1]
    one["name"] = attack
    two["name"] = "\u202eאבג 🦊 " + "W" * 300
    one["tables"]["steps"]["rows"][0]["name"] = attack
    one["tables"]["moves"]["rows"][0]["from_name"] = '=HYPERLINK("https://example.org")'
    one["tables"]["reasons"]["rows"][0]["demand_type_name"] = "+cmd|' /C calc'!A0"
    built["pain_points"][0]["title"] = attack
    built["needs"][0]["name"] = attack
    built["needs"][1]["name"] = "W" * 60
    built["tables"]["unmapped"]["rows"][0]["value"] = "@SUM(1+1)"
    for found in built["measures"]:
        if found["scope"] == "service:council_tax":
            found["scope_name"] = attack
    return built


def week_before(built: dict[str, Any], week: str, starts_on: str, ends_on: str) -> dict[str, Any]:
    """The same findings dated to another week."""
    period = {
        **built["period"],
        "week": week,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "cut_off": f"{ends_on} 00:00 Europe/London",
    }
    return {**built, "period": period}

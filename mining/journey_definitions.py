"""What the numbers of a journey page's network, change and working-time tables mean, in plain words.

In: settings. Out: definitions by slug, joined to the others in `mining.definitions`.
"""

from __future__ import annotations

from journeys.settings import Settings


def working_time_words(settings: Settings) -> str:
    """One more sentence for definitions of waits; empty without config/calendar.toml."""
    if settings.calendar is None:
        return ""
    hours = f"{settings.calendar.working_day_s / 3600:.4g}"
    closed = settings.calendar.holidays
    holidays = (
        "" if closed == "none" else f", bank holidays ({closed.replace('-', ' ').title().replace(' And ', ' and ')})"
    )
    return (
        f" Working days leave out all time in which the council is closed: nights, weekends{holidays} and other days "
        f"closed; {hours} hours worked are one working day. A step without a time of day counts from midnight."
    )


def journey_definitions(settings: Settings) -> dict[str, tuple[str, str]]:
    """Names and texts of the tables of network and change, by slug."""
    weeks = settings.publishing.window_weeks
    return {
        "origins": (
            "What failure contact follows",
            "How many times as often people make such contact in the 30 days after a step as on days without it, in journeys that "
            "began in the same week, are as old, had as many contacts and steps, and have been quiet as long (Mantel-Haenszel rate "
            "ratio with its 95% interval; known persons only; never urgent contacts). Shown where it is more than 1.2, allowing "
            "for the number of pairs tested (5% false discoveries). Contacts more: those that would not have come at the "
            "rate of days without it. What a mend could save in a week, at most: these, where words alone show the failure "
            "counted only as far as they are likely to be right, over the weeks of the period. It came before, and more often than "
            "matched; it need not be the cause. Pairs overlap: rows must not be added up.",
        ),
        "changes": (
            "Changes on record",
            "Weekly measures before and since a change of config/changes.toml, less those of a service that was not changed, where one "
            "is named: how far the weeks since lie from where the weeks before were heading (interrupted time series; range "
            "allows for weeks that resemble their neighbours). Said from 8 complete weeks on. Something else may have happened "
            "at the same time.",
        ),
        "handling_hours": (
            "Handling hours",
            "Time that staff spend on contacts, where a source says it; the others are taken to be like those of the same row, and "
            "the share that is known stands beside it. Ranges allow for one person's contacts resembling one another. Hours are "
            "capacity: nobody goes home because a call was not needed.",
        ),
        "next_week": (
            "Contacts expected next week",
            "Worked out from the complete weeks so far, by whichever simple rule (mean of the last weeks, smoothing, last year's week) "
            "was nearest in the weeks before. Shown only where that was nearer than last week's number in past weeks, each tried "
            "with what was known then. The range held 8 in 10 of such weeks; how many it did hold stands beside it.",
        ),
        "overdue": (
            "People who will ask after overdue cases",
            "Cases that are open past their promised date as the week begins, and how many contacts asked after such cases in the "
            "8 weeks before, by how long they were overdue. It is about groups of cases; nothing is foretold of any person.",
        ),
        "batches": (
            "Days when many are written to",
            "Days on which a step happens at least 50 times and five times as often as usual, such as a bill run. All the "
            "service's contacts in the days after, of anybody, beside what weekday and trend would make of them (Poisson "
            "regression, 95% interval). Said to differ where that is so allowing for all rows.",
        ),
        "web_to_staff": (
            "From a failed form to staff",
            "Two estimates of the same thing, which must not be added up. Linked: of failed forms whose person is known (logged in, "
            "or contact details given), those after which the person called or came about the service within 24 hours. By "
            "week: how many more calls and visits there are in weeks with more failed forms, and the week after, at the same number "
            "of forms started (least squares, 95% interval), which needs no person. Said to be more where that is so allowing for the "
            "number of services. Given up: the form was started and not sent.",
        ),
        "loops": (
            "Going round",
            "A journey goes round when it comes back to a step after other steps. Each event counts in one round at most. "
            "Extra contacts: those that would not be there without the rounds. Days a round: from leaving the step until "
            "being back at it. The same step twice running is a repeat and no round.",
        ),
        "spared": (
            "What people could be spared",
            "For each step that is failure demand more often than not: the contacts that would not be there without it, and "
            "the waits directly before and after it. Days are an upper bound: some of that time the work takes anyway. Steps "
            "next to one another share a wait, so rows must not be added up.",
        ),
        "start_to_end": (
            "From start to end",
            "Journeys by their first and last step. Not ended yet: the service's gap has not passed since the last event, so "
            "the journey may go on. Days and the way between are those of journeys that have ended.",
        ),
        "conformance": (
            "As designed",
            "Journeys that have ended beside the journey that the service means them to be (config/designed.toml or a BPMN file): "
            "each is laid beside the design so that as few steps as can be are left out or come on top (alignment). Fitness: "
            "1 where nothing is, 0 where nothing fits. Extra contacts: contacts among the steps on top. The most frequent ways "
            "are compared; the share of journeys they cover is said.",
        ),
        "asked_paths": (
            "Paths you asked about",
            "Journeys that took a path of config/paths.toml: its events in that order, others between unless it says otherwise. "
            "A journey counts once, by the first time it is through; failure contacts after it are those of the same journey.",
        ),
        "typical": (
            "Typical journeys",
            "Journeys grouped by what happened in them (steps and their order, channels, contacts, days), never by who people "
            "are. The journey in the middle of a group stands for it. Comes back when drawn anew: the group is found again in "
            "most of 20 drawings of the same journeys; else take it with care. Groups of fewer than 50 people are not shown, "
            "and only the most frequent ways are grouped.",
        ),
        "settled": (
            "When it is settled",
            "Of journeys that have ended, the share of which one could tell whether failure demand came, knowing only so many "
            "steps and what most journeys that began alike came to. As good as ever: within 2 in 100 of the share that all "
            "steps tell. It is about groups; nothing is foretold of any person.",
        ),
        "change": (
            "How far the journey moved",
            f"The moves of journeys that began in these {weeks} weeks beside those of the {weeks} weeks before, each journey "
            "watched equally long. Half the sum of the differences between all shares (total variation): of 100 moves, how "
            "many would have to be others. Chance: the same between random divisions of all these persons into two; "
            "changed is said only beyond 99 of 100 of them. The range is a bootstrap over persons.",
        ),
        "change_moves": (
            "Moves that changed",
            "Share of journeys that have the move, before and now. Of all moves compared, those shown differ by more than "
            "chance; at most one in twenty of such rows is expected to be false (Benjamini-Hochberg), and their ranges are "
            "as wide as that choice asks.",
        ),
    }

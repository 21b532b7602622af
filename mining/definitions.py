"""What each number means, in plain words: the glossary that every page links to."""

from __future__ import annotations

from journeys.settings import Settings
from mining.journey_definitions import journey_definitions, working_time_words

_PROCESS_CUT = (
    " Besides, a contact starts one however short the silence when its reason is one that starts matters in the service "
    "and the person's last case was closed before it, or it opens a case of its own."
)


def definitions_of(settings: Settings) -> dict[str, dict[str, str]]:
    """Definitions by slug, with the settings' own numbers in them; types of demand come from the taxonomy."""
    publishing, working = settings.publishing, working_time_words(settings)
    texts = {
        "contacts": (
            "Contacts",
            "People getting in touch, once for each time: transfers, the note about a call, a web form and its visit, "
            f"and calls tried again within {publishing.retry_minutes} minutes are one contact. "
            "Contacts that we made are left out.",
        ),
        "journeys_started": (
            "Journeys started",
            "A journey is all the contacts of one person about one need, with what the council did in between. It "
            "counts in the week of its first event.",
        ),
        "failure_demand_rate": (
            "Failure demand",
            "Contacts that appear to be caused by a failure to do something, or to do something right for the person "
            "(John Seddon), as a share of those whose reason is known: failure / (failure + value). It is context, "
            "never a target, and not the same as moving people to self-service. Intervals (95%) count a person's contacts "
            "together: one who calls ten times is not ten callers.",
        ),
        "value_demand": ("Value demand", "What people need from us: contacts we are here to answer."),
        "demand": (
            "Demand",
            "Why people get in touch: value, failure, excluded from rates, or not known (unclear).",
        ),
        "repeat_contact_rate": (
            "Repeat contact",
            f"Contacts of known persons after which the same person got in touch about the same service within "
            f"{publishing.repeat_days} days. A contact counts in the week in which that time ran out, so that recent "
            "contacts do not look better than they are. A repeat is not proof of failure.",
        ),
        "one_contact_resolution": (
            "Did not come back",
            "Contacts of known persons after which the same person did not get in touch again about the same service, or "
            "the same matter (the same journey), within so many days. At this week's pace: each contact of the 30 days before "
            "counts for the part of its time that lies in the week (Kaplan-Meier with late entry), so that the newest "
            "contacts, who have had no time to come back, do not make the week look good. Intervals count a person's "
            "contacts together. Not to come back is not the same as to have been helped.",
        ),
        "comparison": (
            "Like for like",
            "Journeys of known persons that began online beside those that began in person or by phone, each followed for "
            "its first 35 days. Raw: as they are. Like for like: as if both had the same mix of services and of what people "
            "wanted (direct standardisation), over journeys that have a counterpart in the other route; not compared where "
            "fewer than half have one. Completed: there was a case, the last stage was reached, and no failure demand came "
            "after. Intervals (95%) count a person's journeys together. A difference is associated with the route, not "
            "caused by it: people choose routes, and confidence, disability, language or a device are not made alike.",
        ),
        "balance": (
            "How alike the routes are",
            "Largest standardised difference between two routes in the share of any value, raw and like for like; below 0.1 "
            "is little. Only services and what people wanted are made alike; the rest shows what is left.",
        ),
        "routes": (
            "Route",
            "The kind of channel of a journey's first contact. Journeys of contacts that cannot be linked to a person are not "
            "compared; the bounds say what one-contact journeys would be if none, or all, of those had needed one contact.",
        ),
        "promises": (
            "Before or after the promised date",
            "Contacts of people who asked what was happening: after or before the date promised for their case, where the case "
            "has one and was open, else what their words say. Some count only those after it as failure; the split is shown so "
            "that you can.",
        ),
        "ledger": (
            "Where the cause lies",
            "What config/demand.toml says of each type of failure demand: where its cause usually lies and who could prevent "
            "it. Words and behaviour agree: the note shows a failure, and so does what happened (a repeat within the set days, "
            "a case past its promised date or opened again, a failed form, being passed on, a missed appointment).",
        ),
        "in_person": (
            "In-person service",
            "Visits and appointments of the period, for every service. Used no digital channel for anything: of known people seen "
            "in person, those without a single digital contact in the period. Came after the website failed them: their words "
            "say so, or a form of theirs failed or was given up in the day before.",
        ),
        "transactions": (
            "Completion, take-up, satisfaction and cost",
            "The four measures of the GOV.UK Service Manual. Completion rate: web forms submitted of those begun. Digital take-up: "
            "requests submitted as a web form of all requests completed. Satisfied: 4 or 5 of those who answered from 1 to 5. Cost "
            f"per request: contacts of every kind at the council's own cost of one, by requests completed{_cost_sources(settings)}. "
            "A request is a contact with a need of its own (value demand) that was neither given up nor missed.",
        ),
        "equality": (
            "By deprivation, age and area",
            "Each person counts in the band that most of their contacts say. Deprivation is in fifths of small areas, the most "
            "deprived first. People of whom none is known have their own row: they are seldom like the rest. Not shown where they are more than half. In person, by phone "
            "and digital are shares of the contacts of the row.",
        ),
        "one_channel_share": (
            "Completed in one channel",
            "Journeys that have ended and in which the person used one channel only. A journey counts in the week in "
            "which its service's gap had passed without anything more, so that new journeys, which can still move, do "
            "not make recent weeks look simple. Contacts that we made are not counted as a channel.",
        ),
        "median_days": (
            "Median days",
            "Half of the journeys of more than one event took longer than this from first to last event, half took "
            "less. A journey counts in the week in which its service's gap had passed without anything more, so that "
            "journeys that still go on do not make recent weeks look quick.",
        ),
        "abandoned_share": (
            "Calls given up before an answer",
            f"Phone contacts that never reached anybody; tries within {publishing.retry_minutes} minutes of one "
            "another are one contact.",
        ),
        "browse_visits": (
            "Web visits that only read pages",
            "Visits without a form, search or log-in. We cannot tell who they are or why they came: they are in no "
            "rate.",
        ),
        "unclear_share": (
            "Reason not known",
            "Contacts without a note, or with one too short or unclear to tell.",
        ),
        "unlinked_share": (
            "Not linked to a person",
            "Contacts without a usable account, phone, e-mail or case. Each counts as a journey and a person of its "
            "own.",
        ),
        "linked_by": (
            "Linked by",
            "What joined a contact to others of the same person: the same account; the same phone or e-mail with the "
            "same name or postcode; name, date of birth, postcode and e-mail alike enough (by probability); or a case "
            "or log-in that is one person's. What is doubtful is left unlinked.",
        ),
        "link_bounds": (
            "How much hangs on joins",
            "The same figures with exact joins only, with joins by probability, and at the two extremes: if each "
            "contact nobody was found for stands alone, and if each belongs to a journey in another channel and to a "
            "repeat. The truth lies between; where the extremes are far apart, the figure is weak.",
        ),
        "link_accuracy": (
            "How often joins are right",
            "People at the council looked at pairs of contacts in their own files and said whether both were one "
            "person. The shares weigh each pair by how likely it was to be drawn. Fewer than 30 answers say nothing.",
        ),
        "label_accuracy": (
            "How often the reason recognised is right",
            "People at the council read redacted notes, drawn at random and from those the model is unsure of, and said "
            "why each was written. The shares weigh each note by how likely it was to be drawn. Before 200 notes drawn "
            "at random are answered, nothing is said.",
        ),
        "failure_corrected": (
            "Failure, corrected",
            "The share the model finds, moved by how much people who read notes found more or less than the model did "
            "on the same notes (the difference estimator; interval by bootstrap over both errors). Check: the same from the "
            "share of failures that the model finds and of other notes that it leaves alone (Rogan and Gladen, 1978).",
        ),
        "corrected_by_service": (
            "Failure by service, corrected",
            "The model may know the words of one service better than another's, so its shares alone do not compare services. "
            "A service has a corrected share, and can be compared with others that have one, when people have read 200 of its "
            "notes drawn at random; until then the table says how many are still to be read.",
        ),
        "label_types": (
            "How well each reason is recognised",
            "Measured on the notes that come with journeys, each read by a model that had not seen its writer. On your own "
            "notes it may be better or worse.",
        ),
        "calibration": (
            "Confidence",
            "Of notes labelled with about this confidence, the share whose label is right. Equal numbers mean that "
            "confidence can be taken at its word.",
        ),
        "wrap_up": (
            "Wrap-up codes beside words",
            "The code a member of staff chose, and the reason recognised in the words of the same contacts. Codes are "
            "shown for comparison only; no figure rests on them.",
        ),
        "emerging": (
            "Words of unclear notes",
            "Words that at least 10 persons' notes without a clear reason share, and that are far more common there than "
            "in other notes. They may tell of a reason that the settings do not know yet.",
        ),
        "clusters": (
            "Joined directly",
            "Share of the pairs of one person's keys that a common key joins without others between. A person hangs "
            "by one join where taking it away would leave two parts of two keys or more.",
        ),
        "set_aside_keys": (
            "Keys set aside",
            "Phones, e-mails, accounts and places that go with too many people or too many contacts to say who it "
            "was, such as a switchboard, a care home or a family e-mail.",
        ),
        "steps": (
            "Steps",
            "What happened in the journeys that started in the period: contacts and work by staff.",
        ),
        "moves": ("Moves", "One step directly after another in one journey, and the time between the two." + working),
        "paths": ("Paths", "Whole journeys that took the same steps in the same order."),
        "channel": ("Channel", "How people got in touch."),
        "channel_move": (
            "Channel move",
            "Two contacts of one journey, one after the other, in different channels.",
        ),
        "need_journeys": (
            "Needs",
            "A need is one thing in a person's life that several services must be told of. All contacts of one person with "
            "its services are one journey until a silence longer than the need's gap; where the need names reasons, one of "
            "the contacts must have one. Contacts after it belong to it whatever their reason, so some may be about "
            "something else. Counted: journeys that started in the period and told enough services, ended or still open. A "
            "service counts as told when a contact with it has one of the reasons, says it is telling again, or gives no "
            "reason that is known. Told again: the first such contact with each further service; and, to a service told "
            "before, saying so again or giving the same reason again (words are not compared: these are occasions, not "
            "proven repetition). All done: from the first contact to the "
            "last contact or work by staff in its cases (Kaplan-Meier, so that journeys still open count as lasting at "
            "least so long).",
        ),
        "stages": ("Stages", "Parts of a journey that the council named in its settings, in order."),
        "waiting": (
            "Waiting",
            "Time between the first and the last event of a journey, and to the first chase." + working,
        ),
        "getting_through": (
            "Getting through",
            "Contacts offered, answered and given up, and waits, as the telephone and counter systems recorded them.",
        ),
        "hours": (
            "Hours",
            "When people reached staff by phone, in person, by e-mail or post, on the local clock.",
        ),
        "evidence": (
            "Evidence",
            "Words: the note says so. Behaviour: what the person did shows it, such as giving up. Both is the surest.",
        ),
        "causes": (
            "The step before",
            "What came directly before a failure contact in the same journey. It came before; it need not be the "
            "cause.",
        ),
        "pain_points": (
            "Pain points",
            "Steps at which failure demand occurs, ranked by failure contacts, then by journeys affected. The range of places "
            "is where it would stand in 95 of 100 draws of other people like these (bootstrap over persons): where ranges "
            "overlap, the order may be chance. Days lost: how much longer such journeys take in the median than those of the "
            "service without failure; half of the journeys lie in the range.",
        ),
        "model": (
            "Process model",
            "The process that the journeys show, found by the inductive miner. Fitness: the share of journeys it "
            "replays completely. Precision: of the steps it allows next, the share that some journey takes. Simplicity: "
            "how few lines meet at a step. Of the models that filter rare behaviour more or less, the one with the best "
            "balance of fitness and precision is kept; of equals the simplest, then the least filtered.",
        ),
        "gap": (
            "Gap",
            "Silence after which a person's next contact about a service starts a new journey."
            + (_PROCESS_CUT if settings.services.cut == "process" else ""),
        ),
        "gap_sensitivity": (
            "Half and double the gap",
            "The same contacts cut into journeys with every service's gap halved and doubled: where a figure moves much, it "
            "hangs on the gap that was chosen. Journeys that began in the period, and the contacts in them. Repeat contact is "
            f"here a contact followed within {publishing.repeat_days} days by another of the same journey; failure demand is "
            "that of the journeys' contacts. Neither should move much.",
        ),
        "missing": ("Missing", "Contacts for which the sources gave no value."),
        "reconciliation": (
            "Rows add up",
            "Rows read = used + restated + duplicates + set aside + expired + later than this week + rejected. Rows "
            "used as contacts or page hits = contacts + rows merged into another. Set aside: of people who object or "
            "were erased. Expired: kept as long as the settings allow, then deleted.",
        ),
        "restated": (
            "Restated",
            "A week's figure as it was first shown, and as it is known now, where they differ by more than rounding: a share by a "
            "percentage point, a count or a number of days by 2%. Late or corrected rows, erasures, and a change of the model or "
            "the settings do that. The pages of that week keep what they said.",
        ),
        "requests": (
            "Asked for and done",
            "From the log of requests, which holds no identifier. What people asked for is hidden where few asked.",
        ),
        "redaction_misses": (
            "What redaction missed",
            "Of the notes drawn at random that people read: those in which they still saw a name, a number or an address. Notes are "
            "kept, redacted, and never published.",
        ),
        "deliveries": (
            "Reports sent",
            "Mails of the reports of earlier weeks, one to each recipient: sent, waiting for another try, or given up because the "
            "server refused them. No address is kept.",
        ),
        "clocks": (
            "Clocks compared",
            "Where two systems recorded one contact: how much later the second one's time is, in the median. A large "
            "difference that is the same for nearly all contacts is a wrong clock or a time zone left out.",
        ),
        "suppressed": (
            "[c]",
            f"Hidden because fewer than {publishing.suppress_below} persons stand behind it, or because it would give "
            f"such a number away.{_rounding(publishing.round_to)}",
        ),
        "usual_range": (
            "Usual range",
            "Where a measure lies in most weeks if nothing has changed: its mean, plus or minus 2.66 times the mean "
            "change from week to week over its first 20 complete weeks.",
        ),
    }
    kinds = {f"type_{kind.slug}": (kind.name, kind.definition) for kind in settings.taxonomy.types}
    return {
        slug: {"name": name, "text": text}
        for slug, (name, text) in {**texts, **journey_definitions(settings), **kinds}.items()
    }


def _rounding(base: int) -> str:
    if base == 1:
        return ""
    return f" Other counts of contacts, journeys and people are rounded to the nearest {base}, so parts may not add up to their total."


def _cost_sources(settings: Settings) -> str:
    """Where the costs come from, in brackets; empty without any."""
    known = sorted({f"{cost.source}, {cost.dated:%-d %B %Y}" for cost in settings.costs})
    return f" ({'; '.join(known)})" if known else ""

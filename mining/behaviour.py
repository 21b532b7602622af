"""What a contact's behaviour shows, without reading a word: the taxonomy's rules as named predicates.

In: `contacts`, `persons`, `journeys`, `steps`. Out: `behaviour`, one row for each inbound contact that is no browse visit: the
failure that a rule shows, all rules that hold, whether the contact repeats an earlier one,
and what the case's promised date says.

Some rules show a failure by themselves, whatever people wanted; some only where words are silent; the others only
strengthen what words say: a repeat is no proof of failure, and a transfer may have been the help that was needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from journeys.engine import Engine
from journeys.schema import IS_LINKED
from journeys.settings import Settings
from journeys.times import literal

_FORM_TO_STAFF_S = 24 * 3600
_AFTER_CLOSURE_S = 30 * 86400
_BY_STAFF = (
    "channel IN ('phone', 'face_to_face', 'email', 'post', 'web_chat', 'sms')"  # a look at the website is no chase
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One predicate: its name, how pages say it, its condition over `contact_context`, and the failure it shows, if any."""

    name: str
    says: str
    condition: str
    shows: str | None = None
    needs_silence: bool = False
    supports: str = "*"  # the type its evidence is for, * for any failure


def rules_of(repeat_days: int) -> tuple[Rule, ...]:
    """All rules; of those that show a failure the first that holds counts."""
    return (
        Rule(
            "left_unanswered", "left before being answered",
            "is_abandoned AND channel IN ('phone', 'face_to_face')", "access_failure",
        ),
        Rule("form_failed", "the web form failed", "activity = 'Web form fails'", "digital_barrier"),
        Rule(
            "form_then_staff", "web form, then staff within a day",
            "activity = 'Abandons web form' AND next_channel IN ('phone', 'face_to_face') "
            f"AND seconds_to_next <= {_FORM_TO_STAFF_S}", "digital_barrier",
        ),
        Rule(
            "after_closure", "the case was closed less than 30 days before, and was opened again",
            f"{_BY_STAFF} AND seconds_since_closed <= {_AFTER_CLOSURE_S} AND is_reopened", "premature_closure", needs_silence=True,
        ),
        Rule(
            "past_due", "the case was open past its promised date",
            f"{_BY_STAFF} AND is_open_case AND seconds_past_due > 0", "progress_chase", needs_silence=True,
        ),
        Rule("repeat", f"the same person and service within {repeat_days} days",
             f"is_linked AND seconds_since_last <= {repeat_days * 86400}"),
        Rule("passed_on", "passed on at least once", "n_transfers >= 1", supports="transferred"),
        Rule("after_missed_appointment", "after an appointment that was not kept", "is_linked AND last_is_no_show", supports="not_done"),
    )  # fmt: skip


def find_behaviour(engine: Engine, settings: Settings) -> None:
    """Build `contact_context` and `behaviour`."""
    engine.save("contact_context", contact_context_sql(settings))
    engine.save("behaviour", behaviour_sql(rules_of(settings.publishing.repeat_days)))


def contact_context_sql(settings: Settings) -> str:
    """Each contact with what came before and after it: of the person and service, and of its case."""
    closing = ", ".join(map(literal, settings.services.closed_by)) or "NULL"
    reopening = ", ".join(map(literal, settings.services.reopened_by)) or "NULL"
    return f"""
    WITH case_steps AS (
        SELECT j.journey_id, s.started_at, s.activity, s.case_due_at
        FROM steps s JOIN journeys j ON j.event_id = s.step_id AND j.kind = 'step' WHERE s.contact_id IS NULL),
    of_case AS (
        SELECT c.contact_id, max(k.case_due_at) AS due_at, min(k.started_at) AS opened_at,
               max(CASE WHEN k.activity IN ({closing}) AND k.started_at <= c.started_at THEN k.started_at END) AS closed_at,
               max(CASE WHEN k.activity IN ({reopening}) AND k.started_at <= c.started_at THEN k.started_at END)
                   AS reopened_at,
               min(CASE WHEN k.activity IN ({reopening}) AND k.started_at >= c.started_at THEN k.started_at END)
                   AS reopens_at
        FROM contacts c JOIN journeys j ON j.event_id = c.contact_id AND j.kind = 'contact'
        JOIN case_steps k USING (journey_id) GROUP BY c.contact_id),
    beside AS (
        SELECT c.contact_id, c.channel, c.activity, c.is_abandoned, c.n_transfers, c.started_at, {IS_LINKED} AS is_linked,
               lead(c.channel) OVER w AS next_channel,
               epoch(lead(c.started_at) OVER w) - epoch(c.started_at) AS seconds_to_next,
               epoch(c.started_at) - epoch(lag(c.started_at) OVER w) AS seconds_since_last,
               coalesce(lag(c.is_no_show) OVER w, false) AS last_is_no_show
        FROM contacts c JOIN persons p USING (contact_id)
        WHERE NOT c.is_browse AND c.direction = 'inbound'
        WINDOW w AS (PARTITION BY p.person_id, c.service ORDER BY c.started_at, c.source, c.tie, c.contact_id))
    SELECT b.*, epoch(b.started_at) - epoch(k.due_at) AS seconds_past_due, k.due_at IS NOT NULL AS has_due_date,
           epoch(b.started_at) - epoch(k.closed_at) AS seconds_since_closed,
           k.opened_at <= b.started_at AND (k.closed_at IS NULL OR k.reopened_at > k.closed_at) AS is_open_case,
           k.reopens_at IS NOT NULL OR coalesce(k.reopened_at > k.closed_at, false) AS is_reopened
    FROM beside b LEFT JOIN of_case k USING (contact_id)"""


def behaviour_sql(rules: tuple[Rule, ...]) -> str:
    """One row per contact: failure_type and rule (whatever people wanted), silent_type and silent_rule (where words are
    silent), rules (all that hold), supported (types they are
    evidence for), is_repeat, is_linked and sla_state (overdue or within, null without a promise).
    """
    loud, silent = ([rule for rule in rules if rule.shows and rule.needs_silence is needs] for needs in (False, True))
    supported = " || ".join(
        f"CASE WHEN {rule.condition} THEN {literal(f' {rule.supports} ')} ELSE '' END" for rule in rules
    )
    names = " || ".join(f"CASE WHEN {rule.condition} THEN {literal(rule.name + ' ')} ELSE '' END" for rule in rules)
    repeat = next(rule.condition for rule in rules if rule.name == "repeat")
    return f"""
    SELECT contact_id, {_first_that_holds(loud, "shows")} AS failure_type, {_first_that_holds(loud, "says")} AS rule,
           {_first_that_holds(silent, "shows")} AS silent_type, {_first_that_holds(silent, "says")} AS silent_rule,
           trim({names}) AS rules, {supported} AS supported, coalesce({repeat}, false) AS is_repeat, is_linked,
           CASE WHEN NOT coalesce(is_open_case AND has_due_date, false) THEN NULL
                WHEN seconds_past_due > 0 THEN 'overdue' ELSE 'within' END AS sla_state
    FROM contact_context"""


def _first_that_holds(rules: Sequence[Rule], what: str) -> str:
    """What the first rule that holds shows, or says; null where none does."""
    return f"CASE {' '.join(f'WHEN {rule.condition} THEN {literal(getattr(rule, what))}' for rule in rules)} END"

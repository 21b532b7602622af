"""Measures in words: the sentence of a signal, the headlines of a page, and what chance alone would bring.

Template: "<Measure> was <v>, <inside | above | below> its usual range of <l> to <u>, for the <nth> week."
A measure whose source sent nothing is never given a sentence: a missing feed is not a fall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.words import clip_limits, in_words, number, ordinal, range_in_words, shown_range_digits

Measure = Mapping[str, Any]

MOST_HEADLINES = 5
MOVED = ("concern", "changed", "improving")  # the order in which a manager reads them
# Share of stable weekly charts whose newest point shows a signal under the four rules, with limits fixed on
# the first 20 weeks: 4.3% of 20,000 simulated stable series of 26 weeks.
CHANCE_OF_SIGNAL = 0.043


def has_value(measure: Measure) -> bool:
    """Has the measure a value that may be shown?"""
    return measure.get("value") is not None and not measure.get("suppressed") and not measure.get("no_data")


def has_limits(measure: Measure) -> bool:
    """Are there weeks enough for a usual range?"""
    return measure.get("usual_low") is not None and measure.get("usual_high") is not None


def has_moved(measure: Measure) -> bool:
    """Does the measure carry a signal other than usual variation?"""
    return has_value(measure) and measure.get("signal") in MOVED


def measure_title(measure: Measure) -> str:
    """The measure with its scope: "Failure demand in Council tax"; the whole organisation goes unsaid."""
    scope = str(measure["scope"])
    name, scope_name = str(measure["name"]), str(measure.get("scope_name", ""))
    if scope.startswith("service:"):
        return f"{name} in {scope_name}"
    return f"{name} ({scope_name})" if scope.startswith("channel:") else name


def is_plural(measure: Measure) -> bool:
    """Is the measure named by a plural, such as "Contacts" or "Journeys started"?"""
    return str(measure["name"]).split(" ")[0].endswith("s")


def place(measure: Measure) -> str:
    """inside, above or below its usual range; empty without limits."""
    if not has_limits(measure) or not has_value(measure):
        return ""
    value = measure["value"]
    if value > measure["usual_high"]:
        return "above"
    return "below" if value < measure["usual_low"] else "inside"


def signal_sentence(measure: Measure, *, with_scope: bool = True) -> str:
    """The one sentence a measure may have on a page."""
    name = measure_title(measure) if with_scope else str(measure["name"])
    unit = str(measure["unit"])
    if not has_value(measure):
        return f"{name}: {why_no_value(measure)}."
    verb, its = ("were", "their") if is_plural(measure) else ("was", "its")
    if not has_limits(measure):
        return f"{name} {verb} {in_words(measure['value'], unit)}; too few weeks yet for a usual range."
    low, high = clip_limits(measure["usual_low"], measure["usual_high"], unit)
    digits = shown_range_digits(measure["value"], low, high, unit)
    where, weeks = place(measure), int(measure.get("n_weeks") or 0)
    parts = [f"{name} {verb} {in_words(measure['value'], unit, digits)}"]
    parts.append(f"{where} {its} usual range of {range_in_words(low, high, unit, digits)}")
    if where == "inside" and has_moved(measure) and measure.get("reason"):
        parts.append(f"but {plain_reason(measure)}")
    elif weeks and has_moved(measure):
        parts.append(f"for the {ordinal(weeks)} week")
    return ", ".join(parts) + "."


def plain_reason(measure: Measure) -> str:
    """Mining's reason, fitted into a sentence."""
    reason = str(measure["reason"]).strip().rstrip(".")
    return reason[:1].lower() + reason[1:]


def why_no_value(measure: Measure) -> str:
    """Why a measure shows no value, in words."""
    if measure.get("suppressed"):
        return "too few people to show"
    return "no data this week" if measure.get("no_data") else "not enough contacts this week to say"


def headlines(measures: Sequence[Measure]) -> list[Measure]:
    """At most five measures that moved by more than chance and enough to matter: concern first, then those that rest on most."""
    moved = [measure for measure in measures if has_moved(measure) and measure.get("is_notable", True)]
    moved.sort(key=lambda m: (MOVED.index(m["signal"]), -(m.get("n") or 0), m["scope"], m["measure_id"]))
    return moved[:MOST_HEADLINES]


def chance_sentence(n_measures: int) -> str:
    """How many signals chance alone would bring among so many measures."""
    expected = n_measures * CHANCE_OF_SIGNAL
    about = "fewer than 1" if expected < 0.75 else f"about {number(expected)}"
    return f"{number(n_measures)} measures were watched; {about} of them would show a signal by chance in any week."

"""Make the sample council: source files and `truth.json`, the same for the same weeks and seed.

`truth.json` says what was planted, for scoring only; no step of the pipeline reads it. Version 1:
contacts_by_channel_week (contacts as they should come out after merging; `web` are forms that were not sent,
`web_browse` are visits that only read), contacts (source, record id, person, journey, demand type, channel, week),
journeys (index, service, person, contacts, whether one key is on all contacts, whether it lies apart, whether the
period cuts it), needs (by need: person, its journeys, contacts, whether keys join all of them, whether the period cuts
it), planted (dirty rows by kind, the failing form, days of renewal letters, people whom only the counter sees).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from journeys.periods import Week, week_of
from journeys.sample.clock import next_slot
from journeys.sample.dirt import plant_dirt
from journeys.sample.files import compact_json, write_files
from journeys.sample.moves import NEED, Move, make_moves
from journeys.sample.notes import NotePool
from journeys.sample.people import make_people
from journeys.sample.plan import FAILING_FORM, Journey, make_plan
from journeys.sample.planted import (
    COUNTER,
    MENDED,
    MENDED_WEEKS,
    RENEWALS,
    make_counter_people,
    make_counter_visits,
    make_failing_visits,
    make_renewals,
)
from journeys.sample.processes import PROCESSES
from journeys.sample.rows import Logged, Logger, Row
from journeys.settings import Services

TRUTH_VERSION = 1
_PERSONS = 9000
_BROWSE_PER_WEEK = 650
_MOVES, _PLANTED = 1, 2  # name the streams of random numbers of the moves, and of what else is planted
_FAILS_FROM_SHARE = 0.7  # the form fails in the last part of the period


@dataclass(frozen=True, slots=True)
class CouncilSummary:
    """What was written."""

    n_files: int
    n_rows: int
    n_contacts: int


def make_council(
    folder: Path, services: Services, *, weeks: int, seed: int, last_week: Week, scale: float = 1.0
) -> CouncilSummary:
    """Write sources/** and truth.json below `folder`; `scale` 0.1 makes a council a tenth as large."""
    rng = np.random.Generator(np.random.PCG64([seed, weeks]))
    first_week = last_week.plus(1 - weeks)
    first_day = datetime.combine(first_week.starts_on, datetime.min.time())
    end = datetime.combine(last_week.plus(1).starts_on, datetime.min.time())
    fails_from = datetime.combine(first_week.plus(int(weeks * _FAILS_FROM_SHARE)).starts_on, datetime.min.time())
    people = make_people(max(60, int(_PERSONS * scale)), rng)
    gaps = {name: service.gap / 86400 for name, service in services.services.items()}
    plan = make_plan(people, gaps, first_day=first_day, weeks=weeks, form_fails_from=fails_from, scale=scale, rng=rng)
    logger = Logger(NotePool(), rng)
    logged, rows, cut = _log_all(plan.journeys, people, logger, first_day, end)
    browse = _browse(logger, first_day, weeks, scale)
    rows += [row for visit in browse for row in visit]
    rows, dirt = plant_dirt(rows, weeks, rng, end)
    # After all else and with random numbers of their own: without moves the rest of the files is what it was.
    own_rng = np.random.Generator(np.random.PCG64([seed, weeks, _MOVES]))
    moves = make_moves(people, plan.journeys, gaps, first_day=first_day, weeks=weeks, scale=scale, rng=own_rng)
    journeys = [*plan.journeys, *(journey for move in moves for journey in move.journeys)]
    own_logger = Logger(NotePool(), own_rng, logger.numbers)
    more, more_rows, more_cut = _log_all(journeys[len(plan.journeys) :], people, own_logger, first_day, end)
    logged, rows, cut = logged + more, rows + more_rows, cut | more_cut
    planted_rng = np.random.Generator(np.random.PCG64([seed, weeks, _PLANTED]))
    regulars = make_counter_people(len(people), weeks, scale, planted_rng)
    letters = make_renewals(people, len(journeys), first_day=first_day, weeks=weeks, scale=scale, rng=planted_rng)
    visits = make_counter_visits(
        regulars, len(journeys) + len(letters), first_day=first_day, weeks=weeks, rng=planted_rng
    )
    failing = make_failing_visits(
        people,
        len(journeys) + len(letters) + len(visits),
        first_day=first_day,
        weeks=weeks,
        scale=scale,
        rng=planted_rng,
    )
    people = [*people, *regulars]
    last_logger = Logger(NotePool(), planted_rng, logger.numbers)
    last, last_rows, last_cut = _log_all([*letters, *visits, *failing], people, last_logger, first_day, end)
    journeys += [*letters, *visits, *failing]
    logged, rows, cut = logged + last, rows + last_rows, cut | last_cut
    n_files = write_files(folder / "sources", rows)
    truth = {
        "version": TRUTH_VERSION, "seed": seed, "weeks": weeks, "first_week": str(first_week), "last_week": str(last_week),
        "n_persons": len(people), "contacts_by_channel_week": _by_channel_week(logged, browse),
        "rows_by_source": dict(sorted(Counter(row.source for row in rows).items())),
        "contacts": [_contact_row(one) for one in logged], "journeys": _journey_rows(journeys, logged, cut),
        "needs": {NEED: _need_rows(moves, more, cut)},
        "planted": {
            **dirt, "failing_form": FAILING_FORM, "failing_from": str(week_of(fails_from.date())),
            "renewals": {"service": RENEWALS, "n_letters": len(letters), "days": sorted({f"{letter.steps[0].at:%Y-%m-%d}" for letter in letters})},
            "counter": {"service": COUNTER, "n_persons": len(regulars)},
            "mended_form": {"service": MENDED, "from": str(last_week.plus(1 - MENDED_WEEKS)), "is_planted": weeks > MENDED_WEEKS},
        },
    }  # fmt: skip
    (folder / "truth.json").write_text(compact_json(truth), encoding="utf-8")
    return CouncilSummary(n_files, len(rows), len(logged))


def _log_all(
    journeys: Sequence[Journey], people: Sequence[Any], logger: Logger, first_day: datetime, end: datetime
) -> tuple[list[Logged], list[Row], set[int]]:
    """Every contact whose rows all lie in the period, their rows and case steps; and the journeys the period cuts."""
    logged: list[Logged] = []
    rows: list[Row] = []
    cut: set[int] = set()
    for journey in journeys:
        for contact in journey.contacts:
            if not first_day <= contact.started < end:
                cut.add(journey.index)
                continue
            one = logger.log(contact, people[contact.person])
            if max(row.at for row in one.rows) >= end:
                cut.add(journey.index)
                continue
            logged.append(one)
            rows += one.rows
        rows += [logger.log_step(step) for step in journey.steps if first_day <= step.at < end]
    return logged, rows, cut


def _browse(logger: Logger, first_day: datetime, weeks: int, scale: float) -> list[tuple[Row, ...]]:
    visits = []
    services = [process.service for process in PROCESSES]
    for day in range(weeks * 7):
        for _ in range(int(logger.rng.poisson(_BROWSE_PER_WEEK * scale / 7))):
            at = next_slot(first_day + timedelta(days=day), "web", logger.rng)
            visits.append(logger.log_browse(at, services[int(logger.rng.integers(len(services)))]))
    return visits


def _by_channel_week(logged: Sequence[Logged], browse: Sequence[tuple[Row, ...]]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in logged:
        counts[one.channel][str(week_of(one.began.date()))] += 1
    for visit in browse:
        counts["web_browse"][str(week_of(visit[0].at.date()))] += 1
    return {channel: dict(sorted(weeks.items())) for channel, weeks in sorted(counts.items())}


def _contact_row(one: Logged) -> list[Any]:
    contact = one.contact
    week = str(week_of(one.began.date()))
    return [one.source, one.record_id, contact.person, contact.journey, contact.demand_type, one.channel, week]


def _journey_rows(journeys: Sequence[Journey], logged: Sequence[Logged], cut: set[int]) -> list[list[Any]]:
    own: dict[int, list[Logged]] = defaultdict(list)
    for one in logged:
        own[one.contact.journey].append(one)
    rows = []
    for journey in journeys:
        contacts = own.get(journey.index)
        if contacts:
            shares_key = bool(frozenset.intersection(*(one.keys for one in contacts)))
            rows.append(
                [
                    journey.index,
                    journey.service,
                    journey.person,
                    len(contacts),
                    shares_key,
                    journey.is_apart,
                    journey.index in cut,
                ]
            )
    return rows


def _need_rows(moves: Sequence[Move], logged: Sequence[Logged], cut: set[int]) -> list[list[Any]]:
    own: dict[int, list[Logged]] = defaultdict(list)
    for one in logged:
        own[one.contact.journey].append(one)
    rows = []
    for move in moves:
        indexes = [journey.index for journey in move.journeys]
        contacts = [one for index in indexes for one in own[index]]
        rows.append([move.person, indexes, len(contacts), _are_joined(contacts), not cut.isdisjoint(indexes)])
    return rows


def _are_joined(contacts: Sequence[Logged]) -> bool:
    """Do keys lead from each contact to every other, directly or through others of them?"""
    if not contacts:
        return False
    reached, left = set(contacts[0].keys), list(contacts[1:])
    while near := [one for one in left if one.keys & reached]:
        reached |= frozenset[str]().union(*(one.keys for one in near))
        left = [one for one in left if one not in near]
    return not left

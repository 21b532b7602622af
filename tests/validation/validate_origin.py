"""Origins of failure contacts on simulated councils of known truth: is the planted cause ranked first, and none where there is none?

Each council has one or two services. Journeys differ in how much happens in them (contacts and steps alike, by a gamma
variable), so that after every step people make more failure contact than elsewhere, though no step causes any. Steps happen
once, contacts of each type at a rate of their own per day that changes by season and with the journey's age. In half of
the councils one step doubles the rate of one type of failure contact for 30 days. In a third assumptions are broken: how busy
a journey is shows in some steps only, a fifth of the contacts are taken for another type, and a third of the contacts of
half of the journeys are not linked to them; those are printed apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from builders_mining import WEEK, example_settings

from journeys.engine import Engine
from mining.intervals import wilson_interval
from mining.origin import LAG_DAYS, find_origins

Reals = npt.NDArray[np.float64]

N_COUNCILS = 312
LIFT = 2.0
_DAYS = 40  # a journey is watched at most so long
_GAP_DAYS = 30
_WEEKS = 13
_SERVICES = ("council_tax", "benefits")
_STEPS = ("Letter sent", "Bill sent", "Case opened", "Case closed", "Officer visits", "Passed on")
_TYPES = ("progress_chase", "clarification", "error", "request")  # the last is no failure
_CAUSE, _EFFECT = "Letter sent", "clarification"


def validate_origin() -> dict[str, Any]:
    """Figures by name: share of planted pairs ranked first, share of null councils that show a pair, coverage of the lift."""
    held: dict[tuple[bool, bool], list[dict[str, bool | None]]] = {}
    for seed in range(N_COUNCILS):
        is_broken, is_planted = seed % 3 == 2, seed % 2 == 0
        held.setdefault((is_broken, is_planted), []).append(_council(seed, is_planted=is_planted, is_broken=is_broken))
    figures: dict[str, Any] = {"origin_n_councils": N_COUNCILS}
    for is_broken, suffix in ((False, ""), (True, "_broken")):
        planted, null = held[is_broken, True], held[is_broken, False]
        shown = sum(bool(one["is_any_sure"]) for one in null)
        covered = [one["is_covered"] for one in planted if one["is_covered"] is not None]
        figures |= {
            f"origin_top_found{suffix}": float(np.mean([one["is_top"] for one in planted])),
            f"origin_planted_n{suffix}": len(planted),
            f"origin_false{suffix}": shown / len(null),
            f"origin_false_lower{suffix}": wilson_interval(shown, len(null))[0],
            f"origin_null_n{suffix}": len(null),
            f"origin_lift_coverage{suffix}": float(np.mean(covered)),
        }
    return figures


def _council(seed: int, *, is_planted: bool, is_broken: bool) -> dict[str, bool | None]:
    draw = np.random.default_rng(seed)
    events = pd.concat(
        [
            _service(draw, name, is_planted=is_planted and place == 0, is_broken=is_broken)
            for place, name in enumerate(_SERVICES[: int(draw.integers(1, 3))])
        ],
        ignore_index=True,
    )
    journeys = events.groupby("journey_id", as_index=False).agg(
        started_at=("started_at", "min"), start_week=("start_week", "first")
    )
    with Engine() as engine:
        engine.load_frame("window_events", events.drop(columns="start_week"))
        engine.load_frame("window_journeys", journeys.assign(is_linked=True))
        engine.save(
            "demand",
            "SELECT event_id AS contact_id, 'text' AS evidence_tier, 0.9 AS score FROM window_events WHERE kind = 'contact'",
        )
        cut_off_at = WEEK.cut_off_at(example_settings().organisation.zone)
        pairs = find_origins(engine, example_settings(), f"{cut_off_at:%Y-%m-%d %H:%M:%S}")
    sure = pairs[pairs["is_sure"]]
    is_pair = (
        (pairs["service"] == _SERVICES[0]) & (pairs["step"] == _CAUSE) & (pairs["demand_type"] == _EFFECT)
    ).to_numpy()
    own = pairs[is_pair]
    return {
        "is_any_sure": len(sure) > 0,
        "is_top": len(sure) > 0 and bool(is_pair[sure.index[0]]),
        "is_covered": bool(own["lift_low"].iloc[0] <= LIFT <= own["lift_high"].iloc[0]) if len(own) else None,
    }


def _service(draw: np.random.Generator, service: str, *, is_planted: bool, is_broken: bool) -> pd.DataFrame:
    """Events of the journeys of one service, day by day; times within a day at random."""
    n = int(draw.integers(1500, 5000))
    busy = draw.gamma(3, 1 / 3, n)
    begins = draw.uniform(-7 * _WEEKS, 0, n)
    steps = _step_days(draw, busy, is_broken=is_broken)
    rates = draw.uniform(0.006, 0.02, len(_TYPES))
    season = 1 + 0.4 * np.sin((begins[:, None] + np.arange(_DAYS)) / 15)
    ageing = 0.5 + np.exp(-np.arange(_DAYS) / 10)
    rows = [pd.DataFrame({"at": np.zeros(n), "journey": np.arange(n), "kind": "contact", "what": "request"})]
    for step, name in enumerate(_STEPS):
        has = steps[:, step] < _DAYS
        rows.append(
            pd.DataFrame({"at": steps[has, step], "journey": np.flatnonzero(has), "kind": "step", "what": name})
        )
    for kind, rate in zip(_TYPES, rates, strict=True):
        daily = rate * busy[:, None] * season * ageing
        journey, day = np.nonzero(draw.random(daily.shape) < daily * LIFT)
        at = day + draw.random(len(day))
        since = at - steps[journey, _STEPS.index(_CAUSE)]
        is_lifted = (since > 0) & (since <= LAG_DAYS) & (is_planted and kind == _EFFECT)
        kept = draw.random(len(day)) < np.where(is_lifted, 1.0, 1 / LIFT)
        journey, at = journey[kept], at[kept]
        rows.append(pd.DataFrame({"at": at, "journey": journey, "kind": "contact", "what": kind}))
    events = pd.concat(rows, ignore_index=True)
    return _as_log(_spoilt(draw, events, n) if is_broken else events, service, begins)


def _step_days(draw: np.random.Generator, busy: Reals, *, is_broken: bool) -> Reals:
    """Day of each step of each journey, infinite where it does not happen; busier journeys have more of them, sooner.

    Broken: how busy a journey is shows in some steps only.
    """
    pull = draw.choice([0.0, 1.0], len(_STEPS)) if is_broken else np.ones(len(_STEPS))
    means = draw.uniform(8, 60, len(_STEPS)) / busy[:, None] ** pull
    return draw.exponential(means)


def _spoilt(draw: np.random.Generator, events: pd.DataFrame, n: int) -> pd.DataFrame:
    is_contact = (events["kind"] == "contact").to_numpy()
    wrong = is_contact & (draw.random(len(events)) < 0.2) & (events["at"] > 0).to_numpy()
    events.loc[wrong, "what"] = draw.choice(_TYPES[:3], int(wrong.sum()))
    is_loose = draw.random(n) < 0.5
    lost = is_contact & (events["at"] > 0).to_numpy() & is_loose[events["journey"]] & (draw.random(len(events)) < 1 / 3)
    return events[~lost].reset_index(drop=True)


def _as_log(events: pd.DataFrame, service: str, begins: Reals) -> pd.DataFrame:
    """The columns of `window_events`; a silence longer than the gap, and the end of the data, end a journey."""
    events = events[(events["at"] < _DAYS) & (begins[events["journey"]] + events["at"] < 0)]
    events = events.sort_values(["journey", "at", "what"], ignore_index=True)
    silent = events.groupby("journey")["at"].diff().fillna(0) > _GAP_DAYS
    events = events[~silent.groupby(events["journey"]).cummax()].reset_index(drop=True)
    ends_at = pd.Timestamp(WEEK.cut_off_at(example_settings().organisation.zone))
    started_at = (ends_at + pd.to_timedelta(begins[events["journey"]] + events["at"], unit="D")).dt.floor("s")
    is_contact = events["kind"] == "contact"
    begun_at = ends_at + pd.to_timedelta(begins[events["journey"]], unit="D")
    return pd.DataFrame(
        {
            "journey_id": service + events["journey"].astype(str),
            "position": events.groupby("journey").cumcount() + 1,
            "event_id": [f"{service}{at}" for at in range(len(events))],
            "kind": events["kind"],
            "channel_group": np.where(is_contact, "phone", "back_office"),
            "activity": np.where(is_contact, "Calls: " + events["what"], events["what"]),
            "service": service,
            "person_id": service + events["journey"].astype(str),
            "demand": np.where(is_contact, np.where(events["what"] == "request", "value", "failure"), None),
            "demand_type": np.where(is_contact, events["what"], None),
            "started_at": started_at,
            "start_week": pd.DatetimeIndex(begun_at).strftime("%G-W%V"),
        }
    )

"""Contacts made up for the bench of mining: seeds fixed, as varied as real logs are, and a random walk as the worst case.

Out: one Parquet file per log, in the order of time, with person_id, service, channel, activity, started_at and tie.
Every service has its usual ways through, a few very common; some journeys have one step more, one less or one twice,
and a few have a step that nobody expects, so that 95% of journeys fall into a few hundred to 20,000 variants, as in
real logs. `of_random_walk` has no usual way at all.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

CHANNELS = ("phone", "web_form", "web_chat", "email", "face_to_face", "post")
REASONS = ("asks", "reports", "pays", "chases", "sends proof", "books", "complains", "changes", "cancels", "is told")
SERVICES = ("benefits", "council_tax", "housing", "parking", "planning", "registrars", "social_care", "waste")
ACTIVITIES = tuple(f"{channel}: {reason}" for channel in CHANNELS for reason in REASONS)
YEAR_S = 365 * 86400
GAP_S = 30 * 86400
_TEMPLATES, _MEAN_EXTRA, _NOISE_SHARE = 120, 3.4, 0.02
_CHASE = REASONS.index("chases")

Sequences = tuple[np.ndarray, np.ndarray]  # steps end to end, and how many each sequence has


def write_log(path: Path, n_contacts: int, *, seed: int = 1) -> None:
    """A log of about `n_contacts` contacts with the variety of real ones."""
    rng = np.random.default_rng(seed)
    pools = [_pool(np.random.default_rng([seed, place])) for place in range(len(SERVICES))]
    n_journeys = int(n_contacts / np.mean([(sizes * weights).sum() for _, sizes, weights in pools]))
    service = rng.integers(0, len(SERVICES), n_journeys)
    parts = []
    for place, (steps, sizes, weights) in enumerate(pools):
        chosen = rng.choice(len(sizes), size=int((service == place).sum()), p=weights)
        parts.append(_with_noise(*_take(steps, sizes, chosen), rng))
    n_each = np.concatenate([sizes for _, sizes in parts])
    activity = np.concatenate([steps for steps, _ in parts])
    _save(path, np.sort(service), n_each, activity, rng)


def of_random_walk(path: Path, n_contacts: int, *, seed: int = 1) -> None:
    """A log in which any activity may follow any other: nearly as many variants as longer journeys."""
    rng = np.random.default_rng(seed)
    n_each = rng.geometric(1 / 4.5, int(n_contacts / 4.5))
    service = rng.integers(0, len(SERVICES), len(n_each))
    _save(path, service, n_each, rng.integers(0, len(ACTIVITIES), n_each.sum()), rng)


def _pool(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The ways through one service: steps end to end, sizes, and how likely each is."""
    # A service uses a part of the activities, and each is mostly followed by the same few.
    likely = rng.dirichlet(np.full(len(ACTIVITIES), 0.08), len(ACTIVITIES))
    start = rng.dirichlet(np.full(len(ACTIVITIES), 0.05))
    ways: dict[tuple[int, ...], float] = {}
    for rank in range(_TEMPLATES):
        way = [int(rng.choice(len(ACTIVITIES), p=start))]
        for _ in range(rng.poisson(_MEAN_EXTRA)):
            way.append(int(rng.choice(len(ACTIVITIES), p=likely[way[-1]])))
        weight = 1.0 / (rank + 1) ** 1.1
        changed = _changed(way)
        ways[tuple(way)] = ways.get(tuple(way), 0.0) + 0.7 * weight
        for other in changed:
            ways[other] = ways.get(other, 0.0) + 0.3 * weight / len(changed)
    weights = np.array(list(ways.values()))
    sizes = np.array([len(way) for way in ways])
    return np.array([step for way in ways for step in way]), sizes, weights / weights.sum()


def _changed(way: list[int]) -> list[tuple[int, ...]]:
    """The same way with one step twice, one left out, or a chase by phone or e-mail put in."""
    ways = [(*way[: place + 1], *way[place:]) for place in range(len(way))]
    ways += [(*way[:place], *way[place + 1 :]) for place in range(len(way) if len(way) > 1 else 0)]
    for channel in (CHANNELS.index("phone"), CHANNELS.index("email")):
        chase = channel * len(REASONS) + _CHASE
        ways += [(*way[:place], chase, *way[place:]) for place in range(1, len(way) + 1)]
    return ways


def _take(steps: np.ndarray, sizes: np.ndarray, chosen: np.ndarray) -> Sequences:
    """The chosen sequences end to end."""
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    n_each = sizes[chosen]
    within = np.arange(n_each.sum()) - np.repeat(np.cumsum(n_each) - n_each, n_each)
    return steps[np.repeat(begins[chosen], n_each) + within], n_each


def _with_noise(steps: np.ndarray, n_each: np.ndarray, rng: np.random.Generator) -> Sequences:
    """In a few journeys one step is any activity at all."""
    begins = np.cumsum(n_each) - n_each
    odd = np.flatnonzero(rng.random(len(n_each)) < _NOISE_SHARE)
    steps[begins[odd] + (rng.random(len(odd)) * n_each[odd]).astype(int)] = rng.integers(0, len(ACTIVITIES), len(odd))
    return steps, n_each


def _save(path: Path, service: np.ndarray, n_each: np.ndarray, activity: np.ndarray, rng: np.random.Generator) -> None:
    n_journeys, n_contacts = len(n_each), int(n_each.sum())
    person = rng.integers(0, int(n_journeys * 0.7), n_journeys)
    begins_s = rng.integers(0, YEAR_S, n_journeys)
    # Waits of minutes to a few weeks; whole seconds, so that equal times occur.
    waits = np.minimum(np.exp(rng.normal(11.0, 1.8, n_contacts)), GAP_S - 1).astype(np.int64)
    first = np.cumsum(n_each) - n_each
    waits[first] = begins_s
    at = np.cumsum(waits)
    at -= np.repeat(at[first] - begins_s, n_each)
    rows = pa.table(
        {
            "person": np.repeat(person, n_each), "service": np.repeat(service, n_each).astype(np.int8),
            "activity": activity.astype(np.int8), "after_s": at, "tie": np.arange(n_contacts),
        }
    )  # fmt: skip
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.register("rows", rows)
    names = (str(list(values)) for values in (SERVICES, CHANNELS, ACTIVITIES))
    services, channels, activities = names
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"""
        COPY (SELECT left(sha256('p' || person), 16) AS person_id, {services}[service + 1] AS service,
                     {channels}[activity // {len(REASONS)} + 1] AS channel, {activities}[activity + 1] AS activity,
                     TIMESTAMP '2025-01-01' + to_seconds(after_s) AS started_at,
                     CAST(row_number() OVER (ORDER BY after_s, tie) AS BIGINT) AS tie
              FROM rows ORDER BY after_s, tie) TO '{path}' (COMPRESSION zstd)"""
    )
    connection.close()

"""Look before loading: every problem of a workspace at once, nothing written.

Reads every source file as a load would, maps its rows in memory and reports what a load would refuse: files that
cannot be read, rows that would be rejected (file and row), values no map names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from journeys.engine import Engine
from journeys.errors import SourceError
from journeys.keys import read_keys
from journeys.mapping import REASONS
from journeys.settings import Settings, Source
from journeys.shape import Shaper, Tally
from journeys.sources.batches import Batch
from journeys.sources.reading import BEGINNING, find_files, read_batches, wanted_columns
from journeys.sources.sql import read_query_batches
from journeys.unusable import unusable_remarks
from journeys.workspace import Workspace

_SHOWN_REJECTS = 5
_SHOWN_VALUES = 10


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What a load of one source would do; `rejects` and `unmapped` are sentences, the first few only."""

    source: str
    n_files: int
    n_rows: int
    n_rejects: int
    problems: tuple[str, ...]
    rejects: tuple[str, ...]
    unmapped: tuple[str, ...]
    remarks: tuple[str, ...]


def check_sources(workspace: Workspace, settings: Settings, *, latest_at: datetime) -> list[SourceCheck]:
    """Dry run of every source; `latest_at` (UTC): later start times would be refused."""
    keys = read_keys(workspace.key_file)
    return [_check_source(workspace, settings, source, keys, latest_at) for source in settings.sources]


def count_unmapped_values(
    workspace: Workspace, settings: Settings, *, latest_at: datetime
) -> tuple[dict[tuple[str, str, str], int], list[str]]:
    """Rows by (source, field, value) for every value no map names, and what could not be read."""
    keys = read_keys(workspace.key_file)
    counts: dict[tuple[str, str, str], int] = {}
    problems = []
    for source in settings.sources:
        try:
            readings = _readings(workspace, source)
            for batches in readings.values():
                tally = Tally()
                _read(batches, source, settings, keys, latest_at, tally)
                for (field, value), n_rows in tally.unmapped.items():
                    place = (source.name, field, value)
                    counts[place] = counts.get(place, 0) + n_rows
        except SourceError as error:
            problems.append(str(error))
    return counts, problems


def _check_source(
    workspace: Workspace, settings: Settings, source: Source, keys: Sequence[bytes], latest_at: datetime
) -> SourceCheck:
    problems, rejects, remarks, total = [], [], list[str](), Tally()
    try:
        readings = _readings(workspace, source)
    except SourceError as error:
        readings, problems = {}, [str(error)]
    else:
        if not readings:
            problems.append(f"sources/{source.files}: no file fits; source '{source.name}' would have no data")
    for name, batches in readings.items():
        tally = Tally()
        try:
            noted = _read(batches, source, settings, keys, latest_at, tally)
        except SourceError as error:
            problems.append(str(error))
            continue
        remarks += [f"{name}: {remark}" for remark in noted]
        rejects += [_reject_line(name, reject) for reject in tally.rejects]
        total.n_rows += tally.n_rows
        for place, count in tally.unmapped.items():
            total.unmapped[place] = total.unmapped.get(place, 0) + count
    frequent = sorted(total.unmapped.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN_VALUES]
    values = tuple(f"{field}: '{value}' in {count:,} rows is in no map" for (field, value), count in frequent)
    shown = tuple(rejects[:_SHOWN_REJECTS])
    return SourceCheck(
        source.name, len(readings), total.n_rows, len(rejects), tuple(problems), shown, values, tuple(remarks)
    )


def _readings(workspace: Workspace, source: Source) -> dict[str, Iterator[Batch]]:
    if source.format == "sql":
        batches = read_query_batches(source, wanted_columns(source), BEGINNING, workspace.root)
        return {f"query of '{source.name}'": batches}
    return {path.name: read_batches(path, source) for path in find_files(workspace.sources, source)}


def _read(
    batches: Iterator[Batch],
    source: Source,
    settings: Settings,
    keys: Sequence[bytes],
    latest_at: datetime,
    tally: Tally,
) -> list[str]:
    shaper = Shaper(source, settings, keys, latest_at)
    with Engine(memory_limit=settings.engine.memory_limit, threads=settings.engine.threads) as engine:
        remarks: list[str] = []
        for batch in batches:
            remarks += batch.remarks
            shaper.shape(batch, engine, tally)
    return remarks + unusable_remarks(
        tally.identifiers_given, tally.identifiers_used, set(source.columns), tally.n_stored
    )


def _reject_line(name: str, reject: dict[str, object]) -> str:
    why = REASONS.get(str(reject["reason"]), str(reject["reason"]))
    shape = "" if reject["value_class"] == "not shown" else f" (looks like {reject['value_class']})"
    return f"{name}:{reject['row_number']}: {reject['column_name']}: {why}{shape}"

"""Read OCEL 2.0 JSON, flattened on one type of object: one row for each event and each object of that type.

An event log of several kinds of objects has no single case. `object_type` says whose journeys are wanted; an event of
several such objects then stands in the log once for each, an event of none stands alone. How often is remarked.
Columns: event_id, row_id (one per row), activity, time, object_id; the event's attributes; the object's as
"object.<name>", as they were at the event; ids of related objects as "related.<type>". An event's attribute
that is called like one of the first five columns stands as "event.<name>".
Source of the format: OCEL 2.0 specification (Process and Data Science, RWTH Aachen).
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import Batch, as_text, batch_of, rows_of_cells
from journeys.sources.opening import open_source

Cells = dict[str, str | None]
_OWN = frozenset({"event_id", "row_id", "activity", "time", "object_id"})
_ALWAYS = datetime.min.replace(tzinfo=UTC)


def read_ocel_batches(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the flattened events of one log; raises SourceError for another format or an unknown type of object."""
    try:
        with open_source(path) as content:
            log = json.loads(content.read().decode("utf-8-sig"))
        objects = {str(each["id"]): each for each in log["objects"]}
        events = [dict(event) for event in log["events"]]
        types = sorted({str(each["type"]) for each in objects.values()})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(
            f"{path.name}: this is no OCEL 2.0 JSON that can be read ({type(error).__name__}); it should hold "
            '"events" and "objects"; export it again'
        ) from None
    _check_type(path.name, source.object_type, types)
    flattening = _Flattening(source.object_type, objects)
    try:
        rows = [row for event in events for row in flattening.rows(event)]
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{path.name}: an event lacks what OCEL 2.0 asks for ({type(error).__name__}: {error}); export it again"
        ) from None
    yield Batch(batch_of({}, 1).rows, (), (flattening.remark(),))
    yield from rows_of_cells(iter(rows), path.name, source, wanted)


class _Flattening:
    """Events to rows, counting how often an event had several objects of the type, or none."""

    def __init__(self, object_type: str, objects: Mapping[str, Mapping[str, Any]]) -> None:
        self._type, self._objects = object_type, objects
        self._values: dict[str, list[tuple[datetime, str, str | None]]] = {}
        self._n_events = self._n_several = self._n_more = self._n_none = 0

    def rows(self, event: Mapping[str, Any]) -> list[Cells]:
        """One row for each object of the type; one without an object where the event has none."""
        related: dict[str, list[str]] = {}
        for link in event.get("relationships") or ():
            other = str(link["objectId"])
            kind = str(self._objects[other]["type"]) if other in self._objects else "unknown"
            related.setdefault(kind, []).append(other)
        own = list(dict.fromkeys(related.pop(self._type, [])))
        self._n_events += 1
        self._n_several += len(own) > 1
        self._n_more += max(len(own) - 1, 0)
        self._n_none += not own
        shared: Cells = {
            **{_column(str(each["name"])): as_text(each.get("value")) for each in event.get("attributes") or ()},
            "event_id": str(event["id"]), "activity": as_text(event["type"]), "time": as_text(event["time"]),
            **{f"related.{kind}": " ".join(sorted(set(ids))) for kind, ids in sorted(related.items())},
        }  # fmt: skip
        return [self._row(shared, each) for each in own] or [self._row(shared, None)]

    def remark(self) -> str:
        """What flattening did, in a sentence."""
        return (
            f"flattened on '{self._type}': of {self._n_events:,} events {self._n_several:,} had several and are repeated "
            f"({self._n_more:,} rows more), {self._n_none:,} had none and stand alone"
        )

    def _row(self, shared: Cells, object_id: str | None) -> Cells:
        row = {**shared, "row_id": f"{shared['event_id']}/{object_id or ''}", "object_id": object_id}
        if object_id is not None:
            at = _moment(shared["time"])
            for since, name, value in self._values_of(object_id):
                if since <= at:
                    row[f"object.{name}"] = value
        return row

    def _values_of(self, object_id: str) -> list[tuple[datetime, str, str | None]]:
        """An object's attributes in order of the time from which each value holds."""
        if object_id not in self._values:
            given = self._objects[object_id].get("attributes") or ()
            values = [(_moment(each.get("time")), str(each["name"]), as_text(each.get("value"))) for each in given]
            self._values[object_id] = sorted(values, key=lambda value: value[0])
        return self._values[object_id]


def _column(attribute: str) -> str:
    return f"event.{attribute}" if attribute in _OWN else attribute


def _moment(time: Any) -> datetime:
    """A time to compare with, of whatever zone (none: UTC); what has no time that can be read holds from the start."""
    try:
        at = datetime.fromisoformat(str(time))
    except ValueError:
        return _ALWAYS
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _check_type(file_name: str, wanted: str, found: Sequence[str]) -> None:
    if wanted in found:
        return
    close = difflib.get_close_matches(wanted, found, n=1, cutoff=0.4)
    meant = f"; did you mean '{close[0]}'?" if close else "."
    raise SourceError(
        f"{file_name}: there are no objects of type '{wanted}'{meant} The log has: {', '.join(found) or 'none'}"
    )

"""The exported journeys as XES or OCEL 2.0 JSON, written as a stream.

In: `export_journeys` and `export_events` of `mining.log_export`. Out: pieces of text, in the order of the file.
- XES (IEEE 1849): a trace per journey with `concept:name` (its number) and `service`; an event with `concept:name`,
  `time:timestamp`, `channel` and `position`.
- OCEL 2.0 JSON: an event per event with `channel` and `position`, related to an object of type `journey` and, where
  known, one of type `service`.
Where times are weeks, every event has the Monday of its week and as many seconds after midnight as events stand before
it in its journey: tools sort by time, and the order must survive that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from xml.sax.saxutils import quoteattr

from journeys.engine import Engine

_JOURNEYS_AT_ONCE = 20_000
_WEEK_S = 7 * 86400
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XES_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/></global>
<classifier name="Activity" keys="concept:name"/>
"""
_ALWAYS = "1970-01-01T00:00:00Z"

Event = dict[str, Any]


def xes_pieces(engine: Engine, about: str, *, has_exact_times: bool) -> Iterator[str]:
    """The text of an XES file; `about` is kept in it as the log's description."""
    yield f"{_XES_HEAD}{_string('description', about)}\n"
    for events in _journeys(engine):
        first = events[0]
        head = _string("concept:name", f"j{first['number']}")
        service = _string("service", first["service"]) if first["service"] else ""
        yield f"<trace>{head}{service}\n"
        for event in events:
            at = _moment(event, has_exact_times).isoformat()
            yield (
                f'<event>{_string("concept:name", event["activity"])}<date key="time:timestamp" value="{at}"/>'
                f'{_string("channel", event["channel"])}<int key="position" value="{event["position"]}"/></event>\n'
            )
        yield "</trace>\n"
    yield "</log>\n"


def ocel_pieces(engine: Engine, *, has_exact_times: bool) -> Iterator[str]:
    """The text of an OCEL 2.0 JSON file."""
    activities = engine.run("SELECT DISTINCT activity FROM export_events ORDER BY activity")["activity"]
    columns = [{"name": "channel", "type": "string"}, {"name": "position", "type": "integer"}]
    yield '{"objectTypes": ' + _json([{"name": kind, "attributes": []} for kind in ("journey", "service")])
    yield ',\n"eventTypes": ' + _json([{"name": str(name), "attributes": columns} for name in activities])
    yield ',\n"objects": ['
    services = engine.run("SELECT DISTINCT service FROM export_journeys WHERE service IS NOT NULL ORDER BY service")
    mark = "\n"
    for service in services["service"]:
        yield mark + _json({"id": f"service {service}", "type": "service", "attributes": [], "relationships": []})
        mark = ",\n"
    for number, service in _numbers(engine):
        related = [{"objectId": f"service {service}", "qualifier": "about"}] if service else []
        yield mark + _json({"id": f"j{number}", "type": "journey", "attributes": [], "relationships": related})
        mark = ",\n"
    yield '],\n"events": ['
    mark = "\n"
    for events in _journeys(engine):
        for event in events:
            yield mark + _json(_ocel_event(event, has_exact_times))
            mark = ",\n"
    yield "]}\n"


def _ocel_event(event: Event, has_exact_times: bool) -> dict[str, Any]:
    related = [{"objectId": f"j{event['number']}", "qualifier": "step of"}]
    if event["service"]:
        related.append({"objectId": f"service {event['service']}", "qualifier": "about"})
    return {
        "id": f"j{event['number']}-{event['position']}",
        "type": event["activity"],
        "time": _moment(event, has_exact_times).isoformat().replace("+00:00", "Z"),
        "attributes": [
            {"name": "channel", "value": event["channel"]},
            {"name": "position", "value": event["position"]},
        ],
        "relationships": related,
    }


def _journeys(engine: Engine) -> Iterator[list[Event]]:
    """The events of one journey after the other; a part of the log is in memory at a time."""
    n_journeys = int(engine.value("SELECT count(*) FROM export_journeys"))
    for begin in range(0, n_journeys, _JOURNEYS_AT_ONCE):
        rows = engine.run(
            """
            SELECT e.number, j.service, e.position, e.activity, e.channel, e.occurred_at
            FROM export_events e JOIN export_journeys j USING (number)
            WHERE e.number > $begin AND e.number <= $end ORDER BY e.number, e.position""",
            begin=begin,
            end=begin + _JOURNEYS_AT_ONCE,
        )
        rows["service"] = rows["service"].astype(object).where(rows["service"].notna(), None)
        for _, events in groupby(rows.to_dict("records"), key=lambda event: event["number"]):
            yield [{str(name): value for name, value in event.items()} for event in events]


def _numbers(engine: Engine) -> Iterator[tuple[int, str | None]]:
    rows = engine.run("SELECT number, coalesce(service, '') AS service FROM export_journeys ORDER BY number")
    yield from zip(rows["number"].astype(int), rows["service"].astype(str), strict=True)


def _moment(event: Event, has_exact_times: bool) -> datetime:
    at: datetime = event["occurred_at"].to_pydatetime().replace(tzinfo=UTC)
    return at if has_exact_times else at + timedelta(seconds=min(int(event["position"]) - 1, _WEEK_S - 1))


def _string(key: str, value: str) -> str:
    return f'<string key="{key}" value={quoteattr(_NOT_IN_XML.sub(chr(0xFFFD), str(value)))}/>'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)

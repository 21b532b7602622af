"""Read XES event logs (.xes, .xes.gz), streaming: one row an event, in the order of the file.

Columns are the keys of the event's attributes ("concept:name", "time:timestamp"), and of its trace's with "case:" before
them. Nested attributes are left out. External entities and document types are refused (defusedxml).
Source of the format: IEEE 1849.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import Batch, rows_of_cells
from journeys.sources.opening import open_source

_KINDS = frozenset({"string", "date", "int", "float", "boolean", "id"})
Cells = dict[str, str | None]


def read_xes_batches(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Batch]:
    """Yield the events of one log; raises SourceError where it is no XES, or a wanted key never occurs."""
    try:
        with open_source(path) as content:
            steps = iterparse(content, events=("start", "end"), forbid_dtd=True)
            yield from rows_of_cells(_events(steps, path.name), path.name, source, wanted)
    except DefusedXmlException as error:
        raise SourceError(
            f"{path.name}: the file has a document type or entities ({type(error).__name__}), which no event log needs "
            "and which can do harm; export it without them"
        ) from None
    except ParseError as error:
        line, column = error.position
        raise SourceError(
            f"{path.name}: this is no complete XES text (line {line}, column {column}); export it again"
        ) from None
    except (LookupError, ValueError) as error:
        raise SourceError(
            f"{path.name}: the encoding its first line names cannot be read ({type(error).__name__}); export it as UTF-8"
        ) from None


def _events(steps: Iterator[tuple[str, Element]], file_name: str) -> Iterator[Cells]:
    """Each event with its trace's attributes; what has been read is let go, or memory would grow with the log."""
    trace: Cells = {}
    has_events = False
    above: list[Element] = []
    for step, element in steps:
        name = _local(element.tag)
        if step == "start":
            if not above and name != "log":
                raise SourceError(
                    f"{file_name}: this is XML, but no XES: it holds <{name}>, not <log>; export it again"
                )
            above.append(element)
            continue
        above.pop()
        if name == "event":
            yield {**trace, **dict(_attributes(element))}
            has_events = True
        elif above and _local(above[-1].tag) == "trace" and _is_attribute(element):
            if has_events:
                raise SourceError(
                    f"{file_name}: a trace has an attribute ('{element.attrib['key']}') after its events; XES puts it "
                    "before them; export it again"
                )
            trace[f"case:{element.attrib['key']}"] = element.attrib.get("value")
        if name == "trace":
            trace, has_events = {}, False  # events may also stand outside of traces
        if name in ("event", "trace") and above:
            above[-1].clear()


def _attributes(event: Element) -> Iterator[tuple[str, str | None]]:
    for child in event:
        if _is_attribute(child):
            yield child.attrib["key"], child.attrib.get("value")


def _is_attribute(element: Element) -> bool:
    return _local(element.tag) in _KINDS and "key" in element.attrib


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]

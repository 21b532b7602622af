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
            yield from rows_of_cells(_events(iterparse(content, events=("start", "end"))), path.name, source, wanted)
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


def _events(steps: Iterator[tuple[str, Element]]) -> Iterator[Cells]:
    """Each event with its trace's attributes. A trace names itself before its events, as the standard orders it."""
    trace: Cells = {}
    depth = {"trace": False, "event": False}
    root: Element | None = None
    for step, element in steps:
        root = element if root is None else root
        name = _local(element.tag)
        if step == "start":
            if name in depth:
                depth[name] = True
            if name == "trace":
                trace = {}
        elif name == "event":
            yield {**trace, **dict(_attributes(element))}
            depth["event"] = False
            element.clear()
        elif name == "trace":
            depth["trace"] = False
            root.clear()  # what has been read is let go, or memory would grow with the log
        elif depth["trace"] and not depth["event"] and name in _KINDS and "key" in element.attrib:
            trace[f"case:{element.attrib['key']}"] = element.attrib.get("value")


def _attributes(event: Element) -> Iterator[tuple[str, str | None]]:
    for child in event:
        if _local(child.tag) in _KINDS and "key" in child.attrib:
            yield child.attrib["key"], child.attrib.get("value")


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]

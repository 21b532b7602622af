"""config/designed.toml and config/designed/*.bpmn as inert models: journeys as a service means them to be.

A design is a short list of steps in order, or a BPMN file named after its service. `mining.conformance` holds the journeys
that people took against it. A BPMN file is read as XML without entities or anything from outside before it is believed.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import Field, field_validator, model_validator

from journeys.errors import SettingsError
from journeys.taxonomy import Frozen

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_LARGEST_BYTES = 1_000_000
_PROCESS = "{http://www.omg.org/spec/BPMN/20100524/MODEL}process"
_TASKS = ("task", "userTask", "serviceTask", "manualTask", "sendTask", "receiveTask", "businessRuleTask", "scriptTask")


class Step(Frozen):
    """One [[designed.<service>.steps]] block: what counts as the step, by activity, reason for contact or channel.

    Where several of the three are given all must hold; without any the activity of the step's own name counts.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)]
    activities: tuple[str, ...] = ()
    demand_types: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    is_optional: bool = Field(default=False, alias="optional")
    may_repeat: bool = False


class Design(Frozen):
    """The journey of one service as meant: steps in order, or the text of a BPMN file."""

    steps: tuple[Step, ...] = ()
    bpmn: str = ""

    @field_validator("steps")
    @classmethod
    def _check_names(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        names = [step.name for step in steps]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the step '{repeated[0]}' is written twice; a step that recurs has may_repeat = true")
        return steps

    @model_validator(mode="after")
    def _check_one_form(self) -> Design:
        if bool(self.steps) == bool(self.bpmn):
            raise ValueError("a design is either a list of steps or a BPMN file, and has at least one step")
        return self


class Designs(Frozen):
    """All designs by service."""

    designed: dict[Slug, Design] = {}

    def problems(self, services: Collection[str], demand_types: Collection[str]) -> list[str]:
        """A sentence for each name in a design that the other settings do not know."""
        found = []
        for service, design in self.designed.items():
            if service not in services:
                found.append(
                    f"config/designed: '{service}' is no service of config/services.toml{_meant(service, services)}"
                )
            for step in design.steps:
                found += [
                    f"config/designed.toml: {service}, step '{step.name}': '{slug}' is no type of config/demand.toml"
                    f"{_meant(slug, demand_types)}"
                    for slug in step.demand_types
                    if slug not in demand_types
                ]
        return found


def read_bpmn_files(folder: Path) -> dict[str, str]:
    """Texts of the BPMN files of a folder by service; raises SettingsError for each that is none."""
    texts, problems = {}, []
    for path in sorted(folder.glob("*.bpmn")) if folder.is_dir() else ():
        try:
            texts[path.stem] = _read_bpmn(path)
        except (ValueError, OSError) as error:
            problems.append(f"config/designed/{path.name}: {error}")
    if problems:
        raise SettingsError(problems)
    return texts


def _read_bpmn(path: Path) -> str:
    if path.stat().st_size > _LARGEST_BYTES:
        raise ValueError(f"the file is larger than {_LARGEST_BYTES:,} bytes; export the process without pictures")
    try:
        text = path.read_text(encoding="utf-8")
        root = fromstring(text)
    except UnicodeDecodeError:
        raise ValueError("the file is not in UTF-8; export it again as BPMN 2.0 XML") from None
    except DefusedXmlException:
        raise ValueError(
            "the file declares entities or refers to other files, which is not read; export it anew"
        ) from None
    except ParseError as error:
        raise ValueError(f"not valid XML ({error}); export it again as BPMN 2.0 XML") from None
    if root.find(_PROCESS) is None:
        raise ValueError("no process in it; export the diagram as BPMN 2.0 XML")
    if not tasks_of(root):
        raise ValueError("its process has no task with a name; name each task as the step is named on the map")
    return text


def tasks_of(root: Element) -> list[str]:
    """Names of the tasks of a BPMN document, in its order."""
    return [
        str(task.get("name"))
        for task in root.iter()
        if task.tag.rpartition("}")[2] in _TASKS and (task.get("name") or "").strip()
    ]


def _meant(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else f"; known: {', '.join(sorted(known))}"

"""Journeys held against the one designed: what was left out, and what came on top.

In: a design, and distinct variants with their journeys. Out: for each variant the moves that its best alignment with the
design needs: a step of the design that did not happen (missing), an event that the design does not have there (extra).
The design becomes a Petri net, and the best alignment is the cheapest (A. Adriansyah, Aligning Observed and Modeled
Behavior, 2014, as pm4py implements it); a step that may be skipped costs nothing.

Alignments cost more the longer a variant is, so the most frequent variants up to a cap and up to a length are aligned, and
the share of journeys they cover is said. The caps are counts, not seconds: the same journeys give the same findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pm4py
from pm4py.algo.conformance.alignments.petri_net import algorithm as alignments
from pm4py.objects.log.obj import Event, Trace
from pm4py.objects.petri_net.obj import Marking, PetriNet
from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to

from journeys.designs import Design

MOST_ALIGNED = 400
LONGEST_ALIGNED = 40
_SKIP = ">>"
Net = tuple[PetriNet, Marking, Marking]


@dataclass(frozen=True, slots=True)
class Deviation:
    """A step missing, or an event extra, with the last step that went as designed before it ("" at the start)."""

    is_missing: bool
    step: str
    after: str


@dataclass(frozen=True, slots=True)
class Aligned:
    """One variant beside the design: how well it fits (0-1) and its deviations, in order, as often as they occur."""

    fitness: float
    deviations: tuple[Deviation, ...]


def net_of(design: Design) -> Net:
    """The Petri net of a design; raises ValueError where a BPMN file cannot be turned into one."""
    return _net_of_bpmn(design.bpmn) if design.bpmn else _net_of_steps(design)


def align_variants(net: Net, variants: Mapping[str, Sequence[str]], weights: Mapping[str, int]) -> dict[str, Aligned]:
    """The most frequent variants, by id, aligned; `variants` holds their events, named as the design names steps."""
    order = sorted(variants, key=lambda variant: (-weights[variant], variant))
    chosen = [variant for variant in order if len(variants[variant]) <= LONGEST_ALIGNED][:MOST_ALIGNED]
    found: dict[tuple[str, ...], Aligned] = {}
    for variant in chosen:
        events = tuple(variants[variant])
        if events not in found:
            found[events] = _align(net, events)
    return {variant: found[tuple(variants[variant])] for variant in chosen}


def steps_of_net(net: Net) -> list[str]:
    """Names of the steps of a design, sorted."""
    return sorted({str(step.label) for step in net[0].transitions if step.label is not None})


def _align(net: Net, events: tuple[str, ...]) -> Aligned:
    trace = Trace([Event({"concept:name": event}) for event in events])
    result: dict[str, Any] = alignments.apply(trace, *net)
    deviations: list[Deviation] = []
    after = ""
    for event, step in result["alignment"]:
        if event == step:
            after = event
        elif step == _SKIP:
            deviations.append(Deviation(False, str(event), after))
        elif event == _SKIP and step is not None:
            deviations.append(Deviation(True, str(step), after))
    return Aligned(float(result["fitness"]), tuple(deviations))


def count_deviations(aligned: Aligned) -> Counter[Deviation]:
    """Deviations of one variant with how often each occurs."""
    return Counter(aligned.deviations)


def _net_of_steps(design: Design) -> Net:
    """A chain: a step that may be left out has a way round it, one that may recur a way back to itself."""
    net = PetriNet("design")
    before = first = _place(net, 0)
    for number, step in enumerate(design.steps, start=1):
        after = _place(net, number)
        _transition(net, f"s{number}", step.name, before, after)
        if step.is_optional:
            _transition(net, f"o{number}", None, before, after)
        if step.may_repeat:
            _transition(net, f"r{number}", step.name, after, after)
        before = after
    return net, Marking({first: 1}), Marking({before: 1})


def _place(net: PetriNet, number: int) -> PetriNet.Place:
    place = PetriNet.Place(f"p{number}")
    net.places.add(place)
    return place


def _transition(net: PetriNet, name: str, label: str | None, source: PetriNet.Place, target: PetriNet.Place) -> None:
    step = PetriNet.Transition(name, label)
    net.transitions.add(step)
    add_arc_from_to(source, step, net)
    add_arc_from_to(step, target, net)


def _net_of_bpmn(text: str) -> Net:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "design.bpmn"
        path.write_text(text, encoding="utf-8")
        try:
            net: Net = pm4py.convert_to_petri_net(pm4py.read_bpmn(str(path)))
        except Exception as error:  # pm4py's importer raises whatever its parts raise
            raise ValueError(
                f"its process cannot be read ({type(error).__name__}); draw it with a start, tasks, gateways and an end"
            ) from None
    return net

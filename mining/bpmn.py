"""A process tree as a BPMN 2.0 file with a drawing, for any modelling tool.

In: a process tree as pm4py builds it. Out: the text of the file. The same tree gives the same bytes. Choices become
exclusive gateways, steps side by side parallel ones, "one or more of" inclusive ones, and a loop a pair of exclusive
gateways with the way back drawn below; what the tree may skip is a flow past it (Object Management Group, BPMN 2.0.2).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Any

_SPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "omgdc": "http://www.omg.org/spec/DD/20100524/DC",
    "omgdi": "http://www.omg.org/spec/DD/20100524/DI",
}
_SIZES = {"task": (140, 60), "startEvent": (36, 36), "endEvent": (36, 36)}
_GATEWAY = (50, 50)
_GATEWAYS = {"X": "exclusiveGateway", "+": "parallelGateway", "O": "inclusiveGateway"}
_APART_X, _APART_Y = 50, 30


@dataclass(slots=True)
class _Diagram:
    """Nodes as (kind, name, middle x, middle y) and flows as (from, to), by number in order of making."""

    nodes: list[tuple[str, str, float, float]] = field(default_factory=list)
    flows: list[tuple[int, int]] = field(default_factory=list)

    def add(self, kind: str, name: str, x: float, y: float) -> int:
        self.nodes.append((kind, name, x, y))
        return len(self.nodes) - 1


def as_bpmn(tree: Any, name: str) -> str:
    """The tree as the text of a .bpmn file; `name` is that of the process."""
    diagram = _Diagram()
    width, height = _size(tree)
    middle = height / 2 + _APART_Y
    start = diagram.add("startEvent", "", _APART_X, middle)
    last = _place(diagram, tree, start, 2 * _APART_X, middle, 1)
    end = diagram.add("endEvent", "", 3 * _APART_X + width, middle)
    diagram.flows.append((last, end))
    return _write(diagram, name)


def _size(tree: Any) -> tuple[float, float]:
    """Width and height a subtree needs, with the space after it."""
    if not tree.children:
        return (0.0, 0.0) if tree.label is None else (_SIZES["task"][0] + _APART_X, _SIZES["task"][1] + _APART_Y)
    sizes = [_size(child) for child in tree.children]
    if tree.operator.value == "->":
        return sum(width for width, _ in sizes), max(height for _, height in sizes)
    return (
        max(width for width, _ in sizes) + 2 * (_GATEWAY[0] + _APART_X),
        sum(max(height, _GATEWAY[1] + _APART_Y) for _, height in sizes),
    )


def _place(diagram: _Diagram, tree: Any, before: int, x: float, middle: float, way: int) -> int:
    """Draw a subtree after a node, from x to the right (way 1) or to the left (way -1); returns its last node."""
    if not tree.children:
        if tree.label is None:
            return before
        return _follow(diagram, before, "task", str(tree.label), x + way * _SIZES["task"][0] / 2, middle)
    if tree.operator.value == "->":
        for child in tree.children:
            before = _place(diagram, child, before, x, middle, way)
            x += way * _size(child)[0]
        return before
    width, height = _size(tree)
    is_loop = tree.operator.value == "*"
    kind = "exclusiveGateway" if is_loop else _GATEWAYS[tree.operator.value]
    inner = x + way * (_GATEWAY[0] + _APART_X)
    opened = _follow(diagram, before, kind, "", x + way * _GATEWAY[0] / 2, middle)
    closed = diagram.add(kind, "", x + way * (width - _APART_X - _GATEWAY[0] / 2), middle)
    far = x + way * (width - 2 * _APART_X - _GATEWAY[0])
    top = middle - height / 2
    for place, child in enumerate(tree.children):
        share = max(_size(child)[1], _GATEWAY[1] + _APART_Y)
        back = is_loop and place > 0
        source, target = (closed, opened) if back else (opened, closed)
        last = _place(diagram, child, source, far if back else inner, top + share / 2, -way if back else way)
        diagram.flows.append((last, target))
        top += share
    return closed


def _follow(diagram: _Diagram, before: int, kind: str, name: str, x: float, y: float) -> int:
    node = diagram.add(kind, name, x, y)
    diagram.flows.append((before, node))
    return node


def _write(diagram: _Diagram, name: str) -> str:
    for prefix, uri in _SPACES.items():
        ET.register_namespace(prefix, uri)
    root = ET.Element(_tag("bpmn", "definitions"), id="definitions", targetNamespace="http://example.org/journeys")
    whole = ET.SubElement(root, _tag("bpmn", "process"), id="process", name=name, isExecutable="false")
    drawing = ET.SubElement(root, _tag("bpmndi", "BPMNDiagram"), id="diagram", name=name)
    plane = ET.SubElement(drawing, _tag("bpmndi", "BPMNPlane"), id="plane", bpmnElement="process")
    for number, (kind, label, x, y) in enumerate(diagram.nodes):
        _write_node(whole, plane, diagram, number, kind, label, x, y)
    for number, (source, target) in enumerate(diagram.flows):
        ends = {"id": f"flow{number}", "sourceRef": f"node{source}", "targetRef": f"node{target}"}
        ET.SubElement(whole, _tag("bpmn", "sequenceFlow"), ends)
        edge = ET.SubElement(plane, _tag("bpmndi", "BPMNEdge"), id=f"edge{number}", bpmnElement=f"flow{number}")
        for _, _, x, y in (diagram.nodes[source], diagram.nodes[target]):
            ET.SubElement(edge, _tag("omgdi", "waypoint"), x=f"{x:g}", y=f"{y:g}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _write_node(
    whole: ET.Element, plane: ET.Element, diagram: _Diagram, number: int, kind: str, label: str, x: float, y: float
) -> None:
    named = {"name": label} if label else {}
    node = ET.SubElement(whole, _tag("bpmn", kind), {"id": f"node{number}", **named})
    for place, (source, target) in enumerate(diagram.flows):
        if target == number:
            ET.SubElement(node, _tag("bpmn", "incoming")).text = f"flow{place}"
        if source == number:
            ET.SubElement(node, _tag("bpmn", "outgoing")).text = f"flow{place}"
    width, height = _SIZES.get(kind, _GATEWAY)
    shape = ET.SubElement(plane, _tag("bpmndi", "BPMNShape"), id=f"shape{number}", bpmnElement=f"node{number}")
    corner = {"x": f"{x - width / 2:g}", "y": f"{y - height / 2:g}"}
    ET.SubElement(shape, _tag("omgdc", "Bounds"), {"width": f"{width:g}", "height": f"{height:g}", **corner})


def _tag(prefix: str, name: str) -> str:
    return f"{{{_SPACES[prefix]}}}{name}"

"""Formats other than CSV: the same rows come out of each, and what is no such file is said."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders_workspace import load, make_workspace, merged, put_source
from openpyxl import Workbook

from journeys.engine import Engine
from reports.pipeline import open_project

SOURCE = """
[[source]]
name = "visits"
kind = "contact"
files = "visits.{ending}"
format = "{ending}"

[source.columns]
source_record_id = "id"
started_at = "at"
channel = {{ value = "face_to_face" }}
service = {{ value = "waste" }}
wait_s = {{ column = "wait", unit = "minutes" }}
phone = "{phone}"
"""
ROWS = [
    {"id": 1, "at": dt.datetime(2026, 11, 2, 9, 30), "wait": 5, "who": {"phone": "01632 960001"}},
    {"id": 2, "at": dt.datetime(2026, 11, 3, 10, 0, 30), "wait": 2.5, "who": {"phone": None}},
]


def _flat() -> list[dict[str, object]]:
    return [{"id": row["id"], "at": row["at"], "wait": row["wait"], "phone": row["who"]["phone"]} for row in ROWS]


def _json_rows() -> list[dict[str, object]]:
    return [{**row, "at": row["at"].isoformat()} for row in ROWS]


def _file(ending: str) -> bytes:
    out = io.BytesIO()
    if ending == "xlsx":
        book = Workbook()
        book.active.append(list(_flat()[0]))
        for row in _flat():
            book.active.append(list(row.values()))
        book.save(out)
    elif ending == "parquet":
        pq.write_table(pa.Table.from_pylist([{**row, "wait": float(row["wait"])} for row in _flat()]), out)
    elif ending == "json":
        out.write(json.dumps({"count": 2, "results": _json_rows()}).encode())
    else:
        out.write("".join(json.dumps(row) + "\n" for row in _json_rows()).encode())
    return out.getvalue()


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "json", "jsonl"])
def test_every_format_gives_the_same_contacts(tmp_path: Path, ending: str) -> None:
    phone = "who.phone" if ending.startswith("json") else "phone"
    workspace = make_workspace(tmp_path / "w", sources=SOURCE.format(ending=ending, phone=phone))
    put_source(workspace, f"visits.{ending}", _file(ending))
    opened = open_project(workspace.root)
    assert load(opened).problems == ()
    with Engine() as engine:
        contacts = merged(engine, opened)
    assert [f"{at:%d %H:%M:%S}" for at in contacts["local_at"]] == ["02 09:30:00", "03 10:00:30"]
    assert list(contacts["wait_s"]) == [300.0, 150.0]
    assert list(contacts["phone_token"].notna()) == [True, False]


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "json", "jsonl"])
@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"\x00" * 500, b'{"cut": '], ids=["empty", "words", "nul", "cut"]
)
def test_what_is_no_such_file_loads_nothing_and_is_said(tmp_path: Path, ending: str, content: bytes) -> None:
    workspace = make_workspace(tmp_path / "w", sources=SOURCE.format(ending=ending, phone="phone"))
    put_source(workspace, f"visits.{ending}", content)
    loaded = load(open_project(workspace.root))
    assert loaded.n_stored == 0
    assert loaded.n_rejects or f"visits.{ending}" in loaded.problems[0]

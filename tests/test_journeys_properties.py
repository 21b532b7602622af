"""What must hold for any input: order, cutting and repetition change nothing, rows add up, cells never shift.

The records are made up by Hypothesis; what must come of them is counted here in plain Python.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import malformed_formats as formats
import malformed_text as text
import pandas as pd
import pytest
from builders_workspace import CUT_OFF, load, make_workspace, merged, open_project, put_source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from malformed import MARKS

from journeys.engine import Engine
from journeys.errors import SourceError
from journeys.periods import Week
from journeys.reconcile import reconcile
from journeys.settings import Source
from journeys.sources.reading import read_batches

RETRY = VISIT = dt.timedelta(minutes=30)
MONDAY = dt.datetime(2026, 11, 16)
KEY = "ab" * 32
_SOURCE = """
[[source]]
name = "{name}"
kind = "{kind}"
files = "{name}*.csv"
format = "csv"
timezone = "UTC"

[source.columns]
source_record_id = "id"
group_id = "group"
started_at = {{ column = "at", format = "%Y-%m-%d %H:%M" }}
sequence = "seq"
version_at = "version"
channel = {{ value = "{channel}" }}
service = {{ value = "waste" }}
"""
_CALL = """is_answered = { column = "told", map = { "yes" = "true", "no" = "false" } }
is_abandoned = { column = "told", map = { "yes" = "false", "no" = "true" } }
phone = "who"
"""
_HIT = 'activity = { column = "told", map = { "form" = "Submits web form" }, default = "Reads web page" }\ncookie = "who"\n'
SOURCES = (
    _SOURCE.format(name="calls", kind="contact", channel="phone")
    + _CALL
    + _SOURCE.format(name="web", kind="hit", channel="web")
    + _HIT
)
_ONE_RUN = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
_MANY = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Row:
    """One row of an export. `minute` (from the first Monday) of None is a time nobody can read."""

    source: str
    id: str
    group: str
    minute: int | None
    seq: int
    version: int
    who: str
    told: str

    @property
    def at(self) -> dt.datetime:
        return MONDAY + dt.timedelta(minutes=self.minute or 0)

    def cells(self) -> tuple[str, ...]:
        at = f"{self.at:%Y-%m-%d %H:%M}" if self.minute is not None else "31/02"
        version = f"{MONDAY + dt.timedelta(days=self.version):%Y-%m-%d}"
        return (self.id, self.group, at, str(self.seq), version, self.who, self.told)


@st.composite
def _logs(draw: st.DrawFn) -> list[Row]:
    """Calls of up to three legs and page hits; some rows changed later, some unreadable, some after the cut-off."""
    # Close together, so that calls chain and hits make visits; on minutes of their own (legs take three of seven, changed rows the next three).
    n = draw(st.integers(1, 9))
    starts = draw(st.permutations([7 * place for place in range(n)]))
    rows: list[Row] = []
    for number, start in enumerate(starts):
        minute = start + draw(st.sampled_from([0, 0, 119, 10_052]))  # 10,080 would be the cut-off, a week on
        if draw(st.booleans()):
            who = f"01632 96000{draw(st.integers(1, 2))}"
            for leg in range(draw(st.integers(1, 3))):
                told = draw(st.sampled_from(["yes", "no", "no"]))
                rows.append(
                    Row("calls", f"c{number}.{leg}", f"g{number}", minute + leg, 10 * number + leg, 0, who, told)
                )
        else:
            who, told = f"v{draw(st.integers(1, 2))}", draw(st.sampled_from(["page", "form"]))
            rows.append(Row("web", f"h{number}", "", minute, number, 0, who, told))
    for row in draw(st.lists(st.sampled_from(rows), max_size=3, unique=True)):
        rows.append(replace(row, version=1, minute=(row.minute or 0) + 3))
    for row in draw(st.lists(st.sampled_from(rows), max_size=2, unique=True)):
        rows.append(replace(row, id=f"bad {row.id}", minute=None))
    return rows


def _used(rows: Sequence[Row]) -> list[Row]:
    """The latest version of each readable record before the cut-off."""
    latest: dict[tuple[str, str], Row] = {}
    for row in sorted((row for row in rows if row.minute is not None), key=lambda row: row.version):
        latest[row.source, row.id] = row
    return [row for row in latest.values() if row.at < CUT_OFF]


def _n_contacts(rows: Sequence[Row]) -> int:
    """Chains of calls and visits, counted by hand."""
    used = _used(rows)
    calls: dict[str, list[Row]] = {}
    for row in used:
        if row.source == "calls":
            calls.setdefault(row.group, []).append(row)
    n = 0
    for who in {legs[0].who for legs in calls.values()}:
        given_up_at = None
        for legs in sorted((legs for legs in calls.values() if legs[0].who == who), key=lambda legs: min(_ats(legs))):
            at = min(_ats(legs))
            n += given_up_at is None or at - given_up_at > RETRY
            given_up_at = at if all(leg.told == "no" for leg in legs) else None
    for who in {row.who for row in used if row.source == "web"}:
        ats = sorted(row.at for row in used if row.source == "web" and row.who == who)
        n += 1 + sum(later - earlier >= VISIT for earlier, later in zip(ats, ats[1:], strict=False))
    return n


def _ats(rows: Sequence[Row]) -> list[dt.datetime]:
    return [row.at for row in rows]


def _csv(rows: Sequence[Row]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([("id", "group", "at", "seq", "version", "who", "told"), *(r.cells() for r in rows)])
    return written.getvalue()


def _run(root: Path, files: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts and the reconciliation of these files, loaded in a workspace of their own."""
    workspace = make_workspace(root / "w", sources=SOURCES)
    workspace.key_file.write_text(KEY)
    for name, content in files.items():
        put_source(workspace, name, content)
    opened = open_project(workspace.root)
    assert load(opened).problems == ()
    with Engine() as engine:
        contacts = merged(engine, opened)
        table = reconcile(engine, opened.settings, pd.DataFrame(opened.store.loaded_files()), Week(2026, 47))
    opened.store.close()
    return contacts, table.set_index("source")


@_ONE_RUN
@given(rows=_logs(), lots=st.data())
def test_order_cutting_and_repetition_change_nothing_and_rows_add_up(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], lots: st.DataObject
) -> None:
    plain = {f"{name}.csv": _csv([row for row in rows if row.source == name]) for name in ("calls", "web")}
    expected, _ = _run(tmp_path_factory.mktemp("plain"), plain)
    assert len(expected) == _n_contacts(rows)

    again = lots.draw(st.lists(st.sampled_from(rows), max_size=4), label="rows that come again")
    shuffled = lots.draw(st.permutations([*rows, *again]), label="order")
    places = lots.draw(
        st.lists(st.integers(0, 2), min_size=len(shuffled), max_size=len(shuffled)), label="file of each row"
    )
    files: dict[str, str] = {}
    for name in ("calls", "web"):
        for number in range(3):
            own = [row for row, place in zip(shuffled, places, strict=True) if (row.source, place) == (name, number)]
            files[f"{name}_{number}.csv"] = _csv(own)
        files[f"{name}_again.csv"] = files[f"{name}_{lots.draw(st.integers(0, 2), label='file that comes again')}.csv"]
    contacts, table = _run(tmp_path_factory.mktemp("parts"), files)
    pd.testing.assert_frame_equal(contacts, expected)
    for name in ("calls", "web"):
        _check_counts(table.loc[name], rows, [content for file, content in files.items() if file.startswith(name)])


def _check_counts(counts: pd.Series, rows: Sequence[Row], contents: Sequence[str]) -> None:
    """Each row has the one fate it should: a file that came twice is read once, a row that came twice is a duplicate."""
    name = str(counts.name)
    read = [tuple(row) for content in set(contents) for row in list(csv.reader(io.StringIO(content)))[1:]]
    good = [row for row in read if not row[0].startswith("bad ")]
    assert counts["rows_read"] == len(read)
    assert counts["rejects"] == len(read) - len(good)
    assert counts["duplicates"] == len(good) - len(set(good))
    assert counts["restated"] == len(set(good)) - len({row[0] for row in good})
    assert counts["rows_used"] == len([row for row in _used(rows) if row.source == name])
    assert counts["rows_read"] == sum(
        counts[part] for part in ("rows_used", "restated", "duplicates", "set_aside", "expired", "later", "rejects")
    )


@_MANY
@given(
    cells=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ending=st.sampled_from([".csv", ".csv.gz"]),
)
def test_any_text_in_a_cell_comes_back_as_it_was_and_shifts_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    cells: list[str],
    delimiter: str,
    encoding: str,
    quoting: int,
    ending: str,
) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(("id", "free", "at"))
    writer.writerows((f"r{number}", cell, "2026-11-02") for number, cell in enumerate(cells))
    path = tmp_path_factory.mktemp("cells") / f"calls{ending}"
    content = written.getvalue().encode(encoding)
    path.write_bytes(text.gzip.compress(content) if ending.endswith("gz") else content)
    source = _source("csv", delimiter=delimiter, encoding="utf-8" if encoding == "utf-8-sig" else encoding)
    rows = [row for batch in read_batches(path, source) for row in batch.rows.to_pylist()]
    assert [(row["row_number"], row["id"], row["free"] or "", row["at"]) for row in rows] == [
        (number + 1, f"r{number}", cell, "2026-11-02") for number, cell in enumerate(cells)
    ]


def _source(kind: str, **more: str) -> Source:
    columns = {"started_at": "at", "channel": {"value": "phone"}}
    return Source.model_validate(
        {"name": "odd", "kind": "contact", "files": "odd/*", "format": kind, "columns": columns, **more}
    )


_SOUND = {
    "odd.csv": text.CSV.encode(),
    "odd.csv.gz": text.gzip.compress(text.CSV.encode()),
    "odd.csv.zip": text.make_zip(a=text.CSV.encode()),
    "odd.jsonl": formats.make_line().encode() * 2,
    "odd.json": f"[{formats.make_line()}]".encode(),
    "odd.parquet": formats.make_parquet(),
    "odd.xlsx": formats.make_book([formats.HEAD, formats.CELLS]),
}


@pytest.mark.parametrize("name", sorted(_SOUND))
@_MANY
@given(lots=st.data())
def test_bytes_changed_anywhere_end_in_rows_or_in_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, lots: st.DataObject
) -> None:
    """No other exception, and no value of the file in the message."""
    content = bytearray(_SOUND[name])
    for _ in range(lots.draw(st.integers(1, 4))):
        place = lots.draw(st.integers(0, len(content) - 1))
        how_many = lots.draw(st.sampled_from([0, 1, 4]))
        content[place : place + how_many] = lots.draw(st.binary(max_size=4))
    path = tmp_path_factory.mktemp("odd") / name
    path.write_bytes(content)
    try:
        for batch in read_batches(
            path, _source({"gz": "csv", "zip": "csv"}.get(name.split(".")[-1], name.split(".")[-1]))
        ):
            batch.rows.validate(full=True)
    except SourceError as error:
        assert name in str(error)
        assert not [mark for mark in MARKS if mark in str(error)]

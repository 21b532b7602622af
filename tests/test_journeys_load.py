"""Loading: nothing lost, nothing doubled, nothing raw on disk, and a clear word about everything that is wrong."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from builders_workspace import CALLS, LATEST, calls, load, make_workspace, merged, put_source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeys.check import check_sources
from journeys.engine import Engine
from journeys.errors import SourceError, StoreError
from journeys.keys import create_key
from journeys.sources.opening import open_source
from journeys.store import FILES, REJECTS
from reports.pipeline import Opened, open_project

ROWS = (
    "1,c1,02/11/2026 09:00,BINS,yes,01632 960001,A1,,Ann Other,my bin was missed ring 07700 900123",
    "2,c2,02/11/2026 10:00,BINS,yes,01632 960002,A2,,,",
    "3,c3,03/11/2026 11:00,ROADS,yes,Withheld,,,,",
)


def _rejects(opened: Opened) -> list[tuple[int, str, str]]:
    rows = opened.store.rows(sa.select(REJECTS).order_by(REJECTS.c.row_number))
    return [(row["row_number"], row["column_name"], row["reason"]) for row in rows]


def test_every_row_is_stored_or_rejected_with_its_number_and_reason(tmp_path: Path) -> None:
    bad = (
        "4,c4,31/02/2026 10:00,BINS,yes",  # no such day
        "5,c5,,BINS,yes",  # no time
        "6,c6,01/01/1970 00:00,BINS,yes",  # an empty date of another system
        "7,c7,01/01/2099 00:00,BINS,yes",  # in the future
        "8,c8,29/03/2026 01:30,BINS,yes",  # the hour that is skipped in spring
        ",c9,02/11/2026 10:00,BINS,yes",  # no id
    )
    opened = open_project(
        make_workspace(tmp_path / "w", calls_csv=calls(*ROWS, *bad) + "9,too,many" + "," * 12 + "\n").root
    )
    loaded = load(opened)
    assert (loaded.n_rows, loaded.n_stored, loaded.n_rejects) == (10, 3, 7)
    assert _rejects(opened) == [
        (4, "started_at", "time_unreadable"),
        (5, "started_at", "time_missing"),
        (6, "started_at", "time_out_of_range"),
        (7, "started_at", "time_out_of_range"),
        (8, "started_at", "time_nonexistent"),
        (9, "source_record_id", "record_id_missing"),
        (10, "row", "row_malformed"),
    ]


def test_loading_twice_adds_nothing_and_a_changed_mapping_reads_the_file_again(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*ROWS))
    opened = open_project(workspace.root)
    load(opened)
    again = load(opened)
    assert (again.n_files, again.n_skipped) == (0, 1)
    (workspace.config / "sources.toml").write_text(CALLS.replace('"BINS" = "waste"', '"ROADS" = "waste"'))
    opened = open_project(workspace.root)
    assert load(opened).n_files == 1
    assert len(opened.store.rows(sa.select(FILES))) == 1
    with Engine() as engine:
        assert sorted(merged(engine, opened)["service"]) == ["general", "general", "waste"]


def test_duplicates_and_restated_rows_are_told_apart(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*ROWS, ROWS[0]))
    mended = ROWS[1].replace("10:00", "10:30")
    put_source(workspace, "calls_later.csv", calls(mended, ROWS[2]))
    opened = open_project(workspace.root)
    load(opened)
    with Engine() as engine:
        contacts = merged(engine, opened)
        counts = engine.run("SELECT status, count(*) AS n FROM row_status GROUP BY status").set_index("status")["n"]
    assert dict(counts) == {"used": 3, "duplicate": 2, "restated": 1}
    assert [f"{at:%H:%M}" for at in contacts["local_at"]] == ["09:00", "10:30", "11:00"]


def test_no_identifier_and_no_raw_note_is_written_anywhere(tmp_path: Path) -> None:
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=calls(*ROWS)).root)
    load(opened)
    opened.store.close()
    with Engine() as engine:
        engine.run("SELECT 1")
        for path in opened.workspace.data.rglob("*.parquet"):
            text = engine.run(f"SELECT * FROM read_parquet('{path}')").to_csv()
            for secret in ("960001", "900123", "Ann", "Other", "A1,"):
                assert secret not in text, f"{secret} in {path.parent.parent.name}"
    raw = b"".join(path.read_bytes() for path in opened.workspace.data.rglob("*") if path.is_file())
    for secret in (b"960001", b"900123", b"Ann Other"):
        assert secret not in raw


def test_equal_phones_in_different_writing_give_one_token(tmp_path: Path) -> None:
    rows = ("1,a,02/11/2026 09:00,BINS,yes,01632 960001", "2,b,02/11/2026 12:00,BINS,yes,+44 1632 960001")
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=calls(*rows)).root)
    load(opened)
    with Engine() as engine:
        assert merged(engine, opened)["phone_token"].nunique() == 1


def test_local_times_become_utc_and_the_doubled_hour_is_flagged(tmp_path: Path) -> None:
    rows = (
        "1,a,01/07/2026 09:00,BINS,yes",  # summer time: 08:00 UTC
        "2,b,25/10/2026 01:30,BINS,yes",  # twice: taken as the first, 00:30 UTC
        "3,c,26/10/2026 09:00,BINS,yes",  # winter time
    )
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=calls(*rows)).root)
    load(opened)
    with Engine() as engine:
        merged(engine, opened)
        found = engine.run("SELECT started_at, is_ambiguous_time, week FROM used ORDER BY started_at")
    assert [f"{at:%d %H:%M}" for at in found["started_at"]] == ["01 08:00", "25 00:30", "26 09:00"]
    assert list(found["is_ambiguous_time"]) == [False, True, False]
    assert list(found["week"]) == ["2026-W27", "2026-W43", "2026-W44"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("calls.csv", b"", "the file is empty"),
        ("calls.csv", "id,call,at\n1,c,\xe9\n".encode("latin-1"), 'encoding = "latin-1"'),
        ("calls.csv", "ID,call,at\n", "did you mean"),
        ("calls.csv", "id;call;at\n1;2;3\n", "set the delimiter"),
        ("calls.csv", "id,call,at\n1,2\n".encode("utf-16"), "encoding"),
        ("calls.csv", calls().replace("name,note", "note,note"), "stands twice"),
        ("calls.csv", calls(ROWS[0]) + '9,"never closed\n' + ROWS[1] + "\n", "quote is opened near row 2"),
        ("calls.csv", calls(ROWS[0]) + ROWS[1] + '"open\n' + ROWS[2] + "\n", "never closed"),
        ("calls.csv.gz", gzip.compress(calls(*ROWS).encode())[:-9], "damaged or cut short"),
        ("calls.csv.gz", b"no gzip at all", "damaged or cut short"),
        ("calls.csv.zip", b"PK no zip", "damaged or cut short"),
    ],
    ids=[
        "empty",
        "latin-1",
        "unknown column",
        "delimiter",
        "utf-16",
        "twice",
        "quote",
        "quote in the last cell",
        "cut gzip",
        "no gzip",
        "no zip",
    ],
)
def test_a_file_that_cannot_be_read_is_left_out_whole_and_named(
    tmp_path: Path, name: str, content: str | bytes, says: str
) -> None:
    workspace = make_workspace(tmp_path / "w")
    put_source(workspace, name, content)
    put_source(workspace, "calls_good.csv", calls(*ROWS))
    opened = open_project(workspace.root)
    loaded = load(opened)
    assert loaded.n_files == 1 and loaded.n_stored == 3
    assert len(loaded.problems) == 1
    assert name in loaded.problems[0] and says in loaded.problems[0]


def test_a_named_file_that_is_missing_is_said(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", sources=CALLS.replace("calls*.csv*", "calls.csv"))
    assert "sources/calls.csv: the file is missing" in load(open_project(workspace.root)).problems[0]


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_packed_files_are_read(tmp_path: Path, packing: str) -> None:
    workspace = make_workspace(tmp_path / "w")
    text = calls(*ROWS).encode()
    if packing == "gz":
        put_source(workspace, "calls.csv.gz", gzip.compress(text))
    else:
        with zipfile.ZipFile(workspace.sources / "calls.csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("export/calls.csv", text)
    assert load(open_project(workspace.root)).n_stored == 3


def test_a_file_that_unpacks_without_end_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a" * 150_000_000, 9))
    with pytest.raises(SourceError, match="more than 200 times its size"), open_source(path) as content:
        while content.read(1_000_000):
            pass


def test_a_note_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    rows = [ROWS[0].rsplit(",", 1)[0] + ',"first line\nsecond line"', ROWS[1]]
    assert load(open_project(make_workspace(tmp_path / "w", calls_csv=calls(*rows)).root)).n_stored == 2


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"], ids=["CR", "LF", "CRLF"])
@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "BOM"])
def test_line_ends_and_byte_order_mark_do_not_matter(tmp_path: Path, end: str, bom: str) -> None:
    text = bom + calls(*ROWS).replace("\n", end)
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=text).root)
    assert load(opened).n_stored == 3


def test_a_store_made_with_another_key_is_refused(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*ROWS))
    load(open_project(workspace.root))
    workspace.key_file.unlink()
    create_key(workspace.key_file)
    with pytest.raises(StoreError, match="cannot be joined"):
        load(open_project(workspace.root))


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", calls_csv=calls(*ROWS))
    workspace.key_file.chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"):
        load(open_project(workspace.root))


def test_a_load_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=calls(*ROWS)).root)

    class Breaks:
        model_version = "x"

        def read(self, notes: list[str], known_values: list[tuple[str, ...]]) -> None:
            raise RuntimeError("the reader broke")

    with pytest.raises(RuntimeError):
        load(opened, Breaks())  # type: ignore[arg-type]
    assert not opened.store.rows(sa.select(FILES))
    assert not list(opened.workspace.data.rglob("*.parquet*"))
    assert load(opened).n_stored == 3


def _facts(opened: Opened) -> list[tuple[str, ...]]:
    with Engine() as engine:
        frame = merged(engine, opened)
    return [tuple(map(str, row)) for row in frame[["contact_id", "started_at", "service", "n_records"]].to_numpy()]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.data())
def test_how_rows_are_split_over_files_and_repeated_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Legs in two files still meet; whole and repeated files give the contacts of one file."""
    rows = [
        "1,c1,02/11/2026 09:00,BINS,no,01632 960001",
        "2,c2,02/11/2026 09:10,BINS,yes,01632 960001",  # a retry
        "3,c3,03/11/2026 09:00,BINS,yes,01632 960002",
        "4,c3,03/11/2026 09:05,BINS,yes,01632 960002",  # a second leg
        "5,c5,05/11/2026 09:00,ROADS,yes,01632 960003",
    ]
    key = "ab" * 32
    whole = make_workspace(tmp_path_factory.mktemp("whole") / "w", calls_csv=calls(*rows))
    whole.key_file.write_text(key)
    opened = open_project(whole.root)
    load(opened)
    order = data.draw(st.permutations(rows))
    cuts = data.draw(st.integers(1, 4))
    parts = make_workspace(tmp_path_factory.mktemp("parts") / "w")
    parts.key_file.write_text(key)
    put_source(parts, "calls_a.csv", calls(*order[:cuts]))
    put_source(parts, "calls_b.csv", calls(*order[cuts:]))
    put_source(parts, "calls_c.csv", calls(*data.draw(st.lists(st.sampled_from(rows), max_size=3))))
    other = open_project(parts.root)
    load(other)
    assert _facts(other) == _facts(opened)


@pytest.mark.parametrize(
    ("at", "is_read"),
    [
        ("2026-11-02 09:00:00", True), ("2026-11-02T09:00:00.123+01:00", True), ("2026-11-02 09:00:00+00", True),
        ("2026-11-02", True), ("2026-11-02T09:00Z", True), ("2026-11-02 09:00:00 Europe/Paris", False),
        ("2026-11-02T09:00:00+99:00", False), ("2026-11-02 nine", False),
    ],
)  # fmt: skip
def test_a_time_with_anything_behind_it_is_refused_and_never_read_in_part(
    tmp_path: Path, at: str, is_read: bool
) -> None:
    sources = CALLS.replace('started_at = { column = "at", format = "%d/%m/%Y %H:%M" }', 'started_at = "at"')
    opened = open_project(make_workspace(tmp_path / "w", sources, calls_csv=calls(f"1,c1,{at},BINS,yes")).root)
    assert load(opened).n_stored == int(is_read)


def test_identifiers_that_link_nobody_are_told_and_the_load_goes_on(tmp_path: Path) -> None:
    rows = [f"{n},c{n},02/11/2026 09:{n:02},BINS,yes,ext {n},,,," for n in range(30)]
    opened = open_project(make_workspace(tmp_path / "w", calls_csv=calls(*rows)).root)
    loaded = load(opened)
    told = [remark.partition(": ")[2] for remark in loaded.remarks]
    assert loaded.n_stored == 30
    assert any(remark.startswith("phone: 30 of 30 values are no phone number") for remark in told)
    assert any(remark.startswith("account: mapped, but empty in all 30 rows") for remark in told)
    (checked,) = check_sources(opened.workspace, opened.settings, latest_at=LATEST)
    assert checked.remarks == loaded.remarks

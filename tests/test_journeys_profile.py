"""What a file looks like before anybody described it: format, times, suspicious columns, and nothing personal shown."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest
from builders_workspace import LATEST

import journeys.sample_rows
from journeys.doubts import doubts_of
from journeys.errors import SourceError
from journeys.kinds import Kind
from journeys.profile import ColumnProfile, FileProfile, profile_file


def _look(tmp_path: Path, name: str, content: str | bytes) -> FileProfile:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return profile_file(path, LATEST)


def _column(tmp_path: Path, name: str, values: list[str]) -> ColumnProfile:
    text = f'n,"{name}"\n' + "".join(f'{n},"{value}"\n' for n, value in enumerate(values))
    return _look(tmp_path, "a.csv", text).columns[1]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, line_end: str) -> None:
    rows = [["Ref", "At", "Note"], *([f"R{n}", "2026-11-02 09:00", "a, b; c"] for n in range(9))]
    text = line_end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows) + line_end
    looked = _look(tmp_path, "a.txt", text)
    assert (looked.sniffed.format, looked.sniffed.delimiter, looked.n_rows) == ("csv", delimiter, 9)
    assert [column.name for column in looked.columns] == ["Ref", "At", "Note"]


@pytest.mark.parametrize(
    ("encoding", "text", "told"),
    [
        ("utf-8", "café", "utf-8"),
        ("utf-8-sig", "café", "utf-8"),
        ("latin-1", "café", "cp1252"),
        ("cp1252", "“café”", "cp1252"),
        ("latin-1", "caf\x8d", "latin-1"),
        ("utf-16", "café", "utf-16"),
        ("utf-16-le", "café", "utf-16-le"),
    ],
)
def test_encodings_are_told_even_by_one_sign_late_in_the_file(
    tmp_path: Path, encoding: str, text: str, told: str
) -> None:
    content = "Ref,Place\n" + "".join(f"R{n},somewhere\n" for n in range(20_000)) + f"R,{text}\n"
    looked = _look(tmp_path, "a.csv", content.encode(encoding))
    assert (looked.sniffed.encoding, looked.n_rows) == (told, 20_001)
    assert [column.name for column in looked.columns] == ["Ref", "Place"]


def test_packed_files_and_all_kinds_of_json(tmp_path: Path) -> None:
    rows = [
        {"id": f"i{n}", "caller": {"phone": f"07700 90012{n}"}, "legs": [{"queue": "A"}], "ok": True} for n in range(9)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    with zipfile.ZipFile(tmp_path / "z.jsonl.zip", "w") as archive:
        archive.writestr("z.jsonl", lines)
    found = {
        "gz": _look(tmp_path, "g.jsonl.gz", gzip.compress(lines.encode())),
        "zip": profile_file(tmp_path / "z.jsonl.zip", LATEST),
        "list": _look(tmp_path, "l.json", json.dumps(rows)),
        "list, indented": _look(tmp_path, "i.json", json.dumps(rows, indent=1)),
        "list in an object": _look(tmp_path, "o.json", json.dumps({"calls": rows})),
    }
    for looked in found.values():
        assert looked.n_rows == 9
        assert {column.name for column in looked.columns} == {"id", "caller.phone", "legs.0.queue", "ok"}
    assert [looked.sniffed.format for looked in found.values()] == ["jsonl", "jsonl", "json", "json", "json"]


@pytest.mark.parametrize(
    ("values", "time_format", "is_ambiguous"),
    [
        (["03/04/2026", "05/06/2026"], "%d/%m/%Y", True),
        (["03/04/2026"] * 5000 + ["13/04/2026"], "%d/%m/%Y", False),  # one row decides, however late
        (["03/04/2026"] * 5000 + ["04/13/2026"], "%m/%d/%Y", False),
        (["3/4/26 9:05", "5/6/26 17:40"], "%d/%m/%y %H:%M", True),
        (["02.11.2026 09:15:00", "28.02.2026 09:15:59"], "%d.%m.%Y %H:%M:%S", False),
        (["02/11/2026 9:15 am", "28/02/2026 12:15 PM"], "%d/%m/%Y %I:%M %p", False),
        (["03 Nov 2026 10:15", "28 Feb 2026 09:00"], "%d %b %Y %H:%M", False),
        (["20261102", "20260228"], "%Y%m%d", False),
        (["2026-11-02T09:15:00Z", "2026-02-28T09:15:00.5+01:00"], None, False),
    ],
)
def test_formats_of_times(tmp_path: Path, values: list[str], time_format: str | None, is_ambiguous: bool) -> None:
    time = _column(tmp_path, "At", values).time
    assert time is not None
    assert (time.format, time.is_ambiguous, time.n_unfit) == (time_format, is_ambiguous, 0)


def test_odd_times_are_counted_and_said(tmp_path: Path) -> None:
    values = ["14/11/2026 09:00"] * 95 + [
        "01/01/1900 00:00",
        "01/01/2099 00:00",
        "11/14/2026 09:00",
        "2026-11-14",
        "soon",
    ]
    column = _column(tmp_path, "Started", values)
    assert column.time is not None
    assert (column.time.n_unfit, column.time.n_early, column.time.n_late) == (3, 1, 1)
    assert column.shown == "2026-11-14 09:00 to 2026-11-14 09:00"
    said = " / ".join(doubts_of(column))
    assert all(part in said for part in ("3 rows with another format", "1 row before 1990", "1 row in the future"))
    assert "CHECK: 1 row can only be month-first" in column.time.why
    assert "future" not in " ".join(doubts_of(_column(tmp_path, "Due date", values)))


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("callerNumber", [f"07700 900{n:03d}" for n in range(60)], Kind.PHONE),
        ("caller_name", [f"Zebedee Quill{n}" for n in range(60)], Kind.NAME),
        ("Caller Type", ["Resident", "Business"] * 30, Kind.CATEGORY),
        ("Contact", [f"a{n}@example.org" for n in range(60)], Kind.EMAIL),
        ("Agent Email", [f"a{n}@example.org" for n in range(60)], Kind.STAFF),
        ("Taken by", ["Zebedee", "Florence"] * 30, Kind.STAFF),
        ("nino", [f"QQ1234{n:02d}C" for n in range(60)], Kind.OFFICIAL_NUMBER),
        ("NHS Number", [f"{9434765000 + n}" for n in range(60)], Kind.OFFICIAL_NUMBER),
        ("Date of birth", [f"{n % 28 + 1:02d}/01/1970" for n in range(60)], Kind.DATE_OF_BIRTH),
        ("x", [f"192.0.2.{n}" for n in range(60)], Kind.IP_ADDRESS),
        ("x", [f"AB1 {n % 10}CD" for n in range(60)], Kind.POSTCODE),
        ("UPRN", [f"1000{n:08d}" for n in range(60)], Kind.PLACE),
        ("Address", [f"{n} Quill Lane, Felpersham East" for n in range(60)], Kind.ADDRESS),
        ("user_pseudo_id", [f"{n}.17" for n in range(60)], Kind.COOKIE),
        ("Agent handle secs", [str(n * 7) for n in range(60)], Kind.NUMBER),
        ("event_timestamp", [f"{1793610000 + n}" for n in range(60)], Kind.EPOCH),
        ("Talk", [f"00:0{n % 10}:1{n % 7}" for n in range(60)], Kind.CLOCK),
    ],
)
def test_kinds_are_told_by_names_and_values(tmp_path: Path, name: str, values: list[str], kind: Kind) -> None:
    assert _column(tmp_path, name, values).kind is kind


def test_values_are_shown_only_where_many_rows_share_few_that_name_nobody(tmp_path: Path) -> None:
    assert _column(tmp_path, "Queue", ["CTAX", "WASTE"] * 30).shown == "CTAX (30), WASTE (30)"
    assert _column(tmp_path, "Rang about", [f"Quill {n}" for n in range(25)]).shown == "looks like aaaaa 99"
    assert _column(tmp_path, "Source", ["web", "zq@example.org"] * 30).shown == "looks like aaa"
    assert _column(tmp_path, "Ext", ["desk", "07700 900123"] * 30).shown.startswith("looks like")
    assert _column(tmp_path, "Date of birth", ["13/01/1970"] * 60).shown == "looks like 99/99/9999"
    assert _column(tmp_path, "Amount", ["5", "120"] * 30).shown == "5 to 120"
    assert _column(tmp_path, "Amount", ["5", "100012345678"] * 30).shown.startswith("looks like 9")


def test_one_value_in_a_twentieth_of_the_rows_is_suspicious(tmp_path: Path) -> None:
    def doubts(n_same: int) -> list[str]:
        values = ["Customer 3"] * n_same + [f"Customer {n}" for n in range(10, 110 - n_same)]
        return list(doubts_of(_column(tmp_path, "Customer ID", values)))

    assert doubts(4) == []
    (said,) = doubts(5)
    assert "(it looks like aaaaaaaa 9) is in 5 of 100 rows (5.0%)" in said
    assert "unknown_persons" in said and "Customer 3" not in said
    assert list(doubts_of(_column(tmp_path, "First name", ["Zebedee"] * 50 + ["Dougal"] * 50))) == []


def test_empty_and_constant_columns_and_ragged_rows_are_counted(tmp_path: Path) -> None:
    looked = _look(tmp_path, "a.csv", "Ref,Gone,Same\n" + "".join(f"R{n},,x\n" for n in range(9)) + "R,1,2,3\nR\n")
    assert (looked.n_rows, looked.n_malformed) == (9, 2)
    assert [list(doubts_of(column)) for column in looked.columns] == [
        [], ["empty in every row"], ["the same in every filled row"],
    ]  # fmt: skip


def test_a_long_file_is_looked_at_in_part_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journeys.sample_rows, "SAMPLE_ROWS", 9)
    assert not _look(tmp_path, "a.csv", "Ref\n" + "R\n" * 9).is_sample
    looked = _look(tmp_path, "b.csv", "Ref\n" + "R\n" * 10)
    assert (looked.n_rows, looked.is_sample) == (9, True)


@pytest.mark.parametrize(
    "first", ["C-1,07700 900123,Quill", "C-1,zq@example.org,Quill", "C-1,02/11/2026 09:00,Quill", "C-1,17,Quill"]
)
def test_a_file_without_a_header_is_refused_and_not_repeated(tmp_path: Path, first: str) -> None:
    with pytest.raises(SourceError, match="the first line looks like a row") as raised:
        _look(tmp_path, "a.csv", f"{first}\n{first}\n")
    assert not [cell for cell in first.split(",") if cell in str(raised.value) and cell != "17"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"Ref,At\n", "not one row"),
        (b"[]", "not one row"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "save it as .xlsx"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        _look(tmp_path, "a.xls", content)

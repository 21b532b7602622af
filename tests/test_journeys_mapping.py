"""What a mapping does with values: expressions, closed lists of channels, services and kinds, versions of a row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from builders_workspace import load, make_workspace, merged, open_project, put_source

from journeys.engine import Engine
from journeys.errors import SettingsError
from journeys.expressions import read_expression
from journeys.sources.json_files import _at_path
from reports.pipeline import Opened

LOG = """
[[source]]
name = "log"
kind = "contact"
files = "log*.csv"
format = "csv"
timezone = "UTC"

[source.columns]
started_at = "at"
channel = { value = "phone" }
"""
EXTRA = "\n[services.council_tax]\nname = 'Council tax'\ngap = '30 days'\n"


def _opened(root: Path, content: str, *columns: str, kind: str = "contact", **files: str) -> Opened:
    """The log with these lines of [source.columns], which may replace the ones above."""
    named = {line.partition(" = ")[0] for line in columns}
    head, mark, mapped = LOG.replace('kind = "contact"', f'kind = "{kind}"').partition("[source.columns]")
    kept = [line for line in mapped.splitlines() if line.partition(" = ")[0] not in named]
    block = head + mark + "\n".join([*kept, *columns, ""])
    workspace = make_workspace(root / "w", block, log_csv=content)
    services = workspace.config / "services.toml"
    services.write_text(services.read_text() + EXTRA)
    for name, other in files.items():
        put_source(workspace, f"{name}.csv", other)
    return open_project(workspace.root)


def _contacts(opened: Opened) -> list[dict[str, object]]:
    with Engine() as engine:
        rows: list[dict[str, object]] = merged(engine, opened).to_dict("records")
    return rows


def _unmapped(opened: Opened) -> dict[tuple[str, str], int]:
    keys = {row["file_key"] for row in opened.store.loaded_files()}
    return {(row["field"], row["value"]): row["n_rows"] for row in opened.store.unmapped_counts(keys)}


def _refused(opened: Opened) -> list[tuple[int, str]]:
    return [(row["row_number"], row["reason"]) for row in opened.store.rejected_rows()]


ROWS = pd.DataFrame(
    {
        "Date": [" 02/11/2026"], "Time": ["09:15 "], "blank": ["  "], "seconds": ["1793610000"], "n": ["12.5"],
        "a.b": ["x.y-z"], "ev:x": ["Q"], 'say "hi"': ["yes"], "word": ["Zebedee"],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "gives"),
    [
        ('concat("Date", \' \', "Time")', "02/11/2026 09:15"),  # cells are trimmed, as columns are
        ('"Date" || \'/\' || "Time"', "02/11/2026/09:15"),
        ('concat_ws(\'; \', "Date", blank, "Time")', "02/11/2026; 09:15"),  # a blank cell is no cell
        ("coalesce(blank, nullif(word, 'x'))", "Zebedee"),
        ("blank IS NULL", "true"),
        ("CASE WHEN n > '1' AND NOT word = 'x' THEN lower(word) ELSE upper(word) END", "zebedee"),
        ("left(word, 2) || right(word, 1) || substr(word, 3, 2) || substring(word, 1, 1)", "ZeebeZ"),
        ("split_part(\"a.b\", '.', 1) || replace(\"ev:x\", 'Q', '-') || regexp_extract(\"a.b\", '-(.)', 1)", "x-z"),
        ('trim(\'  a \') || "say ""hi""" || length(word)', "ayes7"),
        ("try_cast(n AS DOUBLE) * 60 + 1 - 2 / 2", "750.0"),
        ("date_diff('second', try_strptime(\"Date\", '%d/%m/%Y'), TIMESTAMP '2026-11-02 00:01:00')", "60"),
        ("strftime(try_strptime(\"Date\", '%d/%m/%Y'), '%Y-%m-%d')", "2026-11-02"),
        ("to_timestamp(try_cast(seconds AS DOUBLE))", "2026-11-02 09:00:00+00"),
        ("to_timestamp(try_cast(seconds || '123456' AS DOUBLE) / 1000000)", "2026-11-02 09:00:00.123456+00"),
        ("cast(word AS DOUBLE)", None),  # no error that could repeat the value
        ("strftime(cast(word AS DATE), '%Y')", None),
        ("to_timestamp(try_cast(n AS DOUBLE) * 1e300)", None),
    ],
)
def test_an_expression_works_on_cells(expression: str, gives: str | None) -> None:
    with Engine() as engine:
        engine.load_frame("rows", ROWS)
        assert engine.value(f"SELECT {read_expression(expression).sql} FROM rows") == gives


def test_an_expression_names_the_columns_to_read() -> None:
    assert read_expression('concat("caller.number", "ev:x", plain, \'text\')').columns == (
        "caller.number", "ev:x", "plain",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("read_text('/etc/passwd')", "'read_text' is not allowed"),
        ("word IN (SELECT 1)", "'subquery' is not allowed"),
        ("EXISTS(SELECT 1) AND word = 'x'", "'exists' is not allowed"),
        ("SELECT word", "cannot be worked out|no expression|not allowed"),
        ("word; DROP TABLE rows", "no expression that can be read"),
        ("COLUMNS(*)", "'columns' is not allowed"),
        ("*", "'star' is not allowed"),
        ("$1 || word", "'placeholder' is not allowed"),
        ("getenv('HOME') || word", "'getenv' is not allowed"),
        ("random() || word", "'random' is not allowed"),
        ("now() || word", "'now' is not allowed"),
        ("lower(word) OVER ()", "'window' is not allowed"),
        ("count(word)", "'count' is not allowed"),
        ("strptime(word, '%d')", "did you mean 'try_strptime'"),
        ("make_timestamp(try_cast(n AS BIGINT))", "did you mean 'to_timestamp'"),
        ("word::JSON", "type 'JSON' is not allowed; allowed: DOUBLE"),
        ("rows.word", "in double quotes as a whole"),
        ("concat('a', 'b')", "reads no column"),
        ('concat("Date",', "no expression that can be read"),
        ("n + 1", "cannot be worked out.*try_cast"),
        ("round(word)", "cannot be worked out"),
        ("try_strptime(word, '%Q')", "cannot be worked out"),
        # TRY alone lets these two through to an error in the middle of a load, the second with the cell's value in it.
        ("regexp_extract(word, '(')", "cannot be worked out"),
        ("n IN (1, 2)", "cannot be worked out.*try_cast"),
        ("n > 1", "cannot be worked out.*try_cast"),
        ("date_diff('secnd', try_cast(n AS DATE), try_cast(word AS DATE))", "is no unit; allowed: second"),
    ],
)
def test_anything_else_is_refused_before_a_row_is_read(expression: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_expression(expression)


def test_a_refused_expression_is_a_settings_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"sources.toml: \[log\].columns.team.*'getenv' is not allowed.*split"):
        _opened(tmp_path, "at\n", "team = { expression = \"getenv('HOME') || at\" }")


def test_two_columns_make_a_time_and_the_other_keys_apply_to_the_result(tmp_path: Path) -> None:
    opened = _opened(
        tmp_path,
        "date,time,queue,minutes\n02/11/2026,09:15,Bins North,2\n02/11/2026,09:30,Roads,x\n",
        "started_at = { expression = '''concat(\"date\", ' ', \"time\")''', format = '%d/%m/%Y %H:%M' }",
        "service = { expression = '''split_part(\"queue\", ' ', 1)''', map = { 'Bins' = 'waste' }, default = 'general' }",
        "wait_s = { expression = '''replace(\"minutes\", 'x', '')''', unit = 'minutes' }",
        "team = { expression = '''CASE WHEN \"queue\" = 'Roads' THEN \"queue\" END''', default = 'none' }",
    )
    load(opened)
    first, second = _contacts(opened)
    assert (first["started_at"], first["time_precision"]) == (pd.Timestamp("2026-11-02 09:15"), "minute")
    assert (first["service"], first["wait_s"], first["team"]) == ("waste", 120, "none")
    assert (second["service"], second["team"]) == ("general", "Roads")
    assert pd.isna(second["wait_s"])
    assert _unmapped(opened) == {("service", "Roads"): 1}


CHANNELS = "at,channel\n2026-11-02 09:00:00,phone\n2026-11-02 09:05:00,fax\n2026-11-02 09:10:00,back_office\n"


def test_a_channel_nobody_knows_is_refused_and_counted(tmp_path: Path) -> None:
    opened = _opened(tmp_path, CHANNELS, 'channel = "channel"')
    loaded = load(opened)
    assert (loaded.n_stored, loaded.n_rejects) == (1, 2)
    assert _unmapped(opened) == {("channel", "fax"): 1, ("channel", "back_office"): 1}
    assert _refused(opened) == [(2, "channel_unknown"), (3, "channel_unknown")]


def test_a_default_stands_in_for_a_channel_nobody_knows(tmp_path: Path) -> None:
    opened = _opened(tmp_path, CHANNELS, 'channel = { column = "channel", default = "other" }')
    load(opened)
    assert [row["channel"] for row in _contacts(opened)] == ["phone", "other", "other"]
    assert _unmapped(opened) == {("channel", "fax"): 1, ("channel", "back_office"): 1}


def test_a_contact_cannot_be_mapped_to_the_back_office(tmp_path: Path) -> None:
    opened = _opened(
        tmp_path, CHANNELS, "channel = { column = 'channel', map = { phone = 'phone', fax = 'back_office' } }"
    )
    assert load(opened).n_rejects == 2


def test_steps_may_name_the_back_office(tmp_path: Path) -> None:
    opened = _opened(tmp_path, CHANNELS, 'channel = "channel"', 'activity = { value = "Works" }', kind="step")
    assert load(opened).n_stored == 2


def test_a_kind_nobody_knows_is_refused_and_never_lost(tmp_path: Path) -> None:
    content = "at,kind\n2026-11-02 09:00:00,contact\n2026-11-02 09:05:00,call\n2026-11-02 09:10:00,\n"
    opened = _opened(tmp_path, content, 'kind = "kind"', 'activity = { value = "Works" }')
    loaded = load(opened)
    assert (loaded.n_stored, loaded.n_rejects) == (1, 2)
    assert _refused(opened) == [(2, "kind_unknown"), (3, "kind_unknown")]
    assert _unmapped(opened) == {("kind", "call"): 1}


def test_an_unknown_service_is_general_and_an_unknown_direction_inbound_both_counted(tmp_path: Path) -> None:
    content = (
        "at,service,way\n2026-11-02 09:00:00,waste,outbound\n2026-11-02 09:05:00,wsate,OUT\n"
        "2026-11-02 09:10:00,council_tax,\n"
    )
    opened = _opened(tmp_path, content, 'service = "service"', 'direction = "way"')
    load(opened)
    rows = _contacts(opened)
    assert [row["service"] for row in rows] == ["waste", "general", "council_tax"]
    assert [row["direction"] for row in rows] == ["outbound", "inbound", "inbound"]
    assert _unmapped(opened) == {("service", "wsate"): 1, ("direction", "OUT"): 1}


@pytest.mark.parametrize("newer_first", [True, False])
@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2026-11-02T10:00:00Z", "2026-11-02T10:00:01Z"),
        ("2026-11-02T10:30:00+01:00", "2026-11-02T10:00:00Z"),  # 09:30 and 10:00 UTC
        ("", "1969-01-01T00:00:00Z"),  # a row that does not say is older than any that does
        ("Zebedee", "2026-11-02T10:00:00Z"),
    ],
)
def test_the_latest_version_counts_in_whatever_order_files_come(
    tmp_path: Path, older: str, newer: str, newer_first: bool
) -> None:
    versions = [(newer, "new"), (older, "old")][:: 1 if newer_first else -1]
    one, two = (f"at,id,changed,outcome\n2026-11-02 09:00:00,1,{changed},{outcome}\n" for changed, outcome in versions)
    columns = ('source_record_id = "id"', 'version_at = "changed"', 'outcome = "outcome"')
    opened = _opened(tmp_path, one, *columns, log_2=two)
    assert load(opened).n_stored == 2
    (contact,) = _contacts(opened)
    assert contact["outcome"] == "new"


def test_of_equal_versions_the_one_loaded_last_counts(tmp_path: Path) -> None:
    one, two = (f"at,id,changed,outcome\n2026-11-02 09:00:00,1,2026-11-02,{outcome}\n" for outcome in ("old", "new"))
    columns = ('source_record_id = "id"', 'version_at = "changed"', 'outcome = "outcome"')
    opened = _opened(tmp_path, one, *columns, log_2=two)
    load(opened)
    assert [row["outcome"] for row in _contacts(opened)] == ["new"]


@pytest.mark.parametrize(
    ("path", "gives"),
    [
        ("people.0.name", "Menu"),
        ("people.9.name", None),
        ("people.role=agent.name", "Desk"),
        ("people.role=nobody.name", None),
        ("people.n=2.name", "Desk"),
        ("params.page", "/bins"),
        ("params.session", 0),
        ("dotted.key", "whole"),
        ("people.0", '{"role": "menu", "name": "Menu", "n": 1}'),
    ],
)
def test_a_path_reaches_into_lists(path: str, gives: object) -> None:
    row = {
        "people": [{"role": "menu", "name": "Menu", "n": 1}, {"role": "agent", "name": "Desk", "n": 2}],
        "params": [{"key": "page", "value": {"string_value": "/bins"}}, {"key": "session", "value": {"int_value": 0}}],
        "dotted.key": "whole",
    }
    assert _at_path(row, path) == (True, gives)

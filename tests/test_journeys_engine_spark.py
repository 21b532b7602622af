"""Spark counts what DuckDB counts, row for row; and what is missing is said at once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from two_engines import CLUSTER, TABLES, Mined, difference, is_same_value, make_small_council, mine, why_no_spark

from journeys import spark_session
from journeys.errors import SettingsError
from journeys.open_engine import open_engine
from journeys.schema import RECORDS
from journeys.settings import EngineSettings
from journeys.spark_session import check_java, check_pyspark, check_reachable, stop_spark
from journeys.spark_sql import to_spark


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mined, Mined]]:
    """One small council, mined by DuckDB and by Spark with two executors of their own."""
    if why := why_no_spark():
        pytest.skip(why)
    opened = make_small_council(tmp_path_factory.mktemp("spark") / "w")
    duck, spark = mine(opened, ""), mine(opened, CLUSTER)
    yield duck, spark
    for mined in (duck, spark):
        mined.engine.close()
    stop_spark()
    assert not list(opened.workspace.spill.glob("spark-*")), "files with tokens were left behind"


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_row_for_row_those_of_duckdb(both: tuple[Mined, Mined], table: str) -> None:
    duck, spark = both
    assert not difference(duck.engine, spark.engine, table)


def test_published_tables_are_the_same(both: tuple[Mined, Mined]) -> None:
    duck, spark = (mined.run.findings["tables"] for mined in both)
    assert set(duck) == set(spark)
    assert [name for name in sorted(duck) if not is_same_value(duck[name], spark[name])] == []
    assert sum(bool(table["rows"]) for table in duck.values()) > 30


def test_tables_of_each_service_are_the_same(both: tuple[Mined, Mined]) -> None:
    duck, spark = (mined.run.findings["services"] for mined in both)
    assert len(duck) == len(spark) == 3
    for one, other in zip(duck, spark, strict=True):
        assert set(one["tables"]) == set(other["tables"])
        unlike = [name for name, table in one["tables"].items() if not is_same_value(table, other["tables"][name])]
        assert unlike == [], one["service"]
        assert sum(bool(table["rows"]) for table in one["tables"].values()) >= 10


@pytest.mark.parametrize("part", ["measures", "pain_points", "services", "period"])
def test_the_rest_of_the_findings_is_the_same(both: tuple[Mined, Mined], part: str) -> None:
    duck, spark = (mined.run.findings[part] for mined in both)
    assert len(duck) and is_same_value(duck, spark)


def test_something_is_compared(both: tuple[Mined, Mined]) -> None:
    """Empty tables would be equal too: all but two kinds of rare edges hold rows, joins by the model among them."""
    duck, _ = both
    sizes = {table: duck.engine.value(f'SELECT count(*) FROM "{table}"') for table in TABLES}
    assert {table for table, n in sizes.items() if not n} <= {"cut_edges", "set_aside_keys"}
    assert duck.engine.value("SELECT count(*) FROM persons WHERE method = 'probabilistic'")


def test_rows_handed_in_are_given_back_by_spark_with_the_types_of_duckdb(both: tuple[Mined, Mined]) -> None:
    frame = pd.DataFrame(
        {
            "name": ["it's \\ é", None],
            "n": [1, 2],
            "share": [0.5, None],
            "at": pd.to_datetime(["2026-11-02 09:15", None]),
        }
    )
    found = []
    for mined in both:
        mined.engine.load_frame("handed_in", frame)
        mined.engine.add("handed_in", "SELECT 'third', 3, 1, TIMESTAMP '2026-11-03 00:00:00.25'")
        mined.engine.save_view("handed_on", "SELECT * FROM handed_in WHERE n > 1")
        mined.engine.rename_view("handed_on", "handed_over")
        found.append(
            mined.engine.run("SELECT * FROM handed_over WHERE name IS NULL OR name = $name ORDER BY n", name="third")
        )
        assert mined.engine.value("SELECT n FROM handed_in WHERE name = $name", name="it's \\ é") == 1
        mined.engine.drop("handed_in", "never_there")
        assert not mined.engine.has_table("handed_in")
    pd.testing.assert_frame_equal(found[0], found[1])


def test_a_table_without_files_is_empty_and_typed(both: tuple[Mined, Mined]) -> None:
    _, spark = both
    stored = spark.engine.run("SELECT * FROM records LIMIT 1")
    with open_engine(EngineSettings(url=CLUSTER)) as engine:
        engine.scan(RECORDS, [])
        assert list(engine.run("SELECT * FROM records").columns) == list(stored.columns)
        assert engine.value("SELECT max(started_at) FROM records") is None


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a FROM t WHERE b = $b AND $c IS NULL", "SELECT `a` FROM `t` WHERE `b` = 'it\\'s' AND NULL IS NULL"),
        (
            "SELECT lag(a) OVER w FROM t WINDOW w AS (ORDER BY b)",
            "SELECT LAG(`a`) OVER (ORDER BY `b` NULLS LAST) FROM `t`",
        ),
        ("SELECT arg_min(a, b) FROM t", "SELECT MIN_BY(`a`, `b`) FILTER(WHERE NOT `a` IS NULL) FROM `t`"),
        ("SELECT any_value(a) FILTER (WHERE b) FROM t", "SELECT ANY_VALUE(`a`, TRUE) FILTER(WHERE `b`) FROM `t`"),
        ("SELECT isodow(a) FROM t", "SELECT (WEEKDAY(`a`) + 1) FROM `t`"),
    ],
)
def test_forms_that_the_engines_spell_differently(sql: str, expected: str) -> None:
    assert to_spark(sql, {"b": "it's", "c": None}) == expected


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_session, "pyspark", None)
    with pytest.raises(SettingsError, match=r"config/engine.toml: url: PySpark is not installed.*journeys\[spark\]"):
        open_engine(EngineSettings(url="local[2]"))


def test_an_old_pyspark_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        __version__ = "3.5.4"

    monkeypatch.setattr(spark_session, "pyspark", Old)
    with pytest.raises(SettingsError, match=r"PySpark 3\.5\.4 is installed and 4\.\d or newer is needed"):
        check_pyspark()


def test_without_java_its_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="needs Java 17 or newer, and none is found.*openjdk-17"):
        check_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with pytest.raises(SettingsError, match="JAVA_HOME is .*gone"):
        check_java()


@pytest.mark.parametrize(("version", "said"), [("1.8.0_392", "Java 8"), ("11.0.21", "Java 11"), ("17.0.9", "")])
def test_an_old_java_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, said: str) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if said:
        with pytest.raises(SettingsError, match=f"needs Java 17 or newer, and .* is {said};"):
            check_java()
    else:
        check_java()


def test_a_cluster_that_does_not_answer_is_named() -> None:
    with socket.socket() as held:  # bound and not listening: nobody answers there
        held.bind(("127.0.0.1", 0))
        url = f"spark://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(SettingsError, match=rf"no Spark master answers at {url}.*start-master\.sh.*url = \"\""):
            check_reachable(url)


def test_one_answering_master_of_several_is_enough() -> None:
    with socket.socket() as held, socket.create_server(("127.0.0.1", 0)) as listening:
        held.bind(("127.0.0.1", 0))
        check_reachable(f"spark://127.0.0.1:{held.getsockname()[1]},127.0.0.1:{listening.getsockname()[1]}")


@pytest.mark.parametrize("url", ["duckdb", "spark://host", "yarn", "local-cluster[2,1]", "http://host:7077"])
def test_a_url_of_no_engine_is_refused_by_the_settings(url: str) -> None:
    with pytest.raises(ValueError, match="names no engine; leave it empty"):
        EngineSettings(url=url)


@pytest.mark.parametrize(
    "url", ["", "spark://a.example.org:7077,b:7077", "local-cluster[2,1,2048]", "local[2]", "local[*]"]
)
def test_urls_of_engines_are_taken(url: str) -> None:
    given: Any = EngineSettings(url=url)
    assert given.url == url

"""Open a Spark session for the settings' url, or say at once why that cannot be done and how to mend it.

Nobody else imports pyspark. PySpark comes with the extra `spark`; it needs Java 17 or newer. One Spark application is kept
for the process and shared by its engines: starting one takes seconds, and a past is made week after week. The session
speaks like DuckDB: UTC, times without a zone, and standard SQL that fails on an overflow instead of guessing.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from journeys.errors import SettingsError

try:
    import pyspark
    from pyspark.sql import SparkSession
except ImportError:
    pyspark = None

LEAST_SPARK, LEAST_JAVA = 4, 17
_REACHED_WITHIN_S = 3.0
_PORT = 7077
_CLUSTER = re.compile(r"local-cluster\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]")
_STANDALONE = "spark://"
_FIXED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "FATAL",
}


class _Kept:
    """The application of this process, once there is one."""

    session: Any = None
    url: str = ""
    folder: Path | None = None  # what Spark spills, and what executors on this machine write as they run


def open_session(url: str, *, memory_mb: int, spill_to: Path) -> Any:
    """A session of its own (its own names of tables) in the process's Spark application.

    `memory_mb` is for Spark inside this process; what executors take is said by the url or by the cluster. Raises
    SettingsError where PySpark or Java is missing or too old, or Spark does not answer within seconds.
    """
    check_pyspark()
    check_java()
    check_reachable(url)
    if _Kept.session is None or _Kept.url != url:
        stop_spark()
        _Kept.session, _Kept.url = _start(url, memory_mb, spill_to), url
    return _Kept.session.newSession()


def stop_spark() -> None:
    """End the Spark application of this process, if there is one."""
    if _Kept.session is not None:
        _Kept.session.stop()
        shutil.rmtree(_Kept.folder or "", ignore_errors=True)
        _Kept.session = _Kept.folder = None


def check_pyspark() -> None:
    """Raise SettingsError where PySpark is missing or too old."""
    if pyspark is None:
        raise _unusable("PySpark is not installed; run: pip install 'journeys[spark]'")
    if int(pyspark.__version__.split(".")[0]) < LEAST_SPARK:
        raise _unusable(
            f"PySpark {pyspark.__version__} is installed and {LEAST_SPARK}.0 or newer is needed; "
            "run: pip install --upgrade 'journeys[spark]'"
        )


def check_java() -> None:
    """Raise SettingsError where Java is missing or too old."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    where = f"JAVA_HOME is {home}" if home else "JAVA_HOME is not set and there is no java on the PATH"
    mend = f"install Java {LEAST_JAVA} (on Debian and Ubuntu: apt-get install openjdk-17-jre-headless)"
    if java is None:
        raise _unusable(f"Spark needs Java {LEAST_JAVA} or newer, and none is found ({where}); {mend}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None or int(found[1]) < LEAST_JAVA:
        version = f"Java {found[1]}" if found else "no Java that tells its version"
        raise _unusable(f"Spark needs Java {LEAST_JAVA} or newer, and {java} is {version}; {mend}, or set JAVA_HOME")


def check_reachable(url: str) -> None:
    """Raise SettingsError where none of a cluster's masters takes a connection; Spark itself would wait a minute."""
    if not url.startswith(_STANDALONE):
        return
    masters = url.removeprefix(_STANDALONE).split(",")
    for master in masters:
        host, _, port = master.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED_WITHIN_S).close()
            return
        except OSError as error:
            why = error.strerror or str(error)
    raise _unusable(
        f"no Spark master answers at {url} ({why}); check the name and port (usually {_PORT}), that the master runs "
        '(sbin/start-master.sh) and that no firewall is between. To count without Spark, write url = ""'
    )


def _start(url: str, memory_mb: int, spill_to: Path) -> Any:
    logging.getLogger("py4j").setLevel(logging.ERROR)
    _Kept.folder = Path(tempfile.mkdtemp(prefix="spark-work-", dir=spill_to))
    builder = SparkSession.builder.appName("journeys").master(url)
    for name, value in _options(url, memory_mb, _Kept.folder).items():
        builder = builder.config(name, value)
    try:
        with _environment(url, _Kept.folder):
            session = builder.getOrCreate()
    except Exception as error:  # py4j's, Spark's and the launcher's errors have nothing in common
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise _unusable(
            f"Spark did not start at {url}: {' '.join(lines[:2]) or type(error).__name__}. Check that Spark on the "
            f'cluster is version {pyspark.__version__}, as PySpark is here; to count without Spark, write url = ""'
        ) from None
    atexit.register(stop_spark)
    return session


def _options(url: str, memory_mb: int, folder: Path) -> dict[str, str]:
    options = {**_FIXED, "spark.local.dir": str(folder)}
    if url.startswith(_STANDALONE):
        return options
    # On one machine there are few cores: many small pieces would cost more than they share.
    options["spark.sql.shuffle.partitions"] = "8"
    if cluster := _CLUSTER.fullmatch(url):
        return {**options, "spark.executor.memory": f"{cluster[3]}m"}
    return {**options, "spark.driver.memory": f"{memory_mb}m"}


@contextmanager
def _environment(url: str, folder: Path) -> Iterator[None]:
    """While Spark starts on this machine alone: nothing listens beyond it, and executors write below our folder."""
    before = dict(os.environ)
    if not url.startswith(_STANDALONE):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        os.environ.setdefault("SPARK_WORKER_DIR", str(folder))
    try:
        yield
    finally:
        for name in ("SPARK_LOCAL_IP", "SPARK_WORKER_DIR"):
            if name not in before:
                os.environ.pop(name, None)


def _unusable(why: str) -> SettingsError:
    return SettingsError([f"config/engine.toml: url: {why}"])

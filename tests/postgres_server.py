"""A real PostgreSQL for tests: made in a temporary folder, on a free loopback port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

PASSWORD = "correct horse"  # noqa: S105 - of a server that lives for one test run


class Server:
    """A cluster on a port of its own that can be started and stopped; the user is `owner`."""

    def __init__(self, binaries: Path, folder: Path, user: str | None) -> None:
        self._binaries, self._folder, self._user = binaries, folder, user
        self._running: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        """SQLAlchemy URL without the password."""
        return f"postgresql+psycopg://owner@127.0.0.1:{self.port}/postgres"

    @property
    def url_with_password(self) -> str:
        """The same with it, for making tables."""
        return self.url.replace("owner@", f"owner:{PASSWORD.replace(' ', '%20')}@")

    def start(self) -> None:
        """Until it answers."""
        settings = ["-D", "cluster", "-h", "127.0.0.1", "-p", str(self.port), "-k", str(self._folder), "-F"]
        log = self._folder / "log"
        with log.open("ab") as file:
            self._running = subprocess.Popen(
                [self._binaries / "postgres", *settings], stdout=file, stderr=file, user=self._user, cwd=self._folder
            )
        _wait_until_ready(self, self._running, log)

    def stop(self) -> None:
        """At once, whoever is connected."""
        if self._running is None:
            return
        self._running.send_signal(
            signal.SIGINT
        )  # the "fast" stop; a plain SIGTERM waits for clients that are still connected
        try:
            self._running.wait(30)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running server, or a skip that says why."""
    pytest.importorskip("psycopg", reason="the PostgreSQL driver psycopg is not installed")
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL (initdb, postgres) is not installed here")
    with running_postgres(binaries) as server:
        yield server


def find_postgres() -> Path | None:
    """Where initdb and postgres are, or None."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


@contextmanager
def running_postgres(binaries: Path) -> Iterator[Server]:
    """A new cluster that runs until the context is left."""
    # A folder of its own: pytest's are closed to other users, and too deep for the path of a socket.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        user = _other_user()
        secret, home = folder / "password", folder / "cluster"
        secret.write_text(PASSWORD)
        home.mkdir()
        for path in (folder, secret, home):
            if user:
                shutil.chown(path, user)
        _make_cluster(binaries, folder, user)
        server = Server(binaries, folder, user)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(binaries: Path, folder: Path, user: str | None) -> None:
    options = ["-D", "cluster", "-U", "owner", "-A", "scram-sha-256", "--pwfile=password", "-E", "UTF8", "--locale=C"]
    command = [str(binaries / "initdb"), *options, "--no-sync"]
    made = subprocess.run(command, capture_output=True, text=True, user=user, cwd=folder)
    if made.returncode:
        pytest.fail(f"initdb could not make a cluster: {made.stderr}")


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    return "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: Server, running: subprocess.Popen[bytes], log: Path) -> None:
    """The port opens before the server answers, so it is ready when a login works."""
    engine = sa.create_engine(server.url_with_password, poolclass=sa.NullPool)
    for _ in range(300):
        if running.poll() is not None:
            break
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError:
            time.sleep(0.1)
    pytest.fail(f"PostgreSQL did not become ready: {log.read_text(errors='replace')}")

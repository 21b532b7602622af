"""A real PostgreSQL for tests: made in a temporary folder, on a free loopback port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "correct horse"  # noqa: S105 - of a server that lives for one test run


@dataclass(frozen=True)
class Server:
    """Where the server listens; the user is `owner`."""

    port: int

    @property
    def url(self) -> str:
        """SQLAlchemy URL without the password."""
        return f"postgresql+psycopg://owner@127.0.0.1:{self.port}/postgres"

    @property
    def url_with_password(self) -> str:
        """The same with it, for making tables."""
        return self.url.replace("owner@", f"owner:{PASSWORD.replace(' ', '%20')}@")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server, or a skip that says why."""
    pytest.importorskip("psycopg", reason="the PostgreSQL driver psycopg is not installed")
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL (initdb, postgres) is not installed here")
    with _server(binaries, tmp_path_factory.mktemp("postgres")) as server:
        yield server


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


@contextmanager
def _server(binaries: Path, folder: Path) -> Iterator[Server]:
    user = _other_user(folder)  # initdb refuses to run as root
    secret, home = folder / "password", folder / "cluster"
    secret.write_text(PASSWORD)
    home.mkdir()
    for path in (folder, secret, home):
        if user:
            shutil.chown(path, user)
    options = ["-D", str(home), "-U", "owner", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-sync"]
    subprocess.run([binaries / "initdb", *options], check=True, capture_output=True, user=user, cwd=folder)
    port = _free_port()
    settings = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-F"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", str(home), *settings], stdout=log, stderr=log, user=user, cwd=folder
        )
        try:
            _wait_until_open(port, server)
            yield Server(port)
        finally:
            server.terminate()
            server.wait(30)


def _other_user(folder: Path) -> str | None:
    if os.getuid() != 0:
        return None
    for parent in [folder, *folder.parents]:
        if parent.stat().st_uid == 0 and parent != Path("/tmp") and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            pytest.fail("PostgreSQL stopped as soon as it was started")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("PostgreSQL did not open its port in 30 seconds")

"""The published pages over HTTP, asked by a real client and by hostile ones."""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders_findings import findings

from reports.cli import main
from reports.publish import publish_week
from reports.serve import make_server, open_socket

KEY = "the-key-of-this-workspace"
JOURNEY = "/2026-W46/journeys/council-tax.html"
STRICT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Server": None,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    (root / "config").mkdir()
    (root / "key").write_text(KEY)
    publish_week(root / "site", findings())
    (root / "site" / "stolen.html").symlink_to(root / "key")
    (root / "site" / "above").symlink_to(root)
    (root / "site" / "round").symlink_to(root / "site" / "round")
    (root / "site" / ".hidden").mkdir()
    (root / "site" / ".hidden" / "index.html").write_text(KEY)
    (root / "site" / "note.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return root / "site"


@contextmanager
def _serving(
    site: Path,
    trusted_header: str | None = None,
    hosts: tuple[str, ...] = (),
    report: Callable[[str], None] = lambda _line: None,
    today: date = date(2026, 11, 29),
) -> Iterator[int]:
    """The port of a server that runs in a thread of its own until the block ends."""
    listening = open_socket("127.0.0.1", 0, is_trusted=False)  # clients may come before the thread is ready: they wait
    server = make_server(site, trusted_header=trusted_header, hosts=hosts, report=report, today=lambda: today)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    port = int(listening.getsockname()[1])
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port(site: Path) -> Iterator[int]:
    with _serving(site, hosts=("journeys.council.example",)) as port:
        yield port


def _ask(
    port: int, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, answer.headers


def _raw(port: int, request: bytes) -> tuple[int, bytes]:
    """What comes back for bytes that no proper client would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split(b" ", 2)[1]), answer


def _get(target: bytes, *headers: bytes) -> bytes:
    lines = [b"GET " + target + b" HTTP/1.1", b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"", b""])


@pytest.mark.parametrize(
    ("path", "file", "content_type"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/2026-W46/", "2026-W46/index.html", "text/html; charset=utf-8"),
        (JOURNEY, JOURNEY[1:], "text/html; charset=utf-8"),
        ("/2026-W46/findings.json", "2026-W46/findings.json", "application/json"),
        ("/data/labels.csv", "data/labels.csv", "text/csv; charset=utf-8"),
        ("/feed.xml", "feed.xml", "application/atom+xml"),
        (
            "/latest/all-tables.xlsx",
            "latest/all-tables.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("/note.svg", "note.svg", "application/octet-stream"),  # nothing unknown is shown: it might run
    ],
)
def test_files_come_whole_with_their_type(port: int, site: Path, path: str, file: str, content_type: str) -> None:
    status, content, headers = _ask(port, path)
    assert (status, content, headers["Content-Type"]) == (200, (site / file).read_bytes(), content_type)
    assert {name: headers[name] for name in STRICT} == STRICT
    status, content, headers = _ask(port, path, "HEAD")
    assert (status, content, headers["Content-Length"]) == (200, b"", str((site / file).stat().st_size))


@pytest.mark.parametrize("path", ["/", "/missing", "/health", "/.hidden/", JOURNEY])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_every_answer_has_the_strict_headers(port: int, path: str, method: str) -> None:
    _, _, headers = _ask(port, path, method)
    assert {name: headers[name] for name in STRICT} == STRICT
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1]


def test_an_unchanged_page_is_not_sent_again(port: int, site: Path) -> None:
    etag = _ask(port, "/")[2]["ETag"]
    status, content, headers = _ask(port, "/", headers={"If-None-Match": etag})
    assert (status, content, headers["ETag"]) == (304, b"", etag)
    assert {name: headers[name] for name in STRICT} == STRICT
    assert _ask(port, "/", headers={"If-None-Match": '"other"'})[0] == 200


@pytest.mark.parametrize(
    "target",
    [
        b"/../key", b"/%2e%2e/key", b"/..%2fkey", b"/..%5ckey", b"/2026-W46/../../key", b"/2026-W46/%2e%2e%2f%2e%2e%2fkey",
        b"//etc/passwd", b"/%2fetc/passwd", b"/%00", b"/index.html%00", b"/stolen.html", b"/above/key", b"/above/", b"/round",
        b"/round/", b"/.hidden/", b"/.hidden/index.html", b"/x/..%2f.hidden/", b"/index.html/", b"/" + b"a" * 5000, b"/%ff%fe",
        b"/2026-W46", b"/data/", b"/2026-W46/journeys/", b"http://elsewhere.example/../key", b"/%0d%0aSet-Cookie:%20a=b",
        b"/../site-public/index.html", b".hidden/index.html", b"../key", b"\\..\\key",
    ],
)  # fmt: skip
def test_nothing_outside_the_pages_is_reached_and_no_folder_is_listed(port: int, target: bytes) -> None:
    status, answer = _raw(port, _get(target, b"Host: localhost"))
    assert status == 404
    assert KEY.encode() not in answer and b"root:" not in answer and b"Set-Cookie" not in answer
    assert b"There is no such page." in answer
    assert b"council-tax" not in answer and b"labels" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/missing", "/health"])
def test_pages_can_only_be_read(port: int, method: str, path: str) -> None:
    status, _, headers = _ask(port, path, method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ([b"localhost"], 200),
        ([b"127.0.0.1:8080"], 200),
        ([b"[::1]:8080"], 200),
        ([b"Journeys.Council.Example"], 200),
        ([b"elsewhere.example"], 400),
        ([b"localhost.elsewhere.example"], 400),
        ([b"localhost@elsewhere.example"], 400),
        ([b"council.example"], 400),
        ([b""], 400),
        ([], 400),
        ([b"localhost", b"elsewhere.example"], 400),
    ],
)
def test_pages_are_given_only_under_known_names(port: int, hosts: list[bytes], expected: int) -> None:
    status, answer = _raw(port, _get(b"/", *(b"Host: " + host for host in hosts)))
    assert status == expected
    assert (b"<h1>" in answer) == (expected == 200) and b"elsewhere" not in answer


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-9", "bytes=-5", "bytes=5-", "bytes=9-2", "bytes=999999999999-", "bytes=--1", "bytes=a-b", "bytes=", "lines=1-2",
        "nonsense", "bytes=" + "9" * 5000 + "-", "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 4000, 2)), "bytes=0-0,0-0,-0",
    ],
)  # fmt: skip
def test_ranges_are_overlooked(port: int, site: Path, asked: str) -> None:
    status, content, headers = _ask(port, "/", headers={"Range": asked, "If-Range": "x", "If-Modified-Since": asked})
    assert (status, content, headers["Accept-Ranges"]) == (200, (site / "index.html").read_bytes(), "none")


def test_malformed_requests_do_not_stop_the_server(port: int) -> None:
    for request in (
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET\r\n\r\n",
        _get(b"/ /", b"Host: localhost"),
        _get(b"/", b"Host"),
    ):
        assert _raw(port, request)[0] == 400
    upgrade = _get(b"/", b"Host: localhost", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")
    assert _raw(port, upgrade.replace(b"Connection: close", b"Connection: close, upgrade"))[0] == 200
    assert _ask(port, "/")[0] == 200


def test_behind_a_proxy_only_who_is_signed_in_is_answered(site: Path) -> None:
    said: list[str] = []
    host = b"Host: localhost"
    with _serving(site, trusted_header="X-Remote-User", report=said.append) as port:
        for target in (b"/", b"/health", b"/missing", b"/feed.xml"):
            for forged in ((), (b"X-Remote-User:",), (b"X-Remote-User:  ",), (b"X_Remote_User: ann",), (b"Remote-User: ann",),
                           (b"X-Remote-User: ann", b"X-Remote-User: ann"), (b"X-Remote-User: ann", b"x-remote-user:"))  :  # fmt: skip
                status, answer = _raw(port, _get(target, host, *forged))
                assert status == 403 and b"You are not signed in." in answer and b"frame-ancestors" in answer
        assert _raw(port, _get(b"/?who=ann", host, b"x-remote-user: ann"))[0] == 200
        assert _raw(port, _get(b"/", b"Host: elsewhere.example", b"X-Remote-User: ann"))[0] == 400
    assert said[0] == "GET / 403"
    assert said[-2:] == ["GET / 200", "GET / 400"]
    assert not [line for line in said if "ann" in line]


def test_the_log_is_one_line_an_answer_and_escapes_what_was_asked(site: Path) -> None:
    said: list[str] = []
    with _serving(site, report=said.append) as port:
        _raw(port, _get(b"/a%0d%0aGET%20/forged%20200%1b[31m?name=ann", b"Host: localhost"))
        _ask(port, "/", "HEAD")
    assert said == ["GET /a%0D%0AGET%20/forged%20200%1B%5B31m 404", "HEAD / 200"]


@pytest.mark.parametrize(("today", "status"), [(date(2026, 11, 29), "ok"), (date(2026, 11, 30), "late")])
def test_health_says_the_newest_week_and_whether_the_next_one_is_missing(site: Path, today: date, status: str) -> None:
    with _serving(site, today=today) as port:
        answered, content, headers = _ask(port, "/health")
    assert (answered, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(content) == {"status": status, "last_week": "2026-W46"}


def test_before_the_first_week_there_is_only_health(tmp_path: Path) -> None:
    with _serving(tmp_path) as port:
        assert _ask(port, "/")[0] == 404
        assert json.loads(_ask(port, "/health")[1]) == {"status": "late", "last_week": None}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--host", "0.0.0.0"], "--trusted-header X-Remote-User"),
        (["--host", "::"], "--trusted-header X-Remote-User"),
        (["--host", "no..host"], "cannot listen there"),
        (["--port", "65536"], "0 to 65535"),
        (["--trusted-header", "User-Agent"], "only your proxy sets"),
        (["--trusted-header", "Accept-Language"], "only your proxy sets"),
        (["--trusted-header", ""], "only your proxy sets"),
        (["--trusted-header", "X: y"], "only your proxy sets"),
        (["--allow-host", "*"], "plain name"),
        (["--allow-host", "x.example:80"], "plain name"),
    ],
)
def test_an_address_or_name_that_may_not_be_is_refused(
    site: Path, capsys: pytest.CaptureFixture[str], given: list[str], said: str
) -> None:
    assert main(["serve", "--workspace", str(site.parent), *given]) == 2
    assert said in capsys.readouterr().err


def test_a_port_in_use_is_said_plainly(site: Path, port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--workspace", str(site.parent), "--port", str(port)]) == 2
    assert "cannot listen there" in capsys.readouterr().err


def test_without_its_extra_the_command_says_what_to_install(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "reports.serve")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve", "--workspace", str(site.parent)]) == 2
    assert "pip install 'journeys[serve]'" in capsys.readouterr().err


def test_a_proxy_may_listen_to_every_address() -> None:
    with open_socket("0.0.0.0", 0, is_trusted=True) as listening:
        assert listening.getsockname()[0] == "0.0.0.0"


def test_in_a_browser_the_script_runs_and_no_policy_is_broken(browser: Any, site: Path, port: int) -> None:
    complaints: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(f"{message.location['url']}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in ("/", "/2026-W46/", "/2026-W46/board.html", JOURNEY):
        page.goto(f"http://127.0.0.1:{port}{path}")
        assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px", "the style is used"
    table = page.locator("#t-council-tax-steps")
    table.get_by_role("button", name="Journeys").click()
    assert table.locator("tbody tr").first.locator("td").nth(1).inner_text() == "1,840"
    page.close()
    # a browser may ask for an icon by itself, and say that there is none
    assert [line for line in complaints if "/favicon.ico: " not in line] == []

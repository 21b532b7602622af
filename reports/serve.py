"""`journeys serve`: the published folder `site/` over HTTP, read-only, for councils without a web server.

In: a workspace, an address, the header in which a proxy names who is signed in. Out: answers, and one line for each: method,
path and status, never who asked or what followed a question mark. There is no log-in of our own: beyond this machine it only
serves behind a proxy that signs people in and sets that header; the proxy must remove the header from what comes from outside.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

from journeys.errors import SettingsError
from journeys.periods import week_of
from journeys.workspace import open_workspace
from reports.publish import published_weeks
from reports.render import script_source

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, JSONResponse, Response
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
except ImportError:
    raise SettingsError(["the web server is not installed; run: pip install 'journeys[serve]'"]) from None

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
# What every browser sends by itself cannot show that a proxy let somebody in.
_HEADER = re.compile(
    r"(?!(host|user-agent|cookie|referer|origin|connection|pragma|priority|(accept|cache|content|if|sec|upgrade).*)$)"
    r"[a-z0-9][a-z0-9_-]*",
    re.IGNORECASE,
)
# Whole files, compared by ETag, leave nothing to get wrong; HTTP allows a server to overlook these.
_OVERLOOKED = {b"range", b"if-range", b"if-modified-since"}
# Said here, not guessed from the machine's own list of types; anything else is only to be downloaded.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/atom+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SAID = {403: "You are not signed in.", 404: "There is no such page.", 405: "Pages can only be read."}
_LATE_AFTER = timedelta(weeks=2)  # a week is published within the week after it, else it is late


def serve_site(
    root: Path, *, host: str, port: int, trusted_header: str | None, hosts: Sequence[str], report: Callable[[str], None]
) -> int:
    """Serve until stopped (Ctrl-C or SIGTERM); raises SettingsError for an address or a name that may not be."""
    site = open_workspace(root).site
    if trusted_header is not None and not _HEADER.fullmatch(trusted_header):
        raise SettingsError(
            [f"--trusted-header {trusted_header}: name one only your proxy sets, such as X-Remote-User"]
        )
    if wrong := [name for name in hosts if not _HOST.fullmatch(name)]:
        raise SettingsError([f"--allow-host {name}: give a plain name, without port or *" for name in wrong])
    listening = open_socket(host, port, is_trusted=trusted_header is not None)
    shown, bound = listening.getsockname()[:2]
    report(f"serving http://{f'[{shown}]' if ':' in shown else shown}:{bound}/ (stop with Ctrl-C)")
    with suppress(KeyboardInterrupt):
        make_server(site, trusted_header=trusted_header, hosts=hosts, report=report).run(sockets=[listening])
    return 0


def open_socket(host: str, port: int, *, is_trusted: bool) -> socket.socket:
    """Listen at the address; at any but this machine's own only when `is_trusted`: a proxy says who is signed in."""
    if not 0 <= port <= 65535:
        raise SettingsError([f"--port {port}: give a number from 0 to 65535"])
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        if is_trusted or ip_address(address[0]).is_loopback:
            return socket.create_server(address, family=family)
    except (OSError, UnicodeError) as error:
        raise SettingsError([f"--host {host} --port {port}: cannot listen there ({error}); choose another"]) from None
    advice = (
        "leave --host out, or put single sign-on in front and name the header it sets: --trusted-header X-Remote-User"
    )
    raise SettingsError([f"--host {host}: other machines could read the pages without signing in; {advice}"])


def make_server(
    site: Path,
    *,
    trusted_header: str | None,
    hosts: Sequence[str],
    report: Callable[[str], None],
    today: Callable[[], date] = lambda: datetime.now(UTC).date(),
) -> uvicorn.Server:
    """A server of the pages below `site`; run it with the sockets to listen at."""

    def health(_request: Request) -> Response:
        newest = max(published_weeks(site), default="")
        is_late = newest < str(week_of(today() - _LATE_AFTER))
        return JSONResponse({"status": "late" if is_late else "ok", "last_week": newest or None})

    pages = Starlette(
        routes=[Route("/health", health), Mount("/", _Pages(directory=site))],
        exception_handlers={HTTPException: _refused},
    )
    hosted = TrustedHostMiddleware(pages, allowed_hosts=[*_LOOPBACK_NAMES, *hosts], www_redirect=False)
    policy = (  # pages name their own style by hash too; it differs from page to page, as colours can be chosen
        f"default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; script-src {script_source()}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = [("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-cache"),
               ("Referrer-Policy", "no-referrer")]  # fmt: skip
    return uvicorn.Server(
        uvicorn.Config(
            _guarded(hosted, trusted_header, report), headers=headers, server_header=False, proxy_headers=False,
            access_log=False, log_config=None, http="h11", ws="none", loop="asyncio", lifespan="off",
            timeout_graceful_shutdown=5,
        )
    )  # fmt: skip


class _Pages(StaticFiles):
    """The files of the site: no hidden ones, no links out of it, no listing."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if "/." in f"/{scope['path']}":  # hidden, or `..`, which no link of ours has
            raise HTTPException(404)
        try:
            return await super().get_response(f"{path}/index.html" if scope["path"].endswith("/") else path, scope)
        except OSError:  # a name that no file can have
            raise HTTPException(404) from None

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        if response.status_code != 304:
            response.headers["content-type"] = _TYPES.get(Path(full_path).suffix, "application/octet-stream")
            response.headers["accept-ranges"] = "none"
        return response


def _guarded(app: ASGIApp, trusted_header: str | None, report: Callable[[str], None]) -> ASGIApp:
    """Nobody gets past whom the proxy has not let in, and every answer leaves its line."""
    wanted = (trusted_header or "").lower().encode()

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_report(message: Message) -> None:
            if message["type"] == "http.response.start":
                report(f"{scope['method']} {quote(scope['path'])} {message['status']}")
            await send(message)

        users = [value.strip() for name, value in scope["headers"] if name == wanted]
        is_let_in = not wanted or (len(users) == 1 and users[0] != b"")
        kept = [(name, value) for name, value in scope["headers"] if name not in _OVERLOOKED]
        await (app if is_let_in else _page(403))({**scope, "headers": kept}, receive, send_and_report)

    return answer


def _refused(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _page(404 if status == 401 else status)  # 401: a file that this server may not read


def _page(status: int) -> Response:
    said = _SAID.get(status, "This cannot be answered.")
    html = f'<!doctype html>\n<html lang="en"><title>{said}</title><main><h1>{said}</h1></main></html>\n'
    return HTMLResponse(html, status, {"Allow": "GET, HEAD"} if status == 405 else None)

"""Mail through a real SMTP server: once to each recipient, again later where the server would not, never doubled unknowingly."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from builders_findings import findings
from builders_workspace import calls, make_workspace, put_source

from journeys.catalogue import DELIVERIES
from journeys.errors import SettingsError
from journeys.outbox import DEAD, MOST_TRIES, SENT, WAITING
from journeys.periods import Week
from reports.cli import main
from reports.deliver import queue_week, send_due
from reports.pipeline import Opened, open_project
from reports.publish import publish_week
from reports.schedule import publish_scheduled

controller_api = pytest.importorskip("aiosmtpd.controller", reason="aiosmtpd is not installed")
WEEK, NOW = Week(2026, 46), datetime(2026, 11, 16, 6, 0)
ANN, BOB = "Ann <ann@example.org>", "bob@example.org"


class Server:
    """Keeps what it takes; answers DATA with `answers` in turn, then with 250. "drop" takes the mail and hangs up unanswered."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.refused: dict[str, str] = {}
        self.taken: list[EmailMessage] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer[0] in "2d":
            self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        if answer == "drop":
            server.transport.close()
        return answer


@pytest.fixture()
def server() -> Iterator[tuple[Server, int]]:
    kept = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = controller_api.Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, port
    controller.stop()


def _opened(root: Path, port: int, *recipients: str) -> Opened:
    workspace = make_workspace(root)
    listed = ", ".join(f'"{recipient}"' for recipient in recipients)
    with (workspace.config / "schedules.toml").open("a") as file:
        file.write(f"recipients = [{listed}]\n")
    (workspace.config / "delivery.toml").write_text(
        'publish_url = "https://intranet.example.org/journeys/"\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "Journeys <journeys@example.org>"\n'
    )
    publish_week(workspace.site, findings())
    return open_project(root)


def _states(opened: Opened) -> list[tuple[str, int]]:
    query = sa.select(DELIVERIES.c.state, DELIVERIES.c.n_tries).order_by(DELIVERIES.c.recipient)
    return [(row["state"], row["n_tries"]) for row in opened.store.rows(query)]


def _send(opened: Opened, now: datetime = NOW) -> tuple[int, int]:
    return send_due(opened.place, lambda line: None, at=now)


def test_the_board_goes_along_where_that_is_asked_for_and_mail_goes_without_it_where_nothing_prints(
    tmp_path: Path, server: tuple[Server, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, port = server
    opened = _opened(tmp_path / "w", port, ANN, BOB)
    delivery = opened.workspace.config / "delivery.toml"
    delivery.write_text('attach = "pdf"\n' + delivery.read_text())
    opened = open_project(opened.workspace.root)
    queue_week(opened.place, (ANN,), WEEK, at=NOW)
    if Path("/usr/bin/chromium").exists():
        _send(opened)
        (sheet,) = kept.taken.pop().iter_attachments()
        assert sheet.get_filename() == "journeys-2026-W46.pdf" and sheet.get_content().startswith(b"%PDF")
    monkeypatch.setenv("PATH", str(tmp_path))
    queue_week(opened.place, (BOB,), WEEK, at=NOW)
    said: list[str] = []
    send_due(opened.place, said.append, at=NOW)
    assert not list(kept.taken[-1].iter_attachments())
    assert any("without its PDF" in line and "install" in line for line in said)


def test_each_recipient_gets_the_report_once(tmp_path: Path, server: tuple[Server, int]) -> None:
    kept, port = server
    opened = _opened(tmp_path / "w", port, ANN, BOB)
    for _ in range(3):  # the schedule runs again, and again
        queue_week(opened.place, (ANN, BOB), WEEK, at=NOW)
        _send(opened)
    assert sorted(str(mail["To"]) for mail in kept.taken) == [ANN, BOB]
    assert _states(opened) == [(SENT, 1), (SENT, 1)]
    assert len({str(mail["Message-ID"]) for mail in kept.taken}) == 2


def test_the_mail_says_what_happened_where_to_read_on_and_how_to_stop(
    tmp_path: Path, server: tuple[Server, int]
) -> None:
    kept, port = server
    opened = _opened(tmp_path / "w", port, ANN)
    queue_week(opened.place, (ANN,), WEEK, at=NOW)
    _send(opened)
    (mail,) = kept.taken
    assert str(mail["Subject"]).startswith("Median days was 9.4 days, above its usual range")
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text, page = (part.get_content() for part in mail.iter_parts())
    for words in ("What changed", "Where journeys fail most", "To get it no more, write to"):
        assert words in text
        assert words in page
    link = "https://intranet.example.org/journeys/2026-W46/index.html"
    assert f"Read the report: {link}" in text
    assert f'<a href="{link}">' in page


def test_what_the_server_puts_off_is_tried_again_later_and_longer(tmp_path: Path, server: tuple[Server, int]) -> None:
    kept, port = server
    kept.answers = ["451 later"] * 2
    opened = _opened(tmp_path / "w", port, ANN)
    queue_week(opened.place, (ANN,), WEEK, at=NOW)
    assert _send(opened) == (0, 1)
    assert _send(opened, NOW + timedelta(minutes=1)) == (0, 0)  # not yet
    assert _send(opened, NOW + timedelta(minutes=2)) == (0, 1)
    assert _send(opened, NOW + timedelta(minutes=5)) == (0, 0)
    assert _send(opened, NOW + timedelta(minutes=6)) == (1, 0)
    assert _states(opened) == [(SENT, 3)]
    assert len(kept.taken) == 1


def test_a_server_that_hangs_up_after_the_mail_gets_it_again_under_the_same_id(
    tmp_path: Path, server: tuple[Server, int]
) -> None:
    kept, port = server
    kept.answers = ["drop"]
    opened = _opened(tmp_path / "w", port, ANN)
    queue_week(opened.place, (ANN,), WEEK, at=NOW)
    _send(opened)
    assert _states(opened) == [(WAITING, 1)]
    _send(opened, NOW + timedelta(hours=1))
    assert _states(opened) == [(SENT, 2)]
    assert len({str(mail["Message-ID"]) for mail in kept.taken}) == 1


def test_a_recipient_refused_for_good_is_given_up_and_the_others_are_not(
    tmp_path: Path, server: tuple[Server, int]
) -> None:
    kept, port = server
    kept.refused = {"ann@example.org": "550 no such person"}
    opened = _opened(tmp_path / "w", port, ANN, BOB)
    queue_week(opened.place, (ANN, BOB), WEEK, at=NOW)
    assert _send(opened) == (1, 1)
    assert sorted(state for state, _ in _states(opened)) == [DEAD, SENT]


def test_a_server_that_is_not_there_is_given_up_after_so_many_tries(tmp_path: Path) -> None:
    opened = _opened(tmp_path / "w", 9, ANN)  # nobody listens there
    queue_week(opened.place, (ANN,), WEEK, at=NOW)
    for day in range(MOST_TRIES + 2):
        _send(opened, NOW + timedelta(days=day))
    assert _states(opened) == [(DEAD, MOST_TRIES)]


def test_who_is_no_longer_named_gets_nothing_more(tmp_path: Path, server: tuple[Server, int]) -> None:
    kept, port = server
    opened = _opened(tmp_path / "w", port, BOB)
    queue_week(opened.place, (ANN, BOB), WEEK, at=NOW)
    _send(opened)
    assert [str(mail["To"]) for mail in kept.taken] == [BOB]


def test_a_corrected_week_has_a_mail_of_its_own_and_the_old_one_is_not_sent(
    tmp_path: Path, server: tuple[Server, int]
) -> None:
    kept, port = server
    opened = _opened(tmp_path / "w", port, ANN)
    queue_week(opened.place, (ANN,), WEEK, at=NOW)
    changed = findings(seed=47)
    changed["run"] = {**changed["run"], "run_id": "fedcba9876543210"}
    publish_week(opened.workspace.site, changed)
    queue_week(opened.place, (ANN,), WEEK, at=NOW)
    _send(opened)
    assert [str(mail["Message-ID"]).split(".")[0] for mail in kept.taken] == ["<fedcba9876543210"]


def test_no_address_is_kept_in_the_catalogue(tmp_path: Path, server: tuple[Server, int]) -> None:
    opened = _opened(tmp_path / "w", server[1], ANN)
    server[0].refused = {"ann@example.org": "450 ann@example.org is busy"}
    queue_week(opened.place, (ANN,), WEEK, at=NOW)
    _send(opened)
    assert "ann" not in str(opened.store.rows(sa.select(DELIVERIES)))


@pytest.mark.parametrize(
    ("delivery", "says"),
    [
        ("", "has no [smtp] server"),
        ('[smtp]\nhost = "mail.example.org"\nsecurity = "none"\nsender = "a@example.org"', "unencrypted"),
        ('[smtp]\nhost = "mail.example.org"\nsender = "nobody"', "'nobody' is not an e-mail address"),
        ('publish_url = "intranet"', "publish_url"),
    ],
)
def test_settings_that_would_lose_or_leak_mail_are_refused(tmp_path: Path, delivery: str, says: str) -> None:
    opened = _opened(tmp_path / "w", 25, ANN)
    (opened.workspace.config / "delivery.toml").write_text(delivery)
    with pytest.raises(SettingsError) as refused:
        open_project(tmp_path / "w")
    assert says in str(refused.value)


def test_the_command_says_what_became_of_every_report(
    tmp_path: Path, server: tuple[Server, int], capsys: pytest.CaptureFixture[str]
) -> None:
    kept, port = server
    opened = _opened(tmp_path / "w", port, ANN, BOB)
    ask = ["deliver", "--workspace", str(tmp_path / "w")]
    assert main(ask) == 3
    kept.refused = {"ann@example.org": "550 no such person"}
    queue_week(opened.place, (ANN, BOB), WEEK, at=NOW)
    assert main(ask) == 1
    assert "2026-W46: 1 dead, 1 sent" in capsys.readouterr().out


def test_the_owner_is_told_why_no_report_came_out(tmp_path: Path, server: tuple[Server, int]) -> None:
    kept, port = server
    opened = _opened(tmp_path / "w", port, ANN)
    schedules = opened.workspace.config / "schedules.toml"
    schedules.write_text(f'{schedules.read_text()}owner = "{BOB}"\n')
    opened.store.close()
    publish_scheduled(str(tmp_path / "w"), "weekly")  # no contacts are loaded
    (mail,) = kept.taken
    assert str(mail["To"]) == BOB
    assert str(mail["Subject"]).startswith("No report for ")
    assert "no contacts are loaded up to this week" in mail.get_content()


def test_a_file_that_cannot_be_read_does_not_stop_the_report_and_the_owner_is_told(
    tmp_path: Path, server: tuple[Server, int]
) -> None:
    kept, port = server
    opened = _opened(tmp_path / "w", port, ANN)
    schedules = opened.workspace.config / "schedules.toml"
    schedules.write_text(f'{schedules.read_text()}owner = "{BOB}"\n')
    day = datetime.now(UTC).date() - timedelta(days=7)
    week = f"{day.isocalendar().year}-W{day.isocalendar().week:02d}"
    monday = day - timedelta(days=day.weekday())
    put_source(
        opened.workspace, "calls.csv", calls(*(f"{n},c{n},{monday:%d/%m/%Y} 10:{n:02d},BINS,yes" for n in range(40)))
    )
    put_source(opened.workspace, "calls2.csv", b"\x00\x01 no table at all")
    opened.store.close()
    publish_scheduled(str(tmp_path / "w"), "weekly")
    assert (opened.workspace.site / week / "index.html").is_file()
    subjects = {str(mail["To"]): str(mail["Subject"]) for mail in kept.taken}
    assert set(subjects) == {ANN, BOB}
    assert subjects[BOB].startswith(f"Report for {week} made without some files")


def test_a_clock_that_was_set_back_puts_no_mail_off_for_days(tmp_path: Path, server: tuple[Server, int]) -> None:
    kept, port = server
    opened = _opened(tmp_path / "w", port, ANN)
    queue_week(opened.place, (ANN,), WEEK, at=NOW + timedelta(days=2))  # the clock was two days ahead
    assert _send(opened, NOW) == (1, 0)
    assert len(kept.taken) == 1

"""An SMTP server that writes down what it takes: `smtp_sink.py MAILS MODE`; it prints its port and runs until killed.

The file MODE says how it answers: ok; refuse (451 to each mail); slow (five seconds for an answer); drop (takes the mail and hangs up
before it has answered).
"""

from __future__ import annotations

import asyncio
import email
import json
import socket
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

MAILS, MODE = Path(sys.argv[1]), Path(sys.argv[2])


class Sink:
    """One line for each mail taken, written before it is answered."""

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        mode = MODE.read_text().strip() if MODE.exists() else "ok"
        if mode == "refuse":
            return "451 try again later"
        message = email.message_from_bytes(envelope.content)
        taken = {"message_id": message["Message-ID"], "to": envelope.rcpt_tos[0], "mode": mode}
        with MAILS.open("a") as file:
            file.write(json.dumps(taken) + "\n")
        if mode == "slow":
            await asyncio.sleep(5)
        if mode == "drop":
            server.transport.close()
        return "250 OK"


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    Controller(Sink(), hostname="127.0.0.1", port=port).start()
    print(port, flush=True)
    asyncio.new_event_loop().run_forever()

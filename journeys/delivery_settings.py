"""config/delivery.toml as inert models: where the pages can be read, and which server takes mail.

The password is never in a file: it comes from the environment (JOURNEYS_SMTP_PASSWORD).
"""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from journeys.taxonomy import Frozen

PASSWORD_VARIABLE = "JOURNEYS_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def check_address(text: str) -> str:
    """An address such as ann@example.org, with or without a name before it; ValueError otherwise."""
    _, address = parseaddr(text)
    if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", address) or "\n" in text or "\r" in text:
        raise ValueError(f"'{text}' is not an e-mail address; write it as name@example.org")
    return text


Address = Annotated[str, AfterValidator(check_address)]


class Smtp(Frozen):
    """[smtp]: mail goes out encrypted, except to a server on this machine."""

    host: Annotated[str, Field(min_length=1, max_length=200)]
    sender: Address
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if self.security == "none" and self.host not in _HERE:
            raise ValueError(
                f'security = "none" sends mail to {self.host} unencrypted; write "starttls" (port 587) or "tls" (port 465)'
            )
        return self


class Delivery(Frozen):
    """config/delivery.toml; without [smtp] no mail is sent. `attach`: what goes with the mail, which is nothing by default."""

    attach: Literal["", "pdf"] = ""
    publish_url: Annotated[str, Field(pattern=r"^(https?://[^\s\"'<>]+)?$", max_length=300)] = ""
    smtp: Smtp | None = None

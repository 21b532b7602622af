"""[theme] of config/publishing.toml as an inert model: colours that can be read, and a logo that is small."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from journeys.contrast import TINT, WHITE, unreadable
from journeys.taxonomy import Frozen

Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
_LOGO_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}
_MOST_LOGO_BYTES = 12_000  # every page carries it


class Theme(Frozen):
    """`colour` is that of the header and of links; the others are those of signals. `logo` is a file below config/."""

    colour: Colour = "#12436D"
    concern: Colour = "#B23B05"
    improving: Colour = "#12436D"
    changed: Colour = "#801650"
    logo: Annotated[str, Field(max_length=40_000)] = ""

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        grounds = {"colour": WHITE, "concern": TINT, "improving": TINT, "changed": TINT}
        problems = [unreadable(name, getattr(self, name), ground) for name, ground in grounds.items()]
        if found := [problem for problem in problems if problem]:
            raise ValueError("; ".join(found))
        return self


def embed_logo(name: str, folder: Path) -> str:
    """The logo file below `folder` as a data URI; raises ValueError saying what is wrong with it."""
    path, kind = folder / name, _LOGO_TYPES.get(Path(name).suffix.lower())
    if kind is None:
        raise ValueError(f"the logo '{name}' is neither .png nor .svg")
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise ValueError(f"there is no logo '{name}' below config/; put the file there, or leave logo out")
    content = path.read_bytes()
    if len(content) > _MOST_LOGO_BYTES:
        raise ValueError(
            f"the logo '{name}' has {len(content):,} bytes; every page carries it, so at most {_MOST_LOGO_BYTES:,} are allowed"
        )
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"

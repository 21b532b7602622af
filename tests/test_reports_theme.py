"""The organisation's own colours and logo: refused where nobody could read them, and used everywhere else."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from builders_findings import findings
from builders_workspace import make_workspace

from journeys.contrast import MIN_TEXT_CONTRAST, TINT, WHITE, contrast, nearest_readable
from journeys.errors import SettingsError
from journeys.settings import Settings
from journeys.settings_files import read_settings
from reports.render import render_week

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/5cJ2WQAAAABJRU5ErkJggg=="
)


def _themed(root: Path, theme: str, **files: bytes) -> Settings:
    workspace = make_workspace(root)
    path = workspace.config / "publishing.toml"
    lines = path.read_text().split("[theme]")[0]
    path.write_text(f"{lines}[theme]\n{theme}\n")
    for name, content in files.items():
        (workspace.config / name.replace("_", ".")).write_bytes(content)
    return read_settings(workspace.config)


@pytest.mark.parametrize("colour", ["#FFDD00", "#28A197", "#FF0000", "#999999"])
@pytest.mark.parametrize("ground", [WHITE, TINT])
def test_the_nearest_colour_passes_and_one_step_lighter_does_not(colour: str, ground: str) -> None:
    found = nearest_readable(colour, ground)
    assert MIN_TEXT_CONTRAST <= contrast(found, ground) < MIN_TEXT_CONTRAST + 0.15


def test_a_colour_that_cannot_be_read_is_refused_with_its_ratio_and_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        _themed(tmp_path, 'colour = "#FFDD00"\nconcern = "#FF6600"')
    text = str(refused.value)
    assert "colour #FFDD00 has a contrast of 1.3 on #FFFFFF, where 4.5 is needed" in text
    assert f"the nearest that passes is {nearest_readable('#FFDD00', WHITE)}" in text
    assert "concern #FF6600" in text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("logo.gif", b"GIF89a", "is neither .png nor .svg"),
        ("other.png", b"", "there is no logo 'logo.png'"),
        ("logo.png", b"x" * 20_000, "has 20,000 bytes"),
    ],
)
def test_a_logo_that_will_not_do_is_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    asked = name if name.startswith("logo") else "logo.png"
    with pytest.raises(SettingsError, match=re.escape(words)):
        _themed(tmp_path, f'logo = "{asked}"', **{name.replace(".", "_"): content})


def test_a_logo_from_outside_config_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    with pytest.raises(SettingsError, match="there is no logo"):
        _themed(tmp_path / "council", 'logo = "../../secret.png"')


def test_colours_and_logo_are_on_every_page_and_in_every_drawing(tmp_path: Path) -> None:
    settings = _themed(tmp_path, 'colour = "#2B2B8C"\nconcern = "#7A2E00"\nlogo = "logo.png"', logo_png=PNG)
    theme = settings.publishing.theme
    made: dict[str, Any] = findings()
    made["settings"] |= {"colour": theme.colour, "signal_colours": {"concern": theme.concern}}
    made["organisation"]["logo"] = theme.logo
    for path, page in render_week(made, previous_week=None, next_week=None).items():
        if path.endswith(".html"):
            text = str(page)
            assert "#2B2B8C" in text
            assert "#B23B05" not in text, path  # the default of concern, also in drawings
            assert f'<img class="logo" src="{theme.logo}" alt=""' in text
            assert "img-src data:;" in text
    plain = str(render_week(findings(), previous_week=None, next_week=None)["index.html"])
    assert "#B23B05" in plain
    assert "img-src" not in plain

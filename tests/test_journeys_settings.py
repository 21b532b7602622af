"""Settings: every mistake at once, in words that say what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys.errors import SettingsError
from journeys.settings_files import read_settings
from journeys.workspace import create_workspace, example_settings


def _problems(tmp_path: Path, **changes: tuple[str, str]) -> list[str]:
    """Problems of the example settings after replacing texts in some files."""
    config = create_workspace(tmp_path / "w").config
    for name, (old, new) in changes.items():
        path = config / f"{name}.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_settings(config)
    return list(caught.value.problems)


def test_the_example_reads() -> None:
    settings = read_settings(example_settings())
    assert [source.name for source in settings.sources] == ["telephony", "crm", "web", "web_forms", "counter", "cases"]
    assert settings.gap_s("waste") == 14 * 86400


def test_three_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path,
        organisation=('timezone = "Europe/London"', 'timezone = "London"'),
        services=('gap = "30 days"', 'gap = "30"'),
        publishing=("suppress_below", "supress_below"),
    )
    assert len(problems) == 3
    text = "\n".join(problems)
    assert "config/organisation.toml: timezone: 'London' is not a time zone; write an IANA name" in text
    assert "config/services.toml: services.council_tax.gap: '30' is not a duration; write a number and its unit" in text
    assert "config/publishing.toml: supress_below: unknown key 'supress_below'; did you mean 'suppress_below'?" in text


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("sources", 'account = "Customer Account"', 'acount = "Customer Account"', "unknown field 'acount'"),
        (
            "sources",
            'channel = { value = "phone" }',
            'channel = { value = "telephone" }',
            "channel 'telephone' is not known",
        ),
        ("sources", 'files = "telephony/*.csv"', 'files = "../telephony/*.csv"', "leaves the sources/ folder"),
        ("sources", 'name = "crm"', 'name = "telephony"', "'telephony' is used twice"),
        ("sources", 'started_at = "Submitted"', 'ended_at = "Submitted"', "needs the field 'started_at'"),
        (
            "sources",
            '{ value = "web" }',
            '{ value = "web", column = "x" }',
            "exactly one of column, columns, value or expression",
        ),
        ("publishing", "suppress_below = 10", "suppress_below = 3", "greater than or equal to 5"),
        ("organisation", "name =", "name", "not valid TOML"),
        ("engine", '"2 GB"', '"plenty"', "memory_limit"),
    ],
)
def test_each_mistake_names_file_and_remedy(tmp_path: Path, name: str, old: str, new: str, says: str) -> None:
    problems = _problems(tmp_path, **{name: (old, new)})
    assert len(problems) == 1
    assert problems[0].startswith(f"config/{name}.toml")
    assert says in problems[0]


def test_a_source_is_named_in_the_way_to_its_mistake(tmp_path: Path) -> None:
    problems = _problems(tmp_path, sources=('encoding = "latin-1"', 'encoding = "klingon"'))
    assert "[crm].encoding" in problems[0].replace("source", "")


def test_a_missing_file_is_said_once(tmp_path: Path) -> None:
    config = create_workspace(tmp_path / "w").config
    (config / "services.toml").unlink()
    with pytest.raises(SettingsError) as caught:
        read_settings(config)
    assert caught.value.problems == ("config/services.toml: the file is missing; copy it from a fresh `journeys init`",)


def test_every_key_of_the_example_is_explained() -> None:
    """A council edits these files: each key carries a comment in its file."""
    for path in sorted(example_settings().glob("*.toml")):
        assert path.read_text(encoding="utf-8").startswith("#"), path.name

"""README and help cannot drift: every command they name exists, every command is explained, the wheel is whole."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from reports.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _commands() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "reports.cli", "--help"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return set(re.findall(r"^    (\w+)  +[A-Z]", done.stdout, re.MULTILINE))


def test_readme_names_every_command_and_no_other() -> None:
    commands = _commands()
    typed = set(re.findall(r"^journeys (\w+)", README, re.MULTILINE))
    assert typed <= commands
    assert {name for name in commands if not re.search(rf"`{name}\b|journeys {name}", README)} <= {"demo"}


@pytest.mark.parametrize("command", sorted(_commands()))
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert "--workspace" in capsys.readouterr().out


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_an_installed_wheel_makes_a_workspace(tmp_path: Path) -> None:
    """The settings, templates and sample notes are inside the wheel, and `init` finds them there."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*build, str(tmp_path / "wheel"), str(ROOT)], check=True)
    wheel = next((tmp_path / "wheel").glob("journeys-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "installed")
    for needed in (
        "journeys/example/sources.toml",
        "journeys/sample/notes_staff.jsonl",
        "reports/templates/page.html",
        "reports/findings.schema.json",
        "nlp/first_names.txt",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests/", "config/"))]
    code = "import sys; sys.path.insert(0, 'installed'); from reports.cli import main; sys.exit(main(['init', 'mine']))"
    subprocess.run(
        [sys.executable, "-I", "-c", code.replace("'installed'", repr(str(tmp_path / "installed")))],
        check=True,
        cwd=tmp_path,
    )
    made = {path.name for path in (tmp_path / "mine" / "config").iterdir()}
    assert made == {path.name for path in (ROOT / "config").iterdir()}
    assert (tmp_path / "mine" / "key").stat().st_mode & 0o777 == 0o600

"""`journeys map FILE`: a first source block. `journeys map --values`: names still to be mapped, in a table to fill in."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from journeys.check import count_unmapped_values
from journeys.draft import draft_source
from journeys.profile import profile_file
from journeys.settings_files import read_settings
from journeys.value_maps import VALUES_FILE, is_too_long, read_value_rows, write_value_rows
from journeys.workspace import open_workspace


def map_file(path: Path, workspace: Path) -> str:
    """TOML to append to config/sources.toml: what the file holds as comments, then the block."""
    profile = profile_file(path, _latest_at())
    below = (workspace / "sources").resolve()
    here = path.resolve()
    taken = _names_taken(workspace / "config" / "sources.toml")
    if not here.is_relative_to(below):
        return draft_source(profile, path.name, remark="CHECK: move the file below sources/ first", names_taken=taken)
    files = here.relative_to(below).as_posix()
    return draft_source(profile, _literal(files), remark=_whole_folder(here, files), names_taken=taken)


def map_values(workspace: Path) -> tuple[str, int]:
    """Write config/values.csv; what to do next, and how many values are still to be decided."""
    opened = open_workspace(workspace)
    counts, problems = count_unmapped_values(opened, read_settings(opened.config), latest_at=_latest_at())
    path = opened.config / VALUES_FILE
    listed = {place: n for place, n in counts.items() if not is_too_long(place[2])}
    n_open = write_value_rows(path, listed, read_value_rows(path))
    lines = [f"not read: {problem}" for problem in problems]
    if n_left := len(counts) - len(listed):
        long = sorted({f"{source}.{field}" for source, field, value in counts if is_too_long(value)})
        lines.append(
            f"{n_left:,} values of 80 signs or more are left out ({', '.join(long)}): texts, not names; map another "
            "column, or set a default in config/sources.toml"
        )
    if not n_open:
        return "\n".join([*lines, "" if n_left else "every value that occurs is mapped"]).strip(), 0
    n_fields = len({(source, field) for source, field, _ in listed})
    lines.append(
        f"{n_open:,} values in {n_fields:,} fields are in no map, {sum(listed.values()):,} rows; fill the column becomes "
        f"in config/{VALUES_FILE}, then run: journeys check --workspace {workspace}"
    )
    return "\n".join(lines), n_open


def _latest_at() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)


def _literal(files: str) -> str:
    """A path as a pattern that fits this file alone."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in files)


def _whole_folder(path: Path, files: str) -> str:
    """What to write instead where a file like it comes every week."""
    endings = path.suffixes[-2:] if path.suffix in {".gz", ".zip"} else path.suffixes[-1:]
    folder, has_folder, _ = files.rpartition("/")
    pattern = f"{folder}/*{''.join(endings)}" if has_folder else f"{path.stem[:3]}*{''.join(endings)}"
    return f'CHECK: this file alone; for all that come like it, such as "{pattern}"'


def _names_taken(path: Path) -> set[str]:
    """Names of the sources described so far; a file that cannot be read is for `journeys check` to say."""
    try:
        blocks = tomllib.loads(path.read_text(encoding="utf-8")).get("source", [])
    except (OSError, ValueError):
        return set()
    return (
        {str(block.get("name")) for block in blocks if isinstance(block, dict)} if isinstance(blocks, list) else set()
    )

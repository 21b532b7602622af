"""`journeys map FILE`: a first source block. `journeys map --values`: the names still to be mapped, in a table to fill in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from journeys.check import count_unmapped_values
from journeys.draft import draft_source
from journeys.profile import profile_file
from journeys.settings_files import read_settings
from journeys.value_maps import VALUES_FILE, read_value_rows, write_value_rows
from journeys.workspace import open_workspace


def map_file(path: Path, root: Path) -> str:
    """TOML to append to config/sources.toml: what the file holds as comments, then the block."""
    below = (root / "sources").resolve()
    here = path.resolve()
    return draft_source(profile_file(path), _pattern(here.relative_to(below) if here.is_relative_to(below) else here))


def _pattern(path: Path) -> str:
    """All files of its folder below sources/ with its ending; the file alone where it lies elsewhere or at the top."""
    if path.is_absolute() or len(path.parts) == 1:
        return path.name
    return f"{path.parent.as_posix()}/*{''.join(path.suffixes[-2:] if path.suffix in {'.gz', '.zip'} else path.suffixes[-1:])}"


def map_values(root: Path) -> tuple[str, int]:
    """Write config/values.csv; what to do next, and how many values are still to be decided."""
    workspace = open_workspace(root)
    settings = read_settings(workspace.config)
    latest_at = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    counts, problems = count_unmapped_values(workspace, settings, latest_at=latest_at)
    path = workspace.config / VALUES_FILE
    kept = read_value_rows(path)
    n_open = write_value_rows(path, counts, kept)
    notes = [f"not read: {problem}" for problem in problems]
    if not n_open:
        return "\n".join([*notes, "every value that occurs is mapped"]), 0
    n_rows = sum(counts.values())
    fields = len({(source, field) for source, field, _ in counts})
    return (
        "\n".join(
            [
                *notes,
                f"{n_open:,} values in {fields:,} fields are in no map ({n_rows:,} rows)",
                f"fill in the column becomes in {path}, then run: journeys check --workspace {root}",
            ]
        ),
        n_open,
    )

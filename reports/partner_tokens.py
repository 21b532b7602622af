"""`journeys tokens`: make the key shared with a council, and turn an export into a file of tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from journeys.errors import SettingsError, SourceError
from journeys.keys import create_key, key_id, read_key_file, read_keys
from journeys.partner_files import write_tokens
from journeys.settings_files import read_settings
from journeys.workspace import open_workspace


def make_shared_key(path: Path) -> str:
    """Write a new shared key; what to do with it, in a sentence."""
    create_key(path)
    return (
        f"made {path} (key {key_id(read_key_file(path))}): for one partner and one purpose. Bring it to the other side by "
        "hand or sealed, never by plain e-mail, and only under a data sharing agreement and a DPIA"
    )


def make_tokens(root: Path, path: Path, source_name: str, key_file: Path, out: Path) -> str:
    """Write the tokens of one export; what became of its rows, in a sentence."""
    workspace = open_workspace(root)
    settings = read_settings(workspace.config)
    source = next((each for each in settings.sources if each.name == source_name), None)
    if source is None or source.partner:
        names = ", ".join(each.name for each in settings.sources if not each.partner)
        raise SettingsError(
            [f"--source {source_name}: config/sources.toml has no such source of your own; it has: {names}"]
        )
    if not path.is_file():
        raise SourceError(f"{path}: the file is missing; name the export to turn into tokens")
    key = read_key_file(key_file)
    if key_id(key) in {key_id(own) for own in read_keys(workspace.key_file)}:
        raise SettingsError(
            [f"{key_file}: this is your own key; whoever has it could read off your tokens. Make one to share: "
             "journeys tokens --make-key FILE"]
        )  # fmt: skip
    latest = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    tally = write_tokens(path, source, settings, key, out, latest_at=latest)
    return f"{tally.n_stored:,} of {tally.n_rows:,} rows written to {out} as tokens of key {key_id(key)}; {len(tally.rejects):,} rejected"

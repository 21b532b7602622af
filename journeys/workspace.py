"""A workspace: one folder with config/ sources/ data/ site/ site-public/ and a key only its owner may read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from journeys.errors import StoreError
from journeys.keys import create_key

_FOLDERS = ("config", "sources", "data", "site", "site-public")
_PACKAGED_EXAMPLE = Path(__file__).parent / "example"
_CHECKOUT_EXAMPLE = Path(__file__).parent.parent / "config"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where everything of one organisation lies."""

    root: Path

    @property
    def config(self) -> Path:
        """Settings (TOML)."""
        return self.root / "config"

    @property
    def sources(self) -> Path:
        """Raw files, the only place with identifiers in the clear; they stay the council's."""
        return self.root / "sources"

    @property
    def data(self) -> Path:
        """Everything stored: pseudonymised Parquet, the catalogue, spill files."""
        return self.root / "data"

    @property
    def site(self) -> Path:
        """The published pages."""
        return self.root / "site"

    @property
    def key_file(self) -> Path:
        """The key that tokens are made with."""
        return self.root / "key"

    @property
    def spill(self) -> Path:
        """Where the engine may spill pseudonymised tables while it counts."""
        return self.data / "tmp"


def example_settings() -> Path:
    """The example council's settings: inside the wheel, or in config/ of a checkout."""
    return _PACKAGED_EXAMPLE if _PACKAGED_EXAMPLE.is_dir() else _CHECKOUT_EXAMPLE


def create_workspace(root: Path) -> Workspace:
    """Make a workspace with commented example settings and a new key; refuses a folder that holds one."""
    if (root / "config").exists() or (root / "key").exists():
        raise StoreError(f"{root}: there is a workspace here already; choose another folder")
    if root.exists() and not root.is_dir():
        raise StoreError(f"{root}: this is a file; name a folder that may be created")
    for name in _FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    for path in sorted(example_settings().glob("*.toml")):
        shutil.copyfile(path, root / "config" / path.name)
    shutil.copytree(example_settings() / "examples", root / "config" / "examples")
    create_key(root / "key")
    return Workspace(root)


def open_workspace(root: Path) -> Workspace:
    """The workspace at `root`; raises StoreError saying how to make one."""
    if not (root / "config").is_dir():
        raise StoreError(f"{root}: no workspace here (there is no config/ folder); make one with: journeys init {root}")
    for name in ("sources", "data", "site"):
        (root / name).mkdir(exist_ok=True)
    return Workspace(root)

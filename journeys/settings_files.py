"""Read config/*.toml into `Settings`, reporting every problem at once with file, key and the nearest match."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from journeys.designs import read_bpmn_files
from journeys.errors import SettingsError
from journeys.settings import Settings
from journeys.taxonomy import Taxonomy
from journeys.theme_settings import embed_logo
from journeys.value_maps import VALUES_FILE, read_value_rows, with_value_rows
from journeys.workspace import example_settings

# Which file fills which part of Settings, and the key in it (None: the whole file).
_FILES: tuple[tuple[str, str, str | None], ...] = (
    ("organisation", "organisation.toml", None),
    ("sources", "sources.toml", "source"),
    ("services", "services.toml", None),
    ("taxonomy", "demand.toml", None),
    ("publishing", "publishing.toml", None),
    ("engine", "engine.toml", None),
    ("privacy", "privacy.toml", None),
    ("identity", "identity.toml", None),
    ("schedules", "schedules.toml", "schedule"),
    ("partners", "partners.toml", "partner"),
    ("calendar", "calendar.toml", None),
    ("needs", "needs.toml", None),
    ("designs", "designed.toml", None),
    ("paths", "paths.toml", "pattern"),
    ("changes", "changes.toml", "change"),
    ("costs", "costs.toml", "cost"),
    ("delivery", "delivery.toml", None),
)
_OPTIONAL = frozenset(
    {
        "publishing.toml",
        "engine.toml",
        "privacy.toml",
        "identity.toml",
        "schedules.toml",
        "partners.toml",
        "calendar.toml",
        "needs.toml",
        "designed.toml",
        "paths.toml",
        "changes.toml",
        "costs.toml",
        "delivery.toml",
    }
)
_SHIPPED_IF_ABSENT = frozenset({"demand.toml"})  # the taxonomy has one good default; all else is the council's own


def read_settings(folder: Path) -> Settings:
    """Read all settings below `folder`; raises SettingsError naming every problem found."""
    problems: list[str] = []
    parts: dict[str, Any] = {}
    for part, file_name, key in _FILES:
        path = folder / file_name
        if not path.exists() and file_name in _SHIPPED_IF_ABSENT:
            path = example_settings() / file_name
        if not path.exists():
            if file_name not in _OPTIONAL:
                problems.append(f"config/{file_name}: the file is missing; copy it from a fresh `journeys init`")
            continue
        content = _read_toml(path, problems)
        if content is None:
            continue
        if key is not None:
            problems += [f"config/{file_name}: {_unknown(name, [key])}" for name in content if name != key]
            content = content.get(key, [])
        parts[part] = content
    _add_bpmn(parts, folder / "designed", problems)
    _add_logo(parts, folder, problems)
    if isinstance(parts.get("sources"), list):
        parts["sources"] = _with_values(parts["sources"], parts.get("services"), folder, problems)
    # Missing files are reported once, not again as missing parts.
    stand_ins = {part: None for part, _, _ in _FILES if part not in parts}
    problems += _check(parts, frozenset(stand_ins))
    if problems:
        raise SettingsError(problems)
    return Settings.model_validate(_with_defaults(parts))


def read_shipped_taxonomy() -> Taxonomy:
    """The taxonomy that comes with the tool, for notes from outside any workspace."""
    text = (example_settings() / "demand.toml").read_text(encoding="utf-8")
    return Taxonomy.model_validate(tomllib.loads(text))


def _with_values(blocks: list[Any], services: Any, folder: Path, problems: list[str]) -> list[Any]:
    """Source blocks with the maps that config/values.csv adds; `services` is config/services.toml as read."""
    named = services.get("services") if isinstance(services, dict) else None
    slugs = list(named) if isinstance(named, dict) else []
    try:
        merged, found = with_value_rows(blocks, read_value_rows(folder / VALUES_FILE), slugs)
    except SettingsError as error:
        problems += error.problems
        return blocks
    problems += found
    return merged


def _add_bpmn(parts: dict[str, Any], folder: Path, problems: list[str]) -> None:
    """Designs drawn as BPMN, beside those of config/designed.toml; a service has one or the other."""
    try:
        texts = read_bpmn_files(folder)
    except SettingsError as error:
        problems += error.problems
        return
    listed = parts.get("designs", {}).get("designed", {}) if texts else {}
    problems += [
        f"config/designed/{service}.bpmn: '{service}' is in config/designed.toml too; keep one of the two"
        for service in texts
        if service in listed
    ]
    if texts:
        parts["designs"] = {"designed": {**{name: {"bpmn": text} for name, text in texts.items()}, **listed}}


def _add_logo(parts: dict[str, Any], folder: Path, problems: list[str]) -> None:
    """The logo's content in the place of its name, so that settings hold all a page needs."""
    theme = parts.get("publishing", {}).get("theme")
    if isinstance(theme, dict) and isinstance(theme.get("logo"), str) and theme["logo"]:
        try:
            theme["logo"] = embed_logo(theme["logo"], folder)
        except ValueError as error:
            problems.append(f"config/publishing.toml: [theme] {error}")


def _with_defaults(parts: dict[str, Any]) -> dict[str, Any]:
    return {"publishing": {}, "engine": {}, "privacy": {}, **parts}


def _read_toml(path: Path, problems: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"config/{path.name}: not valid TOML: {error}")
        return None


def _check(parts: dict[str, Any], absent: frozenset[str]) -> list[str]:
    try:
        Settings.model_validate(_with_defaults(parts))
    except ValidationError as error:
        return [
            line
            for problem in error.errors(include_url=False)
            if not (problem["loc"] and problem["loc"][0] in absent)
            for line in _sentence(dict(problem), parts).split("\n")
        ]
    return []


def _sentence(problem: dict[str, Any], parts: dict[str, Any]) -> str:
    where = [str(step) for step in problem["loc"]]
    part = where[0] if where else ""
    file_name = next((name for key, name, _ in _FILES if key == part), "sources.toml")
    key = _key_path(problem["loc"][1:], parts.get(part))
    if problem["type"] == "extra_forbidden":
        return f"config/{file_name}: {key}: {_unknown(where[-1], _known_keys(problem['loc']))}"
    if problem["type"] == "missing":
        return f"config/{file_name}: {key}: this key is needed but missing"
    message = problem["msg"].removeprefix("Value error, ")
    if message.startswith("config/"):
        return str(message)  # it names its files itself: what one says of another
    given = problem.get("input")
    shown = f" (it is {given!r})" if isinstance(given, str | int | float | bool) and str(given) not in message else ""
    return f"config/{file_name}: {key}: {message}{shown}" if key else f"config/{file_name}: {message}"


def _key_path(steps: tuple[Any, ...], content: Any) -> str:
    """The way to a key in words a person can follow: the name of a block where it has one, else its number."""
    words: list[str] = []
    for step in steps:
        content = _step_into(content, step)
        if isinstance(step, int):
            name = content.get("name") or content.get("slug") if isinstance(content, dict) else None
            words.append(f"[{name}]" if name else f"[{step + 1}]")
        elif step != "function-before":
            words.append(str(step))
    return ".".join(words).replace(".[", "[")


def _step_into(content: Any, step: Any) -> Any:
    try:
        return content[step]
    except (KeyError, IndexError, TypeError):
        return None


def _known_keys(loc: tuple[Any, ...]) -> list[str]:
    """Keys allowed where an unknown one stands, found by walking the models along the location."""
    model: Any = Settings
    for step in loc[:-1]:
        if isinstance(step, int):
            continue
        field = getattr(model, "model_fields", {}).get(step)
        model = _model_in(field.annotation) if field is not None else model
    return sorted(getattr(model, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    if hasattr(annotation, "model_fields"):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if (found := _model_in(inner)) is not None:
            return found
    return None


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    meant = f"; did you mean '{close[0]}'?" if close else ""
    return f"unknown key '{name}'{meant} Allowed here: {', '.join(known)}" if known else f"unknown key '{name}'{meant}"

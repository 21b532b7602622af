"""The rules that keep the code carriable: size, doors, names, no printing."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("journeys", "mining", "nlp", "reports")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# One door to each big library: who may import it.
DOORS = {
    "duckdb": {"journeys/engine.py"},
    "sqlalchemy": (
        "journeys/catalogue.py",
        "journeys/migrate.py",
        "journeys/migrations/",
        "journeys/outbox.py",
        "journeys/store.py",
        "journeys/sources/sql.py",
    ),  # fmt: skip
    "alembic": ("journeys/migrate.py", "journeys/migrations/"),
    "sqlglot": {"journeys/expressions.py", "journeys/spark_sql.py"},
    "pyspark": {"journeys/spark_session.py"},
    "filelock": {"journeys/lock.py"},
    "splink": {
        f"journeys/identity/{name}.py"
        for name in ("probabilistic", "comparisons", "training", "records", "frequencies")
    },
    "jinja2": {"reports/render.py"},
    "apscheduler": {"reports/schedule.py", "reports/watch.py"},
    "starlette": {"reports/serve.py"},
    "uvicorn": {"reports/serve.py"},
    "pm4py": {"mining/conformance.py", "mining/inductive.py", "mining/models.py"},
    "spacy": "nlp/",
}
FORBIDDEN_FOLDERS = {"core", "common", "utils", "helpers", "misc"}
FORBIDDEN_VERBS = re.compile(r"^_?(get|process|handle|manage)_")
FORBIDDEN_NAMES = {"df", "data", "info", "utils"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_is_one_readable_idea(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert len(source.splitlines()) <= 400, "split it: no module over 400 lines"
    assert ast.get_docstring(tree), "the docstring comes first: what goes in, what comes out, the rule"
    assert not FORBIDDEN_FOLDERS & {*path.parts, path.stem}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_names_follow_the_design(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            assert not FORBIDDEN_VERBS.match(node.name), f"line {node.lineno}: {node.name}"
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            assert node.id not in FORBIDDEN_NAMES, f"line {node.lineno}: {node.id}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_each_big_library_has_one_door_and_only_the_command_line_prints(path: Path) -> None:
    name = _name(path)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for library in _imported(node):
            door = DOORS.get(library)
            assert door is None or (name.startswith(door) if isinstance(door, str | tuple) else name in door), library
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print" or name in ("reports/cli.py", "reports/commands.py"), (
                f"line {node.lineno} prints"
            )


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    return [node.module.split(".")[0]] if isinstance(node, ast.ImportFrom) and node.module else []


def test_constraints_pin_every_dependency_and_name_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {re.split("==", line)[0].lower().replace("_", "-") for line in lines if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=\[; ]", entry)[0].lower().replace("_", "-") for entry in wanted}
    assert names <= pinned
    assert not [line for line in lines if "://" in line or line.startswith("-")]

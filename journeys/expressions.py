"""Simple expressions over the columns of a row, as settings may write them: text, numbers and times, nothing else.

In: SQL text such as `concat("Date", ' ', "Time")`. Out: the same, checked against a short list of what is allowed and
tried on cells of text, and the columns it reads. Cells are read as everywhere else: trimmed, and null where blank. A
value it cannot work on gives nothing, never an error that could repeat the value.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd
import sqlglot
from sqlglot import exp

from journeys.engine import Engine

FUNCTIONS = (
    "coalesce", "nullif", "concat", "concat_ws", "lower", "upper", "trim", "left", "right", "substring", "replace",
    "split_part", "regexp_extract", "length", "try_cast", "try_strptime", "strftime", "date_diff", "to_timestamp",
    "round", "abs", "floor",
)  # fmt: skip
TYPES = ("DOUBLE", "BIGINT", "TIMESTAMP", "DATE", "VARCHAR")
UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
_SAMPLES = (None, "", "a", "1", "-2.5", "99999999999999999999", "2026-11-02", "02/11/2026 09:15", "(x]%_\\", "é £ 'q'")
_SHAPES = (
    exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.DPipe, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.Null, exp.In, exp.Like,
    exp.Between, exp.Case, exp.If, exp.Boolean, exp.DataType, exp.Cast, exp.Var, exp.Interval,
)  # fmt: skip
_ALLOWED = f"columns, texts, numbers, || + - * /, comparisons, AND, OR, NOT, IS NULL, CASE, and {', '.join(FUNCTIONS)}"


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: DuckDB SQL that gives text or null, and the columns it reads."""

    sql: str
    columns: tuple[str, ...]


@lru_cache(maxsize=1024)
def read_expression(text: str) -> Expression:
    """Check an expression; raises ValueError saying what is not allowed, or why it cannot work on text."""
    try:
        tree = sqlglot.parse_one(text, read="duckdb", into=exp.Condition)
    except sqlglot.errors.SqlglotError:
        raise ValueError(
            f"'{text}' is no expression that can be read; write columns in double quotes and texts in single quotes, "
            'such as concat("Date", \' \', "Time")'
        ) from None
    for node in tree.walk():
        _check(node)
    columns = tuple(sorted({column.name for column in tree.find_all(exp.Column)}))
    if not columns:
        raise ValueError(f"'{text}' reads no column; for a fixed value use value = ...")
    sql = tree.transform(_as_cell).sql(dialect="duckdb", comments=False)
    expression = Expression(f"TRY(CAST({sql} AS VARCHAR))", columns)
    _try_out(text, expression)
    return expression


def _check(node: exp.Expr) -> None:
    if isinstance(node, exp.Column) and node.table:
        raise ValueError(f"'{node.sql()}': a column with a dot is written in double quotes as a whole")
    if isinstance(node, exp.DataType) and node.sql(dialect="duckdb") not in {*TYPES, "TEXT"}:
        raise ValueError(f"type '{node.sql(dialect='duckdb')}' is not allowed; allowed: {', '.join(TYPES)}")
    if isinstance(node, exp.DateDiff) and str(node.args.get("unit")).strip("'").lower() not in UNITS:
        raise ValueError(f"date_diff: {node.args.get('unit')} is no unit; allowed: {', '.join(UNITS)}")
    if isinstance(node, _SHAPES):
        return
    name = _function_name(node)
    if name not in FUNCTIONS:
        close = [known for known in FUNCTIONS if name in known] or difflib.get_close_matches(
            name, FUNCTIONS, cutoff=0.7
        )
        meant = f" (did you mean '{close[0]}'?)" if close else ""
        raise ValueError(f"'{name}' is not allowed in an expression{meant}; allowed: {_ALLOWED}")


def _function_name(node: exp.Expr) -> str:
    """The name DuckDB knows a function by; the kind of anything else."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    called = re.match(r"(\w+)\(", node.sql(dialect="duckdb")) if isinstance(node, exp.Func) else None
    return called[1].lower() if called else type(node).__name__.lower()


def _as_cell(node: exp.Expr) -> exp.Expr:
    """A column as mapped columns are read: trimmed, blank is null. Quoted, so that its name is no keyword."""
    if not isinstance(node, exp.Column):
        return node
    column = exp.column(exp.to_identifier(node.name, quoted=True))
    return exp.Nullif(this=exp.Trim(this=column), expression=exp.Literal.string(""))


def _try_out(text: str, expression: Expression) -> None:
    """Run it over sample cells: what fails there says so now, and never over rows, where the error would quote a value.

    TRY does not hold everything: a pattern that is none, or a text compared with a list of numbers, fails regardless.
    """
    n = len(_SAMPLES)
    cells = {
        name: [_SAMPLES[(row + shift * place) % n] for shift in range(n) for row in range(n)]
        for place, name in enumerate(expression.columns)
    }
    with Engine(threads=1) as engine:
        try:
            engine.load_frame("cells", pd.DataFrame(cells, dtype="str"))
            engine.run(f"SELECT {expression.sql} FROM cells")
        except Exception as error:  # the engine's own kinds of error stay behind its door
            why = str(error).splitlines()[0].rstrip(".")
            raise ValueError(
                f"'{text}' cannot be worked out: {why}. Cells are text: write try_cast(\"Column\" AS DOUBLE) to "
                "calculate or compare with numbers, try_strptime(\"Column\", '%d/%m/%Y') to read a time"
            ) from None

"""Simple expressions over the columns of a row, as settings may write them: text, numbers and times, nothing else.

In: SQL text such as `concat("Date", ' ', "Time")`. Out: the same, checked against a short list of what is allowed, and
the columns it reads. A value it cannot work on gives nothing, never an error that could repeat the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp

FUNCTIONS = (
    "coalesce", "nullif", "concat", "concat_ws", "lower", "upper", "trim", "left", "right", "substring", "replace",
    "split_part", "regexp_extract", "length", "try_cast", "try_strptime", "strftime", "date_diff", "to_timestamp",
    "make_timestamp", "round", "abs", "floor",
)  # fmt: skip
_SHAPES = (
    exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.DPipe, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.Null, exp.In, exp.Like,
    exp.Between, exp.Case, exp.If, exp.Boolean, exp.DataType, exp.DataTypeParam, exp.Cast, exp.Var, exp.Interval,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: DuckDB SQL that gives text or null, and the columns it reads."""

    sql: str
    columns: tuple[str, ...]


@lru_cache(maxsize=1024)
def read_expression(text: str) -> Expression:
    """Check an expression; raises ValueError saying what is not allowed."""
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
    for column in tree.find_all(exp.Column):
        column.this.set("quoted", True)
    return Expression(f"CAST(TRY({tree.sql(dialect='duckdb')}) AS VARCHAR)", columns)


def _check(node: exp.Expr) -> None:
    if isinstance(node, exp.Column) and node.table:
        raise ValueError(f"'{node.sql()}': a column with a dot is written in double quotes as a whole")
    if isinstance(node, _SHAPES):
        return
    name = _function_name(node)
    if name is None or name not in FUNCTIONS:
        shown = name or type(node).__name__.lower()
        raise ValueError(f"'{shown}' is not allowed in an expression; allowed: {', '.join(FUNCTIONS)}")


def _function_name(node: exp.Expr) -> str | None:
    """The name DuckDB knows a function by."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if not isinstance(node, exp.Func):
        return None
    return node.sql(dialect="duckdb").partition("(")[0].strip().lower()

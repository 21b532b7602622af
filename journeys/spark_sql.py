"""SQL for Spark: DuckDB's dialect, as all queries are written, translated by SQLGlot.

In: a query with `$name` parameters, and their values. Out: the same query for Spark 4, parameters filled in as literals
and every name quoted. What SQLGlot does not translate faithfully is rewritten here first, one rule per form; the tests
run every query of the weekly job on both engines and compare the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlglot
from sqlglot import exp

_MICROSECONDS = 1_000_000
_ISO_WEEK = "%G-W%V"


def to_spark(sql: str, parameters: Mapping[str, Any] | None = None) -> str:
    """The query in Spark's words; raises KeyError for a parameter without a value."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    given = parameters or {}
    for slot in list(tree.find_all(exp.Placeholder)):
        slot.replace(exp.convert(given[slot.name]))
    _spell_out_windows(tree)
    # From the leaves up, so that a form inside another is rewritten too.
    for node in reversed(list(tree.walk())):
        rule = _FUNCTIONS.get(node.name.lower()) if isinstance(node, exp.Anonymous) else _RULES.get(type(node))
        if rule:
            rule(node)
    return tree.sql(dialect="spark", identify=True, comments=False)


def _spell_out_windows(tree: exp.Expr) -> None:
    """Put the definition of a named window wherever the name stands: Spark cannot add a frame to a named one."""
    for select in tree.find_all(exp.Select):
        named = {window.name: window for window in select.args.get("windows") or ()}
        for use in select.find_all(exp.Window):
            definition = named.get(use.alias) if use.parent_select is select else None
            if definition is None or use in named.values():
                continue
            for part in ("partition_by", "order", "spec"):
                if definition.args.get(part) and not use.args.get(part):
                    inner = definition.args[part]
                    use.set(part, [each.copy() for each in inner] if isinstance(inner, list) else inner.copy())
            use.set("alias", None)
        if named:
            select.set("windows", None)


def _called(name: str, *arguments: exp.Expr | int | str) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[exp.convert(each) for each in arguments])


def _first_by(node: exp.Expr) -> None:
    """arg_min and arg_max pass over rows whose value is missing; Spark's min_by and max_by do not."""
    filled = node.this.copy().is_(exp.null()).not_()
    if isinstance(node.parent, exp.Filter):
        where = node.parent.expression
        where.set("this", exp.and_(where.this, filled))
    else:
        node.replace(exp.Filter(this=node.copy(), expression=exp.Where(this=filled)))


def _epoch(node: exp.Expr) -> None:
    """Seconds since 1970 with their fraction; the session's zone is UTC, so that the cast moves nothing."""
    micros = exp.cast(_called("UNIX_MICROS", exp.cast(node.this, "TIMESTAMPLTZ")), "DOUBLE")
    node.replace(exp.paren(micros / exp.convert(_MICROSECONDS), copy=False))


def _any_value(node: exp.Expr) -> None:
    """Any value that is not missing; Spark does not take IGNORE NULLS before a FILTER."""
    if isinstance(node.this, exp.AnyValue):
        node.replace(_called("ANY_VALUE", node.this.this, exp.true()))


def _text_of_time(node: exp.Expr) -> None:
    """Spark's date formats know no ISO week."""
    if node.args["format"].name == _ISO_WEEK:
        year = exp.cast(exp.Extract(this=exp.var("YEAROFWEEK"), expression=node.this.copy()), "TEXT")
        number = exp.cast(_called("WEEKOFYEAR", node.this.copy()), "TEXT")
        node.replace(_called("CONCAT", year, "-W", _called("LPAD", number, 2, "0")))


def _interval(node: exp.Expr) -> None:
    """An interval of a worked-out number of seconds."""
    if not isinstance(node.this, exp.Literal) and node.text("unit").upper() == "SECOND":
        node.replace(_called("MAKE_DT_INTERVAL", 0, 0, 0, exp.cast(node.this, "DECIMAL(18, 6)")))


def _mode(node: exp.Expr) -> None:
    """The smallest of the most frequent values; an order other than the value's own is not written anywhere."""
    node.replace(_called("MODE", node.this.this if isinstance(node.this, exp.Order) else node.this, exp.true()))


def _joined(node: exp.Expr) -> None:
    """Texts joined in order, missing ones passed over: Spark's own list aggregate fails beside counts of distinct values."""
    inner, order = (node.this.this, node.this.expressions) if isinstance(node.this, exp.Order) else (node.this, [])
    if isinstance(inner, exp.Distinct):
        text = inner.expressions[0]
        texts = _called("ARRAY_SORT", _called("COLLECT_SET", text))
    else:
        text = inner
        parts = [each for place, by in enumerate(order) for each in (f"by_{place}", by.this)]
        kept = exp.Where(this=text.copy().is_(exp.null()).not_())
        listed = exp.Filter(
            this=_called("COLLECT_LIST", _called("NAMED_STRUCT", *parts, "text", text)), expression=kept
        )
        texts = exp.Dot(this=_called("ARRAY_SORT", listed), expression=exp.to_identifier("text"))
    joined = _called("ARRAY_JOIN", texts, node.args["separator"])
    filled = exp.GT(this=exp.Count(this=text.copy()), expression=exp.convert(0))
    node.replace(exp.Case(ifs=[exp.If(this=filled, true=joined)]))


def _quantile(node: exp.Expr) -> None:
    node.replace(_called("PERCENTILE", node.this, node.expression))


def _weekday(node: exp.Expr) -> None:
    """Monday is 1."""
    node.replace(exp.paren(_called("WEEKDAY", node.this) + exp.convert(1), copy=False))


def _position(node: exp.Expr) -> None:
    """Missing where the list lacks the value; Spark says 0."""
    node.replace(exp.Nullif(this=_called("ARRAY_POSITION", *node.expressions), expression=exp.convert(0)))


def _hash(node: exp.Expr) -> None:
    """A hash that tells which value is missing: Spark's own passes over missing values."""
    node.replace(_called("XXHASH64", _called("TO_JSON", _called("STRUCT", *node.expressions))))


def _pairs_in(node: exp.Expr) -> None:
    """(a, b) IN (SELECT (a, b) ...): the subquery's one column of pairs becomes two columns."""
    query = node.args.get("query")
    if isinstance(node.this, exp.Tuple) and isinstance(query, exp.Subquery):
        chosen = query.this.expressions
        if len(chosen) == 1 and isinstance(chosen[0], exp.Tuple):
            query.this.set("expressions", chosen[0].expressions)


def _replaced(node: exp.Expr) -> None:
    """SELECT * REPLACE (sql AS a): all columns but `a`, then `a`; nothing may hang on the order of columns."""
    found: list[exp.Expr] = []
    for column in node.expressions:
        star = column.this if isinstance(column, exp.Column) else column
        given = star.args.get("replace") if isinstance(star, exp.Star) else None
        found.append(column)
        if given:
            star.set("replace", None)
            star.set("except_", [exp.to_identifier(each.alias) for each in given])
            found += given
    node.set("expressions", found)


_RULES: dict[type[exp.Expr], Callable[[Any], None]] = {
    exp.ArgMin: _first_by,
    exp.ArgMax: _first_by,
    exp.IgnoreNulls: _any_value,
    exp.TimeToUnix: _epoch,
    exp.TimeToStr: _text_of_time,
    exp.Interval: _interval,
    exp.Mode: _mode,
    exp.GroupConcat: _joined,
    exp.PercentileCont: _quantile,
    exp.DayOfWeekIso: _weekday,
    exp.In: _pairs_in,
    exp.Select: _replaced,
}
_FUNCTIONS: dict[str, Callable[[Any], None]] = {"list_position": _position, "hash": _hash}

"""The measures of a page: the table with sparklines and signals, and the "what changed" list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from reports.figures.small import draw_sparkline
from reports.pages.model import (
    Bullets,
    CellView,
    ColumnView,
    Inline,
    Link,
    Paragraph,
    RowView,
    Section,
    Sentence,
    Signal,
    TableView,
)
from reports.pages.signals import (
    chance_sentence,
    has_limits,
    has_moved,
    has_value,
    headlines,
    measure_title,
    signal_sentence,
)
from reports.pages.source import Source, service_path, slug
from reports.words import (
    HIDDEN_MARK,
    NO_VALUE_MARK,
    amount,
    clip_limits,
    number,
    usual_range,
)

Measure = Mapping[str, Any]
COUNTS = frozenset({"contacts", "journeys"})


def what_changed(source: Source, measures: Sequence[Measure], *, listed: Sequence[Measure], only: str = "") -> Section:
    """At most five signals, each linked to its row here or its journey page, then a closing line.

    `only` names what was looked at ("headline measure") where the page shows more measures than that.
    """
    watched = [measure for measure in measures if has_limits(measure) and not is_unsafe(source, measure)]
    moved = headlines(watched)
    rows = {measure_slug(measure) for measure in listed}
    items: list[Sentence] = [(Signal(m["signal"]), " ", signal_sentence(m), *_where(source, m, rows)) for m in moved]
    rest = sum(has_moved(measure) for measure in watched) - len(moved)
    if rest > 0:
        more = f"{number(rest)} more moved" if moved else f"{number(rest)} moved"
        items.append((f"{more}, but not by much, or no more often than chance among so many; the tables mark each.",))
    else:
        nothing = f"No {'other ' if moved else ''}{only}" if only else "Nothing else" if moved else "Nothing"
        items.append((f"{nothing} moved outside its usual range.",))
    blocks = (Bullets(tuple(items)), Paragraph((chance_sentence(len(watched)),), tone="note"))
    return Section("what-changed", "What changed this week", blocks)


def _where(source: Source, measure: Measure, rows: Collection[str]) -> tuple[Inline, ...]:
    """A link to more about the measure: its row on this page, or else its journey page."""
    if measure_slug(measure) in rows:
        return (
            " ",
            Link("See it in the table", f"#m-{measure_slug(measure)}", f": {measure_title(measure)}"),
        )
    kind, _, service = str(measure["scope"]).partition(":")
    if kind != "service" or service not in {found["service"] for found in source.findings.get("services", ())}:
        return ()
    return (" ", Link(f"See {measure['scope_name']}", f"{source.root}{service_path(service)}"))


def is_unsafe(source: Source, measure: Measure) -> bool:
    """A count in a week with a missing feed or cut short: its fall would be the feed's, not the people's."""
    is_short = bool(source.missing_sources) or bool(source.period.get("is_partial"))
    return measure["unit"] in COUNTS and is_short


def measures_table(
    source: Source, measures: Sequence[Measure], name: str, caption: str, *, first: str = "Measure"
) -> TableView:
    """Measure, this week, usual range, the weeks as a sparkline, signal; the CSV holds the same."""
    rows = tuple(RowView(_measure_cells(source, m), row_id=f"m-{measure_slug(m)}") for m in measures)
    header = [
        "measure",
        "scope",
        "unit",
        "week",
        "value",
        "n",
        "low",
        "high",
        "mean",
        "usual_low",
        "usual_high",
    ]
    plain = [
        [m["name"], m.get("scope_name"), *(_plain(m, key) for key in header[2:]), m.get("signal")] for m in measures
    ]
    weeks = max((len(m.get("series", ())) for m in measures), default=0)
    columns = (first, "This week", "Signal", "Usual range", f"Last {weeks} weeks")
    return TableView(
        table_id=f"t-{slug(name)}",
        caption=caption,
        columns=tuple(ColumnView(label, label in ("This week", "Usual range")) for label in columns),
        rows=rows,
        csv_href=source.csv_of_rows(name, [*header, "signal"], plain),
        has_hidden=any(m.get("suppressed") for m in measures),
        style="measures",
    )


def measure_slug(measure: Measure) -> str:
    """A measure and its scope as an anchor."""
    return slug(f"{measure['measure_id']}-{measure['scope']}")


def _measure_cells(source: Source, measure: Measure) -> tuple[CellView, ...]:
    unit = str(measure["unit"])
    link = source.definition(measure.get("definition"))
    spark = draw_sparkline(
        [w.get("value") if w.get("is_plotted", True) else None for w in measure["series"]],
        str(measure.get("signal")),
        unit,
        name=f"{measure_title(measure)}, last {len(measure['series'])} weeks",
        element_id=f"k-{measure_slug(measure)}",
    )
    is_silent = is_unsafe(source, measure) or not has_value(measure)
    limits = NO_VALUE_MARK
    if has_limits(measure):
        limits = usual_range(*clip_limits(measure["usual_low"], measure["usual_high"], unit), unit)
    return (
        CellView(str(measure["name"]), href=link.href if link else ""),
        CellView(_this_week(measure, unit)),
        CellView(signal="none" if is_silent else str(measure.get("signal") or "none")),
        CellView(limits),
        CellView(svg=spark),
    )


def _this_week(measure: Measure, unit: str) -> str:
    if measure.get("suppressed"):
        return HIDDEN_MARK
    if not has_value(measure):
        return "no data" if measure.get("no_data") else NO_VALUE_MARK
    text = _point(measure["value"], unit)
    low, high = measure.get("low"), measure.get("high")
    if low is None or high is None:
        return text
    return f"{text} ({_point(low, unit).removesuffix('%')} to {_point(high, unit).removesuffix('%')})"


def _point(value: float, unit: str) -> str:
    return amount(value, unit, 1 if unit == "share" else None)


def _plain(measure: Measure, key: str) -> Any:
    return HIDDEN_MARK if measure.get("suppressed") and key in ("value", "n", "low", "high") else measure.get(key)

"""The week summary: must I act, what moved, which journey is worst, where time is lost, what to trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.figures.small import draw_sparkline
from reports.pages.cards import pain_point_cards
from reports.pages.frame import week_frame
from reports.pages.measures import is_unsafe, measure_slug, measures_table, what_changed
from reports.pages.model import Bullets, CellView, Link, Page, Paragraph, Section, Sentence, TableView, kept
from reports.pages.next_week import next_week_section
from reports.pages.series import xmr_figure
from reports.pages.signals import headlines, signal_sentence
from reports.pages.source import Row, Source, service_path, shown_number
from reports.pages.tables import table_view
from reports.words import a_list, cell_text, date_text, number, value_of

_MOST_CARDS = 5


def week_page(source: Source, *, previous_week: str | None, next_week: str | None) -> Page:
    """index.html of one week."""
    ends_on = date_text(source.period["ends_on"])
    return Page(
        path="index.html",
        title=f"Customer journeys, week ending {ends_on}",
        kicker="Week summary",
        frame=week_frame(source, "", previous_week=previous_week, next_week=next_week, is_summary=True),
        sections=kept(
            _must_i_act(source),
            what_changed(source, _watched(source), listed=source.measures("all"), only="headline measure"),
            _key_measures(source),
            _services(source),
            _pain_points(source),
            next_week_section(source),
            _trust(source),
            _ways_on(source),
            _take_away(source),
        ),
    )


def headline_sentence(source: Source) -> str:
    """The one sentence of the week, for the top of the summary, the archive and the feed."""
    if source.missing_sources and source.period.get("is_partial"):
        names = a_list([name.replace("_", " ") for name in source.missing_sources])
        return f"No data from {names}, so no measure is judged."
    if source.period.get("is_partial"):
        return "This week is not complete, so no measure is judged."
    moved = headlines([measure for measure in _watched(source) if not is_unsafe(source, measure)])
    return signal_sentence(moved[0]) if moved else "No headline measure moved outside its usual range."


def _watched(source: Source) -> list[Mapping[str, Any]]:
    return [measure for measure in source.findings.get("measures", ()) if measure.get("is_headline")]


def _must_i_act(source: Source) -> Section:
    moved = headlines([measure for measure in _watched(source) if not is_unsafe(source, measure)])
    is_concern = bool(moved) and moved[0]["signal"] == "concern"
    answer = "Yes. " if is_concern else "No headline measure is a concern. " if moved else ""
    if source.period.get("is_partial"):
        answer = ""
    sentence: Sentence = (f"{answer}{headline_sentence(source)}",)
    return Section("must-i-act", "Must I act?", (Paragraph(sentence, tone="lead"),))


def _key_measures(source: Source) -> Section | None:
    measures = source.measures("all")
    if not measures:
        return None
    table = measures_table(source, measures, "key-measures", "Key measures this week, all services")
    moved = [m for m in headlines(measures) if m["measure_id"] != "failure_demand_rate"][:1]
    charted = [source.measure("failure_demand_rate", "all"), *moved]
    figures = [figure for figure in (xmr_figure(source, measure) for measure in charted) if figure]
    return Section("key-measures", "Key measures", (table, *figures))


def _services(source: Source) -> Section | None:
    table = source.table("services")
    if table is None:
        return None
    pages = {service["service"] for service in source.findings.get("services", ())}

    def name(row: Row) -> CellView:
        href = f"{source.root}{service_path(str(row['service']))}" if row["service"] in pages else ""
        return CellView(str(row["name"]), href=href)

    def signal(row: Row) -> CellView:
        measure = source.measure("failure_demand_rate", f"service:{row['service']}")
        slug_of = measure.get("signal") if measure else value_of(row.get("signal"))
        return CellView(signal=str(slug_of or "none"))

    fields = [{"name": "weeks", "label": "Failure demand, weeks", "unit": "text"}, *table["fields"]]
    view = table_view(
        source,
        {**table, "fields": fields, "rows": sorted(table["rows"], key=_worst_first)},
        "services",
        fields=(
            "name", "failure_demand_rate", "signal", "weeks", "n_started", "n_contacts", "one_channel_share",
            "median_days",
        ),
        extra={"name": name, "weeks": lambda row: CellView(svg=_spark(source, row)), "signal": signal},
    )  # fmt: skip
    source.csv_of("services", table)
    note = "Sorted by the share of failure demand. The signal is that of failure demand."
    return Section("journeys", "Which journey is worst or changing?", (view, Paragraph((note,), tone="note")))


def _worst_first(row: Row) -> tuple[float, str]:
    return -(shown_number(row.get("failure_demand_rate")) or 0.0), str(row["name"])


def _spark(source: Source, row: Row) -> str:
    measure = source.measure("failure_demand_rate", f"service:{row['service']}")
    if measure is None:
        return ""
    values = [week.get("value") if week.get("is_plotted", True) else None for week in measure["series"]]
    name = f"Failure demand in {row['name']}, last {len(values)} weeks"
    return draw_sparkline(
        values, str(measure.get("signal")), "share", name=name, element_id=f"s-{measure_slug(measure)}"
    )


def _pain_points(source: Source) -> Section | None:
    points = source.findings.get("pain_points", ())
    cards = pain_point_cards(source, points[:_MOST_CARDS], with_service=True)
    if cards is None:
        return None
    blocks: list[Any] = [cards]
    if len(points) > _MOST_CARDS:
        rest = len(points) - _MOST_CARDS
        more = f"{number(rest)} more {'is' if rest == 1 else 'are'} on the journey pages and in the CSV file."
        blocks.append(Paragraph((more,), tone="note"))
    return Section("pain-points", "Where are most people losing time?", tuple(blocks))


def _trust(source: Source) -> Section | None:
    blocks: list[Any] = [Bullets(tuple(_trust_sentences(source)))]
    blocks += [view for view in (_plain_table(source, name) for name in ("links", "labels")) if view]
    return Section("trust", "Can I trust this?", tuple(blocks))


def _plain_table(source: Source, name: str) -> TableView | None:
    table = source.table(name)
    return table_view(source, table, name) if table else None


def _joins_sentence(source: Source) -> str:
    """How far the share of journeys in several channels depends on who could be joined."""
    rows = source.rows("link_sensitivity")
    shares = [shown_number(row.get("several_share")) for row in rows]
    if len(shares) < 4 or any(share is None for share in shares):
        return ""
    exact, shown, lowest, highest = (cell_text(share, "share") for share in shares)
    return (
        f"{shown} of journeys used more than one channel ({exact} with exact joins only; between {lowest} and {highest} "
        "whoever made the contacts that are not linked)."
    )


def _accuracy_sentence(source: Source) -> str:
    """What is known of how often the reason recognised is right, on the council's own notes."""
    rows = source.rows("label_accuracy")
    if not rows:
        return ""
    share, known_from = rows[0].get("value"), str(rows[0]["known_from"])
    if shown_number(share) is None:
        return f"Accuracy on your notes: {known_from}."
    return f"The reason recognised is right for {cell_text(share, 'share')} of notes (from {known_from})."


def _trust_sentences(source: Source) -> list[Sentence]:
    sentences: list[Sentence] = []
    sources = source.rows("sources")
    if sources:
        read = sum(shown_number(row.get("rows_read")) or 0 for row in sources)
        this_week = sum(shown_number(row.get("rows_this_week")) or 0 for row in sources)
        sentences.append((f"{number(this_week)} rows fall in this week; {number(read)} rows were read in all.",))
    silent = [str(row["source"]).replace("_", " ") for row in sources if row.get("status") == "no data"]
    if silent or source.missing_sources:
        names = silent or [name.replace("_", " ") for name in source.missing_sources]
        sentences.append((f"No data this week from {a_list(names)}.",))
    elif sources:
        sentences.append(("Every source sent data this week.",))
    for measure_id, words in (
        ("unlinked_share", "of contacts could not be linked to a person"),
        ("unclear_share", "of contacts gave no clear reason"),
    ):
        measure = source.measure(measure_id, "all")
        if measure and measure.get("value") is not None:
            sentences.append((f"{cell_text(measure['value'], 'share')} {words}.",))
    if accuracy := _accuracy_sentence(source):
        sentences.append((accuracy,))
    if joins := _joins_sentence(source):
        sentences.append((joins,))
    sentences.append((Link("Where every row went, and what is known to be wrong", f"{source.root}data.html"), "."))
    return sentences


def _ways_on(source: Source) -> Section:
    """For each reader the page to go on to."""
    root, services = source.root, source.findings.get("services", ())
    ways: list[Sentence] = []
    if services:
        first = services[0]
        ways.append(
            (
                "You design a service: open its journey page from the table above, such as ",
                Link(str(first["name"]), f"{root}{service_path(str(first['service']))}"),
                ".",
            )
        )
    ways += [
        (
            "You manage a channel: ",
            Link("Channels", f"{root}channels.html"),
            " shows who gets through, and who is moved on.",
        ),
        ("You want less failure demand: ", Link("Failure demand", f"{root}demand.html"), " shows where it comes from."),
        (
            "You answer for the data: ",
            Link("Data and method", f"{root}data.html"),
            " accounts for every row and says what is hidden.",
        ),
        ("You have a team board: ", Link("One page to print", f"{root}board.html"), "."),
    ]
    return Section("go-on", "Where to go next", (Bullets(tuple(ways)),))


def _take_away(source: Source) -> Section:
    items: tuple[Sentence, ...] = (
        (Link("Every table in one spreadsheet (XLSX)", f"{source.root}all-tables.xlsx"),),
        (Link("Everything on these pages as one file (JSON)", f"{source.root}findings.json"),),
        (Link("The measures, week by week (CSV)", _all_weeks_csv(source)),),
        (Link("News feed: one line each week (Atom)", f"{source.root}../feed.xml"),),
        ("Every table has a link to its own CSV file.",),
    )
    return Section("take-away", "Take it with you", (Bullets(items),))


def _all_weeks_csv(source: Source) -> str:
    header = ["measure", "scope", "unit", "week", "value", "n", "signal"]
    rows = [
        [m["measure_id"], m["scope"], m["unit"], w["week"]]
        + (["[c]", None, ""] if w.get("suppressed") else [w.get("value"), w.get("n"), w.get("signal")])
        for m in source.findings.get("measures", ())
        for w in m.get("series", ())
    ]
    return source.csv_of_rows("measures-by-week", header, rows)

"""What a page is made of: a frame, sections, and in each section a few kinds of block.

All text is finished here; `svg` fields alone hold markup, drawn and escaped by reports.figures.
The template picks its layout by each block's `kind`. A figure cannot be made without its table and CSV link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Link:
    """A link inside a sentence; `hidden` is read by screen readers only."""

    text: str
    href: str
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal inside a sentence or cell: its slug; the template adds word and shape."""

    slug: str


Inline = str | Link | Signal
Sentence = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph; tone is plain, lead, note or warning."""

    sentence: Sentence
    tone: str = "plain"
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A bulleted list of sentences."""

    items: tuple[Sentence, ...]
    kind: str = "bullets"


@dataclass(frozen=True, slots=True)
class Chip:
    """One channel in a strip of channels."""

    text: str
    channel: str


@dataclass(frozen=True, slots=True)
class CellView:
    """One table cell: text, or a sentence, a signal, a drawing or a strip of chips; `sort` orders it."""

    text: str = ""
    href: str = ""
    signal: str = ""
    svg: str = ""
    chips: tuple[Chip, ...] = ()
    sort: str = ""
    shade: int = 0


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One table column: its heading, and whether its cells are numbers or long text."""

    label: str
    is_number: bool = False
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class RowView:
    """One row; `row_id` is the anchor a figure links to."""

    cells: tuple[CellView, ...]
    row_id: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """One table as the page shows it; `is_folded` puts it behind a "show the numbers" summary."""

    table_id: str
    caption: str
    columns: tuple[ColumnView, ...]
    rows: tuple[RowView, ...]
    csv_href: str
    definition: Link | None = None
    has_hidden: bool = False
    is_folded: bool = False
    is_narrow: bool = False
    is_sortable: bool = False
    has_row_headers: bool = True
    style: str = ""
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing of a figure; `label` names it where a figure has several views."""

    svg: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure with its two titles, its drawings and the tables that hold the same numbers."""

    figure_id: str
    headline: str
    subtitle: str
    drawings: tuple[Drawing, ...]
    tables: tuple[TableView, ...]
    layout: str = "single"  # single, series (newest right), grid (multiples), toggle (one view at a time)
    note: str = ""
    faded: tuple[
        str, ...
    ] = ()  # of a toggle: more views, which are the first drawing with some of it faded (style.css)
    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Card:
    """One pain point: a stable anchor, a title and its facts as term and value."""

    card_id: str
    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    link: Link | None = None
    channels: tuple[Chip, ...] = ()


@dataclass(frozen=True, slots=True)
class Cards:
    """A list of cards."""

    cards: tuple[Card, ...]
    csv_href: str
    kind: str = "cards"


@dataclass(frozen=True, slots=True)
class Terms:
    """A list of terms with their definitions; each term has an anchor."""

    terms: tuple[tuple[str, str, str], ...]  # anchor, name, text
    kind: str = "terms"


Block = Paragraph | Bullets | TableView | FigureView | Cards | Terms


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a page, with the anchor its contents list links to."""

    section_id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page: names, breadcrumb, week, neighbours, footer."""

    language: str
    organisation: str
    colours: Mapping[str, str]
    home_href: str
    breadcrumb: tuple[Link, ...]
    week_links: tuple[Link, ...]
    page_links: tuple[Link, ...]
    footer_lines: tuple[Sentence, ...]
    notices: tuple[Sentence, ...] = ()
    dates: str = ""
    glossary_href: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One finished page; `style` is a class of its own for print."""

    path: str
    title: str
    kicker: str
    frame: Frame
    sections: tuple[Section, ...] = field(default=())
    style: str = ""


def kept(*sections: Section | None) -> tuple[Section, ...]:
    """The sections that have something to show."""
    return tuple(section for section in sections if section is not None and section.blocks)

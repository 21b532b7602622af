"""Reads a rendered page as a browser's outline would: ids, links, figures, tables, drawings, texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "input", "br", "hr", "link", "img"}


@dataclass
class ReadPage(HTMLParser):
    """One parsed page; `outline` holds figure, table, csv and section marks in page order."""

    html: str
    ids: list[str] = field(default_factory=list)
    hrefs: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    outline: list[str] = field(default_factory=list)
    drawings: list[dict[str, str | None]] = field(default_factory=list)
    open_tags: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        assert not self.open_tags, f"never closed: {self.open_tags}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.attributes += named
        if named.get("id"):
            self.ids.append(str(named["id"]))
        if tag == "a" and named.get("href"):
            self.hrefs.append(str(named["href"]))
            if str(named["href"]).endswith(".csv"):
                self.outline.append("csv")
        self.sources += [str(named[key]) for key in ("src", "srcset", "data", "poster") if named.get(key)]
        if tag == "link":
            self.sources.append(str(named.get("href")))
        if tag in ("figure", "table", "section"):
            self.outline.append(tag)
        if tag == "svg":
            self.drawings.append(named)
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags and self.open_tags[-1] == tag, f"</{tag}> closes {self.open_tags[-3:]}"
        self.open_tags.pop()

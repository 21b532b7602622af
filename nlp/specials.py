"""Special cases of spaCy's tokeniser that may be written with a blank in them: ": )", "10 a.m ." and the like.

The tokeniser looks for the tokens that a special case would be without the rule, whatever stands between them. So two
pieces of a note between blanks may belong together where one ends and the next begins with such tokens.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from spacy.language import Language
from spacy.tokenizer import Tokenizer

_BLANK = " "  # two pieces without a sign in a row are one token, too


class Specials:
    """Which tokens, one after the other, a special case may be made of."""

    def __init__(self, language: Language) -> None:
        whole: Any = language.tokenizer
        bare = Tokenizer(
            language.vocab, {}, whole.prefix_search, whole.suffix_search, whole.infix_finditer, whole.token_match,
            whole.url_match,
        )  # fmt: skip
        self._next: dict[str, set[str]] = {_BLANK: {_BLANK}}
        # What the first and the last token of a special case were before they became it.
        self._was_first: dict[str, set[str]] = {}
        self._was_last: dict[str, set[str]] = {}
        for special in whole.rules:
            parts, made = ([token.text for token in read(special)] for read in (bare, whole))
            for part, following in zip(parts, parts[1:], strict=False):
                self._next.setdefault(part, set()).add(following)
            self._was_first.setdefault(made[0], set()).add(parts[0])
            self._was_last.setdefault(made[-1], set()).add(parts[-1])
        self._follow = set().union(*self._next.values())

    def edges(self, first: str, last: str) -> tuple[AbstractSet[str], AbstractSet[str]]:
        """Tokens that a piece with this first and last token may have begun and ended with, where they are part of one."""
        starts = {first, *self._was_first.get(first, ())} & self._follow
        return starts, {last, *self._was_last.get(last, ())} & self._next.keys()

    def may_join(self, stops: AbstractSet[str], starts: AbstractSet[str]) -> bool:
        """Whether a piece that ends and one that begins so may be read as one special case."""
        return any(not self._next[stop].isdisjoint(starts) for stop in stops)

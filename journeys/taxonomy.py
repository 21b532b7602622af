"""config/demand.toml as inert models: why people make contact, and the words that show it.

Rule: a contact carries every type its words support; the primary one is the first by `rank`.
Failure demand is "demand caused by a failure to do something or do something right for
the customer" (John Seddon).

The syntax of a cue is small enough to edit by hand:

    still waiting        these words, one after the other, in any case
    not|never been       one of several words
    have? heard          a word that may be there
    collect~             a word with any regular ending: collect, collects, collected, collecting, collection
    due * collect~       up to four other words between, within the sentence
    # weeks              a number (6, six, twenty); #th is 2nd, third, 4th and so on
    ^ test $             the beginning and the end of the note
    @bin                 any word of the list `bin` under [groups]
"""

from __future__ import annotations

import hashlib
import math
import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Demand = Literal["value", "failure", "excluded", "unclear"]
CauseOwner = Literal["policy", "process", "digital", "supplier", "partner", "external", "customer", "unknown"]
Preventability = Literal["by_us", "by_partner", "not_preventable", "unknown"]
WORD_ENDINGS = ("", "e", "s", "es", "d", "ed", "ing", "er", "ion", "ions")
UNCLEAR, URGENT = "unclear", "urgent"
SlaState = Literal["overdue", "within", "none_given"]
SLA_STATES: tuple[SlaState, ...] = ("overdue", "within", "none_given")
_MOST_WORDINGS = 3000
_WORD = re.compile(r"[^\s|?*~^$]+~?(\|[^\s|?*~^$]+~?)*\??")


def _check_cue(words: str) -> str:
    parts = words.removeprefix("^ ").removesuffix(" $").split()
    if not parts or parts[0] == "*" or parts[-1] == "*":
        raise ValueError(f"the cue '{words}' must begin and end with a word, not with *")
    if wrong := [part for part in parts if part != "*" and not _WORD.fullmatch(part)]:
        raise ValueError(f"cue '{words}' cannot be read at '{wrong[0]}'; write a word, a|b, a?, a~, * or #")
    if all(part == "*" or part.endswith("?") for part in parts):
        raise ValueError(f"the cue '{words}' needs at least one word that is not optional")
    return words


def _as_cue(given: object) -> object:
    return {"words": (given,)} if isinstance(given, str) else given


class Frozen(BaseModel):
    """Base of the models: no unknown keys, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Cue(Frozen):
    """Wordings that speak for a type, each with the same weight: how sure one hit alone makes us (0-1)."""

    words: Annotated[tuple[str, ...], Field(min_length=1)]
    weight: Annotated[float, Field(gt=0, le=1)] = 0.8

    @field_validator("words")
    @classmethod
    def _check_words(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_check_cue(cue) for cue in words)


class DemandType(Frozen):
    """One [[types]] block of config/demand.toml."""

    slug: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    demand: Demand
    name: Annotated[str, Field(min_length=1, max_length=60)]
    says: Annotated[str, Field(min_length=1, max_length=30)]
    definition: Annotated[str, Field(min_length=1)]
    not_counted: str = ""
    rank: Annotated[int, Field(ge=1, le=999)]
    preventability: Preventability = "unknown"
    cause_owner: CauseOwner = "unknown"
    cues: tuple[Annotated[Cue, BeforeValidator(_as_cue)], ...] = ()
    unless: tuple[str, ...] = ()

    @field_validator("unless")
    @classmethod
    def _check_unless(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_check_cue(cue) for cue in words)


class Taxonomy(Frozen):
    """The whole of config/demand.toml."""

    classifier: Literal["words", "reduce"] = "words"
    score_at_least: Annotated[float, Field(gt=0, le=1)] = 0.5
    abbreviations: dict[str, str] = {}
    groups: dict[str, tuple[str, ...]] = {}
    sla: dict[SlaState, tuple[str, ...]] = {}
    types: Annotated[tuple[DemandType, ...], Field(min_length=1)]

    @field_validator("sla")
    @classmethod
    def _check_sla(cls, wordings: dict[SlaState, tuple[str, ...]]) -> dict[SlaState, tuple[str, ...]]:
        return {state: tuple(_check_cue(cue) for cue in cues) for state, cues in wordings.items()}

    @model_validator(mode="after")
    def _check_types(self) -> Self:
        slugs = [kind.slug for kind in self.types]
        if repeated := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
            raise ValueError(f"the type '{repeated[0]}' is written twice; merge the two blocks")
        for slug, demand in ((UNCLEAR, "unclear"), (URGENT, "value")):
            if slug not in slugs or self.demand_of(slug) != demand:
                raise ValueError(f"there must be a type '{slug}' with demand = '{demand}'")
        if self.precedence[0] != URGENT:
            raise ValueError(f"'{URGENT}' must have the lowest rank: danger overrides every other type")
        return self

    @model_validator(mode="after")
    def _check_wordings(self) -> Self:
        lists = [(*(words for cue in kind.cues for words in cue.words), *kind.unless) for kind in self.types]
        for wordings in (*lists, *self.sla.values()):
            for words in wordings:
                for segment in words.split(" * "):
                    if math.prod(map(self._n_wordings, segment.split())) > _MOST_WORDINGS:
                        raise ValueError(f"cue '{words}' has over {_MOST_WORDINGS} wordings; split it in two")
        return self

    def _n_wordings(self, part: str) -> int:
        return len(self.words_of(part)) + part.endswith("?")

    def words_of(self, part: str) -> tuple[str, ...]:
        """Words that one part of a cue stands for: lists and endings written out."""
        words: list[str] = []
        for word in part.rstrip("?").split("|"):
            if word.startswith("@"):
                if word[1:] not in self.groups:
                    known = ", ".join(sorted(self.groups))
                    raise ValueError(f"'{word}' is not a list; [groups] has: {known}")
                words += self.groups[word[1:]]
            elif word.endswith("~"):
                words += [word[:-1] + ending for ending in WORD_ENDINGS]
            else:
                words.append(word)
        return tuple(words)

    @cached_property
    def by_slug(self) -> dict[str, DemandType]:
        """Types by slug."""
        return {kind.slug: kind for kind in self.types}

    @cached_property
    def precedence(self) -> tuple[str, ...]:
        """Slugs, the first to become primary first; equal ranks stay in the order of the file."""
        return tuple(kind.slug for kind in sorted(self.types, key=lambda kind: kind.rank))

    def demand_of(self, slug: str) -> Demand:
        """Demand of a type; KeyError where there is no such type."""
        return self.by_slug[slug].demand

    def slugs_of(self, demand: Demand) -> tuple[str, ...]:
        """Slugs of one demand, in order of precedence."""
        return tuple(slug for slug in self.precedence if self.demand_of(slug) == demand)

    @cached_property
    def wording_hash(self) -> str:
        """Twelve hexadecimal digits that change with anything that can change a label (not with names)."""
        return hashlib.sha256(repr(self._what_decides()).encode()).hexdigest()[:12]

    def _what_decides(self) -> tuple[Any, ...]:
        types = tuple(
            (kind.slug, kind.demand, kind.rank, kind.unless, *((cue.words, cue.weight) for cue in kind.cues))
            for kind in self.types
        )
        return (
            self.score_at_least,
            sorted(self.abbreviations.items()),
            sorted(self.groups.items()),
            sorted(self.sla.items()),
            types,
        )

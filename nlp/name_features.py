"""What speaks for a word of a note being somebody's name: the word itself, its neighbours, and the signs around it.

Features are short texts, so that a model can be read. Each depends on one word or one gap between words, and on how the
word in question is written, so what they add up to can be kept and looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlp.name_words import SENTENCE_ENDS, Word

_SHORTEST, _LONGEST = 2, 4
_SIGNS = ",.;:!?()\"'-&/+[]\n"


CASES = ("C", "X", "x")  # how a note is written: capitals here and there, mostly capitals, none


def case_of(words: Sequence[Word]) -> str:
    """How the note is written, one of CASES."""
    n_capitals = sum(word.n_capitals for word in words)
    if n_capitals * 2 >= sum(word.n_letters for word in words):
        return "X"
    return "C" if n_capitals else "x"


def own_features(word: Word, n_known: int, case: str) -> Iterator[str]:
    """Of the word alone; `n_known` is how many notes of the corpus hold it where it is no name."""
    yield from written_features(word, n_known, case)
    yield from spelling_features(word.lower)


def written_features(word: Word, n_known: int, case: str) -> Iterator[str]:
    """Of what is known of a word and how it is written."""
    written = f"{case}{word.shape}"
    known = min(n_known, 3) if n_known < 5 else 5 if n_known < 20 else 20
    yield f"shape {written}"
    yield f"kind {word.kind} {written}"
    yield f"known {known} {written}"
    yield f"known {known} {word.kind} {word.shape}"
    yield f"length {min(len(word.lower), 9)} {written}"
    if n_known:
        yield f"word {word.lower} {'x' if word.shape == 'x' else 'C'}"


def spelling_features(lower: str) -> Iterator[str]:
    """Of a word's letters."""
    framed = f"^{lower}$"
    for length in range(_SHORTEST, _LONGEST + 1):
        for start in range(len(framed) - length + 1):
            yield f"run {framed[start : start + length]}"


def beside_features(side: str, other: Word | None, shape: str) -> Iterator[str]:
    """Of the word before ("left") or after ("right") one of this shape; None at the ends of the note."""
    if other is not None:
        yield beside_word(side, other, shape)
    yield beside_kind(side, (other.kind, other.shape) if other else None, shape)


def beside_word(side: str, other: Word, shape: str) -> str:
    """Of a neighbour, as a word."""
    return f"{side} {other.lower} {'x' if shape == 'x' else 'C'}"


def beside_kind(side: str, other: tuple[str, str] | None, shape: str) -> str:
    """Of a neighbour of this kind and shape."""
    return f"{side} {other[0]} {other[1]} {shape}" if other else f"{side} none {shape}"


def before_features(between: str, is_first: bool, shape: str) -> Iterator[str]:
    """Of what stands before a word of this shape."""
    yield f"before {_signs(between)} {shape}"
    if is_first or any(sign in SENTENCE_ENDS for sign in between):
        yield f"starts {shape}"


def after_features(between: str, shape: str) -> Iterator[str]:
    """Of what stands after a word of this shape."""
    yield f"after {_signs(between)} {shape}"


def _signs(between: str) -> str:
    """The signs between two words, without blanks; a mark of redaction by its kind."""
    if "[" in between:
        return between[between.index("[") :].strip()[:14]
    return "".join(sign for sign in between if sign in _SIGNS)[:3] or "blank"

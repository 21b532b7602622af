"""Names of people in a note -> [person].

Rules: what the record's own identifier columns hold always goes, by part as well; a word goes that the model of names takes
for one (`nlp.names`), and with it the same word elsewhere in the note; so do a letter after a title, and words with a
capital beside a name that may be names. Public places and bodies (runs that end in Street, School, Council ...) stay.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet

from nlp.name_words import PLACES, WORD_NAMES, Note, read_words
from nlp.names import read_name_model


def mask_names(note: str, known: AbstractSet[str], suspects: Collection[int] | None = None) -> str:
    """The note with names replaced by [person]; `known` holds words, in lower case, that always go.

    The model is asked about the words at `suspects` only (`nlp.name_gate`), or about all.
    """
    read = read_words(note)
    words = read.words
    places = _place_runs(read)
    masked = read_name_model().names_in(read, suspects) - places
    if known:
        masked |= {at for at, word in enumerate(words) if word.lower in known}
    for at, word in enumerate(words[1:], start=1):
        if len(word.lower) == 1 and words[at - 1].kind == "title" and read.is_adjacent(at - 1, at):
            masked.add(at)
    if not masked:
        return note
    _spread(read, masked, places)
    gone = {words[at].lower for at in masked}
    again = {at for at, word in enumerate(words) if word.lower in gone and word.kind in {"unknown", "name"}}
    return _replace_runs(read, masked | again - places)


def _place_runs(note: Note) -> set[int]:
    """Positions in runs of capitalised words that end in a place word ("Castle Street", "St Mary's School")."""
    places: set[int] = set()
    for at, word in enumerate(note.words):
        if word.shape != "C" or word.lower not in PLACES:
            continue
        run = [at]
        while run[-1] and note.words[run[-1] - 1].shape in "Ci" and note.is_adjacent(run[-1] - 1, run[-1]):
            if note.words[run[-1] - 1].kind == "title":
                run = []
                break
            run.append(run[-1] - 1)
        is_person = word.lower in WORD_NAMES and len(run) == 2 and note.words[run[-1]].kind == "name"
        if len(run) > 1 and not is_person:
            places.update(run)
    return places


def _spread(note: Note, masked: set[int], places: set[int]) -> None:
    """Take in initials and words with a capital beside a name, where they may be names themselves."""
    found = sorted(masked)
    while found:
        here = found.pop()
        for there in (here - 1, here + 1):
            if not 0 <= there < len(note.words) or there in masked or there in places:
                continue
            other = note.words[there]
            may_be_name = other.kind in {"name", "word_name", "initial"} and other.shape in "CXi"
            if may_be_name and note.is_adjacent(*sorted((here, there))):
                masked.add(there)
                found.append(there)


def _replace_runs(note: Note, masked: set[int]) -> str:
    """Neighbouring masked words become one mark; a possessive 's stays."""
    pieces: list[str] = []
    at, previous = 0, -2
    for i in sorted(masked):
        start, end = note.spans[i]
        end = end - 2 if note.text[start:end].lower().endswith(("'s", "’s")) else end
        if previous == i - 1 and at == note.spans[previous][1] and note.is_adjacent(previous, i):
            at = end
        else:
            pieces += [note.text[at:start], "[person]"]
            at = end
        previous = i
    return "".join([*pieces, note.text[at:]])

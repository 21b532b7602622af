"""Tokens made by the engine on all cores are those that Python makes one by one, for every kind and any writing."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeys.engine import Engine
from journeys.keys import Tokeniser, tokens_of

KEY = bytes(range(32))
ODD = [
    "07700 900123", "+44 7700 900123", "0044 7700 900123", "+44 (0)7700 900123", "(01632) 960 000", "01632-960000 x12",
    "7700900123", "020 7946 0000", "0", "twelve", "Ab 12", "ab12", " a\tb ", "ß", "İ", "pat@Example.org", " PAT@example.org ",
    "no at", "O'Brien-Smith, Ann", "ANN  o brien smith", "_x_", "AB1 2CD", "ab12cd", "a.b", "", "   ", "é@x.org", "\x1f1",
    "a\x1cb", "😀",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def _same(engine: Engine, purpose: str, values: list[str]) -> None:
    raw = pa.chunked_array([pa.array([*values, None], pa.string())])
    assert tokens_of(raw, Tokeniser(KEY, purpose), engine).to_pylist() == Tokeniser(KEY, purpose).tokens(
        [*values, None]
    )


@pytest.mark.parametrize("purpose", ["account", "phone", "email", "name", "postcode", "cookie", "case_ref", "place"])
def test_the_engine_and_python_make_the_same_tokens(engine: Engine, purpose: str) -> None:
    _same(engine, purpose, ODD)


@pytest.mark.parametrize("purpose", ["account", "phone", "email", "name", "postcode", "cookie"])
@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.text(max_size=20) | st.from_regex(r"[+0-9 ()-]{1,16}", fullmatch=True), min_size=1, max_size=20)
)
def test_for_any_text_at_all(engine: Engine, purpose: str, values: list[str]) -> None:
    _same(engine, purpose, values)


def test_one_number_has_one_token_however_it_is_written(engine: Engine) -> None:
    raw = pa.chunked_array([["07700 900123", "+447700900123", "0044 7700 900 123", "(07700) 900123"]])
    assert len(set(tokens_of(raw, Tokeniser(KEY, "phone"), engine).to_pylist())) == 1

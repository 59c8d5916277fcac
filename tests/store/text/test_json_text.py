"""JSON is read as it was written: no digit is lost, nothing valid is refused, nothing breaks the reader."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.text.json_text import MAX_DEPTH, decode, decode_or_text

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@given(any_json, st.booleans())
def test_decode_returns_every_value_that_python_encodes(value: Any, ensure_ascii: bool) -> None:
    """Integers of any size, infinities and lone surrogates included."""
    text = json.dumps(value, ensure_ascii=ensure_ascii)
    assert decode(text) == value


@pytest.mark.parametrize("number", [10**18, 10**19, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**40])
def test_integers_keep_every_digit(number: int) -> None:
    """Around the edges of 64 bits, where a fast reader turns to floats."""
    assert decode(f"[{number}]") == [number]
    assert type(decode(str(number))) is int


def test_numbers_beyond_the_standard_are_read() -> None:
    """Python's own encoder writes them."""
    assert math.isnan(decode("NaN"))
    assert decode("[Infinity, -Infinity]") == [math.inf, -math.inf]


@pytest.mark.parametrize("text", ["", "{", "nope", "'x'", "[1,]"])
def test_text_that_is_not_json_stays_text(text: str) -> None:
    """And is an error for those who insist."""
    with pytest.raises(ValueError):  # noqa: PT011 (two libraries, two messages)
        decode(text)
    assert decode_or_text(text) == text


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_000, 100_000])
def test_json_nested_too_deep_stays_text(depth: int) -> None:
    """Nobody could walk it without running out of stack."""
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        assert decode_or_text(text) == text


def test_many_containers_beside_each_other_are_not_deep() -> None:
    """Width is no depth."""
    value = [{"a": [number]} for number in range(5_000)]
    assert decode(json.dumps(value)) == value
    assert decode("[" * MAX_DEPTH + "]" * MAX_DEPTH)


@given(st.integers(-(10**30), 10**30), st.integers(0, 10**25))
def test_integers_keep_their_digits_beside_texts_of_digits(number: int, digits: int) -> None:
    """OTLP writes times as texts of 19 digits; an integer that long stays exact wherever it stands."""
    text = f'{{"time":"{digits}","a":{number},"b":[{number}, {number}],"c":"x {digits}"}}'
    assert decode(text) == {"time": str(digits), "a": number, "b": [number, number], "c": f"x {digits}"}

"""Base64 processed in pieces: the results are those of one call."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.tracer.values import base64_text


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set pieces of a few characters, so that short texts have many pieces."""
    monkeypatch.setattr(base64_text, "PIECE_CHARS", 8)


@given(st.binary(max_size=100), st.text(" \"'\n-ü", max_size=9), st.text(" \"'\n-ü", max_size=9))
def test_bytes_in_base64_are_found_and_decoded_within_any_text(content: bytes, before: str, after: str) -> None:
    """From the first character to the end of the padding."""
    encoded = b64encode(content).decode()
    text = before + encoded + after
    end = base64_text.find_end(text, len(before))
    assert text[len(before) : end] == encoded
    if content:
        assert base64_text.decoded_size(text, len(before), end) == len(content)
        assert base64_text.decode(text, len(before), end) == content


@given(st.binary(max_size=100))
def test_the_alphabet_of_urls_is_decoded_too(content: bytes) -> None:
    """RFC 4648, section 5."""
    text = urlsafe_b64encode(content).decode()
    assert base64_text.find_end(text, 0, in_urls=True) == len(text)
    if content:
        assert base64_text.decode(text, 0, len(text)) == content


@given(st.text("AQgw+/=é", max_size=24))
def test_what_is_whole_is_what_the_grammar_says(text: str) -> None:
    """The grammar of RFC 4648; any other text stays text."""
    end = base64_text.find_end(text, 0)
    size = base64_text.decoded_size(text, 0, end) if end == len(text) else -1
    is_whole = text and re.fullmatch(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", text)
    assert size == (len(b64decode(text, validate=True)) if is_whole else -1)


@given(st.text("ab", max_size=40), st.text("ab", min_size=1, max_size=12), st.integers(0, 40))
def test_finding_in_pieces_finds_what_finding_at_once_does(text: str, mark: str, start: int) -> None:
    """Also if the mark lies across two pieces."""
    assert base64_text.find(text, mark, start) == text.find(mark, start)


@given(st.text(max_size=3_000), st.integers(0, 600), st.text(max_size=50))
def test_no_long_run_is_overlooked(before: str, more: int, after: str) -> None:
    """At any position in the text."""
    text = before + "A" * (base64_text.LONG_CHARS + more) + after
    assert base64_text.may_hold_run(text)
    assert base64_text.may_hold_run(text.encode("utf-8", "surrogatepass"))


def test_prose_holds_no_run() -> None:
    """Most long texts are prose, and are not searched further."""
    assert not base64_text.may_hold_run("The quick brown fox jumps over the lazy dog. " * 1_000)

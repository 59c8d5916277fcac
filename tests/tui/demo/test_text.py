"""How the demo splits text."""

from __future__ import annotations

from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.demo.text import token_count, tokens


@given(st.text())
def test_tokens_join_to_the_text(text: str) -> None:
    """An answer that is streamed token by token arrives as it was written."""
    assert "".join(tokens(text)) == text


def test_tokens_have_about_four_characters_of_english() -> None:
    """The counts have the size of those of real models."""
    text = files("tracetui.tui.demo").joinpath("handbook.md").read_text(encoding="utf-8")
    assert 3.5 < len(text) / token_count([text]) < 5.5

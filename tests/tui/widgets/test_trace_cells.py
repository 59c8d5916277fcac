"""The cells of the list before and after the messages of a trace have been read."""

from __future__ import annotations

import pytest

from tracetui.tui.widgets.trace_cells import first_words


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (None, ""),
        ("refund for order 7", "refund for order 7"),
        ('"plain\\n text"', "plain text"),
        ('{"question":"How do I', "How do I"),
        ('{"question": "a \\"b\\"", "k": 4}', 'a "b"'),
        ('{"k": 4, "question": "x"}', ""),
        ('{"answer": "x"}', ""),
        ('{"question": "cut in an escape \\', "cut in an escape"),
        ("[1, 2]", ""),
        ("{", ""),
    ],
)
def test_first_frame_shows_words_and_no_json(stored: str | None, words: str) -> None:
    """What is known at once is shown at once, as a sentence."""
    assert first_words(stored) == words

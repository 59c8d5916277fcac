"""What is remembered about texts is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.text.recent_texts import RecentTexts


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=200))
def test_memory_of_texts_is_bounded_and_right(texts: list[bytes]) -> None:
    """What is returned was said of that text; twice the bound is kept at most, and no text that takes much of it."""
    recent = RecentTexts[int](100)
    said: dict[bytes, int] = {}
    for number, text in enumerate(texts):
        found = recent.get(text)
        assert found is None or found == said[text]
        said[text] = number
        recent.add(text, number)
        kept = [one for one in said if recent._recent.get(one, recent._earlier.get(one)) is not None]
        assert sum(map(len, kept)) <= 2 * 100 + 25
        assert all(len(one) <= 25 for one in kept)


def test_what_was_met_lately_stays() -> None:
    """However much else was met before."""
    recent = RecentTexts[str](100)
    recent.add(b"prompt", "known")
    for number in range(1_000):
        recent.add(b"%d" % number, "other")
        assert recent.get(b"prompt") == "known"

"""Any value as lines."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.document.value import value_lines

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_any_value_becomes_lines(value: Any) -> None:
    """No recorded value fails to show, and each takes at least one line."""
    assert list(value_lines(value))


def test_deep_value_does_not_exhaust_the_stack() -> None:
    """A value nested a thousand deep is shown."""
    value: Any = 1
    for _ in range(900):
        value = {"a": [value]}
    assert len(list(value_lines(value))) > 20

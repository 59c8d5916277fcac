"""Names of spans without what differs between calls."""

from __future__ import annotations

import pytest

from tracetui.store.model.span_names import folded


@pytest.mark.parametrize(
    ("name", "models", "expected"),
    [
        ("chat gpt-4o", ("gpt-4o", None), "chat"),
        ("chat gpt-4o", ("gpt-4o", "gpt-4o-2026-01-01"), "chat"),
        ("step 12", (None, None), "step #"),
        ("GET /items/123/parts/7", (None, None), "GET /items/#/parts/#"),
        ("gpt-4o", ("gpt-4o", None), "gpt-#o"),
        ("chat", ("gpt-4o", None), "chat"),
    ],
)
def test_a_folded_name_has_no_model_and_no_numbers(
    name: str, models: tuple[str | None, str | None], expected: str
) -> None:
    """Steps that are numbered, and calls that name their model, have one name."""
    assert folded(name, *models) == expected

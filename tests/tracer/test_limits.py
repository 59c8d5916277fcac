"""How much one span may carry, and what is said of the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Recorded
from tracetui.store.json_text import encode
from tracetui.tracer import start_span
from tracetui.tracer.config import config
from tracetui.tracer.limits import cut

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=30), inner, max_size=30),
    max_leaves=40,
)


@given(json_values, st.integers(200, 2_000))
def test_what_is_cut_is_json_of_about_the_size_asked_for(value: Any, max_bytes: int) -> None:
    """The result is always whole JSON; escapes may make it some times longer than the budget of plain text."""
    text = encode(cut(value, max_bytes))
    json.loads(text)
    assert len(text) <= 6 * max_bytes + 100 * 70


@given(json_values)
def test_what_fits_is_not_touched(value: Any) -> None:
    """A limit concerns what is beyond it only."""
    assert cut(value, 1_000_000) == value


def test_notes_are_exact() -> None:
    """Kept and cut add up."""
    assert cut("x" * 1_000, 528) == "x" * 400 + "[600 of 1000 characters cut]"
    assert cut(list(range(1_000)), 218)[-1] == "[990 of 1000 entries cut]"
    shown = cut({f"key {n}": n for n in range(1_000)}, 528)
    assert shown["tracetui.cut"] == f"{1_000 - (len(shown) - 1)} of 1000 entries cut"


def test_cut_values_of_a_span_tell_their_whole_size(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A span beyond the limits has what fits, notes where something is missing, and the sizes as attributes."""
    monkeypatch.setattr(config, "max_value_bytes", 1_000)
    with start_span("s", attributes={"long": "a" * 5_000, "short": "b"}) as span:
        span.set_inputs({"messages": [{"content": "m" * 3_000}], "after": 1})
        span.set_outputs("small")
        span.add_event("e", {"text": "e" * 3_000})
    row = recorded.span("s")
    assert row["outputs"] == "small"
    assert row["attributes"]["short"] == "b"
    assert row["attributes"]["tracetui.cut.inputs"] == len(encode(span.inputs))
    assert row["attributes"]["tracetui.cut.attributes"] == 5_002
    assert "tracetui.cut.events" in row["attributes"]
    assert row["inputs"]["messages"][0]["content"].endswith("of 3000 characters cut]")
    assert len(row["attributes"]["long"]) < 1_000


def test_a_span_has_a_limit_as_a_whole(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs come first, outputs have what is left."""
    monkeypatch.setattr(config, "max_span_bytes", 1_000)
    with start_span("s") as span:
        span.set_inputs("i" * 700)
        span.set_outputs("o" * 700)
    row = recorded.span("s")
    assert row["inputs"] == "i" * 700
    assert row["outputs"].endswith("of 700 characters cut]")


def test_ten_megabytes_are_within_the_usual_limits(recorded: Recorded) -> None:
    """The default is generous: a long conversation is kept whole."""
    with start_span("s") as span:
        span.set_inputs("word " * 2_000_000)
    assert len(recorded.span("s")["inputs"]) == 10_000_000

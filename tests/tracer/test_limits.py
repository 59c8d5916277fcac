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
from tracetui.tracer.span_status import SpanStatus

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=30), inner, max_size=30),
    max_leaves=40,
)


@given(json_values, st.integers(200, 2_000))
def test_what_is_cut_is_json_of_about_the_size_asked_for(value: Any, max_bytes: int) -> None:
    """The result is always whole JSON, and no longer than that but for notes, whatever has to be escaped."""
    text = encode(cut(value, max_bytes))
    json.loads(text)
    assert len(text) <= max_bytes + 100 * 70


@given(json_values)
def test_what_fits_is_not_touched(value: Any) -> None:
    """A limit concerns what is beyond it only."""
    assert cut(value, 1_000_000) == value


def test_notes_are_exact() -> None:
    """Kept and cut add up."""
    assert cut("x" * 1_000, 528) == "x" * 400 + "[600 of 1000 characters cut]"
    entries = cut(list(range(1_000)), 218)
    assert entries[:-1] == list(range(len(entries) - 1))
    assert entries[-1] == f"[{1_000 - (len(entries) - 1)} of 1000 entries cut]"
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


@pytest.mark.parametrize("value", ["\0" * 50_000, ['"'] * 50_000, [0.12345678901234567] * 9_000])
def test_what_is_longer_as_json_than_as_text_is_cut_as_json(value: Any) -> None:
    """A limit is one on the bytes in the file."""
    assert len(encode(cut(value, 10_000))) <= 10_000


def test_attributes_count_too(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many attributes within the limit of one are not more than a span may have."""
    monkeypatch.setattr(config, "max_span_bytes", 20_000)
    with start_span("s", attributes={f"key {n}": "v" * 1_000 for n in range(100)}) as span:
        span.set_inputs("i" * 10_000)
    attributes = recorded.span("s")["attributes"]
    assert sum(len(value) for value in attributes.values() if isinstance(value, str)) < 20_000
    assert attributes["tracetui.cut.attributes"] == 1_002 * sum("cut]" in str(value) for value in attributes.values())
    assert recorded.span("s")["inputs"] == "i" * 10_000


def test_names_and_messages_have_the_limit_of_a_value(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception may quote a whole page: its message, which lists show, and its event are bounded alike."""
    with start_span("whole") as span:
        span.set_status(SpanStatus("ERROR", "m" * 100_000))
    assert recorded.span("whole")["status_message"] == "m" * 100_000
    monkeypatch.setattr(config, "max_value_bytes", 10_000)
    with start_span("n" * 20_000) as span:
        span.record_exception(ValueError("page " * 100_000))
    row = recorded.spans()[-1]
    for text in (row["name"], row["status_message"]):
        assert 9_000 < len(text) <= 10_000
        assert text.endswith(" characters cut]")

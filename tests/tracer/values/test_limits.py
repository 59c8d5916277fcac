"""Limits of one span and one trace, and the notes of what is truncated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.store.text.json_text import encode
from tracetui.tracer import start_span
from tracetui.tracer.parts.status import SpanStatus
from tracetui.tracer.settings.settings import config
from tracetui.tracer.values.limits import truncate

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=30), inner, max_size=30),
    max_leaves=40,
)


@given(json_values, st.integers(200, 2_000))
def test_truncated_values_are_json_within_the_limit(value: Any, max_bytes: int) -> None:
    """The result is complete JSON of at most the limit, apart from notes, whatever characters are escaped."""
    text = encode(truncate(value, max_bytes))
    json.loads(text)
    assert len(text) <= max_bytes + 100 * 70


@given(json_values)
def test_values_within_the_limit_are_unchanged(value: Any) -> None:
    """Only larger values are truncated."""
    assert truncate(value, 1_000_000) == value


def test_notes_are_exact() -> None:
    """The kept and the missing characters add up to all characters."""
    assert truncate("x" * 1_000, 528) == "x" * 400 + "[600 of 1000 characters cut]"
    entries = truncate(list(range(1_000)), 218)
    assert entries[:-1] == list(range(len(entries) - 1))
    assert entries[-1] == f"[{1_000 - (len(entries) - 1)} of 1000 entries cut]"
    shown = truncate({f"key {n}": n for n in range(1_000)}, 528)
    assert shown["tracetui.cut"] == f"{1_000 - (len(shown) - 1)} of 1000 entries cut"


def test_cut_values_of_a_span_tell_their_whole_size(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A span beyond the limits keeps what fits, notes in place of the rest, and the original sizes as attributes."""
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
    """Inputs are stored first; outputs get the remaining bytes."""
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
def test_limits_count_bytes_of_json(value: Any) -> None:
    """Escaped characters count with all bytes that they take in the file."""
    assert len(encode(truncate(value, 10_000))) <= 10_000


def test_attributes_count_too(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The attributes of a span together stay within the limit of the span."""
    monkeypatch.setattr(config, "max_span_bytes", 20_000)
    with start_span("s", attributes={f"key {n}": "v" * 1_000 for n in range(100)}) as span:
        span.set_inputs("i" * 10_000)
    attributes = recorded.span("s")["attributes"]
    assert sum(len(value) for value in attributes.values() if isinstance(value, str)) < 20_000
    assert attributes["tracetui.cut.attributes"] == 1_002 * sum("cut]" in str(value) for value in attributes.values())
    assert recorded.span("s")["inputs"] == "i" * 10_000


def test_names_and_messages_have_the_limit_of_a_value(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message of an exception may quote a whole page: status message and event are both truncated."""
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


def test_long_names_of_attributes_are_cut_and_none_is_lost(recorded: Recorded) -> None:
    """Two names with the same beginning stay two attributes. An attribute has the original length of the names."""
    with start_span("s", attributes={"n" * 3_000 + end: end for end in "ab"} | {"short": 1}):
        pass
    attributes = recorded.span("s")["attributes"]
    shown = f"{'n' * 1_024}[1977 of 3001 characters cut]"
    assert attributes == {shown: "a", f"{shown} (2)": "b", "short": 1, "tracetui.cut.attribute_names": 2 * 3_003}


def test_labels_of_a_trace_have_limits(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags, metadata, ids and previews keep their beginning. The metadata have the original sizes."""
    monkeypatch.setattr(config, "max_value_bytes", 1_000)
    with start_span("s"):
        tracer.update_current_trace(
            tags={"long": "t" * 5_000, "short": "x", "k" * 2_000: "y"},
            metadata={"note": "m" * 3_000},
            session_id="s" * 3_000,
            user="u" * 500,
            request_preview="p" * 4_000,
        )
    (row,) = recorded.traces()
    tags, metadata = json.loads(row["tags"]), json.loads(row["metadata"])
    assert tags["short"] == "x"
    assert tags["long"].endswith(" of 5000 characters cut]")
    assert len(tags["long"]) <= 1_000
    assert tags["k" * 1_024 + "[976 of 2000 characters cut]"] == "y"
    assert metadata["note"].endswith(" of 3000 characters cut]")
    assert {key: metadata[key] for key in metadata if key.startswith("tracetui.cut")} == {
        "tracetui.cut.tags": "5002",
        "tracetui.cut.tag_names": "2002",
        "tracetui.cut.metadata": "3002",
        "tracetui.cut.session_id": "3002",
        "tracetui.cut.request_preview": "4002",
    }
    for text in (row["session_id"], row["request_preview"]):
        assert 800 < len(text) <= 1_000
        assert text.endswith(" characters cut]")
    assert row["user_id"] == "u" * 500


@pytest.mark.parametrize("redact", [True, False])
def test_short_labels_are_unchanged(recorded: Recorded, monkeypatch: pytest.MonkeyPatch, redact: bool) -> None:
    """Labels within the limits are stored unchanged, with and without redaction."""
    monkeypatch.setattr(config, "redact", redact)
    with start_span("s", attributes={"n" * 1_024: 1}):
        tracer.update_current_trace(tags={"k" * 1_024: "v" * 100_000}, session_id="s" * 1_025, user="u" * 20)
    (row,) = recorded.traces()
    assert json.loads(row["tags"]) == {"k" * 1_024: "v" * 100_000}
    assert (row["session_id"], row["user_id"]) == ("s" * 1_025, "u" * 20)
    assert "tracetui.cut" not in (row["metadata"] or "")
    assert recorded.span("s")["attributes"] == {"n" * 1_024: 1}


def test_ids_of_the_usual_length_have_a_small_limit_too(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without redaction, and with a limit below the length of ids that are usually not checked."""
    monkeypatch.setattr(config, "max_value_bytes", 200)
    monkeypatch.setattr(config, "redact", False)
    with start_span("s"):
        tracer.update_current_trace(session_id="s" * 400)
    (row,) = recorded.traces()
    assert row["session_id"].endswith("of 400 characters cut]")
    assert json.loads(row["metadata"])["tracetui.cut.session_id"] == "402"


def test_names_of_events_are_cut_and_their_times_stay(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that fit are unchanged, the long event keeps its beginning and time, and later events are counted."""
    monkeypatch.setattr(config, "max_value_bytes", 1_000)
    with start_span("s") as span:
        span.add_event("first", {"a": 1})
        span.add_event("e" * 3_000, timestamp=12_345)
        span.add_event("last")
    row = recorded.span("s")
    first, long, rest = row["events"]
    assert (first["name"], first["attributes"]) == ("first", {"a": 1})
    assert long["name"].endswith(" of 3000 characters cut]")
    assert long["time_ns"] == 12_345
    assert rest == "[1 of 3 events cut]"
    assert isinstance(span, tracer.Span)
    assert row["attributes"]["tracetui.cut.events"] == len(encode(span.event_list))


def test_a_kind_has_the_limit_of_a_value(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The type of a span is truncated like its name."""
    monkeypatch.setattr(config, "max_value_bytes", 10_000)
    with start_span("s", span_type="K" * 20_000):
        pass
    assert recorded.span("s")["kind"].endswith(" of 20000 characters cut]")


def test_labels_of_a_stored_trace_have_limits(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later tags and assessments are truncated too. A truncated tag can be deleted by its original name."""
    monkeypatch.setattr(config, "max_value_bytes", 1_000)
    with start_span("s") as span:
        pass
    tracer.flush()
    tracer.set_trace_tag(span.trace_id, "k" * 2_000, "v" * 2_000)
    tracer.log_feedback(trace_id=span.trace_id, name="judge", value="bad", rationale="r" * 2_000)
    (row,) = recorded.traces()
    ((key, value),) = json.loads(row["tags"]).items()
    assert key == "k" * 1_024 + "[976 of 2000 characters cut]"
    assert value.endswith(" of 2000 characters cut]")
    (assessment,) = recorded.rows("SELECT * FROM assessments")
    assert assessment["rationale"].endswith(" of 2000 characters cut]")
    tracer.delete_trace_tag(span.trace_id, "k" * 2_000)
    assert json.loads(recorded.traces()[0]["tags"] or "{}") == {}


def test_a_trace_read_back_has_the_notes_of_truncation(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notes are in the metadata of the trace."""
    monkeypatch.setattr(config, "max_value_bytes", 1_000)
    with start_span("s", attributes={"a" * 1_025: "x"}) as span:
        tracer.update_current_trace(tags={"long": "t" * 5_000}, user="u" * 2_000)
    trace = tracer.get_trace(span.trace_id)
    assert trace is not None
    assert trace.info.trace_metadata["tracetui.cut.tags"] == "5002"
    assert trace.info.trace_metadata["tracetui.cut.user_id"] == "2002"
    (read,) = trace.data.spans
    assert read.get_attribute("tracetui.cut.attribute_names") == 1_027
    assert read.get_attribute("a" * 1_024 + "[1 of 1025 characters cut]") == "x"


def test_names_that_redaction_makes_alike_lose_no_value(recorded: Recorded) -> None:
    """Two names that contain different tokens stay two entries."""
    tokens = [f"sk-proj-abcdEFGH1234567890abc{end}" for end in "de"]
    with start_span("s", attributes=dict.fromkeys(tokens, 1)):
        pass
    assert recorded.span("s")["attributes"] == {"[redacted]": 1, "[redacted] (2)": 1}

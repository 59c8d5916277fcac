"""The fast path: what is written does not depend on which spans are scanned together."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.model.rows import UNSET, SpanRecord
from tracetui.store.text.json_text import encode
from tracetui.tracer import config, redaction
from tracetui.tracer.export import fast_path
from tracetui.tracer.export.pipeline import ExportPipeline
from tracetui.tracer.parts.link import Link
from tracetui.tracer.spans.span import Span

TOKEN = "sk-" + "a1B2" * 10

TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "Bearer " + TOKEN, "password=hunter22", f"use {TOKEN} now", '{"api_key": "x"}', "u://a:b@c"]),
    st.sampled_from(["Authorization: Basic dXNlcjpwYXNz", "run --token abc now", "a\nCookie: a=b", "curl -u a:b x"]),
    st.text("=@:/\\\"' aB1-", max_size=60),
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda items: st.one_of(
        st.lists(items, max_size=4),
        st.dictionaries(
            st.one_of(TEXTS, st.sampled_from(["password", "q", "auth", "name", "value"])), items, max_size=20
        ),
        st.sampled_from([["x-api-key", "abc123d"], ["run", "--token", "abc"], {"name": "API_KEY", "value": "x"}]),
    ),
    max_leaves=20,
)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """A span that has ended or not, with anything in it."""
    span = Span(draw(TEXTS), "LLM", None, {})
    span.trace.tags = draw(st.one_of(st.none(), st.dictionaries(TEXTS, TEXTS, max_size=2)))
    for key, value in draw(st.dictionaries(st.one_of(TEXTS, st.just("api_key")), VALUES, max_size=4)).items():
        span.set_attribute(key, value)
    for field in ("inputs_value", "outputs_value"):
        setattr(span, field, draw(st.one_of(st.just(UNSET), VALUES)))
    if draw(st.booleans()):
        span.add_event("said", {"text": draw(TEXTS)})
    if draw(st.integers(0, 3)) == 0:
        span.add_link(Link("1", "2", {"why": draw(TEXTS)}))
    span.status_message = draw(st.one_of(st.none(), TEXTS))
    if draw(st.integers(0, 3)):
        span.end_ns = span.start_ns + 1
    return span


def exported(pipeline: ExportPipeline, batch: list[Span]) -> list[dict[str, Any]]:
    """What the writer receives."""
    found = []
    for out in pipeline.prepare(batch):
        shown: dict[str, Any] = {field: getattr(out, field) for field in SpanRecord.__slots__ if field != "trace"}
        shown |= {"events": out.events_json, "links": out.links_json, "attachments": sorted(out.attachments)}
        shown["attribute_values"] = encode(out.attribute_values)
        assert out.trace.as_written is not None
        shown["tags"] = out.trace.as_written.tags
        found.append(shown)
    return found


@given(st.lists(spans(), max_size=6), st.booleans())
def test_spans_scanned_together_are_exported_as_one_by_one(batch: list[Span], in_one_look: bool) -> None:
    """A secret in one span is found, and the other spans are exported unchanged."""
    together = ExportPipeline()
    alone = ExportPipeline()
    if batch and not in_one_look:
        batch *= fast_path.TOGETHER // len(batch) + 1
    assert exported(together, batch) == [shown for span in batch for shown in exported(alone, [span])]


@given(st.lists(spans(), max_size=3))
def test_the_fast_path_exports_what_the_steps_export(batch: list[Span]) -> None:
    """Without the fast path the export is slower and returns the same."""
    short = exported(ExportPipeline(), batch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_path, "is_open", lambda: False)
        assert exported(ExportPipeline(), batch) == short


@given(st.lists(st.sampled_from(["inputs", "outputs", "attribute", "nothing"]), max_size=4), st.booleans())
def test_images_are_extracted_on_either_path(places: list[str], is_url: bool) -> None:
    """The fast path refuses spans that may hold an image."""
    image = b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4).decode()
    content = f"see data:image/png;base64,{image}" if is_url else image
    batch = []
    for place in places:
        span = Span("s", "LLM", None, {"otel.scope.name": "instrumentor"})
        if place == "attribute":
            span.set_attribute("input.value", content)
        elif place != "nothing":
            setattr(span, f"{place}_value", {"source": {"data": content, "media_type": "image/png"}})
        span.end_ns = span.start_ns
        batch.append(span)
    short = exported(ExportPipeline(), batch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_path, "is_open", lambda: False)
        assert exported(ExportPipeline(), batch) == short
    for place, shown in zip(places, short, strict=True):
        assert len(shown["attachments"]) == (place in ("inputs", "outputs") or (place == "attribute" and is_url))


def test_usual_spans_are_written_unchanged() -> None:
    """The steps are for spans with a mark, and for the spans beside one."""
    batch = []
    for number in range(2 * fast_path.TOGETHER):
        span = Span(f"usual {number}", "LLM", None, {"llm.model": "gpt-4o"})
        span.set_inputs({"question": "What is it?"})
        span.end_ns = span.start_ns
        batch.append(span)
    assert ExportPipeline().prepare(batch) == batch
    batch[3].attribute_values["note"] = f"key {TOKEN}"
    prepared = ExportPipeline().prepare(batch)
    changed = [place for place, (out, span) in enumerate(zip(prepared, batch, strict=True)) if out is not span]
    assert changed == [2, 3]
    assert prepared[3].attribute_values == {"llm.model": "gpt-4o", "note": f"key {redaction.REDACTED}"}


def test_a_fault_of_the_scan_sends_each_span_through_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault leaks no secret and loses no span."""

    def broken(*_: Any) -> bool:
        raise RuntimeError("bug")

    monkeypatch.setattr(redaction, "have_no_marks", broken)
    span = Span("s", "LLM", None, {"note": f"key {TOKEN}"})
    span.end_ns = span.start_ns
    (out,) = ExportPipeline().prepare([span])
    assert out.attribute_values == {"note": "key [redacted]"}


def test_limits_below_the_size_of_a_scan_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a small limit every span goes through the steps."""
    monkeypatch.setattr(config.config, "max_value_bytes", 1_000)
    span = Span("s", "LLM", None)
    span.set_inputs("x" * 2_000)
    span.end_ns = span.start_ns
    (out,) = ExportPipeline().prepare([span])
    assert len(out.inputs_json or b"") <= 1_000
    assert out.attribute_values["tracetui.cut.inputs"] == 2_002

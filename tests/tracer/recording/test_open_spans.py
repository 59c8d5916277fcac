"""Which of the spans that run are written again, and when."""

from __future__ import annotations

from math import inf

from tests.support.recorded import Recorded
from tracetui.tracer import start_span
from tracetui.tracer.export.pipeline import ExportPipeline
from tracetui.tracer.recording.open_spans import OpenSpans, state_of
from tracetui.tracer.spans.pending_span import PendingSpan
from tracetui.tracer.spans.span import Span
from tracetui.tracer.streams.meter import StreamMeter


def _written(spans: OpenSpans, span: Span, now: float) -> None:
    (prepared,) = ExportPipeline().prepare([span])
    spans.note_written(span, state_of(span), prepared, now)


def _changed(spans: OpenSpans, now: float) -> list[PendingSpan]:
    return spans.due(lambda _: True, now)


def test_a_span_is_written_again_when_it_shows_more() -> None:
    """Whatever it is: an attribute, an event, a chunk."""
    span, spans = Span("a", "LLM", None), OpenSpans()
    _written(spans, span, 0.0)
    assert _changed(spans, 0.0) == []
    span.set_attribute("n", 1)
    assert _changed(spans, 0.0) == [span]
    _written(spans, span, 1.0)
    meter = StreamMeter(span)
    meter.add("word")
    assert _changed(spans, 1.2) == [span]


def test_the_longer_a_stream_the_less_often_it_is_rewritten() -> None:
    """A rewrite writes the whole text: its cost stays a share of the time that passes."""
    span, spans = Span("a", "LLM", None), OpenSpans()
    meter = StreamMeter(span)
    for megabytes in (1, 2, 3):
        meter.add("x" * (1 << 20))
        _written(spans, span, 100.0)
        meter.add("y")
        assert _changed(spans, 100.0 + megabytes - 0.01) == []
        assert _changed(spans, 100.0 + megabytes + 0.01) == [span]
        assert _changed(spans, inf) == [span], "the end of the process waits for nothing"


def test_the_more_events_a_span_has_the_less_often_it_is_rewritten() -> None:
    """A worker's span stays open for as long as the program, and gets an event for each job."""
    span, spans = Span("worker", "TASK", None), OpenSpans()
    for number in range(10_000):
        span.add_event("job", {"number": number})
    _written(spans, span, 100.0)
    span.add_event("job")
    assert _changed(spans, 101.0) == []
    assert _changed(spans, 103.0) == [span]


def test_a_response_of_the_usual_size_is_rewritten_at_every_look() -> None:
    """A page of text appears in the file some milliseconds later."""
    span, spans = Span("a", "LLM", None), OpenSpans()
    meter = StreamMeter(span)
    meter.add("word " * 1_000)
    _written(spans, span, 100.0)
    meter.add("more")
    assert _changed(spans, 100.2) == [span]


def test_large_outputs_that_are_set_delay_no_rewrite() -> None:
    """The outputs are in the file once, and are not rewritten with later attributes."""
    span, spans = Span("a", "LLM", None), OpenSpans()
    span.set_outputs("x" * (1 << 20))
    _written(spans, span, 100.0)
    span.set_attribute("n", 1)
    assert _changed(spans, 100.0) == [span]


def test_streams_that_grow_at_once_share_the_cost_of_rewriting() -> None:
    """A hundred that grow at once wait a hundred times as long as one; idle streams do not count."""
    growing, resting = [[Span("a", "LLM", None) for _ in range(100)] for _ in range(2)]
    spans = OpenSpans()
    for now in (100.0, 200.0):
        for span in growing:
            meter = span.stream or StreamMeter(span)
            assert isinstance(meter, StreamMeter)
            meter.add("x" * 5_000)
            _written(spans, span, now)
    for span in growing:
        assert isinstance(span.stream, StreamMeter)
        span.stream.add("y")
    assert _changed(spans, 200.2) != growing
    assert _changed(spans, 202.0) == growing
    for span in resting:
        _written(spans, span, 300.0)
        _written(spans, span, 300.0)
    for span in growing[1:]:
        spans.discard(span)
    assert _changed(spans, 310.0) == growing[:1]
    _written(spans, growing[0], 310.0)
    stream = growing[0].stream
    assert isinstance(stream, StreamMeter)
    stream.add("z")
    assert _changed(spans, 310.2) == growing[:1]


def test_a_flush_writes_spans_that_are_not_due(recorded: Recorded) -> None:
    """Everything that was recorded before a flush is in the file, also for large spans."""
    with start_span("large") as span:
        meter = StreamMeter(span) if isinstance(span, Span) else None
        assert meter is not None
        meter.add("x" * (4 << 20))
        assert recorded.span("large")["status"] == "RUNNING"
        meter.add("the end ")
        span.set_attribute("late", 1)
        shown = recorded.span("large")
        assert shown["outputs"].endswith("xthe end ")
        assert (shown["attributes"]["late"], shown["chunk_count"]) == (1, 2)

"""Which traces are kept, decided at their end: errors, slow traces, a share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.program import query, run_program
from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer
from tracetui.tracer import start_span, trace
from tracetui.tracer.parts import ids
from tracetui.tracer.recording import process_recorder, tail_sampling
from tracetui.tracer.recording.tail_sampling import TailSampler
from tracetui.tracer.settings.settings import config
from tracetui.tracer.settings.tail_sampling import TailSampling


@pytest.fixture(autouse=True)
def _usual_settings() -> Iterator[None]:
    yield
    config.tail_sampling = None
    ids.seed()


@trace
def leaf() -> None:
    pass


def run(name: str, *, fails: bool = False) -> None:
    try:
        with start_span(name):
            leaf()
            if fails:
                raise ValueError(name)
    except ValueError:
        pass


def test_errors_are_kept_whole_and_the_rest_is_dropped(recorded: Recorded) -> None:
    """A trace with a failed span is written with all its spans; of other traces nothing is written."""
    tracer.configure(tail_sampling=TailSampling())
    for n in range(50):
        run("fine")
        if n % 10 == 0:
            run("broken", fails=True)
    assert {(row["name"], row["span_count"]) for row in recorded.traces()} == {("broken", 2)}
    assert len(recorded.traces()) == 5


def test_an_error_shows_live_at_once(recorded: Recorded) -> None:
    """A trace is kept from its first error on, and shows while it runs."""
    tracer.configure(tail_sampling={"keep_errors": True})
    with start_span("root"):
        leaf()
        tracer.flush()
        assert not recorded.path.exists()
        with pytest.raises(KeyError), start_span("fails"):
            raise KeyError
        assert {span["name"] for span in recorded.spans()} == {"root", "leaf", "fails"}
        assert recorded.traces()[0]["open_count"] == 1
        leaf()
    assert recorded.traces()[0]["span_count"] == 4


def test_a_flush_is_true_only_when_no_trace_is_undecided(recorded: Recorded) -> None:
    """Held spans are not durable, and flush does not wait for them; dropped traces are not a loss."""
    tracer.configure(tail_sampling=TailSampling())
    run("fine")
    assert tracer.flush()
    with start_span("root"):
        leaf()
        assert not tracer.flush()
    assert tracer.flush()
    with start_span("root"):
        with pytest.raises(KeyError), start_span("fails"):
            raise KeyError
        assert tracer.flush()


def test_a_slow_trace_shows_as_soon_as_it_is_slow(recorded: Recorded) -> None:
    """A trace is kept as soon as it runs longer than the limit; one that ended before is dropped."""
    tracer.configure(tail_sampling=TailSampling(keep_errors=False, slower_than_ms=50))
    run("fast", fails=True)
    with start_span("slow"):
        wait_until(lambda: recorded.path.exists() and recorded.traces(), "the trace that is slow by now")
        assert recorded.traces()[0]["open_count"] == 1
    assert [row["name"] for row in recorded.traces()] == ["slow"]


def test_share_keeps_traces_live_from_their_start(recorded: Recorded) -> None:
    """The share of the rest goes by the id, so that all processes of a trace agree, and shows live."""
    ids.seed(2)
    tracer.configure(tail_sampling=TailSampling(share=0.4))
    for _ in range(200):
        run("any")
    assert 55 <= len(recorded.traces()) <= 105
    assert all(int(row["trace_id"][16:], 16) < 0.4 * 2**64 for row in recorded.traces())


class Clockless:
    """Spans with times of the test's own."""

    def __init__(self, settings: TailSampling) -> None:
        self.sampler = TailSampler(settings)
        self.kept: list[Any] = []
        self.dropped: list[Any] = []

    def sample(self, *spans: Any, now_ms: float = 0.0) -> None:
        kept, dropped = self.sampler.sample(spans, int(now_ms * 1e6))
        self.kept += kept
        self.dropped += dropped

    def one(self, name: str, duration_ms: float) -> Any:
        span: Any = tracer.Span(name, "UNKNOWN", None, start_ns=0)
        span.end_ns = int(duration_ms * 1e6)
        self.sample(span)
        return span


def test_percentile_is_learned_for_each_name() -> None:
    """The slowest five percent of each name are kept, whatever other names take; while there are few, all."""
    clockless = Clockless(TailSampling(keep_errors=False, slowest_percent=5))
    for n in range(400):
        clockless.one("quick", 1 + n * 37 % 100 / 100)
        clockless.one("long", 1000 + n * 37 % 100)
    for name, limit in (("quick", 1.9), ("long", 1090)):
        late = [span for span in clockless.kept if span.name == name][tail_sampling.LEARNING_TRACES :]
        assert 10 <= len(late) <= 45
        assert all(span.end_ns >= limit * 1e6 for span in late[5:])
    assert len(clockless.kept) + len(clockless.dropped) == 800


def test_held_spans_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many undecided spans the oldest traces are kept rather than lost."""
    monkeypatch.setattr(tail_sampling, "MAX_HELD_SPANS", 10)
    clockless = Clockless(TailSampling())
    spans = [tracer.Span(f"{n}", "UNKNOWN", None) for n in range(25)]
    clockless.sample(*spans)
    assert [span.name for span in clockless.kept] == [f"{n}" for n in range(15)]


def test_late_spans_follow_the_decision(recorded: Recorded) -> None:
    """A background span that ends after the decision on its trace follows the decision."""
    tracer.configure(tail_sampling=TailSampling())
    with start_span("root") as root:
        pass
    tracer.flush()
    tracer.start_span_no_context("late", parent_span=root).end()
    tracer.flush()
    assert not recorded.path.exists()


def test_a_late_error_restores_its_trace(recorded: Recorded) -> None:
    """A task in the background fails, after being open for a while, when its trace was let go: all of it is kept."""
    tracer.configure(tail_sampling=TailSampling())
    with start_span("request") as request:
        leaf()
    tracer.flush()
    late = tracer.start_span_no_context("background", parent_span=request)
    tracer.flush()
    assert not recorded.path.exists()
    late.end(status="ERROR")
    assert sorted(span["name"] for span in recorded.spans()) == ["background", "leaf", "request"]
    tracer.start_span_no_context("afterwards", parent_span=request).end()
    assert [(row["span_count"], row["open_count"]) for row in recorded.traces()] == [(4, 0)]


def test_a_caller_elsewhere_that_fails_at_last_is_kept(recorded: Recorded) -> None:
    """Of the requests of one trace the first were fine: each is judged, and the one that fails brings them."""
    tracer.configure(tail_sampling=TailSampling(slower_than_ms=10_000))
    headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    for name, fails in (("first", False), ("second", False), ("third", True)):
        with tracer.set_tracing_context_from_http_request_headers(headers):
            run(name, fails=fails)
        tracer.flush()
        assert recorded.path.exists() is fails
    assert sorted(span["name"] for span in recorded.spans()) == ["first", "leaf", "leaf", "leaf", "second", "third"]


def test_a_trace_that_is_declared_an_error_is_kept(recorded: Recorded) -> None:
    """`update_current_trace(state="ERROR")` is an error whatever the spans say."""
    tracer.configure(tail_sampling=TailSampling())
    with start_span("declared"):
        tracer.update_current_trace(state="ERROR")
    with start_span("declared fine"):
        tracer.update_current_trace(state="OK")
    assert [row["name"] for row in recorded.traces()] == ["declared"]


def test_dropped_spans_at_hand_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A late error restores one of the traces that were dropped last; of any other it keeps itself only."""
    monkeypatch.setattr(tail_sampling, "MAX_DROPPED_SPANS", 3)
    clockless = Clockless(TailSampling())
    roots = [clockless.one(str(number), 1.0) for number in range(5)]
    for root in (roots[0], roots[4]):
        late = tracer.Span(f"late {root.name}", "UNKNOWN", root)
        late.set_status("ERROR")
        late.end_ns = late.start_ns
        clockless.sample(late)
    assert [span.name for span in clockless.kept] == ["late 0", "4", "late 4"]
    monkeypatch.setattr(tail_sampling, "MAX_DROPPED_BYTES", 1_000)
    heavy: Any = tracer.Span("heavy", "UNKNOWN", None, {"text": "x" * 2_000}, start_ns=0)
    heavy.end_ns = 1
    clockless.sample(heavy)
    late = tracer.Span("late", "UNKNOWN", heavy)
    late.set_status("ERROR")
    late.end_ns = late.start_ns
    clockless.sample(late)
    assert [span.name for span in clockless.kept[3:]] == ["late"]


def test_idle_time_between_requests_is_not_slow() -> None:
    """A caller that comes back after a minute made no slow request; a slow one is kept with its past."""
    clockless = Clockless(TailSampling(slower_than_ms=1_000))
    first = clockless.one("first", 5.0)
    for name, lasts_ms in (("quick", 5), ("slow", 2_000)):
        span: Any = tracer.Span(name, "UNKNOWN", first, start_ns=int(60e9))
        span.end_ns = int(60e9) + int(lasts_ms * 1e6)
        clockless.sample(span)
    assert sorted(span.name for span in clockless.kept) == ["first", "quick", "slow"]
    assert [span.name for span in clockless.dropped] == ["first", "first", "quick"]


def test_exit_keeps_what_is_undecided(tmp_path: Any) -> None:
    """A program that ends in the middle of a trace keeps it."""
    run_program(
        """
        from tracetui import tracer
        tracer.configure(tail_sampling=tracer.TailSampling())
        tracer.start_span("interrupted").__enter__()
        with tracer.start_span("inner"): pass
        """,
        tmp_path / "t.db",
    )
    assert query(tmp_path / "t.db", "SELECT name FROM spans ORDER BY name") == [("inner",), ("interrupted",)]


def test_turning_tail_sampling_off_keeps_what_waits(recorded: Recorded) -> None:
    """`TailSampling(share=1.0)` keeps all again, the undecided included."""
    tracer.configure(tail_sampling=TailSampling())
    with start_span("waits"):
        tracer.flush()
        tracer.configure(tail_sampling=TailSampling(share=1.0))
        assert recorded.traces()[0]["open_count"] == 1
    assert process_recorder.get().loop.sampler.is_holding() is False


@pytest.mark.parametrize(
    "settings", [{"share": 2}, {"slowest_percent": 0}, {"slowest_percent": 100}, {"slower_than_ms": -1}]
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    """The error names the setting."""
    with pytest.raises(ValueError, match=next(iter(settings))):
        tracer.configure(tail_sampling=settings)
    with pytest.raises(ValueError, match="sampling_ratio"):
        tracer.configure(sampling_ratio=1.5)


@pytest.mark.parametrize("is_turned_off", [False, True])
def test_a_held_span_that_comes_again_is_kept_once(recorded: Recorded, is_turned_off: bool) -> None:
    """The root waits while it runs; its end and the reason to keep its trace reach the writer together."""
    tracer.configure(tail_sampling={"share": 0.0, "slower_than_ms": 60_000})
    with start_span("root"):
        assert not tracer.flush()  # the root is held from now on
        if is_turned_off:
            config.tail_sampling = None
        with start_span("child") as child:
            child.set_status("ERROR")
    assert sorted(row["name"] for row in recorded.spans()) == ["child", "root"]
    assert [(row["span_count"], row["open_count"]) for row in recorded.rows("SELECT * FROM trace")] == [(2, 0)]

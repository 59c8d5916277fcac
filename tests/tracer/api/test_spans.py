"""`start_span`, the fields of a span, and labels of the current trace."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.program import run_program
from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer
from tracetui.tracer import (
    get_active_trace_id,
    get_current_active_span,
    start_span,
    start_span_no_context,
    update_current_trace,
)
from tracetui.tracer.parts import clock
from tracetui.tracer.parts.clock import parse_unix_ns
from tracetui.tracer.parts.event import SpanEvent
from tracetui.tracer.spans.span import Span


def test_span_holds_all_that_is_set_on_it(recorded: Recorded) -> None:
    """Inputs, outputs, attributes of every plain type, events and status reach the file exactly."""
    with start_span("work", span_type="TOOL", attributes={"given": 1}) as span:
        span.set_inputs({"q": ["a", {"b": None}]})
        span.set_outputs([1, 2.5, True, None, "ü"])
        span.set_attribute("text", "x")
        span.set_attributes({"yes": True, "half": 0.5, "big": 2**70, "list": [1, [2]], "none": None})
        span.add_event("retry", {"attempt": 2})
        span.set_status("ERROR")
    (row,) = recorded.spans()
    assert row["inputs"] == {"q": ["a", {"b": None}]}
    assert row["outputs"] == [1, 2.5, True, None, "ü"]
    assert row["attributes"] == {
        "given": 1,
        "text": "x",
        "yes": True,
        "half": 0.5,
        "big": 2**70,
        "list": [1, [2]],
        "none": None,
    }
    assert [event["name"] for event in row["events"]] == ["retry"]
    assert (row["status"], row["kind"]) == ("ERROR", "TOOL")


def test_later_changes_of_a_recorded_value_do_not_show(recorded: Recorded) -> None:
    """The recorded value is the value at the time of the call."""
    messages = [{"role": "user", "content": "hi"}]
    with start_span("call") as span:
        span.set_inputs(messages)
        messages[0]["content"] = "changed"
        messages.append({"role": "user", "content": "more"})
    assert recorded.span("call")["inputs"] == [{"role": "user", "content": "hi"}]


def test_running_span_is_in_the_file_before_it_ends(recorded: Recorded) -> None:
    """An open span has a row without an end, and its trace is running."""
    with start_span("slow") as span:
        span.set_inputs("q")
        (row,) = recorded.rows("SELECT * FROM spans")
        assert (row["status"], row["end_ns"], row["inputs"]) == ("RUNNING", None, '"q"')
        (trace,) = recorded.traces()
        assert (trace["status"], trace["open_count"], trace["end_ns"]) == ("RUNNING", 1, None)
        span.set_attribute("late", 7)
        wait_until(lambda: recorded.rows("SELECT 1 FROM attributes WHERE key = 'late'"), "the late attribute")
    (row,) = recorded.spans()
    assert (row["status"], row["attributes"]) == ("OK", {"late": 7})
    (trace,) = recorded.traces()
    assert (trace["status"], trace["open_count"], trace["span_count"]) == ("OK", 0, 1)
    assert trace["duration_ms"] == row["duration_ms"]


def test_update_current_trace_sets_tags_metadata_and_fields(recorded: Recorded) -> None:
    """Tags and metadata are merged and become text; session, user, previews and state are fields of the trace."""
    with start_span("root") as root:
        update_current_trace(tags={"env": "dev", "n": 1}, metadata={"sha": "abc"}, session_id="s-1", user="ada")
        with start_span("child"):
            update_current_trace(tags={"env": "prod"}, state="ERROR", response_preview="short")
            assert get_active_trace_id() == root.trace_id
    (trace,) = recorded.traces()
    assert trace["tags"] == '{"env":"prod","n":"1"}'
    assert trace["metadata"] == '{"sha":"abc"}'
    assert (trace["session_id"], trace["user_id"], trace["status"]) == ("s-1", "ada", "ERROR")
    assert trace["response_preview"] == "short"
    assert recorded.span("root")["status"] == "OK"


def test_trace_totals_count_no_usage_twice(recorded: Recorded) -> None:
    """The usage of a chain that repeats the usage of its calls is counted once, whatever the SDK calls it."""
    with start_span("root"):
        chain = start_span("chain", attributes={"gen_ai.usage.input_tokens": 30, "gen_ai.usage.output_tokens": 12})
        with chain, start_span("call", attributes={"llm.token_count.prompt": 30, "llm.cost.total": 0.25}):
            pass
        with start_span("other", attributes={"mlflow.chat.tokenUsage": {"input_tokens": 5, "output_tokens": 1}}):
            pass
    (trace,) = recorded.traces()
    assert (trace["input_tokens"], trace["output_tokens"], trace["cost_usd"]) == (35, 13, 0.25)


def test_a_span_without_context_is_not_current(recorded: Recorded) -> None:
    """`start_span_no_context` goes below `parent_span`, in any thread."""
    parent = start_span_no_context("parent", inputs={"a": 1}, tags={"t": "1"})
    assert get_current_active_span() is None

    def work() -> None:
        start_span_no_context("child", parent_span=parent).end(outputs="done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    parent.end(status="ERROR")
    spans = {span["name"]: span for span in recorded.spans()}
    assert spans["child"]["parent_id"] == spans["parent"]["span_id"]
    assert spans["child"]["outputs"] == "done"
    assert spans["parent"]["status"] == "ERROR"
    assert recorded.traces()[0]["tags"] == '{"t":"1"}'


def test_a_copied_context_has_the_span_in_a_pool(recorded: Recorded) -> None:
    """A task of a thread pool has no current span; `copy_context().run` keeps it."""
    with start_span("root"), ThreadPoolExecutor(1) as pool:
        pool.submit(copy_context().run, lambda: start_span("inside").__enter__().end()).result()
        pool.submit(lambda: start_span("outside").__enter__().end()).result()
    spans = {span["name"]: span for span in recorded.spans()}
    assert spans["inside"]["parent_id"] == spans["root"]["span_id"]
    assert spans["outside"]["parent_id"] is None


def test_changes_after_the_end_of_a_span_are_ignored(recorded: Recorded) -> None:
    """An ended span stays unchanged, also by a second end."""
    span = start_span_no_context("once")
    span.end(outputs=1)
    span.set_attribute("late", 1)
    span.set_outputs(2)
    span.end(outputs=3, status="ERROR")
    row = recorded.span("once")
    assert (row["outputs"], row["status"], row["attributes"]) == (1, "OK", {})


def test_span_shows_mlflows_fields(recorded: Recorded) -> None:
    """Ids are W3C hex, times are ns; status and events of an open span can be read."""
    with start_span("parent") as parent, start_span("child", span_type="LLM") as span:
        assert isinstance(span, Span)
        assert (len(span.trace_id), len(span.span_id)) == (32, 16)
        assert span.parent_id == parent.span_id
        assert span.trace_id == parent.trace_id
        assert (span.span_type, span.status, span.end_time_ns) == ("LLM", "UNSET", None)
        span.set_attribute("a", 1)
        span.add_event(SimpleNamespace(name="e", attributes={"k": "v"}, timestamp=5))
        span.set_status(SimpleNamespace(status_code=SimpleNamespace(value="ERROR"), description="why"))
        assert (span.attributes, span.get_attribute("a"), span.status) == ({"a": 1}, 1, "ERROR")
        assert span.events == [SpanEvent("e", 5, {"k": "v"})]
    assert span.end_time_ns is not None
    assert span.end_time_ns >= span.start_time_ns
    assert recorded.span("child")["status_message"] == "why"


def test_arguments_without_meaning_warn_once(caplog: pytest.LogCaptureFixture, recorded: Recorded) -> None:
    """Arguments that need MLflow's server, an invalid status and an update outside of a span raise nothing."""
    with caplog.at_level(logging.WARNING, logger="tracetui"):
        for _ in range(2):
            with start_span("s", trace_destination="x", run_id=None) as span:
                span.set_status("FINE")
            update_current_trace(tags={"lost": 1})
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 3
    assert any("trace_destination" in line for line in told)
    assert any("'FINE'" in line for line in told)
    assert any("outside of any span" in line for line in told)


def test_configure_raises_for_invalid_arguments(tmp_path: Path) -> None:
    """A directory as trace file, or an empty queue, is an error that names the way out."""
    with pytest.raises(ValueError, match="this is a directory; name a file in it"):
        tracer.configure(db=tmp_path)
    with pytest.raises(ValueError, match="queue_size=0\\): use 1 or more"):
        tracer.configure(queue_size=0)


def test_wall_clock_jumps_do_not_change_durations(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A duration is measured by the monotonic clock; the next trace uses the new wall clock."""
    now = {"wall": 10**18, "monotonic": 5_000}
    monkeypatch.setattr(clock, "wall_ns", lambda: now["wall"])
    monkeypatch.setattr(clock, "monotonic_ns", lambda: now["monotonic"])
    with start_span("before"):
        now["wall"] -= 3_600 * 10**9  # daylight saving, NTP, a laptop lid
        now["monotonic"] += 2_000_000
    with start_span("after"):
        pass
    assert recorded.span("before")["duration_ms"] == 2
    assert recorded.span("after")["start_ns"] == now["wall"]


def test_a_change_of_an_unknown_trace_warns_in_terms_of_the_call(
    caplog: pytest.LogCaptureFixture, recorded: Recorded
) -> None:
    """The log names the tag, the metric or the assessment, and the trace, and no internal class."""
    trace_id = "0" * 31 + "7"
    with caplog.at_level(logging.WARNING, logger="tracetui"):
        tracer.set_trace_tag(trace_id, "env", "dev")
        tracer.log_metric("score", 1.0, trace_id=trace_id)
        tracer.log_feedback(trace_id=trace_id, name="helpful", value=True)
        tracer.flush()
    told = [record.getMessage() for record in caplog.records]
    where = f"no trace {trace_id} in the file"
    assert told == [
        f"tracetui: the tag 'env' was not set: {where}",
        f"tracetui: the metric 'score' was not logged: {where}",
        f"tracetui: the feedback 'helpful' was not saved: {where}",
    ]


def test_first_metric_imports_little(tmp_path: Path) -> None:
    """The first metric imports neither SQLite nor the reader, which would take tens of milliseconds of a request."""
    program = """
        import sys
        from tracetui import tracer
        from tracetui.tracer.recording import process_recorder
        from tracetui.tracer.spans import sink
        process_recorder.get()  # which has set them by now
        sink.enqueue = sink.enqueue_ended = lambda span: None  # the writer thread imports what it needs
        with tracer.start_span("s"):
            tracer.log_metric("score", 1.0)
        heavy = {"sqlite3", "inspect", "dataclasses", "tracetui.tracer.entities", "tracetui.store.write.edits"}
        print(sorted(heavy & set(sys.modules)))
        """
    assert run_program(program, tmp_path / "t.db").stdout == "[]\n"


@pytest.mark.parametrize(
    "moment",
    [
        *("yesterday", b"x", 1 << 63, -1, float("nan"), float("inf"), datetime(2026, 1, 2, tzinfo=UTC)),
        pytest.param(object(), id="object"),  # its address is another in each process
    ],
    ids=repr,
)
def test_an_invalid_time_is_the_present(recorded: Recorded, moment: Any) -> None:
    """A span with an invalid start, end or event time is stored with the time of the clock."""
    before_ns = time.time_ns()
    span = tracer.start_span_no_context("span", start_time_ns=moment)
    span.add_event("event", timestamp=moment)
    span.end(end_time_ns=moment)
    row = recorded.span("span")
    assert before_ns <= row["start_ns"] <= row["end_ns"] <= time.time_ns()
    assert row["events"][0]["time_ns"] >= before_ns
    assert row["status"] == "OK"


@given(moment_ns=st.integers(0, (1 << 63) - 1), form=st.sampled_from([int, float, str]))
def test_a_time_may_be_any_type_of_number(moment_ns: int, form: type) -> None:
    """Floats such as `time.time() * 1e9` are accepted too."""
    given_ns = form(moment_ns)
    if int(given_ns) < 1 << 63:
        assert parse_unix_ns(given_ns) == int(given_ns)

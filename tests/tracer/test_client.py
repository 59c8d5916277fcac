"""Spans by id: the client."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import Client, client
from tracetui.tracer.compat.spans_by_id import SpansById, open_spans


def test_client_builds_a_tree_by_ids(recorded: Recorded) -> None:
    """Root, children and their children, each with its inputs, are ended by their ids."""
    before = open_spans.spans.keys() | set(), open_spans.roots.keys() | set()  # of other tests
    one = Client()
    root = one.start_trace("root", span_type="AGENT", inputs={"q": 1}, attributes={"a": 1}, tags={"t": "1"})
    child = one.start_span("child", trace_id=root.trace_id, parent_id=root.span_id, inputs="in")
    below = Client().start_span("below", f"tr-{root.trace_id}", child.span_id, "TOOL", attributes={"b": 2})
    one.end_span(below.trace_id, below.span_id, outputs="out", attributes={"c": 3}, status="ERROR")
    one.end_span(child.trace_id, child.span_id)
    one.end_trace(root.trace_id, outputs="done")
    spans = {span["name"]: span for span in recorded.spans()}
    assert spans["below"]["parent_id"] == spans["child"]["span_id"]
    assert spans["child"]["parent_id"] == spans["root"]["span_id"]
    assert spans["below"]["attributes"] == {"b": 2, "c": 3}
    assert [spans[name]["status"] for name in ("root", "child", "below")] == ["OK", "OK", "ERROR"]
    assert (spans["root"]["inputs"], spans["root"]["outputs"]) == ({"q": 1}, "done")
    (trace,) = recorded.traces()
    assert (trace["name"], trace["tags"], trace["span_count"]) == ("root", '{"t":"1"}', 3)
    assert open_spans.spans.keys() == before[0]
    assert open_spans.roots.keys() == before[1]


def test_client_child_goes_below_a_fluent_parent(recorded: Recorded) -> None:
    """The child begins in the same thread or in another one, and the trace keeps its labels."""
    with tracer.start_span("parent") as parent:
        tracer.update_current_trace(tags={"k": "v"})
        here = Client().start_span("here", parent.trace_id, parent.span_id)
        Client().end_span(parent.trace_id, here.span_id)

        def elsewhere() -> None:
            there = Client().start_span("there", parent.trace_id, parent.span_id)
            Client().end_span(there.trace_id, there.span_id)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert {span["parent_id"] for span in recorded.spans()} == {None, parent.span_id}
    (trace,) = recorded.traces()
    assert (trace["name"], trace["span_count"], trace["tags"]) == ("parent", 3, '{"k":"v"}')


def test_client_child_goes_below_a_span_of_another_process(recorded: Recorded) -> None:
    """Ids that this process does not know are accepted."""
    span = Client().start_span("here", "ab" * 16, "cd" * 8)
    Client().end_span(span.trace_id, span.span_id)
    row = recorded.span("here")
    assert (row["trace_id"], row["parent_id"]) == ("ab" * 16, "cd" * 8)


def test_client_serves_many_threads(recorded: Recorded) -> None:
    """32 threads begin spans of one trace below spans of other threads: each span arrives, below its parent."""
    before = open_spans.spans.keys() | set(), open_spans.roots.keys() | set()  # of other tests
    one = Client()
    root = one.start_trace("root")
    parents = [root.span_id]
    all_at_once = threading.Barrier(32)

    def work(number: int) -> list[tuple[str, str]]:
        made = []
        all_at_once.wait()
        for step in range(20):
            parent_id = parents[(number * 7 + step) % len(parents)]
            span = one.start_span(f"{number}.{step}", root.trace_id, parent_id, inputs=number)
            made.append((span.span_id, parent_id))
            parents.append(span.span_id)
            if step % 2:
                one.end_span(root.trace_id, made[step // 2][0], outputs=step)
        for span_id, _ in made:
            one.end_span(root.trace_id, span_id)
        return made

    with ThreadPoolExecutor(32) as pool:
        made = [pair for pairs in pool.map(work, range(32)) for pair in pairs]
    one.end_trace(root.trace_id)
    rows = recorded.spans()
    assert {row["span_id"]: row["parent_id"] for row in rows} == {root.span_id: None, **dict(made)}
    assert {row["status"] for row in rows} == {"OK"}
    assert open_spans.spans.keys() == before[0]
    assert open_spans.roots.keys() == before[1]


def test_many_traces_are_built_by_many_threads_at_once(recorded: Recorded) -> None:
    """32 threads begin traces whose spans other threads end: each span stays in its trace."""
    one, hand_over = Client(), queue.SimpleQueue[tuple[str, str]]()

    def work(number: int) -> None:
        for step in range(4):
            root = one.start_trace(f"{number}.{step}", tags={"thread": str(number)})
            child = one.start_span(f"{number}.{step} child", root.trace_id, root.span_id)
            below = one.start_span(f"{number}.{step} below", root.trace_id, child.span_id)
            one.end_span(root.trace_id, below.span_id)
            hand_over.put((root.trace_id, child.span_id))
            one.end_span(*hand_over.get())
            one.end_trace(root.trace_id)

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, range(32)))
    spans = recorded.spans()
    by_id = {span["span_id"]: span for span in spans}
    assert len(spans) == 32 * 4 * 3
    for span in spans:
        above = by_id.get(span["parent_id"], span)
        assert above["trace_id"] == span["trace_id"]
        assert span["name"].startswith(above["name"].partition(" ")[0])
        assert span["status"] == "OK"
    assert [trace["span_count"] for trace in recorded.traces()] == [3] * 128
    assert not open_spans.spans


@pytest.mark.parametrize(
    "call",
    [
        lambda: Client().start_span("a"),
        lambda: Client().start_span("a", "nonsense", "cd" * 8),
        lambda: Client().start_span("a", "ab" * 16, "nonsense"),
        lambda: Client().start_span("a", "ab" * 16, "x" * 16),
        lambda: Client().delete_traces(),
        lambda: Client().delete_traces(max_timestamp_millis=1, trace_ids=["ab" * 16]),
        lambda: Client().search_traces(page_token="nonsense"),
        lambda: Client().delete_traces(trace_ids=["ab" * 16], max_traces=1),
        lambda: tracer.set_trace_tag("nonsense", "k", "v"),
        lambda: tracer.log_feedback(trace_id="ab" * 16, value=1, span_id="nonsense"),
        lambda: tracer.log_expectation(trace_id="ab" * 16, name="e", value=None),
        lambda: tracer.entities.AssessmentSource("ALIEN"),
    ],
)
def test_invalid_arguments_raise_a_value_error(recorded: Recorded, call: Any) -> None:
    """Nothing is recorded then."""
    with pytest.raises(ValueError, match=r"."):
        call()
    assert not recorded.path.exists()


def test_an_invalid_span_id_raises_an_error_that_shows_it(recorded: Recorded) -> None:
    """The text has 16 characters that are not all hex digits."""
    with pytest.raises(ValueError, match=r"'x{16}' is not a span id: a span id has 16 hex digits"):
        Client().start_span("a", "ab" * 16, "x" * 16)


def test_ending_an_unknown_span_warns_once(recorded: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    """An unknown or ended span or trace raises nothing in the host."""
    for _ in range(2):
        Client().end_span("ab" * 16, "cd" * 8)
        Client().end_trace("ab" * 16)
    assert len(caplog.records) == 2


def test_disabled_tracing_makes_the_client_do_nothing(recorded: Recorded) -> None:
    """Every function accepts the ids of unrecorded spans, and writes nothing for them."""
    tracer.disable()
    one = Client()
    root = one.start_trace("root")
    child = one.start_span("child", root.trace_id, root.span_id)
    one.end_span(child.trace_id, child.span_id)
    one.end_trace(root.trace_id)
    tracer.set_trace_tag(root.trace_id, "k", "v")
    tracer.log_feedback(trace_id=root.trace_id, value=1)
    assert tracer.get_trace(root.trace_id, silent=True) is None
    assert not recorded.path.exists()


def test_tags_and_assessments_are_redacted(recorded: Recorded) -> None:
    """Tags, feedback and its rationale are redacted as spans are."""
    token = "sk-proj-" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE2gI4kM6oQ8s"
    span = tracer.start_span_no_context("a")
    span.end()
    tracer.set_trace_tag(span.trace_id, "api_key", "hunter2hunter2")
    tracer.set_trace_tag(span.trace_id, "note", f"used {token}")
    tracer.log_feedback(trace_id=span.trace_id, value=f"saw {token}", rationale=token, metadata={"k": token})
    assert tracer.flush()
    found = recorded.path.read_bytes() + recorded.path.with_name(recorded.path.name + "-wal").read_bytes()
    assert token.encode() not in found
    assert b"hunter2" not in found
    assert b"saw " in found


def test_pages_follow_each_other_while_traces_come(recorded: Recorded) -> None:
    """The next page begins where the last one ended, also if traces have arrived since."""

    def names(page: Any) -> list[str]:
        return [trace.info.tags["mlflow.traceName"] for trace in page]

    for number in range(5):
        tracer.start_span_no_context(f"{number}").end()
    one = Client()
    first = one.search_traces(max_results=2)
    tracer.start_span_no_context("late").end()
    second = one.search_traces(max_results=2, page_token=first.token)
    third = one.search_traces(max_results=2, page_token=second.token)
    assert [names(page) for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert third.token is None
    by_name = one.search_traces(max_results=4, order_by=["name DESC"])
    rest = one.search_traces(max_results=4, order_by=["name DESC"], page_token=by_name.token)
    assert (names(by_name), names(rest), rest.token) == (["late", "4", "3", "2"], ["1", "0"], None)


def test_traces_are_deleted_and_counted(recorded: Recorded) -> None:
    """Traces are deleted by id or by age; running traces stay."""
    ids = [tracer.log_trace(f"{number}", start_time_ms=1_000 * number, execution_time_ms=1) for number in range(4)]
    running = tracer.start_span_no_context("running", start_time_ns=0)
    one = Client()
    assert one.delete_traces(trace_ids=[ids[3], running.trace_id]) == 1
    assert one.delete_traces(max_timestamp_millis=10_000, max_traces=2) == 2
    running.end()
    assert [trace["name"] for trace in recorded.traces()] == ["2", "running"]


def test_deleted_trace_may_begin_again(recorded: Recorded) -> None:
    """A late span of a deleted trace makes a new row for the trace."""
    root = tracer.start_span_no_context("root")
    root.end()
    assert Client().delete_traces(trace_ids=[root.trace_id]) == 1
    tracer.start_span_no_context("late", parent_span=root).end()
    (trace,) = recorded.traces()
    assert (trace["trace_id"], trace["name"], trace["span_count"]) == (root.trace_id, "late", 1)


def test_a_client_holds_no_span_that_has_ended(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans may end by id or without it. Of the spans that stay open only the newest are held."""
    held = SpansById(max_open_spans=3, sweep_every=1)
    monkeypatch.setattr(client, "open_spans", held)
    one = Client()
    for way in range(30):
        root = one.start_trace("root")
        child = one.start_span("child", root.trace_id, root.span_id)
        if way % 2:
            child.end()
            root.end()
        else:
            one.end_span(child.trace_id, child.span_id)
            one.end_span(root.trace_id, root.span_id)
    last = one.start_trace("last")
    assert list(held.spans.values()) == [last]
    assert list(held.roots.values()) == [last]
    for _ in range(10):
        last = one.start_trace("never ended")
    assert len(held.spans) == 3
    assert len(held.roots) == 3
    one.end_trace(last.trace_id)
    assert recorded.rows("SELECT 1 FROM spans WHERE name = 'never ended' AND status = 'OK'")


def test_a_trace_named_twice_is_deleted_once(recorded: Recorded) -> None:
    """delete_traces returns the number of deleted traces."""
    with tracer.start_span("gone") as span:
        pass
    assert Client().delete_traces(trace_ids=[span.trace_id, f"tr-{span.trace_id}"]) == 1
    assert not recorded.traces()

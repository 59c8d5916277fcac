"""Log records become part of the spans that they belong to, whichever arrives first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tracetui.store.exchange.document import Batch, Resource, SpanDocument
from tracetui.store.exchange.log_records import LogRecord
from tracetui.store.read.reader import Reader
from tracetui.tracer.ingest import known_spans
from tracetui.tracer.ingest.ingest import Ingest
from tracetui.tracer.receiver import log_folding
from tracetui.tracer.receiver.log_folding import PATIENCE_S, LogFolding

TRACE = bytes(range(1, 17))
SHOP = Resource("shop")
MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": "hello"}]}]


class Receiving:
    """A trace file that spans and records are sent to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now_s = 0.0
        self.ingest = Ingest(path, pytest.fail)
        self.logs = LogFolding(self.ingest, monotonic_s=lambda: self.now_s)
        self.refused: list[str] = []

    def spans(self, *spans: SpanDocument) -> None:
        batch = Batch(SHOP, [*spans], [])
        evaluations = self.logs.join(batch)
        self.ingest.add(batch)
        self.logs.written(batch, evaluations)

    def records(self, *records: LogRecord) -> None:
        self.logs.receive(records, 100, self.refused.append)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def only(self) -> tuple[Any, Any]:
        """The one span of the one trace, and its detail."""
        with Reader(self.path) as reader:
            ((found,),) = [list(reader.spans_with_details(trace)) for trace in reader.newest_traces(9)]
            return found


@pytest.fixture
def receiving(tmp_path: Path) -> Iterator[Receiving]:
    found = Receiving(tmp_path / "traces.db")
    yield found
    found.ingest.close()


def span(span_id: int = 1, **fields: Any) -> SpanDocument:
    values: dict[str, Any] = {"name": "call", "start_ns": 1_000, "end_ns": 9_000, "status": "OK", "is_entry": True}
    return SpanDocument(TRACE, span_id, None, **{**values, **fields})


def record(name: str = "note", attributes: dict[str, Any] | None = None, span_id: int | None = 1) -> LogRecord:
    return LogRecord(SHOP, TRACE, span_id, 5_000, name, attributes=attributes or {})


def agent_record(name: str, time_ns: int = 5_000_000_000, **attributes: Any) -> LogRecord:
    """A record of Claude Code."""
    return LogRecord(SHOP, None, None, time_ns, name, attributes={"session.id": "s", "prompt.id": "p", **attributes})


def both_orders(receiving: Receiving, is_span_first: bool, *records: LogRecord, **fields: Any) -> None:
    if is_span_first:
        receiving.spans(span(**fields))
    receiving.records(*records)
    if not is_span_first:
        receiving.spans(span(**fields))


@pytest.mark.parametrize("is_span_first", [True, False])
def test_messages_of_a_call_become_its_inputs_and_outputs(receiving: Receiving, is_span_first: bool) -> None:
    """OpenTelemetry's instrumentations send content as log records."""
    answer = [{"role": "assistant", "parts": [{"type": "text", "content": "hi"}]}]
    details = {
        "gen_ai.input.messages": MESSAGES,
        "gen_ai.output.messages": answer,
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 7,
    }
    sent = record("gen_ai.client.inference.operation.details", details)
    own = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5}
    both_orders(receiving, is_span_first, sent, attributes=own)
    row, detail = receiving.only()
    assert (row.kind, row.model, row.input_tokens) == ("LLM", "gpt-4o", 5)
    assert "hello" in detail.inputs
    assert "hi" in detail.outputs
    assert receiving.rows("SELECT span_count, open_count, error_count, input_tokens, model FROM trace") == [
        (1, 0, 0, 5, "gpt-4o")
    ]


@pytest.mark.parametrize("is_span_first", [True, False])
def test_an_evaluation_becomes_an_assessment(receiving: Receiving, is_span_first: bool) -> None:
    """Of a span, or of a trace where the record names no span."""
    names: dict[str, Any] = {"gen_ai.evaluation.name": "polite", "gen_ai.evaluation.score.value": 0.5}
    of_trace = record("gen_ai.evaluation.result", names | {"gen_ai.evaluation.name": "short"}, None)
    both_orders(receiving, is_span_first, record("gen_ai.evaluation.result", names), of_trace)
    assert sorted(receiving.rows("SELECT name, value, span_id FROM assessment")) == [
        ("polite", 0.5, 1),
        ("short", 0.5, None),
    ]


@pytest.mark.parametrize("is_span_first", [True, False])
def test_any_other_record_is_an_event_of_its_span(receiving: Receiving, is_span_first: bool) -> None:
    """Exceptions have the name that SDKs give them; what the span has already stays; a repetition changes nothing."""
    failed = record("gen_ai.client.operation.exception", {"exception.type": "Timeout"})
    line = LogRecord(SHOP, TRACE, 1, 6_000, "", "retrying", "WARN")
    first = {"name": "first", "time_ns": 2_000, "attributes": {}}
    fields: dict[str, Any] = {"status": "ERROR", "events": [first], "inputs": {"q": 1}, "attributes": {"a": 1}}
    both_orders(receiving, is_span_first, failed, line, line, **fields)
    receiving.records(failed, line)
    _, detail = receiving.only()
    with Reader(receiving.path) as reader:
        (trace,) = reader.traces(reader.newest_traces(9))
    assert (trace.error_count, trace.span_count, trace.open_count, trace.end_ns) == (1, 1, 0, 9_000)
    assert detail.inputs == '{"q":1}'
    assert detail.attributes == {"a": 1}
    assert [event["name"] for event in json.loads(detail.events)] == ["first", "exception", "log"]
    assert '"log.body":"retrying"' in detail.events
    assert receiving.rows("SELECT span_count FROM attr_key WHERE name = 'a'") == [(1,)]


@pytest.mark.parametrize("is_span_first", [True, False])
def test_the_cost_of_claude_code_comes_from_its_log(receiving: Receiving, is_span_first: bool) -> None:
    """The record and the span have the session and the request in common; the cost is in the record only."""
    own = {"span.type": "llm_request", "session.id": "s", "request_id": "r", "model": "claude", "input_tokens": 3}
    sent = agent_record("api_request", request_id="r", cost_usd=0.25, input_tokens=3, model="claude", speed="fast")
    both_orders(receiving, is_span_first, sent, attributes=own)
    row, detail = receiving.only()
    assert (row.kind, row.cost_usd, row.input_tokens) == ("LLM", 0.25, 3)
    assert '"speed":"fast"' in detail.events
    assert receiving.rows("SELECT cost_usd, session_id FROM trace") == [(0.25, "s")]


def test_a_record_of_a_prompt_without_a_request_belongs_to_the_interaction(receiving: Receiving) -> None:
    """Tool decisions and prompts have no span of their own."""
    receiving.records(agent_record("tool_decision", tool_name="Bash"))
    receiving.spans(span(attributes={"span.type": "interaction", "session.id": "s", "prompt.id": "p"}))
    _, detail = receiving.only()
    assert "tool_decision" in detail.events


def test_an_agent_that_sends_no_spans_is_a_trace_of_its_records(receiving: Receiving) -> None:
    """After a while records of one prompt become spans below the prompt, with model, tokens and cost, each once."""
    sent = [
        agent_record("user_prompt", 1_000_000_000, prompt="fix it"),
        agent_record(
            "api_request", request_id="r", cost_usd=0.5, input_tokens=3, output_tokens=4, model="m", duration_ms=1_000
        ),
        agent_record("tool_result", 6_000_000_000, tool_name="Bash", duration_ms="250"),
    ]
    for _ in range(2):
        receiving.records(*sent)
        receiving.now_s += PATIENCE_S
        receiving.logs.give_up()
    assert receiving.rows("SELECT name, kind, (end_ns - start_ns) / 1000000 FROM span ORDER BY end_ns") == [
        ("user_prompt", "AGENT", 0),
        ("api_request", "LLM", 1_000),
        ("tool_result", "TOOL", 250),
    ]
    assert receiving.rows("SELECT name, cost_usd, input_tokens, session_id FROM trace") == [
        ("user_prompt", 0.5, 3, "s")
    ]
    assert receiving.rows("SELECT inputs FROM spans WHERE name = 'user_prompt'") == [('"fix it"',)]


def test_a_record_waits_for_the_end_of_its_span(receiving: Receiving) -> None:
    """An open span is written again at its end, and would overwrite what was folded into it."""
    receiving.records(record())
    receiving.spans(span(end_ns=None, status=None))
    receiving.now_s += 2 * PATIENCE_S
    receiving.logs.give_up()
    receiving.spans(span())
    _, detail = receiving.only()
    assert "note" in detail.events


def test_what_belongs_to_nothing_is_refused_and_what_waits_is_bounded(
    receiving: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log of a program without spans is not kept; neither is a record whose span never comes."""
    receiving.records(LogRecord(SHOP, None, None, 1, "", "started"))
    assert receiving.refused == ["the log record 'log' belongs to no span"]
    monkeypatch.setattr(log_folding, "MAX_WAITING_BYTES", 250)
    monkeypatch.setattr(known_spans, "MAX_TRACES", 2)
    receiving.records(*(record(span_id=number) for number in range(2, 5)))
    assert receiving.logs.left_out == 0
    for number in range(5, 9):
        receiving.records(LogRecord(SHOP, bytes([number]) * 16, 1, 5_000, "note"))
    assert receiving.logs.left_out > 0
    receiving.logs.give_up(all=True)
    assert receiving.logs.left_out == 7
    assert len(receiving.ingest._known._ended) <= 2, "traces that were looked up are forgotten again"
    assert receiving.rows("SELECT count(*) FROM span") == [(0,)]

"""The examples of the filter's specification, over one small file where each of them has something to find."""

from __future__ import annotations

from typing import Any

import pytest

NOW_NS = 1_800_000_000_000_000_000
MINUTE_NS = 60_000_000_000

CHAT, STUCK, FAILED, CACHED, PLANNED = 1, 2, 3, 4, 5


@pytest.fixture(scope="module")
def app(shared_trace_file: Any) -> Any:
    """Five traces of an assistant: a slow chat, one stuck, one failed, one cached, one plan."""
    shared_trace_file.trace(
        {
            "name": "chat",
            "kind": "AGENT",
            "duration_ms": 700,
            "outputs": "I cannot help with that",
            "attributes": {"user.id": "u1"},
        },
        {
            "name": "openai",
            "kind": "LLM",
            "model": "gpt-4o-mini",
            "duration_ms": 3_000,
            "ttft_ms": 1_200,
            "output_tokens": 5_000,
            "attributes": {"llm.ttft_ms": 1_200, "user.id": "u1"},
        },
        {"name": "web search", "kind": "TOOL", "duration_ms": 1_600, "attributes": {"user.id": "u1"}},
        session_id="s-42",
        tags={"env": "prod"},
        metadata={"git_sha": "abc"},
        end_ns=NOW_NS - 60 * MINUTE_NS + 700_000_000,
    )
    shared_trace_file.trace(
        {
            "name": "chat",
            "kind": "AGENT",
            "duration_ms": None,
            "start_ns": NOW_NS - MINUTE_NS,
            "attributes": {"user.id": "u2"},
        },
        session_id="s-42",
    )
    shared_trace_file.trace(
        {"name": "chat", "kind": "AGENT", "status": "ERROR", "attributes": {"user.id": "u3"}},
        {
            "name": "lookup",
            "kind": "TOOL",
            "status": "ERROR",
            "status_message": "timeout",
            "attributes": {"user.id": "u3"},
            "events": [{"name": "exception", "time_ns": 1, "attributes": {"exception.message": "rate limit"}}],
        },
        {"name": "retry", "kind": "CHAIN", "inputs": {"note": "Rate Limit reached"}, "attributes": {"user.id": "u3"}},
    )
    shared_trace_file.trace(
        {
            "name": "chat",
            "kind": "LLM",
            "model": "claude-sonnet-4",
            "cache_read_tokens": 0,
            "cost_usd": 0.07,
            "attributes": {
                "gen_ai.usage.cache_read.input_tokens": 0,
                "gen_ai.operation.name": "chat",
                "user.id": "u4",
            },
        },
        metadata={"mlflow.sourceRun": "run-1"},
    )
    shared_trace_file.trace({"name": "plan_12", "kind": "CHAIN", "duration_ms": 1, "attributes": {"user.id": None}})
    shared_trace_file.assess(FAILED, "feedback", "rating", 1)
    shared_trace_file.assess(CHAT, "feedback", "rating", 5)
    shared_trace_file.assess(CHAT, "feedback", "rating", 2, valid=False)
    shared_trace_file.assess(CACHED, "feedback", "correct", True)
    shared_trace_file.assess(CACHED, "expectation", "answer", "Paris")
    shared_trace_file.assess(CHAT, "feedback", "polite", True, metadata='{"mlflow.trace.session": "s-42"}')
    shared_trace_file.assess(CHAT, "feedback", "brief", True)
    shared_trace_file.assess(FAILED, "issue", "iss-1", "Slow")
    shared_trace_file.assess(CHAT, "issue", "iss-1", "Slow", valid=False)
    return shared_trace_file


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        (1, "llm.ttft_ms > 500", [CHAT]),
        (2, "attributes.`llm.ttft_ms` > 500", [CHAT]),
        (3, "span.attributes.llm.ttft_ms > 500 AND trace.status = 'OK'", [CHAT]),
        (4, "duration > 2s", [CHAT, STUCK]),
        (5, "trace.duration between 200ms and 0.8s", [CHAT]),
        (6, "is:running age > 30s", [STUCK]),
        (7, "status = error", [FAILED]),
        (7, "is:error", [FAILED]),
        (8, "kind = LLM model = gpt-4o* ttft > 1s", [CHAT]),
        (9, 'kind:tool name:"web search" duration:>1.5s', [CHAT]),
        (10, "timeout", [FAILED]),
        (11, '"rate limit" -kind:tool', [FAILED]),
        (12, 'output ~ "I cannot help"', [CHAT]),
        (13, 'name =~ "^(plan|act)_[0-9]+$"', [PLANNED]),
        (14, "has:gen_ai.usage.cache_read.input_tokens cached_tokens = 0", [CACHED]),
        (15, "not has(user.id)", [PLANNED]),
        (16, "(model = claude* or model = gpt*) and not is:error", [CHAT, CACHED]),
        (17, "output_tokens > 4k or cost > $0.05", [CHAT, CACHED]),
        (18, "session = s-42 and start > -15m", [STUCK]),
        (19, "tag.env = prod and metadata.git_sha is not null", [CHAT]),
        (20, "feedback.rating <= 2 and feedback.rating is not null", [FAILED]),
        (21, "{kind = AGENT} >> {kind = TOOL and is:error}", [FAILED]),
        (22, "{kind = LLM} > {kind = LLM}", []),
        (23, "{is:error} !< {is:error}", [FAILED]),
        (24, "kind = LLM | count() > 10", []),
        (24, "kind = LLM | p95(ttft) > 800ms", [CHAT]),
    ],
)
def test_example_of_the_specification_finds_what_it_says(app: Any, number: int, text: str, expected: list[int]) -> None:
    """Each example means what the specification says it means."""
    assert app.matches(text) == expected[::-1]
    assert app.among(text) == expected


def test_example_of_bottlenecks_finds_who_owns_the_time(app: Any) -> None:
    """`self > 40% depth <= 3` leaves out a span whose children fill it; `sort(-self)` begins with the longest."""
    assert app.spans("self > 40% depth <= 3", CHAT) == [2, 3]
    assert app.matches("self > 40% depth <= 3 | sort(-self) | limit 2") == [STUCK, CHAT]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("trace.status = 'ERROR'", [FAILED]),
        ("status IN ('ERROR', 'CANCELLED')", [FAILED]),
        ("trace.execution_time_ms < 50", [PLANNED]),
        ("execution_time = 700", [CHAT]),
        ("attributes.execution_time_ms = 700 AND attributes.status = 'OK'", [CHAT]),
        ("trace.timestamp_ms > 1799999900000", [STUCK]),
        ("timestamp >= 1799999900000", [STUCK]),
        ("request_id = 'tr-00000000000000000000000000000003'", [FAILED]),
        ("trace.name LIKE 'plan%'", [PLANNED]),
        ("trace.name LIKE 'PLAN%'", []),
        ("trace.name ILIKE 'PLAN%'", [PLANNED]),
        ("trace.name RLIKE 'n_1'", [PLANNED]),
        ("span.type = 'TOOL' AND span.name = 'web search'", [CHAT]),
        ("span.content LIKE '%rate limit%'", [FAILED]),
        ("trace.text ILIKE '%RATE LIMIT%'", [FAILED]),
        ("span.attributes.user.id = 'u2'", [STUCK]),
        ("tags.env = 'prod'", [CHAT]),
        ("tags.env IS NULL AND span.name = 'plan_12'", [PLANNED]),
        ("request_metadata.git_sha = 'abc'", [CHAT]),
        ("metadata.`mlflow.trace.session` = 's-42'", [CHAT, STUCK]),
        ("feedback.correct = 'true'", [CACHED]),
        ("feedback.rating > 1 AND trace.status = 'OK'", [CHAT]),
        ("expectation.answer LIKE 'Par%'", [CACHED]),
        ('tag."mlflow.traceName" = "plan_12"', [PLANNED]),
        ("feedback.polite = 'true'", [CHAT, STUCK]),
        ("feedback.polite = 'false'", []),
        ("feedback.polite IS NULL", [FAILED, CACHED, PLANNED]),
        ("feedback.brief IS NOT NULL", [CHAT]),
        ("trace.status = 'IN_PROGRESS'", [STUCK]),
        ("attributes.status IN ('IN_PROGRESS', 'ERROR')", [STUCK, FAILED]),
        ("status = 'IN_PROGRESS' AND span.name = 'chat'", [STUCK]),
        ("trace.status != 'IN_PROGRESS' AND span.type = 'AGENT'", [CHAT, FAILED]),
        ("run_id = 'run-1'", [CACHED]),
        ("attributes.run_id = 'run-1'", [CACHED]),
        ("trace.run_id = 'run-2'", []),
        ("issue.id = 'iss-1'", [FAILED]),
        ("issue.name LIKE 'Sl%'", [FAILED]),
        ("issue.id = 'iss-2'", []),
        ("span.type = 'CHAT_MODEL'", [CACHED]),
        ("span.type IN ('CHAT_MODEL', 'CHAIN')", [FAILED, CACHED, PLANNED]),
        ("span.type != 'CHAT_MODEL' AND span.name = 'chat'", [CHAT, STUCK, FAILED]),
        ("span.type = 'LLM'", [CHAT, CACHED]),
        ("trace.text LIKE '%cache_read.input%'", [CACHED]),
        ("span.content LIKE '%RETRIEVER%'", []),
        ("span.content LIKE '%TOOL%'", [CHAT, FAILED]),
    ],
)
def test_filter_of_mlflow_works_unchanged(app: Any, text: str, expected: list[int]) -> None:
    """A filter_string written for MLflow finds here what it was written to find."""
    assert app.matches(text) == expected[::-1]

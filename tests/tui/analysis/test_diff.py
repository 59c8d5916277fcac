"""`tracetui diff`: two traces side by side."""

from __future__ import annotations

import json

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run


def answered(file: TraceFile, model: str, answer: str, *, ms: float, retries: int = 0) -> str:
    """A question that an agent answers with one search and one call of a model; returns the trace id."""
    trace = file.trace("POST /chat")
    root = trace.span("POST /chat", kind="AGENT", end_ms=ms, inputs={"question": "why?"}, outputs=answer)
    for attempt in range(retries):
        trace.span("search", parent=root, kind="TOOL", status="ERROR", start_ms=attempt, end_ms=attempt + 1)
    trace.span("search", parent=root, kind="TOOL", start_ms=10, end_ms=20, inputs={"query": "x"}, outputs=["a"])
    trace.span(
        f"chat {model}",
        parent=root,
        kind="LLM",
        start_ms=20,
        end_ms=ms,
        inputs={"messages": [{"role": "user", "content": "why?"}]},
        outputs=answer,
        model=model,
        input_tokens=100,
        output_tokens=len(answer),
        cost_usd=0.01,
    )
    return trace.hex_id


@pytest.fixture
def two(file: TraceFile) -> tuple[str, str]:
    """One question, answered by two models."""
    return (
        answered(file, "gpt-4o", "Because it is.", ms=1_900),
        answered(file, "claude-5", "Because \x1b[2Jit was.", ms=900, retries=2),
    )


def test_diff_says_where_two_runs_part(two: tuple[str, str], run: Run) -> None:
    """In one sentence, before the table."""
    ran = run("diff", *two)
    assert ran.code == 0
    assert "They part: POST /chat › search: another number of attempts, 1 and 3." in ran.out


def test_diff_has_a_line_for_each_pair_of_spans(two: tuple[str, str], run: Run) -> None:
    """With the time of both, and what differs."""
    (line,) = [line for line in run("diff", *two).out.splitlines() if "chat gpt-4o  (" in line]
    assert line.split()[:9] == ["1.88", "s", "880", "ms", "-1.00", "s", "+5", "=", "~"]
    assert line.endswith('chat gpt-4o  (another model, "gpt-4o" and "claude-5", outputs)')


def test_diff_compares_messages(two: tuple[str, str], run: Run) -> None:
    """As a diff of code, and safe for the terminal."""
    out = run("diff", *two).out
    assert out.splitlines()[-4:] == [
        "Messages of POST /chat › chat gpt-4o",
        "  user: why?",
        "- assistant: Because it is.",
        "+ assistant: Because ␛[2Jit was.",
    ]
    assert "\x1b" not in out


def test_diff_of_equal_traces_says_so(file: TraceFile, run: Run) -> None:
    """Only their times differ, which is no difference in what they do."""
    ids = [answered(file, "gpt-4o", "Because.", ms=ms) for ms in (900, 1_900)]
    assert "The two do not differ but in time." in run("diff", *ids).out


def test_diff_warns_of_traces_that_are_not_comparable(file: TraceFile, run: Run) -> None:
    """Of other roots, of other versions, and of what is still running."""
    first = file.trace("POST /chat", metadata=json.dumps({"version": "1.0"}))
    second = file.trace("GET /items", metadata=json.dumps({"version": "1.1"}))
    first.span("POST /chat")
    second.span("GET /items", end_ms=None)
    out = run("diff", first.hex_id, second.hex_id).out
    assert "Careful: the roots have other names: POST /chat and GET /items." in out
    assert "Careful: the versions differ: 1.0 and 1.1." in out
    assert "Careful: the second trace is still running: its times and sums are lower bounds." in out


def test_diff_prints_json(two: tuple[str, str], run: Run) -> None:
    """The whole comparison for programs: each pair with its differences, times, tokens, cost and messages."""
    document = json.loads(run("diff", *two, "--json").out)
    assert [document[side]["trace_id"] for side in ("first", "second")] == list(two)
    assert document["divergence"]["path"] == ["POST /chat", "search"]
    assert document["divergence"]["difference"] == "another number of attempts"
    chat = document["lines"][-1]
    assert chat["differences"] == ["another model", "other outputs"]
    assert (chat["first"]["duration_ms"], chat["second"]["duration_ms"]) == (1_880, 880)
    assert [message["change"] for message in chat["messages"]] == ["same", "changed"]


def test_diff_takes_the_newest_traces_by_word(two: tuple[str, str], run: Run) -> None:
    """`last~1` is the one before `last`."""
    document = json.loads(run("diff", "last~1", "last", "--json").out)
    assert [document[side]["trace_id"] for side in ("first", "second")] == list(two)
    ran = run("diff", "last~99", "last")
    assert (ran.code, ran.out) == (1, "")
    assert "5 traces only" in ran.err

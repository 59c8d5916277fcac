"""Sessions of Claude Code: each call counts once, tools have their own time, and forks repeat nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tracetui.store.exchange.document import Batch, SpanDocument
from tracetui.store.transcripts.files import read_file

BEGIN = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
USAGE = {
    "input_tokens": 10,
    "cache_read_input_tokens": 1_000,
    "cache_creation_input_tokens": 200,
    "cache_creation": {"ephemeral_1h_input_tokens": 150},
    "output_tokens": 30,
}


class Transcript:
    """Lines of a session, made after the described format; times are seconds from its beginning."""

    def __init__(self, session_id: str = "s-1", **fields: Any) -> None:
        self.session_id = session_id
        self.fields = fields
        self.lines: list[dict[str, Any]] = []

    def add(self, second: float, kind: str, **fields: Any) -> None:
        """Add a line of a type."""
        stamp = (BEGIN + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
        number = len(self.lines)
        self.lines.append(
            {
                "type": kind,
                "timestamp": stamp,
                "sessionId": self.session_id,
                "uuid": f"{self.session_id}-{number}",
                "version": "2.1.0",
                **self.fields,
                **fields,
            }
        )

    def prompt(self, second: float, text: str, **fields: Any) -> None:
        """Add a prompt of the user."""
        self.add(second, "user", message={"role": "user", "content": text}, **fields)

    def block(
        self, second: float, block: dict[str, Any], *, id: str = "msg_1", stop: str | None = None, **fields: Any
    ) -> None:
        """Add a line with one block of an answer; each line repeats the counts."""
        message = {"id": id, "model": "claude-sonnet-4-5", "content": [block], "usage": USAGE, "stop_reason": stop}
        self.add(second, "assistant", message=message, requestId=f"req_{id}", **fields)

    def result(self, second: float, tool: str, content: Any = "done", *, told: Any = None, **fields: Any) -> None:
        """Add the result of a tool."""
        result = {"type": "tool_result", "tool_use_id": tool, "content": content, **fields}
        self.add(second, "user", message={"role": "user", "content": [result]}, toolUseResult=told)

    def write(self, path: Path) -> Path:
        """Write the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        return path


def tool_use(id: str, name: str = "Bash", **inputs: Any) -> dict[str, Any]:
    """A block that calls a tool."""
    return {"type": "tool_use", "id": id, "name": name, "input": inputs}


def said(text: str) -> dict[str, Any]:
    """A block of text."""
    return {"type": "text", "text": text}


def turns(path: Path, *reasons: str) -> list[Batch]:
    """The turns of a file; what is left out must be for these reasons."""
    told: list[str] = []
    found = list(read_file(path, told.append))
    assert len(told) == len(reasons)
    assert all(reason in line for reason, line in zip(reasons, told, strict=True))
    return found


def spans(path: Path, *reasons: str) -> dict[str, SpanDocument]:
    """The spans of the only turn of a file, by name."""
    (turn,) = turns(path, *reasons)
    return {span.name: span for span in turn.spans}


def seconds(span: SpanDocument) -> tuple[float, float]:
    """Start and end in seconds from the beginning."""
    begin_ns = int(BEGIN.timestamp()) * 1_000_000_000
    assert span.end_ns is not None
    return (span.start_ns - begin_ns) / 1e9, (span.end_ns - begin_ns) / 1e9


def test_an_answer_of_three_lines_counts_once(tmp_path: Path) -> None:
    """Its lines repeat the usage; a sum over lines would be three times too high."""
    session = Transcript()
    session.prompt(0, "hello")
    session.block(2, {"type": "thinking", "thinking": "hm"})
    session.block(3, said("I look."))
    session.block(4, tool_use("t1"))
    session.result(5, "t1")
    session.block(7, said("Done."), id="msg_2", stop="end_turn")
    found = spans(session.write(tmp_path / "a.jsonl"))
    (turn,) = turns(tmp_path / "a.jsonl")
    calls = [span for span in turn.spans if span.kind == "LLM"]
    assert [seconds(call) for call in calls] == [(0, 4), (5, 7)]
    assert calls[0].attributes["llm.token_count.prompt"] == 1_210
    assert calls[0].attributes["llm.token_count.completion"] == 30
    assert calls[0].attributes["gen_ai.usage.details.ephemeral_1h_input_tokens"] == 150
    assert [block["type"] for block in calls[0].outputs["content"]] == ["thinking", "text", "tool_use"]
    assert (found["turn"].outputs, found["turn"].status, seconds(found["turn"])) == ("Done.", "OK", (0, 7))


def test_each_prompt_is_a_turn_of_one_session(tmp_path: Path) -> None:
    """Turns are traces; the session joins them."""
    session = Transcript()
    for number in range(2):
        session.prompt(10 * number, f"question {number}")
        session.block(10 * number + 1, said(f"answer {number}"), id=f"msg_{number}", stop="end_turn")
    found = turns(session.write(tmp_path / "a.jsonl"))
    assert [turn.traces[0].session_id for turn in found] == ["s-1", "s-1"]
    assert len({turn.traces[0].trace_id for turn in found}) == 2
    assert [turn.spans[0].outputs for turn in found] == ["answer 0", "answer 1"]
    assert found[0].resource.service == "claude-code"
    assert ("version", "2.1.0") in found[0].resource.facts


def test_a_tool_has_its_own_time_and_the_wait_before_it_is_apart(tmp_path: Path) -> None:
    """The call waited eight seconds for a permission, and ran for two."""
    session = Transcript()
    session.prompt(0, "run it")
    session.block(1, tool_use("t1", command="make"))
    session.result(11, "t1", told={"durationMs": 2_000})
    session.block(12, said("ok"), id="msg_2", stop="end_turn")
    found = spans(session.write(tmp_path / "a.jsonl"))
    assert seconds(found["blocked_on_user"]) == (1, 9)
    assert (seconds(found["Bash"]), found["Bash"].inputs) == ((9, 11), {"command": "make"})
    assert found["blocked_on_user"].kind == "HUMAN"


def test_a_tool_that_fails_is_an_error(tmp_path: Path) -> None:
    """With the text of the failure."""
    session = Transcript()
    session.prompt(0, "run it")
    session.block(1, tool_use("t1"))
    session.result(2, "t1", "no such file", is_error=True)
    found = spans(session.write(tmp_path / "a.jsonl"))
    assert (found["Bash"].status, found["Bash"].status_message) == ("ERROR", "no such file")
    assert found["turn"].end_ns is None


def test_a_turn_that_is_interrupted_is_cancelled_with_its_tools(tmp_path: Path) -> None:
    """The user pressed Escape while a tool ran."""
    session = Transcript()
    session.prompt(0, "run it")
    session.block(1, tool_use("t1"))
    session.prompt(5, "[Request interrupted by user for tool use]")
    found = spans(session.write(tmp_path / "a.jsonl"))
    assert (found["turn"].status, found["Bash"].status, seconds(found["Bash"])) == ("CANCELLED", "CANCELLED", (1, 5))


def test_a_failed_request_is_an_error_of_the_turn_and_no_call(tmp_path: Path) -> None:
    """Claude Code writes a line in the name of the model, which no model has answered."""
    session = Transcript()
    session.prompt(0, "hello")
    message = {"id": "x", "model": "<synthetic>", "content": [said("API Error: 529 overloaded")], "usage": USAGE}
    session.add(3, "assistant", message=message, isApiErrorMessage=True)
    found = spans(session.write(tmp_path / "a.jsonl"))
    assert list(found) == ["turn"]
    assert (found["turn"].status, found["turn"].status_message) == ("ERROR", "API Error: 529 overloaded")


def test_a_compaction_is_an_event_and_its_summary_no_prompt(tmp_path: Path) -> None:
    """The size of the context before it is told."""
    session = Transcript()
    session.prompt(0, "hello")
    session.add(1, "system", subtype="compact_boundary", compactMetadata={"trigger": "auto", "preTokens": 155_000})
    session.prompt(1, "This session is being continued", isCompactSummary=True)
    session.block(2, said("on"), stop="end_turn")
    found = spans(session.write(tmp_path / "a.jsonl"))
    (event,) = found["turn"].events
    assert (event["name"], event["attributes"]["tokens_before"]) == ("gen_ai.conversation.compacted", 155_000)


def agent_lines(session_id: str) -> Iterator[tuple[float, str, Any]]:
    """A subagent that answers once."""
    yield 2, "user", {"role": "user", "content": "find it"}
    yield 4, "assistant", {"id": "msg_a", "model": "claude-haiku-4-5", "content": [said("here")], "usage": USAGE}


@pytest.mark.parametrize("place", ["folder", "beside", "same file"])
def test_a_subagent_is_below_its_call_and_counts_once(place: str, tmp_path: Path) -> None:
    """Newer versions write a file for each subagent, older ones its lines into that of the session."""
    session = Transcript("s-1")
    session.prompt(0, "do it")
    session.block(1, tool_use("t1", "Task", prompt="find it"))
    agent = Transcript("s-1", isSidechain=True, agentId="abc123", parentUuid=None)
    for number, (second, kind, message) in enumerate(agent_lines("s-1")):
        agent.add(
            second, kind, message=message, uuid=f"side-{number}", parentUuid=f"side-{number - 1}" if number else None
        )
    if place == "same file":
        session.lines += agent.lines
    session.result(5, "t1", told={"agentId": "abc123", "totalDurationMs": 4_000, "usage": USAGE})
    session.block(6, said("done"), id="msg_2", stop="end_turn")
    session.write(tmp_path / "s-1.jsonl")
    if place == "folder":
        agent.write(tmp_path / "s-1" / "subagents" / "agent-abc123.jsonl")
    elif place == "beside":
        agent.write(tmp_path / "agent-abc123.jsonl")
    (turn,) = turns(tmp_path / "s-1.jsonl")
    named = {span.name: span for span in turn.spans}
    assert named["subagent"].parent_id == named["Task"].span_id
    assert named["chat claude-haiku-4-5"].parent_id == named["subagent"].span_id
    assert sum(span.attributes.get("llm.token_count.completion", 0) for span in turn.spans) == 90


def test_a_fork_repeats_the_history_with_the_same_ids(tmp_path: Path) -> None:
    """Its own turn is new; what it repeats is known to the trace file by its ids."""
    session = Transcript("s-1")
    session.prompt(0, "first")
    session.block(1, said("one"), stop="end_turn")
    session.write(tmp_path / "a.jsonl")
    fork = Transcript("s-2")
    fork.lines = [{**line, "sessionId": "s-2"} for line in session.lines]
    fork.prompt(20, "second")
    fork.block(21, said("two"), id="msg_9", stop="end_turn")
    (before,) = turns(tmp_path / "a.jsonl")
    again, new = turns(fork.write(tmp_path / "b.jsonl"))
    assert [span.span_id for span in again.spans] == [span.span_id for span in before.spans]
    assert again.traces[0].trace_id == before.traces[0].trace_id
    assert new.traces[0].session_id == "s-2"


def test_lines_of_unknown_types_are_counted_and_told(tmp_path: Path) -> None:
    """They cost nothing else."""
    session = Transcript()
    session.prompt(0, "hello")
    session.add(1, "hologram")
    session.add(1, "file-history-snapshot")
    session.block(2, said("hi"), stop="end_turn")
    assert (
        spans(session.write(tmp_path / "a.jsonl"), "1 line of a.jsonl of an unknown form: hologram")["turn"].status
        == "OK"
    )


@pytest.mark.parametrize(
    "line",
    [
        {"type": "user"},
        {"type": "assistant", "message": []},
        {"type": "user", "message": {"content": [{"type": "tool_result"}]}},
        {"type": "assistant", "timestamp": "yesterday", "message": {"content": "x", "usage": {"input_tokens": "many"}}},
        {"type": 7},
        {"type": "system", "subtype": "compact_boundary", "compactMetadata": None},
    ],
)
def test_no_line_is_fatal(line: dict[str, Any], tmp_path: Path) -> None:
    """The turns around a broken line are read."""
    session = Transcript()
    session.prompt(0, "hello")
    session.lines.append({"sessionId": "s-1", **line})
    session.block(2, said("hi"), stop="end_turn")
    told: list[str] = []
    found = list(read_file(session.write(tmp_path / "a.jsonl"), told.append))
    assert any(span.outputs == "hi" for turn in found for span in turn.spans)

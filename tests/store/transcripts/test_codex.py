"""Sessions of Codex: sums become the counts of calls, and forks repeat nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tracetui.store.exchange.document import Batch
from tracetui.store.transcripts.files import read_file, transcripts

BEGIN = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


class Rollout:
    """Lines of a session, made after the described format; times are seconds from its beginning."""

    def __init__(self, session_id: str = "s-1", **meta: Any) -> None:
        self.lines: list[dict[str, Any]] = []
        self.add(0, "session_meta", id=session_id, cwd="/work", cli_version="0.98.0", git={"branch": "main"}, **meta)

    def add(self, second: float, kind: str, **payload: Any) -> None:
        """Add a line of a type."""
        stamp = (BEGIN + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
        self.lines.append({"timestamp": stamp, "type": kind, "payload": payload})

    def event(self, second: float, kind: str, **payload: Any) -> None:
        """Add an event."""
        self.add(second, "event_msg", **{"type": kind, **payload})

    def item(self, second: float, kind: str, **payload: Any) -> None:
        """Add a part of the conversation."""
        self.add(second, "response_item", **{"type": kind, **payload})

    def prompt(self, second: float, text: str, turn_id: str) -> None:
        """Begin a turn."""
        self.event(second, "task_started", turn_id=turn_id)
        self.add(second, "turn_context", turn_id=turn_id, model="gpt-5.2-codex")
        self.item(second, "message", role="user", content=[{"type": "input_text", "text": text}])
        self.event(second, "user_message", message=text)

    def says(self, second: float, text: str) -> None:
        """Add an answer."""
        self.item(second, "message", role="assistant", content=[{"type": "output_text", "text": text}])

    def totals(self, second: float, input_tokens: int, cached: int, output_tokens: int) -> None:
        """Tell the sums since the start of the session."""
        sums = {"input_tokens": input_tokens, "cached_input_tokens": cached, "output_tokens": output_tokens}
        self.event(second, "token_count", info={"total_token_usage": sums, "model_context_window": 272_000})

    def write(self, path: Path) -> Path:
        """Write the file."""
        path.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        return path


@pytest.fixture
def session() -> Rollout:
    """Two calls with a tool between them; the sums are told twice after the first."""
    made = Rollout()
    made.item(0, "message", role="user", content=[{"type": "input_text", "text": "<environment_context>..."}])
    made.prompt(1, "list files", "turn-1")
    made.item(3, "reasoning", summary=[{"type": "summary_text", "text": "I list."}])
    made.item(4, "function_call", name="shell", arguments='{"command":["ls"]}', call_id="c1")
    made.totals(4, 1_000, 800, 50)
    made.totals(4, 1_000, 800, 50)
    made.event(9, "exec_command_end", call_id="c1", exit_code=0, duration={"secs": 1, "nanos": 0})
    made.item(9, "function_call_output", call_id="c1", output='{"output":"a.py","metadata":{"exit_code":0}}')
    made.says(11, "One file.")
    made.totals(11, 2_200, 1_900, 70)
    made.event(12, "task_complete", turn_id="turn-1")
    return made


def turns(path: Path, *reasons: str) -> list[Batch]:
    """The turns of a file; what is left out must be for these reasons."""
    told: list[str] = []
    found = list(read_file(path, told.append))
    assert len(told) == len(reasons)
    assert all(reason in line for reason, line in zip(reasons, told, strict=True))
    return found


def seconds(span: Any) -> tuple[float, float]:
    """Start and end in seconds from the beginning."""
    begin_ns = int(BEGIN.timestamp()) * 1_000_000_000
    return (span.start_ns - begin_ns) / 1e9, (span.end_ns - begin_ns) / 1e9


def test_a_call_has_the_difference_of_the_sums(session: Rollout, tmp_path: Path) -> None:
    """A sum that is told again adds nothing, and cached tokens are part of the input."""
    (turn,) = turns(session.write(tmp_path / "rollout-1.jsonl"))
    calls = [span for span in turn.spans if span.kind == "LLM"]
    assert [call.attributes["llm.token_count.prompt"] for call in calls] == [1_000, 1_200]
    assert [call.attributes["llm.token_count.prompt_details.cache_read"] for call in calls] == [800, 1_100]
    assert [call.attributes["llm.token_count.completion"] for call in calls] == [50, 20]
    assert [seconds(call) for call in calls] == [(1, 4), (9, 11)]
    assert calls[0].attributes["gen_ai.request.model"] == "gpt-5.2-codex"


def test_a_turn_has_its_prompt_its_answer_and_its_tools(session: Rollout, tmp_path: Path) -> None:
    """The tool ran for one second after four seconds of waiting."""
    (turn,) = turns(session.write(tmp_path / "rollout-1.jsonl"))
    named = {span.name: span for span in turn.spans}
    assert (named["turn"].outputs, named["turn"].status, seconds(named["turn"])) == ("One file.", "OK", (1, 12))
    assert named["turn"].inputs == [{"type": "input_text", "text": "list files"}]
    assert (named["shell"].inputs, named["shell"].outputs) == ({"command": ["ls"]}, "a.py")
    assert (seconds(named["blocked_on_user"]), seconds(named["shell"])) == ((4, 8), (8, 9))
    assert turn.traces[0].session_id == "s-1"
    assert turn.resource.service == "codex"


def test_a_fork_repeats_its_parent_with_the_same_ids(session: Rollout, tmp_path: Path) -> None:
    """The history is that of the parent; the new turn is of the fork, and its sums go on from the parent's."""
    fork = Rollout("s-2", forked_from_id="s-1")
    fork.lines += session.lines
    fork.prompt(20, "more", "turn-2")
    fork.says(22, "No more.")
    fork.totals(22, 3_000, 2_500, 90)
    fork.event(22, "task_complete")
    (before,) = turns(session.write(tmp_path / "rollout-1.jsonl"))
    again, new = turns(fork.write(tmp_path / "rollout-2.jsonl"))
    assert [span.span_id for span in again.spans] == [span.span_id for span in before.spans]
    (call,) = [span for span in new.spans if span.kind == "LLM"]
    assert (call.attributes["llm.token_count.prompt"], call.attributes["llm.token_count.completion"]) == (800, 20)
    assert new.traces[0].session_id == "s-2"


def test_an_aborted_turn_is_cancelled(tmp_path: Path) -> None:
    """With the tool that was running."""
    session = Rollout()
    session.prompt(1, "run", "turn-1")
    session.item(2, "function_call", name="shell", arguments="{}", call_id="c1")
    session.event(5, "turn_aborted", reason="interrupted")
    (turn,) = turns(session.write(tmp_path / "rollout-1.jsonl"))
    assert {span.name: span.status for span in turn.spans if span.kind != "LLM"} == {
        "turn": "CANCELLED",
        "shell": "CANCELLED",
    }


def test_a_command_that_fails_is_an_error(tmp_path: Path) -> None:
    """By its exit code."""
    session = Rollout()
    session.prompt(1, "run", "turn-1")
    session.item(2, "function_call", name="shell", arguments="{}", call_id="c1")
    session.item(3, "function_call_output", call_id="c1", output='{"output":"","metadata":{"exit_code":2}}')
    (turn,) = turns(session.write(tmp_path / "rollout-1.jsonl"))
    assert {span.name: span.status_message for span in turn.spans}["shell"] == "exit code 2"


def test_lines_of_unknown_types_are_counted_and_told(session: Rollout, tmp_path: Path) -> None:
    """The format is declared unstable."""
    session.add(13, "hologram")
    session.event(13, "sparkle")
    session.item(13, "song")
    reasons = ["event sparkle", "hologram", "response_item song"]
    assert turns(session.write(tmp_path / "rollout-1.jsonl"), *reasons)


def test_a_compressed_transcript_is_read(session: Rollout, tmp_path: Path) -> None:
    """Codex compresses with zstd after a week."""
    zstd = pytest.importorskip("backports.zstd")
    plain = session.write(tmp_path / "rollout-1.jsonl")
    packed = tmp_path / "rollout-1.jsonl.zst"
    packed.write_bytes(zstd.compress(plain.read_bytes()))
    assert [turn.spans for turn in turns(packed)] == [turn.spans for turn in turns(plain)]


def test_transcripts_are_found_in_the_folders_of_the_agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of Claude Code and of Codex, archived ones too, without those of subagents."""
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.delenv("CODEX_HOME", raising=False)
    made = [
        ".claude/projects/-work/s.jsonl",
        ".codex/sessions/2026/11/01/rollout-a.jsonl",
        ".codex/archived_sessions/rollout-b.jsonl.zst",
    ]
    for name in [*made, ".claude/projects/-work/s/subagents/agent-x.jsonl", ".codex/history.jsonl"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert {str(path.relative_to(tmp_path)) for path in transcripts(tmp_path)} == set(made)

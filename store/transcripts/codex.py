"""Transcripts of Codex: JSON lines, `rollout-*.jsonl`, one session in each file.

Token counts are sums since the start of the session; a call has the difference to the sum before it. The input includes
cached tokens. A forked session begins with the history of its parent, with the ids of its turns and calls, from which
the ids of spans come. The format is declared unstable: lines of unknown types are counted and told.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..exchange.document import Batch, Resource
from ..model.rows import UNSET
from .lines import Line, count, entries, mapping, text, time_ns
from .turn import ModelCall, ToolCall, Turn, documents

SERVICE = "codex"

_TOTALS = {
    "llm.token_count.prompt": "input_tokens",
    "llm.token_count.prompt_details.cache_read": "cached_input_tokens",
    "llm.token_count.completion": "output_tokens",
    "llm.token_count.completion_details.reasoning": "reasoning_output_tokens",
}
"""The attribute of each count, and its name in `total_token_usage`."""

_CALLS = frozenset({"function_call", "custom_tool_call", "local_shell_call", "web_search_call"})
_RESULTS = frozenset({"function_call_output", "custom_tool_call_output"})
_EVENTS_IGNORED = frozenset(
    {
        "agent_message", "agent_message_delta", "agent_reasoning", "agent_reasoning_delta",
        "agent_reasoning_raw_content", "agent_reasoning_section_break", "background_event", "entered_review_mode",
        "exec_command_begin", "exec_command_output_delta", "exited_review_mode", "item_completed", "item_started",
        "mcp_tool_call_begin", "patch_apply_begin", "plan_update", "thread_name_updated", "turn_diff", "undo_completed",
        "undo_started", "warning", "web_search_begin",
    }
)  # fmt: skip
_ENDS = {"task_complete": "", "turn_complete": "", "turn_aborted": "interrupted"}
_BEGINS = frozenset({"task_started", "turn_started"})
_APPROVALS = frozenset({"exec_approval_request", "apply_patch_approval_request", "request_permissions"})
_INSTRUCTIONS = (
    "<environment_context>",
    "<user_instructions>",
    "# AGENTS.md instructions",
    "<permissions instructions>",
)
"""Starts of messages that Codex itself sends in the name of the user."""


class CodexSession:
    """Reads the lines of one session in their order."""

    def __init__(self) -> None:
        self._session_id = ""
        self._facts: dict[str, str] = {}
        self._turn: Turn | None = None
        self._turn_id = ""
        self._model = ""
        self._call: ModelCall | None = None
        self._new: list[Any] = []
        self._totals = dict.fromkeys(_TOTALS, 0)
        self._numbers: Counter[str] = Counter()
        """How many calls of the model each turn has had."""
        self.unknown: Counter[str] = Counter()

    def read(self, line: Line) -> Batch | None:
        """Read a line; return the turn before it, if it begins another one."""
        payload = mapping(line.get("payload"))
        kind = line.get("type")
        moment_ns = time_ns(line)
        if self._turn is not None:
            self._turn.extend_to(moment_ns)
        if kind == "session_meta":
            self._read_meta(payload)
        elif kind == "turn_context":
            self._model = text(payload.get("model")) or self._model
            self._turn_id = text(payload.get("turn_id")) or self._turn_id
        elif kind == "compacted":
            self._note("gen_ai.conversation.compacted", {})
        elif kind == "response_item":
            return self._read_item(payload, moment_ns)
        elif kind == "event_msg":
            return self._read_event(payload, moment_ns)
        else:
            self.unknown[text(kind) or "without a type"] += 1
        return None

    def rest(self) -> Batch | None:
        """Return the last turn, as it is by now."""
        return None if self._turn is None else self._batch(self._turn)

    def _read_meta(self, payload: Line) -> None:
        if self._session_id:
            return  # of the parent, whose history a forked session repeats
        git = mapping(payload.get("git"))
        self._session_id = text(payload.get("id"))
        known = {
            "version": payload.get("cli_version"),
            "cwd": payload.get("cwd"),
            "git.commit": git.get("commit_hash"),
            "git.branch": git.get("branch"),
            "forked_from": payload.get("forked_from_id"),
        }
        self._facts = {name: value for name, value in known.items() if isinstance(value, str) and value}

    def _read_item(self, payload: Line, moment_ns: int | None) -> Batch | None:
        kind = payload.get("type")
        if kind == "message" and payload.get("role") == "user":
            content = payload.get("content")
            self._new.append({"role": "user", "content": content})
            prompt = _text(content)
            if not prompt.startswith(_INSTRUCTIONS) and moment_ns is not None:
                return self._begin(content, moment_ns)
        elif kind == "message" and payload.get("role") == "assistant":
            self._add_block({"type": "text", "text": _text(payload.get("content"))}, moment_ns)
        elif kind == "message":
            self._new.append({"role": text(payload.get("role")), "content": payload.get("content")})
        elif kind == "reasoning":
            self._add_block({"type": "thinking", "thinking": _text(payload.get("summary"))}, moment_ns)
        elif kind in _CALLS:
            self._add_tool(payload, moment_ns)
        elif kind in _RESULTS:
            self._read_result(payload, moment_ns)
        elif kind not in ("ghost_snapshot", "compaction"):
            self.unknown[f"response_item {text(kind)}"] += 1
        return None

    def _read_event(self, payload: Line, moment_ns: int | None) -> Batch | None:
        kind = text(payload.get("type"))
        turn = self._turn
        if kind == "token_count":
            self._count(mapping(payload.get("info")))
        elif kind in _BEGINS:
            self._turn_id = text(payload.get("turn_id")) or self._turn_id
        elif kind in _ENDS:
            if turn is not None:
                self._end_call()
                turn.is_over = True
                turn.is_interrupted = bool(_ENDS[kind])
        elif kind == "error":
            if turn is not None:
                turn.error = text(payload.get("message")) or "failed"
        elif kind in ("exec_command_end", "patch_apply_end", "mcp_tool_call_end"):
            self._read_end(payload)
        elif kind in _APPROVALS:
            self._note("approval_request", {"call_id": text(payload.get("call_id"))})
        elif kind == "context_compacted":
            self._note("gen_ai.conversation.compacted", {})
        elif kind != "user_message" and kind not in _EVENTS_IGNORED:
            self.unknown[f"event {kind}"] += 1
        return None

    def _begin(self, content: Any, moment_ns: int) -> Batch | None:
        before = self._turn
        if before is not None and not before.is_over and not before.calls and not before.tools:
            return None  # a second message of the same prompt
        if before is not None:
            self._end_call()
            before.is_over = True
        key = f"{self._turn_id or self._session_id} {moment_ns}" if not self._turn_id else self._turn_id
        self._turn = Turn(key, self._session_id, content, moment_ns, moment_ns)
        self._turn_id = ""
        return None if before is None else self._batch(before)

    def _open_call(self, moment_ns: int | None) -> ModelCall | None:
        turn = self._turn
        if turn is None:
            return None
        if self._call is None or self._call.is_over:
            self._numbers[turn.key] += 1
            key = f"{turn.key} {self._numbers[turn.key]}"
            ends = [tool.end_ns for tool in turn.tools.values() if tool.end_ns is not None]
            ends += [call.end_ns for call in turn.calls.values()]
            start_ns = max([turn.start_ns, *ends])
            self._call = turn.calls[key] = ModelCall(key, start_ns, start_ns, self._model)
            self._call.inputs, self._new = self._new, []
        self._call.end_ns = max(self._call.end_ns, moment_ns or 0)
        return self._call

    def _end_call(self) -> None:
        if self._call is not None:
            self._call.is_over = True

    def _add_block(self, block: dict[str, Any], moment_ns: int | None) -> None:
        if (call := self._open_call(moment_ns)) is not None:
            call.blocks.append(block)

    def _add_tool(self, payload: Line, moment_ns: int | None) -> None:
        turn = self._turn
        if turn is None or moment_ns is None:
            return
        key = text(payload.get("call_id")) or text(payload.get("id")) or f"{turn.key} tool {len(turn.tools)}"
        name = text(payload.get("name")) or text(payload.get("type")).removesuffix("_call")
        given = payload.get("arguments", payload.get("input", payload.get("action")))
        inputs = _decoded(given)
        self._add_block({"type": "tool_use", "id": key, "name": name, "input": inputs}, moment_ns)
        tool = ToolCall(key, name, inputs, moment_ns)
        if payload.get("type") == "web_search_call" and payload.get("status") == "completed":
            tool.end_ns = moment_ns
        turn.tools[key] = tool

    def _read_result(self, payload: Line, moment_ns: int | None) -> None:
        turn = self._turn
        key = text(payload.get("call_id"))
        output = payload.get("output")
        self._new.append({"role": "tool", "tool_call_id": key, "content": output})
        self._end_call()
        tool = turn.tools.get(key) if turn is not None else None
        if turn is None or tool is None:
            self.unknown["a result without its call"] += 1
            return
        tool.end_ns = turn.end_ns if moment_ns is None else moment_ns
        told = _decoded(output)
        metadata = mapping(mapping(told).get("metadata"))
        tool.output = mapping(told).get("output", told if isinstance(told, str) else output)
        if tool.duration_ns is None and isinstance(seconds := metadata.get("duration_seconds"), int | float):
            tool.duration_ns = int(seconds * 1_000_000_000)
        if metadata.get("exit_code") not in (None, 0):
            tool.error = f"exit code {metadata['exit_code']}"

    def _read_end(self, payload: Line) -> None:
        """Take what a tool itself took, and whether it failed, from the event of its end."""
        tool = self._turn.tools.get(text(payload.get("call_id"))) if self._turn is not None else None
        if tool is None:
            return
        took = mapping(payload.get("duration"))
        if isinstance(took.get("secs"), int):
            tool.duration_ns = took["secs"] * 1_000_000_000 + count(took.get("nanos"))
        if payload.get("exit_code") not in (None, 0):
            tool.error = f"exit code {payload['exit_code']}"
        elif payload.get("success") is False:
            tool.error = "the tool failed"
        if tool.output is UNSET and isinstance(payload.get("aggregated_output"), str):
            tool.output = payload["aggregated_output"]

    def _count(self, info: Line) -> None:
        """Give the call the difference to the sum before; a sum that is told again adds nothing."""
        totals = mapping(info.get("total_token_usage"))
        if not totals:
            return
        new = {name: count(totals.get(key)) for name, key in _TOTALS.items()}
        added = {name: max(0, new[name] - self._totals[name]) for name in new}
        self._totals = new
        if not any(added.values()) or self._turn is None:
            return
        call = self._call or self._open_call(None)
        if call is not None:
            for name, tokens in added.items():
                call.usage[name] = call.usage.get(name, 0) + tokens
            self._end_call()

    def _note(self, name: str, attributes: Mapping[str, Any]) -> None:
        if self._turn is not None:
            event = {"name": name, "time_ns": self._turn.end_ns, "attributes": dict(attributes)}
            self._turn.events.append(event)

    def _batch(self, turn: Turn) -> Batch:
        spans, labels = documents(turn)
        return Batch(Resource(SERVICE, facts=tuple(sorted(self._facts.items()))), spans, [labels])


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(text(entry.get("text")) for entry in entries(content))


def _decoded(value: Any) -> Any:
    """Return the value of a text that is JSON of an object or a list."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value

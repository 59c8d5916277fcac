"""Transcripts of Claude Code: JSON lines, one session in each file, with its subagents in files beside it.

A line is a block of an answer, a prompt, or the result of tools. An answer has a line for each of its blocks, and each
repeats the token counts: a call is identified by the ids of its message and its request, and has the largest counts. A
resumed or forked session repeats lines of its parent with their own ids; the ids of turns and calls come from these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ..exchange.document import Batch, Resource
from .lines import Line, count, entries, mapping, text, time_ns
from .turn import ModelCall, ToolCall, Turn, documents

SERVICE = "claude-code"

_IGNORED = frozenset(
    {
        "agent-name", "ai-title", "attachment", "custom-title", "file-history-snapshot", "last-prompt", "mode",
        "permission-mode", "pr-link", "progress", "queue-operation", "summary", "tag", "worktree-state",
    }
)  # fmt: skip
"""Types of lines that say nothing of the work of a turn."""

_INTERRUPTED = "[Request interrupted by user"
_NO_PROMPT = (
    "<local-command-stdout>",
    "<local-command-stderr>",
    "<local-command-caveat>",
    "Caveat: The messages below",
)
_QUESTIONS = frozenset({"AskUserQuestion", "ExitPlanMode"})
_ENDS = frozenset({"end_turn", "stop_sequence", "max_tokens", "refusal"})
_SYNTHETIC = "<synthetic>"

LinesOfAgent = Callable[[str], Iterator[Line]]
"""Returns the lines of the file of a subagent, by the id of the agent."""


class ClaudeCodeSession:
    """Reads the lines of one session in their order."""

    def __init__(self, lines_of_agent: LinesOfAgent) -> None:
        self._lines_of_agent = lines_of_agent
        self._turn: Turn | None = None
        self._new: list[Any] = []
        """The messages since the last call of the model."""
        self._sides: dict[str, _Side] = {}
        """The subagents whose lines are in the file of the session, by the uuid of each of their lines."""
        self._resource = Resource(SERVICE)
        self.unknown: Counter[str] = Counter()
        """The lines of types that are not known, by type."""

    def read(self, line: Line) -> Batch | None:
        """Read a line; return the turn before it, if it begins another one."""
        if line.get("isSidechain") is True:
            self._read_side(line)
            return None
        return self._read(line)

    def rest(self) -> Batch | None:
        """Return the last turn, as it is by now."""
        return None if self._turn is None else self._batch(self._turn)

    def _read(self, line: Line) -> Batch | None:
        kind = line.get("type")
        if kind == "user":
            return self._read_user(line)
        turn = self._turn
        if kind == "assistant":
            self._read_answer(line)
        elif kind == "system":
            if turn is not None:
                _read_system(turn, line)
        elif kind not in _IGNORED:
            self.unknown[text(kind) or "without a type"] += 1
        return None

    def _read_user(self, line: Line) -> Batch | None:
        content = mapping(line.get("message")).get("content")
        results = [entry for entry in entries(content) if entry.get("type") == "tool_result"]
        moment_ns = time_ns(line)
        if results:
            if self._turn is not None:
                self._turn.extend_to(moment_ns)
                for result in results:
                    self._read_result(result, line, moment_ns)
            return None
        prompt = _prompt(content)
        if self._turn is not None and prompt.startswith(_INTERRUPTED):
            self._turn.is_interrupted = self._turn.is_over = True
            self._turn.extend_to(moment_ns)
            return None
        self._new.append({"role": "user", "content": content})
        if line.get("isMeta") is True or line.get("isCompactSummary") is True or prompt.startswith(_NO_PROMPT):
            return None
        if moment_ns is None:
            self.unknown["without a timestamp"] += 1
            return None
        return self._begin(line, content, moment_ns)

    def _begin(self, line: Line, content: Any, moment_ns: int) -> Batch | None:
        before = self._turn
        if before is not None:
            before.is_over = True
        session_id = text(line.get("sessionId"))
        known = {"version": "version", "gitBranch": "git.branch", "cwd": "cwd"}
        facts = {name: line[key] for key, name in known.items() if isinstance(line.get(key), str) and line[key]}
        self._resource = Resource(SERVICE, facts=tuple(sorted(facts.items())))
        key = text(line.get("uuid")) or f"{session_id} {moment_ns}"
        self._turn = Turn(key, session_id, content, moment_ns, moment_ns)
        return None if before is None else self._batch(before)

    def _read_answer(self, line: Line) -> None:
        turn, moment_ns = self._turn, time_ns(line)
        if turn is None or moment_ns is None:
            self.unknown["an answer before the first prompt"] += 1
            return
        message = mapping(line.get("message"))
        blocks = entries(message.get("content"))
        if message.get("model") == _SYNTHETIC or line.get("isApiErrorMessage") is True:
            turn.extend_to(moment_ns)
            if line.get("isApiErrorMessage") is True:
                turn.error = "".join(text(block.get("text")) for block in blocks) or "the API failed"
            turn.is_over = True
            return
        key = " ".join(filter(None, (text(message.get("id")), text(line.get("requestId"))))) or text(line.get("uuid"))
        call = turn.calls.get(key)
        if call is None:
            for earlier in turn.calls.values():
                earlier.is_over = True
            # The request was sent when what came before it was there.
            call = turn.calls[key] = ModelCall(key, min(turn.end_ns, moment_ns), moment_ns, text(message.get("model")))
            call.inputs, self._new = self._new, []
        call.end_ns = max(call.end_ns, moment_ns)
        call.count(_usage(mapping(message.get("usage"))))
        for block in blocks:
            if block not in call.blocks:
                call.blocks.append(dict(block))
                if block.get("type") == "tool_use":
                    self._add_tool(turn, block, moment_ns)
        turn.extend_to(moment_ns)
        if message.get("stop_reason"):
            call.is_over = True
        turn.is_over = message.get("stop_reason") in _ENDS

    def _add_tool(self, turn: Turn, block: Line, moment_ns: int) -> None:
        name = text(block.get("name")) or "tool"
        key = text(block.get("id")) or f"{turn.key} {len(turn.tools)}"
        turn.tools.setdefault(key, ToolCall(key, name, block.get("input"), moment_ns, is_question=name in _QUESTIONS))

    def _read_result(self, result: Line, line: Line, moment_ns: int | None) -> None:
        turn = self._turn
        assert turn is not None
        self._new.append({"role": "tool", "tool_call_id": result.get("tool_use_id"), "content": result.get("content")})
        tool = turn.tools.get(text(result.get("tool_use_id")))
        if tool is None:
            self.unknown["a result without its call"] += 1
            return
        tool.end_ns = turn.end_ns if moment_ns is None else moment_ns
        tool.output = result.get("content")
        if result.get("is_error") is True:
            tool.error = (_prompt(result.get("content")) or "the tool failed")[:500]
        told = mapping(line.get("toolUseResult"))
        tool.duration_ns = _duration_ns(told)
        agent_id = text(told.get("agentId"))
        if agent_id:
            tool.attributes["agent.id"] = agent_id
            tool.subagent = self._subagent(agent_id, tool, turn.session_id)
        turn.is_over = False

    def _subagent(self, agent_id: str, tool: ToolCall, session_id: str) -> Turn | None:
        for side in {id(side): side for side in self._sides.values()}.values():
            if side.agent_id == agent_id or side.prompt == mapping(tool.inputs).get("prompt"):
                return side.finished()
        reader = ClaudeCodeSession(self._lines_of_agent)
        for line in self._lines_of_agent(agent_id):
            reader._read({**line, "isSidechain": False})
        self.unknown.update(reader.unknown)
        turn = reader._turn
        if turn is None:
            return None
        return _Side.named(turn, agent_id, session_id)

    def _read_side(self, line: Line) -> None:
        """Read a line of a subagent that older versions write into the file of the session."""
        parent = text(line.get("parentUuid"))
        side = self._sides.get(parent)
        if side is None:
            side = _Side(ClaudeCodeSession(self._lines_of_agent), line)
        self._sides[text(line.get("uuid"))] = side
        side.reader._read({**line, "isSidechain": False})

    def _batch(self, turn: Turn) -> Batch:
        for side in {id(side): side for side in self._sides.values()}.values():
            self._attach(turn, side)
        spans, labels = documents(turn)
        return Batch(self._resource, spans, [labels])

    @staticmethod
    def _attach(turn: Turn, side: _Side) -> None:
        """Put a subagent of the session's own file below the call that has its prompt."""
        for tool in turn.tools.values():
            if tool.subagent is None and side.prompt and mapping(tool.inputs).get("prompt") == side.prompt:
                tool.subagent = side.finished()
                return


class _Side:
    """A subagent whose lines are among those of the session."""

    def __init__(self, reader: ClaudeCodeSession, first: Line) -> None:
        self.reader = reader
        self.agent_id = text(first.get("agentId"))
        self.prompt = _prompt(mapping(first.get("message")).get("content"))

    def finished(self) -> Turn | None:
        """Return the work of the subagent."""
        turn = self.reader._turn
        return None if turn is None else self.named(turn, self.agent_id, turn.session_id)

    @staticmethod
    def named(turn: Turn, agent_id: str, session_id: str) -> Turn:
        """Return the turn as that of a subagent, which is over when its call is."""
        turn.name = "subagent"
        turn.is_over = True
        turn.session_id = session_id
        if agent_id:
            turn.attributes["agent.id"] = agent_id
        return turn


def _read_system(turn: Turn, line: Line) -> None:
    moment_ns = turn.extend_to(time_ns(line))
    subtype = line.get("subtype")
    if subtype == "compact_boundary":
        told = mapping(line.get("compactMetadata"))
        attributes = {"trigger": text(told.get("trigger")), "tokens_before": count(told.get("preTokens"))}
        turn.events.append({"name": "gen_ai.conversation.compacted", "time_ns": moment_ns, "attributes": attributes})
    elif subtype == "api_error":
        error = mapping(line.get("error"))
        attributes = {"exception.message": str(error.get("message") or line.get("content") or "")[:500]}
        turn.events.append({"name": "api_error", "time_ns": moment_ns, "attributes": attributes})


def _prompt(content: Any) -> str:
    """Return the text of a prompt, or of a result."""
    if isinstance(content, str):
        return content
    return "\n".join(text(entry.get("text")) for entry in entries(content) if entry.get("type") == "text")


def _usage(usage: Line) -> dict[str, int]:
    """Return token counts in OpenInference's names, whose input includes what caches gave and took."""
    if not usage:
        return {}
    read, written = count(usage.get("cache_read_input_tokens")), count(usage.get("cache_creation_input_tokens"))
    hour = count(mapping(usage.get("cache_creation")).get("ephemeral_1h_input_tokens"))
    found = {
        "llm.token_count.prompt": count(usage.get("input_tokens")) + read + written,
        "llm.token_count.completion": count(usage.get("output_tokens")),
        "llm.token_count.prompt_details.cache_read": read,
        "llm.token_count.prompt_details.cache_write": written,
    }
    if hour:
        found["gen_ai.usage.details.ephemeral_1h_input_tokens"] = hour
    return found


def _duration_ns(told: Line) -> int | None:
    """Return what a tool says that it took."""
    for name, unit_ns in (
        ("durationMs", 1_000_000),
        ("totalDurationMs", 1_000_000),
        ("durationSeconds", 1_000_000_000),
    ):
        value = told.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12:
            return int(value * unit_ns)
    return None

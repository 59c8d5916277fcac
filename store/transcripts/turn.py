"""One turn of a session, from the prompt of the user to the end of the answer, as the spans of one trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..exchange.document import SpanDocument, TraceDocument
from ..model.rows import CANCELLED, ERROR, OK, UNSET
from .lines import span_key, trace_key

MIN_WAIT_NS = 1_000_000_000
"""A tool that began this long after its call waited for a permission: nothing else is known to take so long."""

CONTEXT_TOKENS = "tracetui.context_tokens"
"""Attribute with the tokens that a model call had in its context."""


@dataclass(slots=True)
class ModelCall:
    """One call of the model; the transcript has a line for each block of its answer."""

    key: str
    start_ns: int
    end_ns: int
    model: str = ""
    inputs: list[Any] = field(default_factory=list)
    """The messages that are new since the call before."""
    blocks: list[Any] = field(default_factory=list)
    usage: dict[str, int] = field(default_factory=dict)
    """Attributes of token counts; of several reports of one call, the largest count is the last."""
    error: str | None = None
    is_over: bool = False

    def count(self, usage: dict[str, int]) -> None:
        """Take the larger of each count: lines of one answer repeat the counts, and grow."""
        for name, tokens in usage.items():
            self.usage[name] = max(tokens, self.usage.get(name, 0))


@dataclass(slots=True)
class ToolCall:
    """One call of a tool."""

    key: str
    name: str
    inputs: Any
    called_ns: int
    end_ns: int | None = None
    duration_ns: int | None = None
    """What the tool itself took, where the transcript tells it."""
    output: Any = UNSET
    error: str | None = None
    is_question: bool = False
    """Whether the tool asks the user something, so that all of its time is waiting."""
    attributes: dict[str, Any] = field(default_factory=dict)
    subagent: Turn | None = None


@dataclass(slots=True)
class Turn:
    """A turn of a session, or the work of a subagent."""

    key: str
    """Identifies the turn in every copy of the session's history: forks repeat it, and it counts once."""
    session_id: str
    prompt: Any
    start_ns: int
    end_ns: int
    name: str = "turn"
    calls: dict[str, ModelCall] = field(default_factory=dict)
    tools: dict[str, ToolCall] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    is_over: bool = False
    is_interrupted: bool = False
    error: str | None = None

    def extend_to(self, moment_ns: int | None) -> int:
        """Let the turn last until a moment at least; return the end of the turn."""
        if moment_ns is not None and moment_ns > self.end_ns:
            self.end_ns = moment_ns
        return self.end_ns

    def answer(self) -> str:
        """Return the last text of the model."""
        for call in reversed(self.calls.values()):
            texts = [block["text"] for block in call.blocks if block.get("type") == "text" and block.get("text")]
            if texts:
                return "\n\n".join(texts)
        return ""


def documents(turn: Turn) -> tuple[list[SpanDocument], TraceDocument]:
    """Return the spans of a turn, and what is told of its trace."""
    trace_id = trace_key(turn.key)
    spans: list[SpanDocument] = []
    _add_turn(spans, turn, trace_id, None)
    return spans, TraceDocument(trace_id, session_id=turn.session_id)


def _add_turn(spans: list[SpanDocument], turn: Turn, trace_id: bytes, parent_id: int | None) -> None:
    own_id = span_key(turn.key, "turn")
    is_open = not turn.is_over
    spans.append(
        SpanDocument(
            trace_id,
            own_id,
            parent_id,
            turn.name,
            turn.start_ns,
            None if is_open else turn.end_ns,
            kind="AGENT",
            status=None if is_open else _status(turn.error, turn.is_interrupted),
            status_message=turn.error or ("interrupted by the user" if turn.is_interrupted else None),
            attributes={"session.id": turn.session_id, **turn.attributes},
            inputs=turn.prompt,
            outputs=turn.answer() or UNSET,
            events=turn.events,
            is_entry=parent_id is None,
        )
    )
    last = next(reversed(turn.calls), None)
    for key, call in turn.calls.items():
        spans.append(_call(call, trace_id, own_id, turn, is_open=is_open and key == last and not call.is_over))
    for tool in turn.tools.values():
        _add_tool(spans, tool, trace_id, own_id, turn)


def _call(call: ModelCall, trace_id: bytes, parent_id: int, turn: Turn, *, is_open: bool) -> SpanDocument:
    attributes: dict[str, Any] = {"session.id": turn.session_id, "tracetui.answer.id": call.key, **call.usage}
    if call.model:
        attributes["gen_ai.request.model"] = call.model
    if (context := call.usage.get("llm.token_count.prompt")) is not None:
        attributes[CONTEXT_TOKENS] = context
    return SpanDocument(
        trace_id,
        span_key(call.key, "call"),
        parent_id,
        f"chat {call.model}".strip(),
        call.start_ns,
        None if is_open else max(call.start_ns, call.end_ns),
        kind="LLM",
        status=None if is_open else _status(call.error, False),
        status_message=call.error,
        attributes=attributes,
        inputs={"messages": call.inputs} if call.inputs else UNSET,
        outputs={"role": "assistant", "content": call.blocks} if call.blocks else UNSET,
    )


def _add_tool(spans: list[SpanDocument], tool: ToolCall, trace_id: bytes, parent_id: int, turn: Turn) -> None:
    own_id = span_key(tool.key, "tool")
    end_ns = tool.end_ns if tool.end_ns is not None or not turn.is_over else turn.end_ns
    start_ns = tool.called_ns
    if end_ns is not None and tool.duration_ns is not None and not tool.is_question:
        began_ns = max(tool.called_ns, end_ns - tool.duration_ns)
        if began_ns - tool.called_ns >= MIN_WAIT_NS:
            start_ns = began_ns
            spans.append(
                SpanDocument(
                    trace_id,
                    span_key(tool.key, "wait"),
                    parent_id,
                    "blocked_on_user",
                    tool.called_ns,
                    began_ns,
                    kind="HUMAN",
                    status=OK,
                    attributes={"tool.name": tool.name, "tracetui.inferred": "the tool took less than its call"},
                )
            )
    was_cut = tool.end_ns is None and end_ns is not None
    spans.append(
        SpanDocument(
            trace_id,
            own_id,
            parent_id,
            tool.name,
            start_ns,
            None if end_ns is None else max(start_ns, end_ns),
            kind="HUMAN" if tool.is_question else "TOOL",
            status=None if end_ns is None else CANCELLED if was_cut else _status(tool.error, False),
            status_message="the turn ended before the tool" if was_cut else tool.error,
            attributes={"session.id": turn.session_id, "gen_ai.tool.name": tool.name, **tool.attributes},
            inputs=tool.inputs,
            outputs=tool.output,
        )
    )
    if tool.subagent is not None:
        _add_turn(spans, tool.subagent, trace_id, own_id)


def _status(error: str | None, was_interrupted: bool) -> str:
    return ERROR if error else CANCELLED if was_interrupted else OK

"""A chat as a conversation: who said what, tools called and offered; thinking and what was said before are folded."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...store.chat.history import History
from ...store.chat.message import Chat, Media, Message, Other, Part, Text, Thinking, Tool, ToolCall, ToolResult
from ...store.chat.preview import call_line, message_line
from ...store.compare.messages import Change, MessageText, compare_messages
from ...store.text import format, json_text
from ...store.text.safe_text import safe_line
from .json_lines import STEP, JsonLines, text_lines
from .lines import CLOSED, OPEN, ROLE_MARK, Line

_STYLES = {"user": "user", "assistant": "assistant", "system": "system", "tool": "tool"}

_SUMMARY_CHARS = 200

MOST_COMPARED_CHARS = 20_000
"""Longer messages are not compared line by line with what they were in the previous call."""


def chat_lines(chat: Chat, tools: Sequence[Tool] = (), previous: Chat | None = None) -> Iterator[Line]:
    """Yields the settings, the tools and the messages of a chat.

    Messages of `previous`, the call before with its answer, are one line, which unfolds; `tools` are those that other
    attributes name.
    """
    yield from _JSON.mapping(chat.rest, path=())
    yield from tool_lines(chat.tools or tools)
    if previous is None:
        for message in chat.messages:
            yield from message_lines(message)
        return
    runs = list(History(previous.messages).runs(chat.messages))
    now = History(chat.messages)
    gone = [message for message in previous.messages if message not in now]
    changed = _changes(gone, [message for run in runs if not run.is_repeated for message in run.messages])
    for run in runs:
        if run.is_repeated:
            yield from as_before_lines(run.messages)
            continue
        for message in run.messages:
            yield from message_lines(message, was=changed.get(id(message)))
    kept = set(map(id, changed.values()))
    yield from _aside(
        [message for message in gone if id(message) not in kept], "of the previous call not sent again", 0
    )


def as_before_lines(messages: Sequence[Message], *, indent: int = 0) -> Iterator[Line]:
    """Yields one line for messages that were said before, which unfolds."""
    yield from _aside(messages, "as before", indent)


def _aside(messages: Sequence[Message], words: str, indent: int) -> Iterator[Line]:
    if not messages:
        return
    yield Line(f"{len(messages):,} message{'' if len(messages) == 1 else 's'} {words}", "faint", indent, fold=CLOSED)
    for message in messages:
        yield from message_lines(message, indent=indent + STEP)


def tool_lines(tools: Sequence[Tool], *, indent: int = 0) -> Iterator[Line]:
    """Yields one line for the tools on offer, which unfolds."""
    if not tools:
        return
    names = safe_line(", ".join(tool.name for tool in tools))
    lead = f"{len(tools)} tool{'' if len(tools) == 1 else 's'} on offer: "
    yield Line(names, "dim", indent, lead, "tool", fold=CLOSED, part=[tool.name for tool in tools])
    for tool in tools:
        has_schema = isinstance(tool.parameters, Mapping) and bool(tool.parameters)
        fold = CLOSED if has_schema else 0
        name = safe_line(tool.name) + "  "
        yield Line(safe_line(tool.description), "plain", indent + STEP, name, "tool", fold=fold, part=tool.parameters)
        if has_schema:
            yield from _JSON.value(tool.parameters, indent + 2 * STEP)


def message_lines(
    message: Message, *, indent: int = 0, was: Message | None = None, with_rest: bool = True
) -> Iterator[Line]:
    """Yields a heading with the role, then the parts; `was` is the same message in the previous call, if it changed.

    `with_rest` adds the fields beside the parts, such as a finish reason.
    """
    style = _STYLES.get(message.role, "other")
    only = message.parts[0] if len(message.parts) == 1 else None
    # The result of one tool has the name of the tool in its heading, other results each have their own.
    name = message.name or (only.name if isinstance(only, ToolResult) and not only.is_error else None)
    lead = ROLE_MARK + safe_line(" ".join(filter(None, (message.role, name))))
    changed = "  changed since the previous call" if was is not None else ""
    summary = safe_line(message_line(message, max_chars=_SUMMARY_CHARS) or "")
    yield Line(
        changed,
        "warning" if changed else "plain",
        indent,
        lead,
        style,
        fold=OPEN,
        summary=summary,
        part=_whole(message),
    )
    if was is not None:
        yield from _difference(was, message, indent + STEP)
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield from _result(part, indent + STEP, is_named=part is only and not part.is_error)
        else:
            yield from _part(part, indent + STEP)
    if with_rest:
        yield from _JSON.mapping(message.rest, indent + STEP)


def _part(part: Part, indent: int) -> Iterator[Line]:
    match part:
        case Text(text):
            yield from text_lines(text, indent=indent)
        case Thinking(text):
            words = len(text.split())
            said = f"thinking, {words:,} words" if text else "thinking, kept secret by the provider"
            yield Line(said, "faint", indent, fold=CLOSED if text else 0, part=text)
            yield from text_lines(text, indent=indent + STEP, style="dim") if text else ()
        case ToolCall():
            yield from call_lines(part, indent)
        case ToolResult():
            yield from _result(part, indent, is_named=False)
        case Media():
            yield media_line(part, indent)
        case Other(value):
            yield from _JSON.value(value, indent)


def call_lines(call: ToolCall, indent: int) -> Iterator[Line]:
    """Yields a tool call in one line, which unfolds if it leaves arguments out."""
    line = call_line(call, max_chars=_SUMMARY_CHARS)
    is_short = not line.endswith("…") and "{…}" not in line and "[…]" not in line
    yield Line(safe_line(line), "tool", indent, "→ ", "tool", fold=0 if is_short else OPEN, part=call.arguments)
    if not is_short:
        yield from _JSON.value(call.arguments, indent + STEP)


def _result(result: ToolResult, indent: int, *, is_named: bool) -> Iterator[Line]:
    if not is_named and (result.name or result.is_error):
        words = "failed" if result.is_error else ""
        yield Line(words, "error", indent, f"← {safe_line(result.name or 'tool')}  ", "tool", part=result.content)
    content = result.content
    if isinstance(content, str) and content[:1] in ("{", "["):
        content = json_text.decode_or_text(content)
    if content not in (None, ""):
        yield from _JSON.value(content, indent)
    for media in result.media:
        yield media_line(media, indent)


def media_line(media: Media, indent: int) -> Line:
    """Returns an image, a recording or a file as its type and its size."""
    size = f" {format.size(media.size_bytes)}" if media.size_bytes is not None else ""
    where = "" if media.size_bytes is not None or media.source is None else " " + media.source
    return Line(safe_line(f"[{media.content_type or media.kind}{size}]{where}"), "link", indent, part=media)


def _whole(message: Message) -> Any:
    """Returns what is copied of a message: its words, or else its calls or results."""
    if message.text:
        return message.text
    values = [part.content for part in message.parts if isinstance(part, ToolResult)]
    calls = [{"name": call.name, "arguments": call.arguments} for call in message.calls]
    found = values + calls
    return found[0] if len(found) == 1 else found


def _changes(previous: Sequence[Message], current: Sequence[Message]) -> dict[int, Message]:
    """Map the id() of each message that was changed since the previous call to what it was."""
    if not previous or not current:
        return {}
    texts = [[MessageText(one.role, one.text) for one in side] for side in (previous, current)]
    return {
        id(current[pair.second]): previous[pair.first]
        for pair in compare_messages(*texts)
        if pair.change is Change.CHANGED and pair.first is not None and pair.second is not None
        and current[pair.second].role in ("system", "user") and _alike(previous[pair.first], current[pair.second])
    }  # fmt: skip


def _alike(one: Message, other: Message) -> bool:
    size = max(len(one.text), len(other.text))
    return 0 < size <= MOST_COMPARED_CHARS and difflib.SequenceMatcher(None, one.text, other.text).quick_ratio() > 0.6


def _difference(was: Message, now: Message, indent: int) -> Iterator[Line]:
    yield Line("what changed", "faint", indent, fold=CLOSED)
    for line in difflib.unified_diff(was.text.splitlines(), now.text.splitlines(), lineterm="", n=1):
        if not line.startswith(("---", "+++", "@@")):
            style = {"-": "error", "+": "ok"}.get(line[:1], "dim")
            yield Line(safe_line(line), style, indent + STEP, part=line[1:])


_JSON = JsonLines(lambda message, indent: message_lines(message, indent=indent))

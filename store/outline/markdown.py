"""A span, a subtree or a trace as Markdown, within a number of tokens: for people, issues and models to read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ..chat.message import Media, Message, Other, Part, Text, Thinking, ToolCall, ToolResult
from ..chat.preview import call_line
from ..model.rows import ERROR, MODEL_CALLS
from ..model.span_ids import span_hex
from ..model.status import STATUS_SIGNS, span_status
from ..text import format
from ..text.attachment_uri import describe_uris
from ..text.safe_text import safe_line, safe_lines
from .budget import Passage, Section, fitted
from .facts import span_facts, trace_facts
from .items import AsBefore, Begin, Failed, Item, Offered, Return, Said, SameAs, Value
from .telling import Details, Teller

if TYPE_CHECKING:
    from ..model.forest import Forest
    from ..model.rows import SpanDetail, SpanRow, TraceRow

SHORT_CALL_CHARS = 120
"""A tool call up to this length stands in one line."""

SHORT_JSON_CHARS = 100
"""JSON up to this length stands in one line."""

_TOLD_KINDS = frozenset({*MODEL_CALLS, "AGENT", "TOOL", "RETRIEVER"})


def trace_markdown(
    trace: TraceRow,
    forest: Forest,
    details: Details,
    *,
    gone: frozenset[int] = frozenset(),
    labels: Mapping[str, str] | None = None,
    max_tokens: int | None = None,
    utc: bool = False,
) -> str:
    """Return a trace as Markdown. `labels` are more facts for its head, such as tags, by name."""
    title = f"# {safe_line(trace.name)}\n\n{' · '.join(trace_facts(trace, gone))}"
    facts = {
        "started": format.timestamp(trace.start_ns, utc=utc),
        "trace": trace.trace_id.hex(),
        "session": trace.session_id,
        "user": trace.user_id,
        **(labels or {}),
    }
    title += "\n\n" + "\n".join(f"- {safe_line(name)}: {safe_line(value)}" for name, value in facts.items() if value)
    head = Section("", 0, [Passage(title)])
    return fitted([head, *_sections(forest, details, gone, root=None)], max_tokens)


def subtree_markdown(
    forest: Forest, root: int, details: Details, *, gone: frozenset[int] = frozenset(), max_tokens: int | None = None
) -> str:
    """Return the span at position `root` and what is below it as Markdown."""
    return fitted(_sections(forest, details, gone, root=root), max_tokens)


def span_markdown(
    span: SpanRow, detail: SpanDetail | None, *, gone: frozenset[int] = frozenset(), max_tokens: int | None = None
) -> str:
    """Return one span as Markdown, without what is below it, and with its attributes."""
    passages = [_passage(item, span.start_ns) for item in Teller(gone).span(span, detail, 0)]
    if detail is not None and detail.attributes:
        lines = (f"- {safe_line(name)}: {_one_line(value)}" for name, value in detail.attributes.items())
        passages.append(Passage("**attributes**", "\n".join(lines)))
    passages.append(Passage(f"span {span_hex(span.span_id)}"))
    return fitted([Section(safe_line(span.name), 0, [one for some in passages for one in _list(some)])], max_tokens)


def message_markdown(message: Message) -> str:
    """Return one message as Markdown."""
    return fitted([Section("", 0, list(_message(message)))], None)


def _sections(forest: Forest, details: Details, gone: frozenset[int], root: int | None) -> Iterator[Section]:
    told = Teller(gone).forest(forest, details, root=root)
    for index, group in groupby(told, key=attrgetter("position")):
        span = forest.spans[index]
        passages = [one for item in group for one in _list(_passage(item.item, forest.start_ns))]
        is_first = index == (root or 0)
        yield Section(safe_line(span.name), 0 if is_first else _rank(span, gone, len(passages)), passages)


def _rank(span: SpanRow, gone: frozenset[int], passages: int) -> int:
    """Errors matter most, then what models and tools said, then spans that say something, then the others."""
    if span_status(span, gone) == ERROR:
        return 1
    return 2 if span.kind in _TOLD_KINDS else 3 if passages > 1 else 4


def _list(passages: Passage | Iterable[Passage]) -> list[Passage]:
    return [passages] if isinstance(passages, Passage) else list(passages)


def _passage(item: Item, start_ns: int) -> Passage | Iterable[Passage]:
    match item:
        case Begin(span, status, depth):
            sign = STATUS_SIGNS.get(status, "")
            facts = " · ".join(map(safe_line, span_facts(span, status, start_ns)))
            return Passage(f"{'#' * min(2 + depth, 6)} {sign} {safe_line(span.name)}\n\n{facts}")
        case Return(span, depth):
            return Passage(f"{'#' * min(2 + depth, 6)} ← {safe_line(span.name)} returns")
        case Offered(tools, as_before):
            names = ", ".join(safe_line(tool.name) for tool in tools)
            return Passage(f"tools on offer: {f'{len(tools)} as before' if as_before else names}")
        case AsBefore(messages):
            return Passage(f"*{len(messages)} message{'' if len(messages) == 1 else 's'} as before*")
        case Said(message):
            return _message(message)
        case SameAs(title, of):
            return Passage(f"**{title}**: the same as the {safe_line(of)}")
        case Failed(kind, message, stack):
            words = ": ".join(filter(None, (kind, message))) or "failed, without a message"
            return [Passage("**error**", _safe(words), "> "), *([Passage("", _safe(stack), fence="")] if stack else [])]
        case Value(title, value):
            return _value(f"**{title}**", value)


def _message(message: Message) -> Iterator[Passage]:
    role = safe_line(" ".join(filter(None, (message.role, message.name))))
    said = False
    for part in message.parts:
        yield _part(part, role)
        said = True
    if not said:
        yield Passage(f"**{role}**: nothing")


def _part(part: Part, role: str) -> Passage:
    match part:
        case Text(text):
            return Passage(f"**{role}**", _safe(text), "> ")
        case Thinking(text):
            return Passage(f"**{role}, thinking**", _safe(text) or "(kept secret)", "> ")
        case ToolCall(name, arguments):
            line = call_line(part, max_chars=SHORT_CALL_CHARS)
            if not line.endswith("…") and "{…}" not in line and "[…]" not in line:
                return Passage(f"**{role}** calls `{safe_line(line)}`")
            return _value(f"**{role}** calls `{safe_line(name)}`", arguments)
        case ToolResult(content, name, _, is_error):
            words = "error of" if is_error else "result of"
            head = f"**{words} {safe_line(name or 'tool')}**"
            media = [Passage("", _media(one)) for one in part.media]
            value = _value(head, content)
            return value._replace(head=" ".join([value.head, *(one.body for one in media)])) if media else value
        case Media():
            return Passage(f"**{role}** {_media(part)}")
        case Other(value):
            return _value(f"**{role}**", value)


def _media(media: Media) -> str:
    size = f" {format.size(media.size_bytes)}" if media.size_bytes is not None else ""
    return f"[{safe_line(media.content_type or media.kind)}{size}]"


def _value(head: str, value: Any) -> Passage:
    if isinstance(value, str):
        return Passage(head, _safe(value), "> ")
    if value is None or isinstance(value, bool | int | float):
        return Passage(f"{head}: {_one_line(value)}")
    line = safe_line(describe_uris(_json(value, indent=None)))
    if len(line) <= SHORT_JSON_CHARS and "`" not in line:
        return Passage(f"{head} `{line}`")
    return Passage(head, _safe(_json(value, indent=1)), fence="json")


def _json(value: Any, *, indent: int | None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, default=repr)


def _one_line(value: Any) -> str:
    return safe_line(describe_uris(value if isinstance(value, str) else _json(value, indent=None)))


def _safe(text: str) -> str:
    return "\n".join(safe_lines(describe_uris(text)))

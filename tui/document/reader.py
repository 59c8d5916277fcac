"""A whole trace as lines to read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import dedent

from ...store.model.status import STATUS_SIGNS
from ...store.outline.facts import span_facts
from ...store.outline.items import AsBefore, Begin, Failed, Item, Offered, Return, Said, SameAs, Value
from ...store.outline.telling import Told
from ...store.text.safe_text import safe_line
from .conversation import as_before_lines, message_lines, tool_lines
from .json_lines import STEP, JsonLines, text_lines
from .lines import HEADING, OPEN, Line

DEEPEST = 8
"""Levels of spans that are indented: deeper headings would leave no room for the text."""

_JSON = JsonLines(lambda message, indent: message_lines(message, indent=indent))


def reader_lines(told: Iterable[Told], start_ns: int) -> Iterator[Line]:
    """Yields the lines of a trace that begins at `start_ns`; the value of each is the position of its span."""
    depth = 0
    is_first = True
    for position, item in told:
        if isinstance(item, Begin | Return):
            depth = min(item.depth, DEEPEST)
            if not is_first:
                yield Line("", value=position)
            is_first = False
        for line in _lines(item, STEP * depth, start_ns):
            yield line._replace(value=position)


def _lines(item: Item, indent: int, start_ns: int) -> Iterator[Line]:
    inner = indent + STEP
    match item:
        case Begin(span, status):
            facts = safe_line(" · ".join(span_facts(span, status, start_ns)[1:]))
            lead = f"{STATUS_SIGNS.get(status, ' ')} {safe_line(span.name)}  "
            yield Line(facts, "error" if status == "ERROR" else "faint", indent, lead, HEADING, fold=OPEN)
        case Return(span):
            yield Line("returns", "faint", indent, f"← {safe_line(span.name)}  ", HEADING, fold=OPEN)
        case Offered(tools, as_before):
            if as_before:
                yield Line(f"{len(tools)} tool{'' if len(tools) == 1 else 's'} on offer as before", "faint", inner)
            else:
                yield from tool_lines(tools, indent=inner)
        case AsBefore(messages):
            yield from as_before_lines(messages, indent=inner)
        case Said(message):
            yield from message_lines(message, indent=inner, with_rest=False)
        case SameAs(title, of):
            yield Line(f"the same as the {safe_line(of)}", "faint", inner, f"{title}: ")
        case Value(title, value):
            yield from _JSON.entry(f"{title}: ", "key", value, inner)
        case Failed(kind, message, stack):
            lead = f"{safe_line(kind)}: " if kind else ""
            yield Line(safe_line(message or "failed, without a message"), "error", inner, lead, "error", part=message)
            if stack:
                yield Line("stack", "dim", inner, fold=OPEN, part=stack)
                yield from text_lines(stack, indent=inner + STEP, style="dim")


def section_text(lines: Sequence[Line], line: int) -> str:
    """Returns the text of the section that a line is in: from its heading to the next, with what is folded."""
    first = line
    while first > 0 and lines[first].level >= 0:
        first -= 1
    last = line + 1
    while last < len(lines) and lines[last].level >= 0:
        last += 1
    return plain_text(lines[first:last])


def plain_text(lines: Iterable[Line]) -> str:
    """Returns lines as they are read, without styles."""
    texts = ((" " * line.indent + line.lead + line.text).rstrip() for line in lines)
    return dedent("\n".join(texts)).strip("\n") + "\n"

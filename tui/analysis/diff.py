"""`tracetui diff`: two traces side by side, the place where they part, and what took how much longer."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ...store.compare.comparison import (
    Comparison,
    Conversations,
    compare_conversations,
    compare_traces,
    comparison_object,
)
from ...store.compare.divergence import Difference, differences
from ...store.compare.in_words import more_cost, more_tokens, path_of, reason, signed, where_they_part
from ...store.compare.messages import Change, MessageChange
from ...store.compare.trees import SpanPair
from ...store.model.rows import SpanRow
from ...store.read.reader import Reader
from ...store.read.trace_document import to_json
from ...store.text import format
from ...store.text.safe_text import safe_line, safe_lines
from ..errors import CommandError
from ..file_argument import find_trace, opened
from ..layout.cells import cut
from ..layout.columns import Column
from ..layout.terminal import BOLD, GREEN, RED, YELLOW, painted, width_cells
from ..layout.text_table import TextTable
from .show import summary

_NAME_CHARS = 200
_MESSAGE_CHARS = 1_000
_CHARS_BEFORE = 20

SHORT_CONVERSATIONS = 2
"""How many model calls are shown with their messages, unless all are asked for."""

_COLUMNS = (
    Column("FIRST", format.DURATION_CELLS, right=True),
    Column("SECOND", format.DURATION_CELLS, right=True),
    Column("TIME", format.DURATION_CELLS + 1, right=True),
    Column("TOKENS", format.TOKENS_CELLS + 1, right=True),
    Column("COST", format.COST_CELLS + 1, right=True),
    Column("SPAN", 40),
)

_NOTES = {
    Difference.STATUS: "status",
    Difference.INPUTS: "inputs",
    Difference.OUTPUTS: "outputs",
}


def diff(db: Path | None, first: str, second: str, *, is_full: bool, as_json: bool, utc: bool) -> None:
    """Print the comparison of the two traces; with `is_full` all messages, whole."""
    with opened(db) as reader:
        traces = find_trace(reader, first), find_trace(reader, second)
        now_ns = time.time_ns()
        try:
            comparison = compare_traces(reader, *traces, now_ns=now_ns)
        except LookupError as error:
            raise CommandError(str(error)) from None
        if as_json:
            sys.stdout.write(to_json(comparison_object(reader, comparison), indent=2) + "\n")
            return
        for line in _head(reader, comparison, now_ns, utc=utc):
            print(line)
        table = TextTable(_COLUMNS)
        for pair in comparison.trees.pairs:
            table.add(_cells(comparison, pair), style=_style(comparison, pair))
        for line in _conversations(reader, comparison, None if is_full else SHORT_CONVERSATIONS):
            print(line)


def _head(reader: Reader, comparison: Comparison, now_ns: int, *, utc: bool) -> Iterator[str]:
    gone = reader.gone_processes(now_ns)
    for title, trace in zip(("first ", "second"), comparison.traces, strict=True):
        name, facts, *message = summary(trace, gone, now_ns, utc=utc)
        yield painted(f"{title}  {name}", BOLD, sys.stdout)
        for line in (facts, *message):
            yield f"        {line}"
    yield ""
    for warning in comparison.warnings:
        yield painted(f"Careful: {safe_line(warning)}.", YELLOW, sys.stdout)
    for sentence in where_they_part(reader, comparison):
        yield painted(sentence, BOLD, sys.stdout)
    yield ""


def _conversations(reader: Reader, comparison: Comparison, most: int | None) -> Iterator[str]:
    shown = 0
    for line, pair in enumerate(comparison.trees.pairs):
        talks = compare_conversations(reader, comparison, pair)
        if talks is None:
            continue
        if shown == most:
            yield "\nMore model calls have other messages: --full prints all."
            return
        shown += 1
        yield painted(f"\nMessages of {path_of(comparison, line)}", BOLD, sys.stdout)
        for found in talks.changes:
            yield from _message_lines(talks, found, is_full=most is None)


def _message_lines(talks: Conversations, found: MessageChange, *, is_full: bool) -> Iterator[str]:
    one = None if found.first is None else talks.first[found.first]
    other = None if found.second is None else talks.second[found.second]
    if one is not None and other is not None and found.change is Change.SAME:
        yield _cut(f"  {safe_line(one.role)}: {safe_line(one.text, max_chars=_MESSAGE_CHARS)}", is_full=False)
        return
    begin = 0 if is_full or one is None or other is None else _first_change(one.text, other.text)
    for sign, message, style in (("-", one, RED), ("+", other, GREEN)):
        if message is not None:
            text = message.text if begin == 0 else f"…{message.text[begin:]}"
            lines = safe_lines(text) if is_full else [safe_line(text, max_chars=_MESSAGE_CHARS)]
            for number, line in enumerate(lines):
                start = f"{safe_line(message.role)}: " if number == 0 else "  "
                yield painted(_cut(f"{sign} {start}{line}", is_full=is_full), style, sys.stdout)


def _first_change(one: str, other: str) -> int:
    # Where a short line of two texts begins, so that it shows what differs.
    differs = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return differs - _CHARS_BEFORE if differs > 2 * _CHARS_BEFORE else 0


def _cut(line: str, *, is_full: bool) -> str:
    return line if is_full else cut(line, width_cells(sys.stdout))


def _style(comparison: Comparison, pair: SpanPair) -> str:
    if pair.first is None:
        return GREEN
    return RED if pair.second is None else YELLOW if differences(pair, *comparison.sides) else ""


def _cells(comparison: Comparison, pair: SpanPair) -> list[str]:
    one, other = comparison.spans(pair)
    times = [None if span is None or span.end_ns is None else span.end_ns - span.start_ns for span in (one, other)]
    shown = [_time(span) for span in (one, other)]
    delta = "" if times[0] is None or times[1] is None else signed(times[1] - times[0], format.duration)
    return [*shown, delta, more_tokens(one, other), more_cost(one, other), _name(comparison, pair)]


def _time(span: SpanRow | None) -> str:
    return "" if span is None else "?" if span.end_ns is None else format.duration(span.end_ns - span.start_ns)


def _name(comparison: Comparison, pair: SpanPair) -> str:
    one, other = comparison.spans(pair)
    span = one or other
    assert span is not None
    sign = "-" if other is None else "+" if one is None else "~" if differences(pair, *comparison.sides) else " "
    name = safe_line(span.name, max_chars=_NAME_CHARS)
    return f"{sign} {'  ' * min(pair.depth, 20)}{name}{_notes(comparison, pair)}"


def _notes(comparison: Comparison, pair: SpanPair) -> str:
    notes = [_NOTES.get(found) or reason(comparison, pair, found) for found in differences(pair, *comparison.sides)]
    is_alone = pair.first is None or pair.second is None
    return f"  ({', '.join(notes)})" if notes and not is_alone else ""

"""`tracetui show`: the tree of one trace with its bars, in plain text."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...store.model.forest import Forest, build
from ...store.model.rows import RUNNING, SpanDetail, SpanRow, TraceRow
from ...store.model.span_ids import span_hex
from ...store.model.status import STATUS_SIGNS, span_status, trace_status
from ...store.outline.from_file import Outliner
from ...store.read.export import export_trace
from ...store.read.reader import Reader
from ...store.read.trace_document import span_object, to_json
from ...store.text import format
from ...store.text.bars import bar
from ...store.text.safe_text import safe_line, safe_lines
from ...store.timing.critical_path import critical_path
from ...store.timing.self_time import self_times
from ...store.timing.times import known_times
from ..errors import CommandError
from ..file_argument import find_trace, opened
from ..layout.cells import fit
from ..layout.guides import guides
from ..layout.terminal import CYAN, FAINT, GREEN, RED, YELLOW, painted, width_cells
from ..layout.time_axis import ticks
from ..layout.tree_layout import TreeLayout, layout_for, needs_of

_STYLES = {"ERROR": RED, "RUNNING": CYAN, "CANCELLED": YELLOW, "LOST": RED}
_NAME_CHARS = 200


class Wanted(NamedTuple):
    """What to show of a trace."""

    span: str | None
    """The first digits of the id of a span, or its name; None for the whole trace."""
    is_full: bool
    """Whether inputs, outputs and messages are shown too: of the whole trace, or of all below the span."""
    max_tokens: int | None
    """About how many tokens the full text may have."""


def show(db: Path | None, trace_id: str, wanted: Wanted, *, as_json: bool, utc: bool) -> None:
    """Print a summary and the tree of the trace, what is `wanted` as Markdown, or its JSON document."""
    with opened(db) as reader:
        trace = find_trace(reader, trace_id)
        now_ns = time.time_ns()
        if as_json and wanted.span is None:
            sys.stdout.writelines(export_trace(reader, trace, now_ns=now_ns))
        elif wanted.span is not None or wanted.is_full or wanted.max_tokens is not None:
            _show_texts(reader, trace, wanted, now_ns, as_json=as_json, utc=utc)
        else:
            sys.stdout.writelines(line + "\n" for line in lines(reader, trace, now_ns, utc=utc))


def _show_texts(reader: Reader, trace: int, wanted: Wanted, now_ns: int, *, as_json: bool, utc: bool) -> None:
    outliner = Outliner(reader, trace, now_ns=now_ns)
    text: str | None
    if wanted.span is None:
        text = outliner.whole(max_tokens=wanted.max_tokens, utc=utc)
    else:
        span = _find_span(reader.spans(trace), wanted.span)
        if as_json:
            detail = reader.detail(span.id) or SpanDetail(None, None, None, {}, None)
            process = reader.processes().get(span.process)
            sys.stdout.write(to_json(span_object(span, detail, outliner.gone, process)) + "\n")
            return
        told = outliner.subtree if wanted.is_full else outliner.span
        text = told(span.span_id, max_tokens=wanted.max_tokens)
    print("\n".join(safe_lines(text or "")), end="")


def _find_span(spans: list[SpanRow], wanted: str) -> SpanRow:
    digits = wanted.strip().lower()
    found = [span for span in spans if span_hex(span.span_id).startswith(digits)]
    if len(found) != 1:
        found = [span for span in spans if span.name == wanted] or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise CommandError(f"no span of the trace has the name {wanted!r}, or an id that begins with it")
    listed = "".join(f"\n  {span_hex(span.span_id)}  {safe_line(span.name)}" for span in found[:20])
    raise CommandError(f"{len(found):,} spans are meant by {wanted!r}; give the digits of one:{listed}")


def lines(reader: Reader, trace: int, now_ns: int, *, utc: bool) -> Iterator[str]:
    """Yield the summary and the tree of a trace. Raises CommandError if it was deleted."""
    rows = reader.traces([trace])
    if not rows:
        raise CommandError(f"the trace has just been deleted from {reader.path}")
    gone = reader.gone_processes(now_ns)
    yield from summary(rows[0], gone, now_ns, utc=utc)
    yield ""
    yield from tree(build(reader.spans(trace)), gone, now_ns)


def summary(trace: TraceRow, gone: frozenset[int], now_ns: int, *, utc: bool) -> Iterator[str]:
    """Yield what the row of a trace says, on a few lines."""
    status = trace_status(trace, gone)
    end_ns = now_ns if status == RUNNING else trace.end_ns
    name = safe_line(trace.name, max_chars=_NAME_CHARS)
    yield f"{name}  {trace.trace_id.hex()}"
    facts = [
        painted(f"{STATUS_SIGNS[status]} {status}", _STYLES.get(status, GREEN), sys.stdout),
        format.timestamp(trace.start_ns, utc=utc),
        "" if end_ns is None else format.duration(end_ns - trace.start_ns),
        f"{trace.span_count:,} spans" if trace.span_count != 1 else "1 span",
        f"TTFT {format.milliseconds(trace.ttft_ms)}" if trace.ttft_ms is not None else "",
        format.token_flow(trace.input_tokens, trace.output_tokens),
        format.cost_in_words(trace.cost_usd, trace.calls_without_price),
    ]
    yield "  ".join(filter(None, facts))
    if trace.status_message:
        yield painted(safe_line(trace.status_message, max_chars=1_000), _STYLES.get(status, ""), sys.stdout)


def tree(forest: Forest, gone: frozenset[int], now_ns: int) -> Iterator[str]:
    """Yield the lines of the tree, with the columns of the explorer and ◆ on the critical path.

    In a pipe the names are whole.
    """
    layout = layout_for(width_cells(sys.stdout), needs_of(forest.spans))
    labels = [_label(forest, index, gone) for index in range(forest.total)]
    if not sys.stdout.isatty():
        layout = layout._replace(label=max([layout.label, *map(len, labels)]))
    running = any(span_status(span, gone) == RUNNING for span in forest.spans)
    window_ns = max(1, (now_ns if running else forest.last_end_ns) - forest.start_ns)
    if layout.bar and (axis := _axis(window_ns, layout.bar)):
        yield painted(" " * layout.bar_column + axis, FAINT, sys.stdout)
    times = known_times(forest, lambda span: span.start_ns if span.process in gone else now_ns)
    own_ns = self_times(forest, times)
    on_path_ns = critical_path(forest, times).exclusive_ns
    for index, (span, label) in enumerate(zip(forest.spans, labels, strict=True)):
        status = span_status(span, gone)
        end_ns = span.end_ns if span.end_ns is not None else now_ns if status == RUNNING else None
        line = (" " * layout.gap).join([fit(label, layout.label), *_numbers(span, end_ns, own_ns[index], layout)])
        if layout.bar:
            mark = "◆" if on_path_ns[index] else ""
            line = fit(fit(line, layout.bar_column - 2) + mark, layout.bar_column)
            column, cells = _bar(span, end_ns, forest.start_ns, window_ns, layout.bar)
            line += " " * column + cells
        yield painted(line.rstrip(), _STYLES.get(status, ""), sys.stdout)


def _label(forest: Forest, index: int, gone: frozenset[int]) -> str:
    span = forest.spans[index]
    return (
        guides(forest, index) + f"{STATUS_SIGNS[span_status(span, gone)]} {safe_line(span.name, max_chars=_NAME_CHARS)}"
    )


def _numbers(span: SpanRow, end_ns: int | None, self_ns: int, layout: TreeLayout) -> list[str]:
    cells = [
        (format.token_flow(span.input_tokens, span.output_tokens), layout.tokens),
        (format.milliseconds(span.ttft_ms), layout.ttft),
        (format.cost(span.cost_usd), layout.cost),
        ("?" if end_ns is None else format.duration(end_ns - span.start_ns), layout.duration),
        ("" if end_ns is None else format.duration(self_ns), layout.self_time),
    ]
    return [fit(text, width, right=True) for text, width in cells if width]


def _bar(span: SpanRow, end_ns: int | None, start_ns: int, window_ns: int, width: int) -> tuple[int, str]:
    first_token_ns = None if span.ttft_ms is None else span.start_ns + round(span.ttft_ms * 1e6)
    last_ns = span.start_ns if end_ns is None else end_ns
    return bar(span.start_ns, last_ns, start_ns, window_ns, width, first_token_ns=first_token_ns)


def _axis(window_ns: int, width: int) -> str:
    line = ""
    for tick in ticks(window_ns, width):
        line = line.ljust(tick.column) + "╵" + tick.label
    return line

"""A session as lines: each turn with its facts, what was asked, and what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...store.model.rows import ERROR, RUNNING
from ...store.model.status import STATUS_SIGNS, trace_status
from ...store.text import format
from ...store.text.safe_text import safe_line
from ..document.json_lines import STEP, text_lines
from ..document.lines import HEADING, OPEN, ROLE_MARK, Line

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...store.facets.sessions import Turn


def turn_lines(turns: Sequence[Turn], *, gone: Collection[int], now_ns: int, utc: bool) -> Iterator[Line]:
    """Yields the lines of the turns, oldest first; the value of each line is the place of its turn."""
    for place, turn in enumerate(turns):
        if place:
            yield Line("", value=place)
        for line in _turn(turn, place, gone, now_ns, utc):
            yield line._replace(value=place)


def session_facts(turns: Sequence[Turn]) -> str:
    """Returns what the turns add up to."""
    traces = [turn.trace for turn in turns]
    failed = sum(trace.status == ERROR for trace in traces)
    costs = [trace.cost_usd for trace in traces if trace.cost_usd is not None]
    lacking = sum(trace.calls_without_price or 0 for trace in traces)
    users = dict.fromkeys(trace.user_id for trace in traces if trace.user_id)
    tokens = [
        sum(counts) if (counts := [one for trace in traces if (one := getattr(trace, name)) is not None]) else None
        for name in ("input_tokens", "output_tokens")
    ]
    flow = format.token_flow(*tokens)
    parts = [
        f"{len(traces):,} turn{'' if len(traces) == 1 else 's'}",
        f"{failed:,} failed" if failed else "",
        safe_line(", ".join(list(users)[:3])),
        f"{flow} tokens" if flow else "",
        format.least_cost(sum(costs) if costs else None, lacking),
    ]
    return " · ".join(part for part in parts if part)


def _turn(turn: Turn, place: int, gone: Collection[int], now_ns: int, utc: bool) -> Iterator[Line]:
    trace = turn.trace
    status = trace_status(trace, gone)
    took = format.duration(now_ns - trace.start_ns) if status == RUNNING else ""
    if trace.end_ns is not None:
        took = format.duration(trace.end_ns - trace.start_ns)
    flow = format.token_flow(trace.input_tokens, trace.output_tokens)
    facts = (
        safe_line(trace.name),
        took,
        f"{flow} tokens" if flow else "",
        format.least_cost(trace.cost_usd, trace.calls_without_price),
        safe_line(trace.model or ""),
    )
    start = format.start(trace.start_ns, now_ns=now_ns, utc=utc)
    lead = f"{STATUS_SIGNS.get(status, ' ')} {place + 1}  {start}  "
    style = "error" if status == ERROR else "faint"
    yield Line(" · ".join(part for part in facts if part), style, 0, lead, HEADING, fold=OPEN)
    if turn.lines.request:
        yield Line("", "plain", STEP, f"{ROLE_MARK}user", "user", part=turn.lines.request)
        yield from text_lines(turn.lines.request, indent=2 * STEP)
    if status == ERROR and trace.status_message:
        yield Line(safe_line(trace.status_message), "error", STEP, part=trace.status_message)
    if turn.lines.response and not (status == ERROR and not trace.end_ns):
        yield Line("", "plain", STEP, f"{ROLE_MARK}assistant", "assistant", part=turn.lines.response)
        yield from text_lines(turn.lines.response, indent=2 * STEP)

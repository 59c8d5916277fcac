"""Spans as the reader returns them, and strategies for the spans of any trace."""

from __future__ import annotations

from hypothesis import strategies as st

from tracetui.store.model.rows import SpanRow, TraceRow

BLANK = SpanRow(*[None] * len(SpanRow._fields))  # type: ignore[arg-type]
BLANK_TRACE = TraceRow(*[None] * len(TraceRow._fields))  # type: ignore[arg-type]


def span(
    id: int,
    parent: int | None = None,
    start_ns: int = 0,
    end_ns: int | None = 0,
    span_id: int | None = None,
    name: str = "",
) -> SpanRow:
    """A span whose span_id is ten times its row id by default."""
    return BLANK._replace(
        id=id,
        span_id=id * 10 if span_id is None else span_id,
        parent_id=None if parent is None else parent * 10,
        name=name or f"span {id}",
        start_ns=start_ns,
        end_ns=end_ns,
    )


@st.composite
def any_spans(draw: st.DrawFn, max_size: int = 30) -> list[SpanRow]:
    """Spans with any parents: none, each other in cycles, themselves, unknown spans."""
    count = draw(st.integers(0, max_size))
    rows = []
    for id in range(1, count + 1):
        parent = draw(st.none() | st.integers(1, count + 2))
        start_ns = draw(st.integers(-20, 20))
        end_ns = draw(st.none() | st.integers(-20, 60))
        rows.append(span(id, parent, start_ns, end_ns))
    return draw(st.permutations(rows))

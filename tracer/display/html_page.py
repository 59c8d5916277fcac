"""A trace as HTML for notebooks, with bars of time. It inherits the colours of the notebook."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from . import texts
from .outline import Outline, Row
from .shown import ShownSpan, ShownTrace

_COLORS = {"OK": "#2e8b57", "ERROR": "#d03030", "CANCELLED": "#b8860b", "IN_PROGRESS": "#1f8fb3"}
_DIM = "opacity:.65"
_CUT = "white-space:nowrap;overflow:hidden;text-overflow:ellipsis"
_FRAME = "font-family:ui-monospace,monospace;font-size:13px;line-height:1.55;max-width:1100px"


def page(trace: ShownTrace) -> str:
    """The whole trace as one `div`."""
    state = trace.info.state.value
    color = _COLORS.get(state, "inherit")
    head = (
        f'<div><b style="color:{color}">{texts.sign(state)}</b> <b>{escape(texts.title(trace))}</b>'
        f' <span style="color:{color}">{escape(" · ".join(texts.summary(trace)))}</span></div>'
    )
    labels = " · ".join(f"{label} {value}" for label, value in texts.labels(trace))
    lines = "".join(_lines(trace))
    return f'<div style="{_FRAME}">{head}<div style="{_DIM};white-space:pre-wrap">{escape(labels)}</div>{lines}</div>'


def _lines(trace: ShownTrace) -> Iterator[str]:
    start_ns, length_ns = texts.window(trace)
    for row in Outline(trace.data.spans).rows():
        indent = f"padding-left:{row.depth * 1.4 + 0.2:.1f}em"
        if row.span is None:
            yield f'<div style="{indent};{_DIM}">{escape(texts.hidden(row))}</div>'
        else:
            yield _span(row, row.span, indent, start_ns, length_ns)


def _span(row: Row, span: ShownSpan, indent: str, start_ns: int, length_ns: int) -> str:
    state = texts.state_of(span)
    sign = "" if state == "OK" else f"{texts.sign(state)} "
    color = _COLORS.get(state, "inherit") if sign else "inherit"
    figures = "  ".join(figure for figure in texts.figures(span) if figure)
    left = 100 * (span.start_time_ns - start_ns) / max(1, length_ns)
    end_ns = start_ns + length_ns if span.end_time_ns is None else span.end_time_ns
    width = max(0.5, 100 * (end_ns - span.start_time_ns) / max(1, length_ns))
    bar = (
        f'<div style="position:relative;height:.5em;align-self:center"><div style="position:absolute;height:100%;'
        f"left:{min(99.5, max(0.0, left)):.2f}%;width:{min(100.0, width):.2f}%;border-radius:2px;"
        f'background:{_COLORS.get(state, "#888")}"></div></div>'
    )
    values = "".join(
        f'<div style="{_CUT};padding-left:1.4em;{style}">{escape(label)}{escape(value)}</div>'
        for label, value, style in [
            ("", texts.status_message(span), f"color:{_COLORS.get(state, 'inherit')}"),
            *((f"{label} ", value, _DIM) for label, value in texts.payloads(span)),
        ]
        if value
    )
    return (
        f'<div style="display:grid;grid-template-columns:minmax(0,1fr) 30% 16em;column-gap:1em">'
        f'<div style="{indent};{_CUT}"><b style="color:{color}">{escape(sign + texts.name(span))}</b>'
        f' <span style="{_DIM}">{escape(texts.kind(span))}</span></div>{bar}'
        f'<div style="{_DIM};white-space:pre">{escape(figures)}</div></div>'
        f'<div style="{indent}">{values}</div>'
    )

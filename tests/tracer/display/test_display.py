"""A trace in a terminal, as text and in a notebook; long traces are cut."""

from __future__ import annotations

import io
from contextlib import suppress
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tests.support.last_trace import last_trace
from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import entities
from tracetui.tracer.display.outline import SPANS_SHOWN, Outline

TRACE_ID = "0123456789abcdef" * 2


def lines_of(trace: entities.Trace, width: int) -> list[str]:
    """The lines in a terminal of that width, without colours."""
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    console.print(trace)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def span(number: int, parent: int | None, status: str = "OK", name: str | None = None) -> entities.Span:
    """A span by its number."""
    return entities.Span(
        name=name or f"span {number}",
        trace_id=TRACE_ID,
        span_id=f"{number:016x}",
        parent_id=None if parent is None else f"{parent:016x}",
        start_time_ns=number,
        end_time_ns=1_000 + number,
        status=entities.SpanStatus(status),
    )


def trace_of(spans: list[entities.Span]) -> entities.Trace:
    """A trace of those spans."""
    return entities.Trace(entities.TraceInfo(TRACE_ID), entities.TraceData(spans))


@st.composite
def forests(draw: st.DrawFn) -> list[entities.Span]:
    """Spans with any parents: earlier, later, themselves, in cycles, missing; some failed."""
    count = draw(st.integers(0, 120))
    parents = st.none() | st.integers(0, 130)
    return [span(number, draw(parents), draw(st.sampled_from(["OK", "OK", "OK", "ERROR"]))) for number in range(count)]


@given(forests(), st.integers(1, 60))
def test_outline_accounts_for_every_span(spans: list[entities.Span], limit: int) -> None:
    """Each span is shown once or counted once as hidden, failed ones too, and the limit is the most that are shown."""
    rows = list(Outline(spans, limit).rows())
    shown = [row.span for row in rows if row.span is not None]
    assert len({found.span_id for found in shown}) == len(shown) <= limit
    assert len(shown) + sum(row.hidden_count for row in rows) == len(spans)
    failures = sum(found.status == "ERROR" for found in spans)
    assert sum(found.status == "ERROR" for found in shown) + sum(row.hidden_failures for row in rows) == failures
    if len(spans) <= limit:
        assert len(shown) == len(spans)


def test_a_cycle_of_parents_is_cut_at_its_first_span() -> None:
    """A span that hangs on the cycle stays below its parent, as in the explorer."""
    spans = [span(1, 2), span(2, 3), span(3, 2)]
    rows = [(row.span.name, row.depth) for row in Outline(spans).rows() if row.span is not None]
    assert rows == [("span 2", 0), ("span 1", 1), ("span 3", 1)]


@given(forests(), st.integers(20, 160))
def test_no_line_is_wider_than_the_terminal(spans: list[entities.Span], width: int) -> None:
    """Wide characters, long names and deep trees do not make a line wider."""
    spans = [span(number, int(found.parent_id, 16) if found.parent_id else None, name="名前 long " * 9)
             for number, found in enumerate(spans)]  # fmt: skip
    assert all(cell_len(line) <= width for line in lines_of(trace_of(spans), width))


def test_a_long_trace_is_cut_and_shows_failed_spans() -> None:
    """A trace of a thousand spans has one screen of lines, the deep failed span, and the number of hidden spans."""
    spans = [span(0, None), *(span(number, 0) for number in range(1, 900))]
    spans += [span(number, number - 1) for number in range(900, 905)]
    spans += [span(905, 904, "ERROR", "the culprit"), *(span(number, 3) for number in range(906, 1_001))]
    lines = lines_of(trace_of(spans), 100)
    assert len(lines) <= SPANS_SHOWN + 12
    assert sum("✗ the culprit" in line for line in lines) == 1
    assert any("more spans" in line for line in lines)
    bundle = trace_of(spans)._repr_mimebundle_()
    assert len(bundle["text/plain"].splitlines()) <= SPANS_SHOWN + 12
    assert "the culprit" in bundle["text/html"]
    assert len(bundle["text/html"]) < 60_000


def test_chain_of_ten_thousand_spans_is_shown() -> None:
    """The depth of a trace has no limit."""
    lines = lines_of(trace_of([span(0, None), *(span(number, number - 1) for number in range(1, 10_000))]), 80)
    assert any("9,950 more spans" in line for line in lines)


def test_spans_show_their_time_tokens_cost_and_why_they_failed(recorded: Recorded) -> None:
    """A wide terminal shows a bar for each span; a narrow one shows durations."""
    with tracer.start_span("agent", span_type="AGENT") as root:
        root.set_inputs("why?")
        with tracer.start_span("model", span_type="LLM") as model:
            usage = {"input_tokens": 1_200, "output_tokens": 80, "total_tokens": 1_280}
            model.set_attributes({"mlflow.chat.tokenUsage": usage, "mlflow.llm.cost": {"total_cost": 0.25}})
        with suppress(TimeoutError), tracer.start_span("tool", span_type="TOOL"):
            raise TimeoutError("no answer")
        tracer.update_current_trace(tags={"env": "prod"}, session_id="s-1")
    tracer.log_feedback(trace_id=root.trace_id, name="helpful", value=True)
    trace = last_trace()
    wide = "\n".join(lines_of(trace, 110))
    told = ["✓ agent  OK", "1.2k→80 tokens", "$0.25", "3 spans", "1 failed", "━", "TOOL", "TimeoutError: no answer"]
    for text in (*told, "in  why?", "session s-1", "env=prod", "helpful=true", root.trace_id):
        assert text in wide, text
    narrow = "\n".join(lines_of(trace, 36))
    assert "━" not in narrow
    assert "✗ tool" in narrow
    assert "ms" in narrow or "µs" in narrow


class _Balance(HTMLParser):
    # Counts what is open.
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(forests(), st.text(max_size=40))
def test_html_is_well_formed_and_has_our_tags_only(spans: list[entities.Span], hostile: str) -> None:
    """Names of spans cannot add tags."""
    if spans:
        spans[0].name = spans[0].inputs = f"</div><script>{hostile}"
    balance = _Balance()
    balance.feed(trace_of(spans)._repr_html_())
    assert balance.open == []
    assert balance.tags <= {"div", "span", "b"}


def test_the_repr_of_a_span_is_one_line() -> None:
    """`print(span)` does not show inputs, which may be megabytes."""
    found = span(7, None)
    found.inputs = "x" * 1_000_000
    assert repr(found) == (
        f"Span(name='span 7', trace_id='{TRACE_ID}', span_id='0000000000000007', parent_id=None,"
        " span_type='UNKNOWN', status=OK)"
    )

"""All data of one span as a document: its status, error, inputs, outputs, events and attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...store.chat.tools import tools_of_attributes
from ...store.conventions.dialects import is_cost_given
from ...store.model.decoding import events_of
from ...store.model.rows import ERROR, LOST, MODEL_CALLS, RUNNING
from ...store.model.span_ids import span_hex
from ...store.prices.unpriced import lacks_price
from ...store.text import format
from ...store.text.safe_text import safe_line, safe_lines
from .document import OUTPUTS, Document, Value, preview_lines
from .lines import Line, split_text
from .links import link_lines
from .trace import assessment_lines, trace_lines
from .value import value_lines

if TYPE_CHECKING:
    from ...store.chat.message import Chat
    from ...store.model.rows import AssessmentRow, ProcessRow, SpanDetail, SpanRow, TraceRow
    from ...store.read.reader import TraceLabels

HIDDEN_ATTRIBUTES = ("mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.traceRequestId", "mlflow.spanType")
"""Attributes that the document shows elsewhere."""


def span_document(
    span: SpanRow,
    detail: SpanDetail | None,
    status: str,
    *,
    end_ns: int,
    trace_start_ns: int,
    trace_id: bytes,
    process: ProcessRow | None,
    utc: bool,
    root_of: TraceRow | None = None,
    labels: TraceLabels | None = None,
    assessments: Iterable[AssessmentRow] = (),
    time_in_words: str = "",
    previous: Chat | None = None,
    raw: bool = False,
) -> Document:
    """The document of one span; `end_ns` is where its bar ends, for one that is still open.

    `time_in_words` says what its time was, in its trace and beside spans of its name.

    With `root_of` it is the root of that trace, and what is told of the trace, such as `labels`, is told here.
    `previous` is the chat of the previous call of the same agent; `raw` shows inputs and outputs as they are stored.
    """
    document = Document()
    document.lines.append(Line(safe_line(span.name), "error" if status == ERROR else "strong"))
    _facts(document, span, detail, status, end_ns, trace_start_ns, time_in_words, utc=utc)
    events = events_of(detail)
    for event in events:
        if event.get("name") == "exception":
            _exception(document, event.get("attributes"))
    if status == ERROR and span.status_message and not any(event.get("name") == "exception" for event in events):
        document.heading("Error")
        document.value("status message", span.status_message)
    if detail is not None:
        tools = tools_of_attributes(detail.attributes)
        for title, stored in (("Inputs", detail.inputs), (OUTPUTS, detail.outputs)):
            if stored is not None:
                note = format.size(len(stored)) if len(stored) > 4096 else ""
                document.heading(title, "so far" if title == OUTPUTS and status == RUNNING else note)
                document.payload(
                    title,
                    stored,
                    raw=raw,
                    tools=tools if title == "Inputs" else (),
                    previous=previous if title == "Inputs" else None,
                )
    assessment_lines(document, assessments)
    if root_of is not None:
        trace_lines(document, root_of, labels)
    if detail is not None:
        attributes = {key: value for key, value in detail.attributes.items() if key not in HIDDEN_ATTRIBUTES}
        if attributes:
            document.heading("Attributes", str(len(attributes)))
            for key, value in attributes.items():
                document.value(key, value, keyed=True)
    _event_lines(document, events, span.start_ns)
    if detail is not None:
        link_lines(document, detail)
    document.heading("Identity")
    document.fact("trace", trace_id.hex())
    document.fact("span", span_hex(span.span_id))
    if span.parent_id is not None:
        document.fact("parent", span_hex(span.parent_id))
    if process is not None:
        # Spans of other programs may come without a pid, which is 0 then, and without a host.
        told = (f"pid {process.pid}" * bool(process.pid), f"on {process.host}" * bool(process.host))
        place = " ".join(filter(None, told))
        document.fact("process", safe_line(" · ".join(filter(None, (process.service, place)))))
    if detail is not None and detail.thread is not None:
        document.fact("thread", str(detail.thread))
    return document


def _facts(
    document: Document,
    span: SpanRow,
    detail: SpanDetail | None,
    status: str,
    end_ns: int,
    trace_start_ns: int,
    time_in_words: str,
    *,
    utc: bool,
) -> None:
    words = {LOST: "lost: its process is gone, this is the last it said", RUNNING: "running"}
    state = words.get(status, status.lower())
    kind = [] if span.kind in ("UNKNOWN", "") else [safe_line(span.kind)]
    document.fact("status", " · ".join([state, *kind]), status.lower())
    if model := " · ".join(safe_line(text) for text in (span.model, span.provider) if text):
        document.fact("model" if span.model else "provider", model)
    if span.response_model and span.response_model != span.model:
        document.fact("answered by", safe_line(span.response_model))
    duration_ns = end_ns - span.start_ns
    timing = [] if status == LOST else [format.duration(duration_ns)]
    if span.ttft_ms is not None:
        timing.append(f"first token after {format.milliseconds(span.ttft_ms)}")
        streamed_s = duration_ns / 1e9 - span.ttft_ms / 1e3
        if span.output_tokens and span.output_tokens > 1 and streamed_s > 0 and status != LOST:
            each_ms = 1e3 * streamed_s / (span.output_tokens - 1)
            timing.append(f"{1e3 / each_ms:,.1f} tokens/s, {format.milliseconds(each_ms)} each")
    if timing:
        document.fact("took", " · ".join(timing))
    if time_in_words:
        document.fact("time", time_in_words)
    offset_ns = span.start_ns - trace_start_ns
    into = f" · {format.duration(offset_ns)} into the trace" if offset_ns else ""
    document.fact("started", format.timestamp(span.start_ns, utc=utc) + into)
    tokens = [
        f"{count:,} {name}"
        for count, name in (
            (span.input_tokens, "in"),
            (span.output_tokens, "out"),
            (span.cache_read_tokens, "from cache"),
            (span.cache_write_tokens, "to cache"),
            (span.reasoning_tokens, "reasoning"),
        )
        if count is not None
    ]
    if span.chunk_count:
        tokens.append(f"{span.chunk_count:,} chunks")
    if tokens:
        document.fact("tokens", " · ".join(tokens))
    if span.cost_usd is not None:
        source = " · computed from tokens" if detail is not None and not is_cost_given(detail.attributes) else ""
        if calls := span.unpriced_tool_calls:
            fees = "the fee of a tool call" if calls == 1 else f"the fees of {calls:,} tool calls"
            source += f", without {fees} of the provider"
        sign = "≥" if span.unpriced_tool_calls and span.cost_usd >= 0.0001 else ""
        document.fact("cost", sign + format.cost(span.cost_usd) + source)
    elif span.answer_id is not None and span.answer_is_elsewhere:
        document.fact("cost", "in another span, which has the answer")
    elif (span.kind in MODEL_CALLS or span.answer_id is not None) and lacks_price(
        *(span.input_tokens, span.output_tokens, None, span.kind, span.status, span.model, span.ttft_ms),
        *(span.answer_id, span.answer_is_elsewhere),
    ):
        document.fact("cost", "not known: the call has no price")


def _exception(document: Document, attributes: Any) -> None:
    found = attributes if isinstance(attributes, Mapping) else {}
    kind = str(found.get("exception.type") or "Exception")
    message = str(found.get("exception.message") or "")
    document.heading("Exception")
    number = len(document.values)
    document.values.append(Value("exception", f"{kind}: {message}"))
    texts = split_text(message)
    document.lines.append(Line(safe_lines(next(texts))[0], "plain", 0, safe_line(kind) + ": ", "error", value=number))
    document.lines.extend(
        preview_lines((Line(safe_lines(text)[0], "plain", 2, value=number) for text in texts), number, None)
    )
    stack = found.get("exception.stacktrace")
    if isinstance(stack, str) and stack.strip():
        number = len(document.values)
        document.values.append(Value("stack trace", stack))
        document.lines.extend(preview_lines(_stack_lines(stack.strip("\n"), number), number, len(stack)))


def _stack_lines(stack: str, number: int) -> Iterator[Line]:
    for source in split_text(stack):
        text = safe_lines(source)[0]
        # The lines of source stand out between the places they come from.
        stripped = text.lstrip(" ")
        is_place = stripped.startswith(("File ", "Traceback", "During handling", "The above exception"))
        is_mark = bool(stripped) and not stripped.strip("^~ ")
        indent = len(text) - len(stripped)
        yield Line(stripped, "dim" if is_place or is_mark else "plain", min(indent, 8), value=number)


def _event_lines(document: Document, events: list[Mapping[str, Any]], start_ns: int) -> None:
    shown = [event for event in events if event.get("name") != "exception"]
    if not shown:
        return
    document.heading("Events", str(len(shown)))
    for event in shown:
        number = len(document.values)
        document.values.append(Value("event", dict(event)))
        time_ns = event.get("time_ns")
        offset = "+" + format.duration(time_ns - start_ns) if isinstance(time_ns, int) else ""
        document.lines.append(
            Line(safe_line(str(event.get("name", ""))), "plain", 0, f"{offset:>9}  ", "dim", 11, number)
        )
        attributes = event.get("attributes")
        if isinstance(attributes, Mapping) and attributes:
            document.lines.extend(preview_lines(value_lines(attributes, indent=11, number=number), number, None))

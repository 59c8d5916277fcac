"""Trace files to look at: a shop's assistant with retrieval, tools, streams, errors and spans that still run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.builders import EPOCH_NS, BuiltSpan, BuiltTrace, TraceFile, at_ms

NOW_NS = EPOCH_NS + 95_000_000_000
"""The clock of tests that look at the sample: 95 s after its first trace."""

QUESTIONS = (
    "How long do I have to return the headphones I bought in May?",
    "Which of your laptops has the longest battery life?",
    "Where is my order 40017?",
    "Can I pay in three instalments, and what does it cost me?",
    "Does the coffee machine come with a grinder?",
    "我可以在中国收到这个包裹吗？",
)

ANSWER = (
    "You can return headphones within 30 days of delivery.\n\n"
    "1. Open **My orders** and choose *Return*.\n"
    "2. Print the label, or show the code at the counter.\n"
    "3. The money is back within 5 working days.\n\n"
    "Opened in-ear models are excluded for hygiene reasons."
)

STACK = """Traceback (most recent call last):
  File "/srv/shop/orders.py", line 88, in order_status
    response = client.get(f"/orders/{number}", timeout=2.0)
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/shop/http.py", line 31, in get
    raise TimeoutError("orders-api did not answer within 2.0 s")
TimeoutError: orders-api did not answer within 2.0 s
"""


def shop(path: Path) -> TraceFile:
    """Nine traces of one service: seven ended, of which one failed and one was cancelled, and two that still run."""
    file = TraceFile(path)
    process = file.process(
        service="shop-assistant", command="uvicorn shop.app:app", pid=4242, host="shop-1", heartbeat_ns=NOW_NS
    )
    gone = file.process(pid=17, host="shop-1", service="nightly-eval", command="python eval.py", ended_ns=at_ms(42_000))
    for number in range(5):
        if number == 4:
            _lost(file, gone)
        _answered(file, process, number)
    _failed(file, process)
    _cancelled(file, process)
    _running(file, process)
    return file


def _trace(file: TraceFile, process: int, number: int, start_ms: float, **columns: Any) -> BuiltTrace:
    question = QUESTIONS[number % len(QUESTIONS)]
    return file.trace(
        "POST /chat",
        process=process,
        start_ms=start_ms,
        **{
            "kind": "CHAIN",
            "session_id": f"s-{40 + number // 2}",
            "user_id": f"u{number}",
            "model": "gpt-4o-mini",
            "request_preview": question,
        }
        | columns,
    )


def _answered(file: TraceFile, process: int, number: int) -> None:
    start_ms = number * 9_000.0
    ttft_ms = 180.0 + 140 * number
    length_ms = 2_400.0 + 310 * number
    question = QUESTIONS[number]
    trace = _trace(
        file,
        process,
        number,
        start_ms,
        response_preview=ANSWER[:60].replace("\n", " "),
        input_tokens=1_240 + 90 * number,
        output_tokens=318 + 11 * number,
        cost_usd=0.0042 * (number + 1),
        calls_without_price=1,  # the embedding
        ttft_ms=ttft_ms,
    )
    root = trace.span("POST /chat", kind="CHAIN", end_ms=length_ms, attributes={"http.status_code": 200})
    agent = trace.span("shop assistant", parent=root, kind="AGENT", start_ms=4, end_ms=length_ms - 3)
    found = trace.span("find passages", parent=agent, kind="RETRIEVER", start_ms=9, end_ms=312)
    trace.span(
        "embed question",
        parent=found,
        kind="EMBEDDING",
        start_ms=12,
        end_ms=96,
        model="text-embedding-3-small",
        input_tokens=14,
        attributes={"embedding.dimensions": 1536},
    )
    trace.span(
        "vector search",
        parent=found,
        start_ms=99,
        end_ms=305,
        inputs={"k": 4, "index": "handbook"},
        outputs=[{"id": f"returns-{n}", "score": round(0.91 - n / 20, 3), "text": ANSWER} for n in range(4)],
    )
    trace.span("rerank", parent=agent, kind="RERANKER", start_ms=318, end_ms=402)
    trace.span("order_status", parent=agent, kind="TOOL", start_ms=410, end_ms=498, inputs={"number": 40017})
    llm(trace, agent, 510, length_ms - 20, question, ttft_ms=ttft_ms, number=number)
    trace.span("moderate", parent=agent, kind="GUARDRAIL", start_ms=length_ms - 18, end_ms=length_ms - 5)


def llm(
    trace: BuiltTrace,
    parent: BuiltSpan,
    start_ms: float,
    end_ms: float | None,
    question: str,
    *,
    ttft_ms: float,
    number: int = 0,
) -> BuiltSpan:
    """A streamed model call."""
    return trace.span(
        "chat.completions",
        parent=parent,
        kind="LLM",
        start_ms=start_ms,
        end_ms=end_ms,
        model="gpt-4o-mini",
        provider="openai",
        input_tokens=1_240 + 90 * number,
        output_tokens=318 + 11 * number if end_ms is not None else None,
        cache_read_tokens=1_024,
        cost_usd=0.0042 * (number + 1) if end_ms is not None else None,
        ttft_ms=ttft_ms,
        chunk_count=214,
        inputs={
            "model": "gpt-4o-mini",
            "temperature": 0.2,
            "stream": True,
            "messages": [
                {"role": "system", "content": "You answer customers of a shop.\nUse only the passages you are given."},
                {"role": "user", "content": question},
            ],
        },
        outputs={"role": "assistant", "content": ANSWER, "finish_reason": "stop"},
        attributes={
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.usage.input_tokens": 1_240 + 90 * number,
            "gen_ai.request.temperature": 0.2,
            "gen_ai.request.stream": True,
            "llm.ttft_ms": ttft_ms,
            "shop.tenant": "eu-1",
            "shop.flags": {"beta": False, "variants": ["short", "cited"]},
        },
        events=[
            {"name": "first_token", "time_ns": at_ms(trace.start_ms + start_ms + ttft_ms), "attributes": {}},
            {
                "name": "retry",
                "time_ns": at_ms(trace.start_ms + start_ms + 90),
                "attributes": {"attempt": 1, "reason": "HTTP 429", "wait_ms": 80},
            },
        ],
    )


def _failed(file: TraceFile, process: int) -> None:
    message = "orders-api did not answer within 2.0 s"
    trace = _trace(file, process, 2, 48_000, status_message=f"TimeoutError: {message}", input_tokens=903)
    root = trace.span(
        "POST /chat", kind="CHAIN", end_ms=2_260, status="ERROR", status_message=f"TimeoutError: {message}"
    )
    agent = trace.span("shop assistant", parent=root, kind="AGENT", start_ms=3, end_ms=2_251, status="ERROR")
    trace.span("find passages", parent=agent, kind="RETRIEVER", start_ms=8, end_ms=210)
    trace.span(
        "order_status",
        parent=agent,
        kind="TOOL",
        start_ms=231,
        end_ms=2_240,
        status="ERROR",
        status_message=message,
        inputs={"number": 40017, "customer": "c-1182"},
        attributes={"http.url": "http://orders-api/orders/40017", "retry.count": 0},
        events=[
            {
                "name": "exception",
                "time_ns": at_ms(50_240),
                "attributes": {
                    "exception.type": "TimeoutError",
                    "exception.message": message,
                    "exception.stacktrace": STACK,
                },
            }
        ],
    )


def _cancelled(file: TraceFile, process: int) -> None:
    trace = _trace(file, process, 3, 57_000, response_preview="You can pay in three")
    root = trace.span("POST /chat", kind="CHAIN", end_ms=1_130, status="CANCELLED")
    trace.span("chat.completions", parent=root, kind="LLM", start_ms=40, end_ms=1_120, status="CANCELLED", ttft_ms=420)


def _lost(file: TraceFile, process: int) -> None:
    trace = file.trace("evaluate answers", process=process, start_ms=30_000, kind="EVALUATOR", model="gpt-4o")
    root = trace.span("evaluate answers", kind="EVALUATOR", end_ms=None)
    trace.span("judge", parent=root, kind="LLM", start_ms=40, end_ms=8_100, model="gpt-4o", ttft_ms=900)
    trace.span("judge", parent=root, kind="LLM", start_ms=8_110, end_ms=None, model="gpt-4o", ttft_ms=1_450)


def _running(file: TraceFile, process: int) -> None:
    for number, start_ms in ((4, 88_000.0), (5, 92_500.0)):
        trace = _trace(file, process, number, start_ms, ttft_ms=640.0 if number == 4 else None)
        root = trace.span("POST /chat", kind="CHAIN", end_ms=None)
        agent = trace.span("shop assistant", parent=root, kind="AGENT", start_ms=4, end_ms=None)
        trace.span("find passages", parent=agent, kind="RETRIEVER", start_ms=9, end_ms=402)
        if number == 4:
            llm(trace, agent, 510, None, QUESTIONS[number], ttft_ms=640, number=number)
        else:
            trace.span("rerank", parent=agent, kind="RERANKER", start_ms=420, end_ms=None)


def wide_trace(path: Path, spans: int = 100_000) -> TraceFile:
    """One trace of many spans: loops of an agent, three levels deep."""
    file = TraceFile(path)
    process = file.process()
    file.connection.execute("BEGIN")
    trace = file.trace("crawl", process=process, status="OK", end_ns=at_ms(spans), span_count=spans)
    names = ("fetch page", "parse", "summarise", "store")
    rows = []
    for number in range(spans):
        parent = None if number == 0 else 1 if number % 10 == 1 else number - (number - 1) % 10
        name = "crawl" if number == 0 else f"step {number // 10}" if number % 10 == 1 else names[number % 4]
        start_ns = at_ms(number)
        end_ns = at_ms(spans if number == 0 else number + 9 if number % 10 == 1 else number + 1)
        rows.append(
            (number + 1, trace.id, process, number + 1, parent, name, "TOOL", start_ns, end_ns, "OK", number + 1)
        )
    _insert_spans(file, rows)
    file.connection.execute("UPDATE sequence SET span = ?, rev = rev + ?", (spans, spans))
    file.connection.execute("COMMIT")
    return file


def many_traces(path: Path, traces: int = 100_000, spans_each: int = 10) -> TraceFile:
    """Many small traces, as weeks of use leave them; every eighth has a slow first token, in `llm.ttft_ms`."""
    file = TraceFile(path)
    process = file.process()
    file.connection.execute("BEGIN")
    key = file.key("llm.ttft_ms")
    trace_rows, span_rows, values = [], [], []
    for number in range(traces):
        start_ns = EPOCH_NS - (traces - number) * 1_000_000_000
        ttft_ms = float(80 + number * 37 % 480)
        status = "ERROR" if number % 50 == 0 else "OK"
        trace_rows.append(
            (
                number + 1,
                (0xB000_0000_0000_0000_0000_0000_0000_0000 + number).to_bytes(16, "big"),
                process,
                number * spans_each + 1,
                "POST /chat",
                "CHAIN",
                start_ns,
                start_ns + 900_000_000,
                status,
                spans_each,
                0,
                int(status == "ERROR"),
                f"s-{number // 4}",
                "gpt-4o-mini",
                900 + number % 700,
                100 + number % 300,
                0.0011,
                ttft_ms,
                QUESTIONS[number % 5],
                number + 1,
            )
        )
        for step in range(spans_each):
            id = number * spans_each + step + 1
            parent = None if step == 0 else number * spans_each + 1
            span_rows.append(
                (
                    id,
                    number + 1,
                    process,
                    id,
                    parent,
                    f"step {step}" if step else "POST /chat",
                    "LLM" if step == 3 else "CHAIN",
                    start_ns + step * 80_000_000,
                    start_ns + (900 if not step else step * 80 + 75) * 1_000_000,
                    status if step == 0 else "OK",
                    id,
                )
            )
            if step == 3:
                values.append((key, id, ttft_ms if number % 8 else ttft_ms + 500, None))
    file.connection.executemany(
        "INSERT INTO trace (id, trace_id, process, root, name, kind, start_ns, end_ns, status, span_count, open_count,"
        " error_count, session_id, model, input_tokens, output_tokens, cost_usd, ttft_ms, request_preview, rev)"
        f" VALUES ({', '.join('?' * 20)})",
        trace_rows,
    )
    _insert_spans(file, span_rows)
    file.connection.execute("UPDATE span SET attr_keys = ? WHERE id % ? = 4", (json.dumps([key]), spans_each))
    file.connection.executemany("INSERT INTO attr VALUES (?, ?, ?, ?)", values)
    file.connection.execute("UPDATE attr_key SET span_count = ?", (len(values),))
    total = traces * spans_each
    file.connection.execute("UPDATE sequence SET trace = ?, span = ?, rev = ?", (traces, total, total + traces + 10))
    file.connection.execute("COMMIT")
    return file


def _insert_spans(file: TraceFile, rows: list[tuple[Any, ...]]) -> None:
    file.connection.executemany(
        "INSERT INTO span (id, trace, process, span_id, parent_id, name, kind, start_ns, end_ns, status, rev)"
        f" VALUES ({', '.join('?' * 11)})",
        rows,
    )

"""Makes a trace file of any size through the real writer: agents that retrieve, call tools and three models.

python -m tests.bench.million_file FILE [SPANS]
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tracetui.store.file.process import Process
from tracetui.store.model.rows import ERROR, OK, SpanRecord, TraceRecord
from tracetui.store.text.json_text import encode
from tracetui.store.write.writer import Writer

SPANS_PER_TRACE = 10
_BATCH_SPANS = 4_000
_MS = 1_000_000

_MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet", "claude-haiku")
_TOOLS = ("search_orders", "get_weather", "run_sql", "send_mail")
_QUESTIONS = (
    "Where is my order?",
    "What does the contract say about notice periods?",
    "Plan three days in Lisbon",
    "Why did my build fail?",
    "Summarise the meeting of Tuesday",
)


def write(path: Path, traces: int, *, seed: int = 1) -> None:
    """Write `traces` traces of ten ended spans into a new file at `path`; the newest ended a minute ago.

    The question of each trace begins with its number, from 1: `#17 Where ...`.
    """
    now_ns = time.time_ns()
    writer = Writer(path, Process(os.getpid(), "bench", "bench", "bench", "3", now_ns))
    chance = random.Random(seed)
    spans = _spans(chance, traces, now_ns - 60_000 * _MS)
    while batch := list(islice(spans, _BATCH_SPANS)):
        writer.write(batch)
    writer.heartbeat(now_ns, 0, 0, ended=True)
    writer.close()


def _spans(chance: random.Random, traces: int, last_start_ns: int) -> Iterator[SpanRecord]:
    for number in range(1, traces + 1):
        yield from _trace(chance, number, last_start_ns - (traces - number) * 900 * _MS)


def _trace(chance: random.Random, number: int, start_ns: int) -> list[SpanRecord]:
    trace = TraceRecord(chance.getrandbits(128).to_bytes(16, "big"), maybe_in_file=False)
    question = f"#{number} {chance.choice(_QUESTIONS)}"
    root = _span(chance, trace, None, "answer", "AGENT", start_ns)
    root.inputs_json = encode({"question": question})
    root.attribute_values = {
        "session.id": f"s-{number // 4}",
        "user.id": f"u-{chance.randrange(2_000)}",
        "app.version": "1.4.2",
    }
    spans = []
    at_ns = start_ns + 2 * _MS
    for _ in range(3):
        step = _span(chance, trace, root, "step", "CHAIN", at_ns)
        llm = _span(chance, trace, step, "chat", "LLM", at_ns + _MS)
        ttft_ms = round(chance.lognormvariate(5.4, 0.7), 1)
        output_tokens = chance.randint(20, 600)
        llm.end_ns = llm.start_ns + int((ttft_ms + output_tokens * 8) * _MS)
        llm.inputs_json = encode([{"role": "user", "content": question}])
        llm.outputs_json = encode(f"An answer of {output_tokens} tokens.")
        llm.attribute_values = {
            "llm.model": chance.choice(_MODELS),
            "llm.ttft_ms": ttft_ms,
            "llm.chunk_count": output_tokens // 4 + 1,
            "llm.usage.input_tokens": chance.randint(200, 8_000),
            "llm.usage.output_tokens": output_tokens,
            "llm.temperature": 0.2,
        }
        tool = _span(chance, trace, step, chance.choice(_TOOLS), "TOOL", llm.end_ns + _MS)
        tool.end_ns = tool.start_ns + int(chance.expovariate(1 / 80) * _MS)
        tool.attribute_values = {"tool.name": tool.name, "tool.retries": 0, "tool.cached": chance.random() < 0.3}
        if chance.random() < 0.01:
            tool.status_code, tool.status_message = ERROR, "TimeoutError: the tool did not answer"
        at_ns = tool.end_ns + _MS
        step.end_ns = at_ns
        spans += [llm, tool, step]
    root.end_ns = at_ns + _MS
    root.outputs_json = encode("Done.")
    spans.append(root)
    return spans


def _span(
    chance: random.Random, trace: TraceRecord, parent: SpanRecord | None, name: str, kind: str, start_ns: int
) -> SpanRecord:
    span = SpanRecord()
    span.trace = trace
    span.span_key = chance.getrandbits(63) or 1
    span.parent_key = None if parent is None else parent.span_key
    span.is_entry = parent is None
    span.name, span.kind, span.start_ns = name, kind, start_ns
    span.end_ns = None
    span.status_code, span.status_message = OK, None
    span.thread = 1
    span.attribute_values = {}
    span.inputs_json = span.outputs_json = None
    return span


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2] if len(sys.argv) > 2 else 1_000_000) // SPANS_PER_TRACE)

"""Trace files of requests that are slow for a known cause, written by the real writer."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

from tracetui.store.file.process import Process
from tracetui.store.model.rows import ERROR, OK, SpanRecord, TraceRecord
from tracetui.store.write.writer import Writer

_MS = 1_000_000
START_NS = 1_767_323_045_000_000_000


class Requests:
    """Writes requests: a search, which may be tried again, and the call of a model. A request takes about a second."""

    def __init__(self, path: Path, seed: int, causes: frozenset[str]) -> None:
        self._writer = Writer(path, Process(os.getpid(), "host", "shop", "python shop.py", "3.11", time.time_ns()))
        self._chance = random.Random(seed)
        self._causes = causes

    def write(self, count: int) -> None:
        """Write so many requests, and close the file."""
        spans = []
        for number in range(count):
            spans += self._request(START_NS + number * 5_000 * _MS)
        self._writer.write(spans)
        self._writer.heartbeat(time.time_ns(), 0, 0, ended=True)
        self._writer.close()

    def _request(self, start_ns: int) -> list[SpanRecord]:
        chance, causes = self._chance, self._causes
        trace = TraceRecord(chance.getrandbits(128).to_bytes(16, "big"), maybe_in_file=False)
        tenant = chance.choice(["acme", "bolt", "cara", "dorn", "ella"])
        trace.tags = {"tenant": tenant, "lot": str(chance.randrange(4)), "region": chance.choice(["eu", "us"])}
        trace.session_id = f"s-{chance.getrandbits(32):x}"
        root = self._span(trace, None, "POST /ask", "CHAIN", start_ns)
        root.attribute_values = {"app.plan": chance.choice(["free", "paid"]), "app.beta": chance.random() < 0.3}
        spans, at_ns = [root], start_ns + 2 * _MS
        failures = chance.randint(2, 4) if "retry" in causes and chance.random() < 0.3 else 0
        for attempt in range(failures + 1):
            search = self._span(trace, root, "search", "TOOL", at_ns)
            at_ns = search.end_ns = at_ns + int((800 if attempt < failures else chance.uniform(50, 150)) * _MS)
            if attempt < failures:
                search.status_code, search.status_message = ERROR, f"TimeoutError: no answer after {attempt + 800} ms"
            search.attribute_values = {"search.k": chance.choice([5, 10])}
            spans.append(search)
        model = chance.choice(["small", "medium", "large"])
        input_tokens = chance.randint(200, 900) * (12 if "tenant" in causes and tenant == "acme" else 1)
        output_tokens = chance.randint(30, 90)
        ttft_ms = 100 + input_tokens * 0.3
        token_ms = 5 * (10 if "model" in causes and model == "large" else 1)
        chat = self._span(trace, root, f"chat {model}", "LLM", at_ns)
        at_ns = chat.end_ns = at_ns + int((ttft_ms + output_tokens * token_ms) * _MS)
        chat.attribute_values = {
            "gen_ai.request.model": model,
            "gen_ai.request.temperature": chance.choice([0.0, 0.7]),
            "gen_ai.usage.input_tokens": input_tokens,
            "gen_ai.usage.output_tokens": output_tokens,
            "llm.ttft_ms": ttft_ms,
        }
        spans.append(chat)
        root.end_ns = at_ns + 2 * _MS
        return [*spans[1:], root]

    def _span(self, trace: TraceRecord, parent: SpanRecord | None, name: str, kind: str, start_ns: int) -> SpanRecord:
        span = SpanRecord()
        span.trace = trace
        span.span_key = self._chance.getrandbits(63) or 1
        span.parent_key = None if parent is None else parent.span_key
        span.is_entry = parent is None
        span.name, span.kind, span.start_ns, span.end_ns = name, kind, start_ns, None
        span.status_code, span.status_message, span.thread = OK, None, 1
        span.attribute_values = dict[str, Any]()
        span.inputs_json = span.outputs_json = None
        return span

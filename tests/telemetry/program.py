"""A program with a telemetry of its own, run once per way of putting the tracer beside it.

    python -m tests.telemetry.program VENDOR FOLDER [WAY ...]

The telemetry is imported once; each way then runs in a fork, and says in FOLDER/WAY.json what the telemetry exported.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.clients.wire import serving
from tests.telemetry.vendors import VENDORS, PlainSdk

ALONE, ALONE_SAMPLED_OUT = "alone", "alone, sampled out"
BEFORE_US, AFTER_US, BY_HAND = "before autolog", "after autolog", "by hand"
SAMPLED_OUT = "sampled out"
RUN = "run"
HEADERS = ("traceparent", "tracestate", "baggage")
CALLER = "0af7651916cd43dd8448eb211c80319c"
"""The trace that the second request of the program goes on with."""
ON_OURS = "on our provider"
FORKED = (ALONE, ALONE_SAMPLED_OUT, BEFORE_US, AFTER_US, BY_HAND, SAMPLED_OUT, ON_OURS)


def set_up(vendor: PlainSdk, way: str) -> None:
    """Start the telemetry and the tracer, as the way says."""
    if way == AFTER_US:
        _tracer().autolog("openai")
    if way == ON_OURS:
        from opentelemetry import trace

        from tracetui.tracer.otel import TracerProvider

        provider = TracerProvider()
        trace.set_tracer_provider(provider)
        vendor.join(provider)
    else:
        vendor.start(0.0 if way in (SAMPLED_OUT, ALONE_SAMPLED_OUT) else 1.0)
    if way in (BEFORE_US, SAMPLED_OUT):
        _tracer().autolog("openai")
    if way == BY_HAND:
        from tracetui.tracer.otel import SpanProcessor

        vendor.provider().add_span_processor(SpanProcessor())


def work(vendor: PlainSdk, client: Any, trace: Callable[[Any], Any], url: str, flags: str) -> None:
    """A trace whose root is the telemetry's, one that goes on with a caller's, and one whose root is `@trace`."""
    import httpx
    from opentelemetry import context, propagate

    @trace
    def ask() -> None:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
        httpx.post(url, json={"model": "gpt-4o", "messages": []})

    @trace
    def job() -> None:
        with vendor.span("step"):
            ask()

    with vendor.span("request"):
        job()
    came = {"traceparent": f"00-{CALLER}-b7ad6b7169203331-{flags}", "tracestate": "caller=1", "baggage": "user=ada"}
    token = context.attach(propagate.extract(came))
    with vendor.span("handler"):
        job()
    context.detach(token)
    job()


def run(name: str, way: str, folder: Path) -> None:
    """Run the program one way, and write down what the telemetry exported and which headers were sent."""
    vendor = VENDORS[name]()
    is_alone = way in (ALONE, ALONE_SAMPLED_OUT)
    if not is_alone and way != RUN:
        os.environ["TRACETUI_DB"] = str(folder / f"{way}.db")
    set_up(vendor, way)
    _instrument_httpx()
    with serving() as wire:
        client = vendor.client(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)
        where = f"{wire.url}/v1/chat/completions", "00" if way in (SAMPLED_OUT, ALONE_SAMPLED_OUT) else "01"
        if is_alone:
            work(vendor, client, lambda function: function, *where)
            assert "tracetui.tracer" not in sys.modules
        else:
            work(vendor, client, _tracer().trace, *where)
            assert _tracer().flush()
        vendor.flush()
        headers = [{name: request["headers"].get(name) for name in HEADERS} for request in wire.requests]
    spans = [_exported(span) for span in vendor.exporter.get_finished_spans()]
    (folder / f"{way}.json").write_text(json.dumps({"spans": spans, "headers": headers}))


def _instrument_httpx() -> None:
    """As the program does it, for whichever provider is the global one."""
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

    HTTPXClientInstrumentor().instrument()


def _tracer() -> Any:
    from tracetui import tracer

    return tracer


def _exported(span: Any) -> dict[str, Any]:
    return {
        "name": span.name,
        "id": span.context.span_id,
        "parent": span.parent and span.parent.span_id,
        "trace": span.context.trace_id,
        "kind": span.kind.name,
        "status": span.status.status_code.name,
        "scope": span.instrumentation_scope.name,
        "attributes": sorted(span.attributes or {}),
        "events": [event.name for event in span.events],
        "links": len(span.links),
        "resource": sorted(span.resource.attributes),
    }


def main(name: str, folder: str, *ways: str) -> None:
    """Run each way in a process of its own."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    vendor = VENDORS[name]
    kind: Any = vendor
    os.environ.update(kind.variables)
    for module in (*kind.modules, "openai.resources.chat"):
        importlib.import_module(module)
    for way in ways:
        if len(ways) == 1 or (child := os.fork()) == 0:
            try:
                run(name, way, Path(folder))
                status = 0
            except BaseException:
                traceback.print_exc()
                status = 1
            sys.stderr.flush()
            os._exit(status)  # exporters without a server would be waited for
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])

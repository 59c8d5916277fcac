"""`autolog(..., traceparent=True)`: requests of recorded clients carry the `traceparent` of the span they belong to.

A gateway or a model server that traces then continues the trace. The clients of OpenAI, Anthropic, Groq, Mistral and
Gemini send by httpx or by httpx2, so the header is added there. Nothing is sent by default: providers elsewhere would
learn the ids of traces.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .. import guard
from ..spans.propagation import get_tracing_context_headers_for_http_request

_LIBRARIES = ("httpx", "httpx2")

_is_wanted = False


def send(wanted: bool = True) -> None:
    """Add the headers from now on, or stop; whether the program has imported httpx already or will."""
    global _is_wanted
    if wanted and not _is_wanted:
        from wrapt import register_post_import_hook

        for library in _LIBRARIES:
            register_post_import_hook(_wrap, library)
    _is_wanted = wanted


def _wrap(httpx: ModuleType) -> None:
    for client in (httpx.Client, httpx.AsyncClient):
        if not hasattr(client.send, "_tracetui_adds_headers"):
            client.send = _adding(client.send)


def _adding(send: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send)
    def sending(client: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        if _is_wanted:
            _add(request)
        return send(client, request, *args, **kwargs)

    sending._tracetui_adds_headers = True  # type: ignore[attr-defined]
    return sending


def _add(request: Any) -> None:
    try:
        for name, value in get_tracing_context_headers_for_http_request().items():
            request.headers.setdefault(name, value)  # a header of the program or of another instrumentor stays
    except Exception:
        guard.fault("adding traceparent to a request")

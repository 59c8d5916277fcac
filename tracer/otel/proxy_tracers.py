"""Tracers of the OpenTelemetry API while no provider is set: they record here, until the program sets a provider.

Libraries that call the API themselves (FastMCP, Pydantic AI, ...) ask for a tracer when they are imported. The API's
global provider stays unset: a program may set its own provider later, which then starts the spans.
"""

from __future__ import annotations

from typing import Any

from opentelemetry import trace as api

from .private_names import (
    arguments_of,
    has_no_provider,
    proxy_provider,
    replace_proxied_tracers,
    set_proxy_provider,
)
from .provider import TracerProvider


class RecordingProxyProvider(api.ProxyTracerProvider):
    """The API's provider while none is set and spans are recorded here.

    Vendors find a `ProxyTracerProvider`, and set their own provider. Libraries such as FastAPI find another object than
    the API's own, which records nothing, and begin spans.
    """


class _State:
    is_patched = False
    provider: TracerProvider | None = None
    recording = RecordingProxyProvider()
    original = proxy_provider()


def record_with(provider: TracerProvider | None) -> None:
    """Let tracers of no provider start spans of `provider`; with None they do nothing again."""
    _State.provider = provider
    set_proxy_provider(_State.original if provider is None else _State.recording)
    if not _State.is_patched and provider is not None:
        _State.is_patched = True
        replace_proxied_tracers(_tracer_of)


def _tracer_of(proxy: Any, found: api.Tracer) -> api.Tracer:
    """The tracer of a proxy: `found`, or one that records where `found` does nothing."""
    if _State.provider is None or type(found) is not api.NoOpTracer or not has_no_provider(proxy, found):
        return found
    ours: api.Tracer | None = proxy.__dict__.get("tracetui_tracer")
    if ours is None:
        ours = proxy.tracetui_tracer = _State.provider.get_tracer(*arguments_of(proxy))
    return ours

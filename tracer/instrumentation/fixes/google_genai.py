"""OpenInference's instrumentor for Google's Gen AI: the measures of streams, and interactions that are read.

The client returns generators, not streams of a class that could be watched; the instrumentor's proxy has the chunks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ....store.conventions.otel_names import KIND
from .calls_without_model import Attributes, ReadRequest, counted, of_no_model
from .patch import patch
from .stream_meter import measure_proxies

_PACKAGE = "openinference.instrumentation.google_genai"


def fix() -> None:
    """Patch the instrumentor."""
    measure_proxies(f"{_PACKAGE}._stream", "_Stream")
    patch(f"{_PACKAGE}._wrappers", "_Stream", _returning_iterators)
    patch(f"{_PACKAGE}._wrappers", "get_attributes_from_get_request", _of_a_read_request)
    for module in ("_wrappers", "_interactions_stream"):
        patch(f"{_PACKAGE}.{module}", "get_attributes_from_response", _counting_once)


def _returning_iterators(proxy: Any) -> Any:
    """Return the iterator of a proxy, as the client does: `next(proxy)` fails."""

    def iterator(stream: Any, *args: Any, **kwargs: Any) -> Any:
        proxied = proxy(stream, *args, **kwargs)
        return aiter(proxied) if hasattr(stream, "__anext__") else iter(proxied)

    return iterator


def _of_a_read_request(describe: Any) -> Any:
    def described(*args: Any, **kwargs: Any) -> Attributes:
        yield KIND, ReadRequest.kind
        yield from describe(*args, **kwargs)

    return described


def _counting_once(describe: Any) -> Any:
    def described(request_parameters: Any, response: Any) -> dict[str, Any]:
        is_read = "input" not in request_parameters
        attributes: Iterable[tuple[str, Any]] = describe(request_parameters, response).items()
        if is_read:
            attributes = of_no_model(attributes, ReadRequest.kind)
        return dict(counted(attributes, response, is_read=is_read))

    return described

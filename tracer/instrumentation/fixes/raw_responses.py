"""Raw and streaming responses of the clients of OpenAI, Anthropic and Groq, in the spans of their instrumentors.

The instrumentors parse a body before the program has read it, or record the response object in place of the answer. So
the body is measured while the program reads it, and its span ends with it.
"""

from __future__ import annotations

import gc
from types import FunctionType, MethodType
from typing import Any

from ....store.conventions.otel_names import SCOPE_NAME
from ... import guard
from ...otel.model_call import is_model_call
from ...spans.current import current_span
from ...spans.span import Span
from ...streams import gateway_cost
from ...streams.body_meter import BodyMeter
from ...streams.followed_response import content_type, follow, is_followed
from .patch import after, patch

_CLASSES = (("_response", "BaseAPIResponse"), ("_legacy_response", "LegacyAPIResponse"))
"""Modules of a client, and the classes in them that hold a response; some clients have one of the two."""

_RAW = "x-stainless-raw-response"
"""The header of a request whose caller is to have the response itself."""


def measure(client: str) -> None:
    """Measure the raw responses of a client that has been instrumented."""

    def measure_body(raw: Any, /, *_: Any, **__: Any) -> None:
        span = current_span()
        if (
            type(span) is Span
            and span.stream is None
            and span.end_ns is None
            and span.attribute_values.get(SCOPE_NAME) == f"openinference.instrumentation.{client}"
            and is_model_call(span)
        ):
            response = raw.http_response
            gateway_cost.keep(span, response)
            if response.request.headers.get(_RAW) and not is_followed(response):
                follow(response, BodyMeter(span, content_type(response), ends_span=False))

    for module, name in _CLASSES:
        patch(f"{client}.{module}", f"{name}.__init__", after(measure_body, "measuring a raw response"))


def renew(client: str) -> None:
    """Let functions of `with_raw_response` that were made before their client was instrumented call it as it is now.

    Such an object makes its functions once, of the methods that the client had then, and a program may keep one.
    """
    resources = f"{client}.resources."
    for made in gc.get_objects():
        if type(made) is FunctionType and made.__closure__:
            method = getattr(made, "__wrapped__", None)
            if type(method) is MethodType and type(method.__self__).__module__.startswith(resources):
                try:
                    _renew(made, method)
                except Exception:
                    guard.fault("instrumenting raw responses")


def _renew(made: Any, method: MethodType) -> None:
    for cell in made.__closure__:
        if cell.cell_contents is method:
            cell.cell_contents = made.__wrapped__ = getattr(method.__self__, method.__name__)

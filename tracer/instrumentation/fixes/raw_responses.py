"""Raw and streaming responses of the clients of OpenAI, Anthropic and Groq, in the spans of their instrumentors.

The instrumentors parse a body before the program has read it, or record the response object in place of the answer. So
the body is measured while the program reads it, and its span ends with it.
"""

from __future__ import annotations

import gc
import sys
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

_SUFFIXES = ("WithRawResponse", "WithStreamingResponse")
"""How the names of the classes of `with_raw_response` and `with_streaming_response` end."""


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
    """Replace the functions of `with_raw_response` objects that were made before their client was instrumented.

    `client.messages.with_raw_response` makes its functions once, of the methods that the client had then.
    """
    kinds = {
        id(kind): kind
        for module_name, module in list(sys.modules.items())
        if module_name.startswith(f"{client}.resources.")
        for name, kind in list(vars(module).items())
        if name.endswith(_SUFFIXES)
    }
    for made in gc.get_objects() if kinds else ():
        if id(type(made)) in kinds:
            try:
                _renew(made, type(made))
            except Exception:
                guard.fault("instrumenting raw responses")


def _renew(made: Any, kind: Any) -> None:
    attributes = vars(made)
    resource_name = kind.__name__.removesuffix(_SUFFIXES[0]).removesuffix(_SUFFIXES[1])
    for resource in [value for value in attributes.values() if type(value).__name__ == resource_name]:
        new = vars(kind(resource))
        attributes |= {
            name: new[name] for name, value in attributes.items() if hasattr(value, "__wrapped__") and name in new
        }

"""Raw and streaming responses of the clients of OpenAI, Anthropic and Groq, in the spans of their instrumentors.

The instrumentors parse a body before the program has read it, or record the response object in place of the answer. So
the body is measured while the program reads it, and its span ends with it.
"""

from __future__ import annotations

import functools
import gc
import importlib
import sys
from typing import Any

from ... import guard
from ...otel.model_call import is_model_call
from ...otel.scope import SCOPE_NAME
from ...spans.current import current_span
from ...spans.span import Span
from ...streams import gateway_cost
from ...streams.body_meter import BodyMeter
from ...streams.followed_response import content_type, follow, is_followed

_CLASSES = (("_response", "BaseAPIResponse"), ("_legacy_response", "LegacyAPIResponse"))
"""Modules of a client, and the classes in them that hold a response."""

_RAW = "x-stainless-raw-response"
"""The header of a request whose caller is to have the response itself."""

_MARK = "_tracetui_measuring"


_SUFFIXES = ("WithRawResponse", "WithStreamingResponse")
"""What `with_raw_response` and `with_streaming_response` give is of classes that end so."""


def renew(client: str) -> None:
    """Let what a program took from a client before it was instrumented call the instrumented methods.

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
    own = vars(made)
    of = kind.__name__.removesuffix(_SUFFIXES[0]).removesuffix(_SUFFIXES[1])
    for resource in [value for value in own.values() if type(value).__name__ == of]:
        anew = vars(kind(resource))
        own |= {name: anew[name] for name, value in own.items() if hasattr(value, "__wrapped__") and name in anew}


def watch(client: str) -> None:
    """Measure the raw responses of a client that has been instrumented."""
    for module, name in _CLASSES:
        try:
            kind: Any = getattr(importlib.import_module(f"{client}.{module}"), name)
        except (ImportError, AttributeError):  # another version, or a client that has but one of them
            continue
        if _MARK not in vars(kind):
            kind.__init__ = _measuring(kind.__init__, f"openinference.instrumentation.{client}")
            setattr(kind, _MARK, True)


def _measuring(begin: Any, scope: str) -> Any:
    @functools.wraps(begin)
    def begun(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        try:
            span = current_span()
            if (
                type(span) is Span
                and span.stream is None
                and span.end_ns is None
                and span.attribute_values.get(SCOPE_NAME) == scope
                and is_model_call(span)
            ):
                gateway_cost.keep(span, self.http_response)
                _measure(span, self.http_response)
        except Exception:
            guard.fault("measuring a raw response")

    return begun


def _measure(span: Span, response: Any) -> None:
    if response.request.headers.get(_RAW) and not is_followed(response):
        follow(response, BodyMeter(span, content_type(response), ends_span=False))

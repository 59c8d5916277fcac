"""Usage objects that an instrumentor or the framework below it does not hand on whole, kept on the span of the call.

Bedrock's instrumentor keeps the message of an answer alone. Of a stream of Anthropic's, LangChain hands on the counts of
the last event, which say less than those of the first.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from .. import guard
from ..current_span import current
from ..formats.fields import fields
from ..span import Span
from ..values import snapshot

_MARK = "_tracetui_heard"
_USAGE = "llm.usage"
_SCOPE = "openinference.instrumentation.langchain"

_CONVERSE = (
    ("openinference.instrumentation.bedrock", "_get_converse_response_attributes"),
    ("openinference.instrumentation.bedrock._wrappers", "get_attributes_from_response_data"),
    ("openinference.instrumentation.bedrock._converse_stream_callback", "get_attributes_from_response_data"),
)
"""Where Bedrock's instrumentor has the function that describes an answer of Converse."""


def keep(library: str) -> None:
    """Keep the usage objects of a library that has been instrumented; nothing for one that needs no help."""
    if library == "bedrock":
        for module_name, name in _CONVERSE:
            _describe_usage(module_name, name)
    elif library == "langchain":
        from wrapt import register_post_import_hook

        register_post_import_hook(_hear_anthropic, "langchain_anthropic.chat_models")


def _describe_usage(module_name: str, name: str) -> None:
    try:
        module: Any = importlib.import_module(module_name)
        describe = getattr(module, name)
    except (ImportError, AttributeError):  # another instrumentor, or another version of it
        return
    if hasattr(describe, _MARK):
        return

    @functools.wraps(describe)
    def described(request_data: Any, response_data: Any) -> dict[str, Any]:
        attributes: dict[str, Any] = describe(request_data, response_data)
        try:
            if usage := response_data.get("usage"):
                served = response_data.get("serviceTier")
                attributes[_USAGE] = {**usage, "serviceTier": served} if served else usage
        except Exception:
            guard.fault("keeping the usage of an answer")
        return attributes

    setattr(described, _MARK, True)
    setattr(module, name, described)


def _hear_anthropic(module: Any) -> None:
    name = "_make_message_chunk_from_anthropic_event"
    owner: Any = getattr(module, "ChatAnthropic", None)
    make = getattr(owner, name, None)
    if make is None or hasattr(make, _MARK):
        return

    @functools.wraps(make)
    def made(self: Any, event: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            _take_usage(event)
        except Exception:
            guard.fault("keeping the usage of a stream")
        return make(self, event, *args, **kwargs)

    setattr(made, _MARK, True)
    setattr(owner, name, made)


def _take_usage(event: Any) -> None:
    """Add what an event counts to what those before did: the last says the output, the first how long caches last."""
    source = {"message_start": getattr(event, "message", None), "message_delta": event}.get(event.type)
    usage = getattr(source, "usage", None)
    record = current.get()
    if usage is None or type(record) is not Span or record.attribute_values.get("otel.scope.name") != _SCOPE:
        return
    counts = {key: each for key, each in snapshot(dict(fields(usage))).items() if each is not None}
    record.set_attribute(_USAGE, {**record.attribute_values.get(_USAGE, {}), **counts})

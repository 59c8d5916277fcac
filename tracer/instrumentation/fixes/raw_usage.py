"""Usage objects that an instrumentor does not hand on whole, kept on the span of the call.

Bedrock's keeps the message of an answer of Converse, and of its counts those that it has names for.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from ... import guard

_MARK = "_tracetui_heard"
_USAGE = "llm.usage"

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

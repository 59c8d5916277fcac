"""LiteLLM and OpenInference's instrumentor for it: streams that are measured, and the provider of an embedding.

The streams are iterators of a few classes, whichever provider is below. The model of a call is stored with its provider
(see `store.conventions.dialects`), which the instrumentor leaves out of the span of an embedding.
"""

from __future__ import annotations

from typing import Any

from .client_streams import measure_iterators
from .patch import after, find, patch

_STREAMS = (
    ("litellm.litellm_core_utils.streaming_handler", "CustomStreamWrapper"),
    ("litellm.responses.streaming_iterator", "ResponsesAPIStreamingIterator"),
    ("litellm.responses.streaming_iterator", "SyncResponsesAPIStreamingIterator"),
    ("litellm.responses.streaming_iterator", "MockResponsesAPIStreamingIterator"),
)

_HANDED_ON = "MockResponsesAPIStreamingIterator"
"""The stream of a whole answer, for models that LiteLLM knows not to stream: the instrumentor does not take it for a
stream, and ends its span."""

_INSTRUMENTOR = "openinference.instrumentation.litellm"


def fix() -> None:
    """Patch the client and the instrumentor."""
    for module, name in _STREAMS:
        measure_iterators(find(module, name), is_handed_on=name == _HANDED_ON)
    patch(
        _INSTRUMENTOR, "_instrument_func_type_embedding", after(_set_provider, "keeping the provider of an embedding")
    )


def _set_provider(span: Any, kwargs: Any) -> None:
    provider_of = find(_INSTRUMENTOR, "_get_oi_provider_from_litellm_model_name")
    attributes_of = find(_INSTRUMENTOR, "get_llm_provider_attributes")
    model = kwargs.get("model")
    if provider_of is not None and attributes_of is not None and isinstance(model, str):
        span.set_attributes(attributes_of(provider_of(model)))

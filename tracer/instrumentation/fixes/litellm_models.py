"""What LiteLLM's instrumentor leaves out of the span of an embedding: the provider, by which its model gets the name
that it has everywhere else (see `store.dialects`)."""

from __future__ import annotations

import functools
import importlib
from typing import Any

from ... import guard

_MARK = "_tracetui_put_right"


def put_right() -> None:
    """Tell the provider of embeddings as that of completions is told; a second time does nothing."""
    try:
        instrumentor: Any = importlib.import_module("openinference.instrumentation.litellm")
        describe, provider_of = (
            instrumentor._instrument_func_type_embedding,
            instrumentor._get_oi_provider_from_litellm_model_name,
        )
        attributes_of = instrumentor.get_llm_provider_attributes
    except (ImportError, AttributeError):  # another instrumentor, or another version of it
        return
    if hasattr(describe, _MARK):
        return

    @functools.wraps(describe)
    def described(span: Any, kwargs: Any) -> None:
        describe(span, kwargs)
        try:
            if isinstance(model := kwargs.get("model"), str):
                span.set_attributes(attributes_of(provider_of(model)))
        except Exception:
            guard.fault("telling the provider of an embedding")

    setattr(described, _MARK, True)
    instrumentor._instrument_func_type_embedding = described

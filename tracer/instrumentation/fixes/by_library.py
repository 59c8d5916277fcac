"""Which patches a library needs after it has been instrumented."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from wrapt import register_post_import_hook

from . import (
    anthropic,
    bedrock,
    google_genai,
    instrumentor_json,
    langchain,
    litellm,
    llama_index,
    mistralai,
    openai,
    openai_agents,
    raw_responses,
    smolagents,
)
from .client_streams import measure_streams

CLIENTS = frozenset({"openai", "anthropic", "groq"})
"""Clients that one generator makes: they have the same classes of streams and of raw responses."""

ABOVE_CLIENTS = frozenset({"crewai", "langchain", "openai_agents", "pydantic_ai", "smolagents"})
"""Frameworks whose span of a model call is current while one of `CLIENTS` sends the request."""

FIXES: Mapping[str, Callable[[], None]] = {
    "anthropic": anthropic.fix,
    "bedrock": bedrock.fix,
    "google_genai": google_genai.fix,
    "langchain": langchain.fix,
    "litellm": litellm.fix,
    "llama_index": llama_index.fix,
    "mistralai": mistralai.fix,
    "openai": openai.fix,
    "openai_agents": openai_agents.fix,
    "smolagents": smolagents.fix,
}
"""What patches the instrumentor of a library, and the library itself, by the name of the library."""


def fix(library: str) -> None:
    """Patch a library that has been instrumented, and its instrumentor; a second call does nothing."""
    instrumentor_json.fix()
    if library in CLIENTS:
        measure_streams(importlib.import_module(library))
        raw_responses.measure(library)
        raw_responses.renew(library)
    elif library in ABOVE_CLIENTS:
        for client in sorted(CLIENTS):
            register_post_import_hook(measure_streams, client)
    if (fix_library := FIXES.get(library)) is not None:
        fix_library()

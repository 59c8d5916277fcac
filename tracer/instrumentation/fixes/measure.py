"""What is measured and mended of each library that has been instrumented."""

from __future__ import annotations

import importlib

from wrapt import register_post_import_hook

from . import (
    calls_without_model,
    instrumentor_json,
    instrumentor_streams,
    langchain,
    litellm_models,
    llama_index,
    openai_agents,
    openai_proxies,
    raw_responses,
    raw_usage,
    smolagents,
)
from .client_streams import ABOVE_CLIENTS, CLIENTS, enter_span_with_managers, watch_client, watch_litellm


def measure(library: str) -> None:
    """Watch the streams of a library that has been instrumented; nothing for one that has none of its own."""
    if library in CLIENTS:
        watch_client(importlib.import_module(library))
        raw_responses.watch(library)
        raw_responses.renew(library)
    elif library in ABOVE_CLIENTS:
        for client in sorted(CLIENTS):
            register_post_import_hook(watch_client, client)
    instrumentor_streams.listen(library)
    instrumentor_json.keep_bytes()
    calls_without_model.put_right(library)
    raw_usage.keep(library)
    if library == "openai":
        openai_proxies.put_right()
    elif library == "litellm":
        watch_litellm()
        litellm_models.put_right()
    elif library == "smolagents":
        smolagents.put_right()
    elif library == "openai_agents":
        openai_agents.put_right()
    elif library == "llama_index":
        llama_index.put_right()
    elif library == "anthropic":
        enter_span_with_managers()
    elif library == "langchain":
        langchain.watch()

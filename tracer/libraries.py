"""The libraries that `autolog` knows by name: the module whose import it waits for, and the extra that it needs.

Any other installed instrumentor works too, under the name that it registers.
"""

from __future__ import annotations

from typing import NamedTuple

GROUPS = ("openinference_instrumentor", "opentelemetry_instrumentor")
"""The entry point groups of instrumentors; where both have one for a library, the first is used."""


class Known(NamedTuple):
    """A library that `autolog` knows."""

    module: str
    """The module that every program that uses the library imports."""
    extra: str
    """The extra of tracetui; "" where there is none."""
    instrumentor: str
    """The distribution that the extra brings."""


def _llm(name: str, module: str = "") -> Known:
    dashed = name.replace("_", "-")
    return Known(module or name, dashed, f"openinference-instrumentation-{dashed}")


def _framework(name: str, module: str = "") -> Known:
    dashed = name.replace("_", "-")
    return Known(module or name, dashed, f"opentelemetry-instrumentation-{dashed}")


KNOWN: dict[str, Known] = {
    "anthropic": _llm("anthropic"),
    "bedrock": _llm("bedrock", "boto3"),
    "crewai": _llm("crewai"),
    "dspy": _llm("dspy"),
    "google_genai": _llm("google_genai", "google.genai"),
    "groq": _llm("groq"),
    "haystack": _llm("haystack"),
    "instructor": _llm("instructor"),
    "langchain": _llm("langchain", "langchain_core"),
    "litellm": _llm("litellm"),
    "llama_index": _llm("llama_index", "llama_index.core"),
    "mcp": _llm("mcp"),
    "mistralai": _llm("mistralai", "mistralai.client"),
    "openai": _llm("openai"),
    "openai_agents": _llm("openai_agents", "agents"),
    "pydantic_ai": Known("pydantic_ai", "pydantic-ai", "wrapt"),  # it has an instrumentor of its own
    "smolagents": _llm("smolagents"),
    "aiohttp_client": _framework("aiohttp_client", "aiohttp"),
    "asyncpg": _framework("asyncpg"),
    "celery": _framework("celery"),
    "django": _framework("django"),
    "fastapi": _framework("fastapi"),
    "flask": _framework("flask"),
    "httpx": _framework("httpx"),
    "httpx2": _framework("httpx", "httpx2"),
    "psycopg": _framework("psycopg"),
    "redis": _framework("redis"),
    "requests": _framework("requests"),
    "sqlalchemy": _framework("sqlalchemy"),
    "starlette": _framework("starlette"),
    "urllib3": _framework("urllib3"),
}
"""The libraries, by the name under which the instrumentor registers."""

ALIASES = {"gemini": "google_genai", "langgraph": "langchain", "mistral": "mistralai", "llamaindex": "llama_index"}
"""MLflow's names, and others in use."""


def known(name: str) -> Known:
    """The library of that name; for an unknown one, the module and the instrumentor that its name suggests."""
    found = KNOWN.get(name)
    return found or Known(_MODULES.get(name, name), "", f"opentelemetry-instrumentation-{name.replace('_', '-')}")


_MODULES = {
    "aiohttp_server": "aiohttp",
    "autogen_agentchat": "autogen_agentchat",
    "botocore": "botocore",
    "grpc_aio_client": "grpc",
    "grpc_aio_server": "grpc",
    "grpc_client": "grpc",
    "grpc_server": "grpc",
    "kafka": "kafka",
    "urllib": "urllib.request",
}
"""The modules of instrumentors whose name is not the module's."""

LEFT_OUT = frozenset({"asyncio", "aws_lambda", "click", "logging", "sqlite3", "system_metrics", "threading"})
"""Instrumentors that `autolog()` without names does not use: they record no request of the program; that of sqlite3
would record the tracer itself."""


def canonical(name: str) -> str:
    """The name as `KNOWN` has it."""
    name = name.strip().lower().replace("-", "_")
    return ALIASES.get(name, name)

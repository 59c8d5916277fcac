"""Pydantic AI, in the shape of an instrumentor: it tells of its agents itself, to a provider that it is given."""

from __future__ import annotations

import importlib
from typing import Any


class PydanticAIInstrumentor:
    """Points the agents of this process to a provider; those with settings of their own keep them."""

    def __init__(self) -> None:
        self._agent: Any = importlib.import_module("pydantic_ai").Agent

    @property
    def is_instrumented_by_opentelemetry(self) -> bool:
        """Whether the program has pointed its agents somewhere already, as Logfire does."""
        return bool(getattr(self._agent, "_instrument_default", False))

    def _check_dependency_conflicts(self) -> None:
        """None: what is needed comes with Pydantic AI."""

    def instrument(self, tracer_provider: Any, **_: Any) -> None:
        """Record all agents, those that exist already too."""
        settings: Any = importlib.import_module("pydantic_ai.models.instrumented").InstrumentationSettings
        self._agent.instrument_all(settings(tracer_provider=tracer_provider))

    def uninstrument(self) -> None:
        """Record them no more."""
        self._agent.instrument_all(False)

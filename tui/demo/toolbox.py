"""Tool calls as a model writes them, run as traced tools."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...tracer import SpanType, start_span
from . import tools
from .retrieval import Document, Librarian


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call a model asks for; the arguments are JSON text, not to be trusted."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call gave: text for the prompt, or the passages that a query found."""

    text: str = ""
    query: str = ""
    documents: list[Document] = field(default_factory=list)


class UnknownToolError(Exception):
    """The model asked for a tool that is not there."""


SEARCH = "search_handbook"

COMPUTING: dict[str, Callable[..., float | str]] = {
    "calculator": tools.calculator,
    "clock": tools.clock,
    "convert": tools.convert,
}
"""The tools that need nothing but their arguments."""


class Toolbox:
    """Runs the calls of one request, all at the same time."""

    def __init__(self, librarian: Librarian) -> None:
        self._librarian = librarian

    async def run(self, reply: str) -> list[ToolResult]:
        """The results of the calls in a model's reply, in its order; the first error of a tool is raised."""
        calls = [ToolCall(call["name"], call["arguments"]) for call in json.loads(reply)]
        return list(await asyncio.gather(*(self._call(number, call) for number, call in enumerate(calls, 1))))

    async def _call(self, number: int, call: ToolCall) -> ToolResult:
        with start_span(name=call.name, span_type=SpanType.TOOL) as span:
            span.set_attributes(
                {
                    "gen_ai.operation.name": "execute_tool",
                    "gen_ai.tool.name": call.name,
                    "gen_ai.tool.call.id": f"call_{number}",
                }
            )
            span.set_inputs(call.arguments)
            arguments: dict[str, Any] = json.loads(call.arguments)
            span.set_inputs(arguments)
            if call.name == SEARCH:
                documents = await self._librarian.retrieve(arguments["query"], limit=2)
                span.set_outputs([document["title"] for document in documents])
                return ToolResult(query=arguments["query"], documents=documents)
            if call.name not in COMPUTING:
                raise UnknownToolError(f"no tool is called {call.name!r}; there are {SEARCH}, {', '.join(COMPUTING)}")
            value = COMPUTING[call.name](**arguments)
            span.set_outputs(value)
            return ToolResult(f"{call.name}({_listed(arguments)}) = {_shown(value)}")


def _listed(arguments: dict[str, Any]) -> str:
    return ", ".join(str(value) for value in arguments.values())


def _shown(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)

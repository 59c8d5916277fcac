"""Count the calls of a provider's own tools in a model's answer: the provider charges fees for them beside the tokens.

Web searches, file searches, containers of code and drawn images of OpenAI's Responses API; searches of its search
models, of Anthropic, of Gemini (https://ai.google.dev/gemini-api/docs/google-search) and of Perplexity; connectors of
Mistral; the tools of Groq's compound models. The fees depend on the plan, on free calls of a day, and on containers
that several calls share, so they have no price here: a cost without them is a lower bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .attribute_values import is_mapping

KEY = "built_in_tool_calls"
"""The entry with the number of calls that the tracer adds to the usage object of an answer."""

_OF_RESPONSES = frozenset({"web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call"})
_OF_INTERACTIONS = frozenset({"google_search_call", "google_maps_call"})
_FREE_ACTIONS = frozenset({"open_page", "find", "find_in_page"})
"""What OpenAI's web search does between the searches, without a fee."""

_SEARCHES = ("server_tool_use", "serverToolUse")
_SEARCH_REQUESTS = ("web_search_requests", "webSearchRequests")


def calls_in_answer(answer: Any) -> int:
    """Return the number of calls that an answer contains outside of its usage object."""
    return sum(sum(map(count, found)) for name, count in _COUNTS if (found := _items(answer, name)))


def calls_in_usage(usage: Mapping[str, Any]) -> int:
    """Return the number of calls that a usage object tells, or that the tracer has added to it."""
    return sum(_numbers(usage))


def _numbers(usage: Mapping[str, Any]) -> Iterator[int]:
    for value in (usage.get(KEY), usage.get("num_search_queries")):
        if type(value) is int and value > 0:
            yield value
    for name in _SEARCHES:
        if is_mapping(used := usage.get(name)):
            yield from (found for key in _SEARCH_REQUESTS if type(found := used.get(key)) is int and found > 0)
    if is_mapping(connectors := usage.get("connectors")):
        yield from (found for found in connectors.values() if type(found) is int and found > 0)


def _is_charged(item: Any) -> bool:
    kind = _get(item, "type")
    return kind in _OF_RESPONSES and _get(_get(item, "action"), "type") not in _FREE_ACTIONS


def _is_of_interaction(step: Any) -> bool:
    return _get(step, "type") in _OF_INTERACTIONS


def _calls_in_choice(choice: Any) -> int:
    message = _get(choice, "message")
    if executed := _items(message, "executed_tools"):
        return len(executed)
    return int(any(_get(note, "type") == "url_citation" for note in _items(message, "annotations")))


def _searches_of_gemini(candidate: Any) -> int:
    grounding = _get(candidate, "grounding_metadata") or _get(candidate, "groundingMetadata")
    queries = _items(grounding, "web_search_queries") or _items(grounding, "webSearchQueries")
    return len(queries) or int(bool(_items(grounding, "grounding_chunks") or _items(grounding, "groundingChunks")))


_COUNTS: tuple[tuple[str, Callable[[Any], int]], ...] = (
    ("output", _is_charged),
    ("steps", _is_of_interaction),
    ("choices", _calls_in_choice),
    ("candidates", _searches_of_gemini),
)
"""The lists of an answer that may contain calls, each with the number of calls in one of its items."""


def _get(value: Any, name: str) -> Any:
    return value.get(name) if is_mapping(value) else getattr(value, name, None)


def _items(value: Any, name: str) -> list[Any]:
    found = _get(value, name)
    return found if isinstance(found, list) else []

"""Calls of clients that ask no model, though their instrumentors record them as if they did.

OpenAI's instrumentor records every request: files, batches, lists, stored answers and the state of those that are made
in the background. Anthropic's records the counting of tokens, Google's the reading of an interaction. None of them is
a model call, and the answer that such a call reads is counted once, see `counted_answers`.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from opentelemetry.trace import SpanKind

from ... import guard
from ...answers.counted_answers import IS_ELSEWHERE, marks, note_call
from ...otel.readable_span import KIND, KIND_NAMES
from ...values.snapshot import snapshot

_MARK = "_tracetui_put_right"
_SPAN_KIND = "openinference.span.kind"
_COUNT = "llm.token_count."
_USAGE = "llm.usage"
_NOT_DESCRIBED = ("thread.run", "interaction")
"""Objects of which instrumentors tell no tokens: runs of OpenAI's assistants, interactions with Google's agents."""

_ASK_A_MODEL = (
    *("/completions", "/responses", "/responses/compact", "/embeddings", "/decisions", "/videos", "/runs"),
    *("/images/generations", "/images/edits", "/images/variations"),
    *("/audio/transcriptions", "/audio/translations", "/audio/speech", "/remix", "/submit_tool_outputs"),
)
"""How the paths of OpenAI's API end that have a model work when they are posted to."""

Attributes = Iterator[tuple[str, Any]]


def asks_a_model(method: str, path: str) -> bool:
    """Whether a request to OpenAI's API, or to one that imitates it, has a model work."""
    return method.upper() == "POST" and path.partition("?")[0].rstrip("/").endswith(_ASK_A_MODEL)


class _Reading(dict[str, Any]):
    """The parameters of a request that asks no model, which the instrumentor hands on to all that describe it."""

    kind = KIND_NAMES[SpanKind.CLIENT]


def put_right(library: str) -> None:
    """Change the instrumentor of a library where it is the one that is known; a second time does nothing."""
    change = _CHANGES.get(library)
    if change is not None:
        try:
            change()
        except (ImportError, AttributeError):  # another instrumentor, or another version of it
            return


def _change_openai() -> None:
    requests: Any = importlib.import_module("openinference.instrumentation.openai._request")
    parse, described = requests._parse_request_args, requests._WithOpenAI._get_attributes_from_request
    extractor, accumulator = requests._ResponseAttributesExtractor, requests._ResponsesAccumulator
    told, heard = extractor.get_attributes_from_response, accumulator.process_chunk
    if hasattr(parse, _MARK):
        return

    @functools.wraps(parse)
    def parsed(args: Any) -> Any:
        cast_to, parameters, files = parse(args)
        options = args[1]
        if not asks_a_model(str(options.method), str(options.url)):
            parameters = _Reading(parameters)
            if "/vector_stores/" in str(options.url) and str(options.url).endswith("/search"):
                parameters.kind = "RETRIEVER"
        return cast_to, parameters, files

    @functools.wraps(described)
    def describing(self: Any, cast_to: Any, request_parameters: Any, *args: Any, **kwargs: Any) -> Attributes:
        attributes = described(self, cast_to, request_parameters, *args, **kwargs)
        return _of_no_model(attributes, request_parameters.kind) if _is_reading(request_parameters) else attributes

    @functools.wraps(told)
    def telling(self: Any, response: Any, request_parameters: Any) -> Attributes:
        return _counted(told(self, response, request_parameters), response, is_read=_is_reading(request_parameters))

    @functools.wraps(heard)
    def hearing(self: Any, chunk: Any) -> Any:
        if getattr(chunk, "type", None) == "response.created" and not _is_reading(self._request_parameters):
            note_call(getattr(chunk.response, "id", None), has_usage=False)
        return heard(self, chunk)

    setattr(parsed, _MARK, True)
    requests._parse_request_args, requests._WithOpenAI._get_attributes_from_request = parsed, describing
    extractor.get_attributes_from_response, accumulator.process_chunk = telling, hearing


def _is_reading(parameters: Any) -> bool:
    return isinstance(parameters, _Reading)


def _of_no_model(attributes: Iterable[tuple[str, Any]], kind: str) -> Attributes:
    """Attributes with another kind than that of a model call."""
    for key, value in attributes:
        if key == _SPAN_KIND:
            yield (KIND, kind) if kind in KIND_NAMES.values() else (key, kind)
        elif key != "llm.system":
            yield key, value


def _counted(attributes: Iterable[tuple[str, Any]], answer: Any, *, is_read: bool) -> Attributes:
    """What is told of an answer, without its tokens where they have been counted, and its marks."""
    listed = list(attributes)
    try:
        kind = getattr(answer, "object", None)
        has_usage = any(key.startswith(_COUNT) for key, _ in listed)
        if not has_usage and kind in _NOT_DESCRIBED:
            listed.extend(_described(answer))
            has_usage = listed[-1][0] == _USAGE
        marked = marks(
            getattr(answer, "id", None),
            getattr(answer, "status", None),
            is_read=is_read,
            has_usage=has_usage,
            is_of_background=bool(getattr(answer, "background", False)) or kind == "thread.run",
        )
        if IS_ELSEWHERE in marked:
            listed = [(key, value) for key, value in listed if not key.startswith(_COUNT) and key != _USAGE]
        listed.extend(marked.items())
    except Exception:
        guard.fault("counting an answer")
    yield from listed


def _described(answer: Any) -> Attributes:
    """The model and the tokens of an answer, the latter last."""
    model, usage = getattr(answer, "model", None), getattr(answer, "usage", None)
    if isinstance(model, str) and model:
        yield "gen_ai.response.model", model
    if usage is not None:
        yield _USAGE, snapshot(usage)


def _change_anthropic() -> None:
    wrappers: Any = importlib.import_module("openinference.instrumentation.anthropic._wrappers")
    for owner in (wrappers._CountTokensWrapper, wrappers._AsyncCountTokensWrapper):
        if _MARK not in vars(owner):
            owner._start_as_current_span = _starting(owner._start_as_current_span)
            setattr(owner, _MARK, True)


def _starting(start: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(start)
    def started(self: Any, *args: Any, attributes: Mapping[str, Any], **kwargs: Any) -> Any:
        own = dict(_of_no_model(attributes.items(), _Reading.kind))
        return start(self, *args, attributes=own, **kwargs)

    return started


def _change_google() -> None:
    wrappers: Any = importlib.import_module("openinference.instrumentation.google_genai._wrappers")
    asked, told = wrappers.get_attributes_from_get_request, wrappers.get_attributes_from_response
    if hasattr(asked, _MARK):
        return

    @functools.wraps(asked)
    def asking(*args: Any, **kwargs: Any) -> Attributes:
        yield KIND, _Reading.kind
        yield from asked(*args, **kwargs)

    @functools.wraps(told)
    def telling(request_parameters: Any, response: Any) -> dict[str, Any]:
        is_read = "input" not in request_parameters
        attributes: Iterable[tuple[str, Any]] = told(request_parameters, response).items()
        if is_read:
            attributes = _of_no_model(attributes, _Reading.kind)
        return dict(_counted(attributes, response, is_read=is_read))

    setattr(asking, _MARK, True)
    wrappers.get_attributes_from_get_request, wrappers.get_attributes_from_response = asking, telling
    streams: Any = importlib.import_module("openinference.instrumentation.google_genai._interactions_stream")
    streams.get_attributes_from_response = telling


_CHANGES: Mapping[str, Callable[[], None]] = {
    "openai": _change_openai,
    "anthropic": _change_anthropic,
    "google_genai": _change_google,
}

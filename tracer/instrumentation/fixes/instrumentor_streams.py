"""Streams that only their instrumentor holds: it is the one to ask for their chunks.

Gemini's and Mistral's clients give generators, not streams of a class that could be watched. Their instrumentors put a
proxy around, with an accumulator that is given each chunk as it comes: a meter listens there. Bedrock's has callbacks.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

import orjson

from ... import guard
from ...spans.span import Span
from .client_stream_meter import ClientStreamMeter

_PROXIES = {
    "google_genai": ("openinference.instrumentation.google_genai._stream", ("_Stream",)),
    "mistralai": ("openinference.instrumentation.mistralai._stream", ("_Stream", "_AsyncStream")),
}
"""By library: the module of the proxies, and their classes."""

_CALLBACKS = (
    "_ConverseStreamCallback",
    "_AnthropicMessagesCallback",
    "_NovaStreamCallback",
    "_OpenAIStreamCallback",
)
"""Of Bedrock's instrumentor: for `converse_stream`, and for the formats of models that are invoked in their own."""

_NAMING = (
    "openinference.instrumentation.bedrock.utils.anthropic._attributes",
    "openinference.instrumentation.bedrock.utils.anthropic._messages",
)
"""Where Bedrock's instrumentor takes the vendor off the name of a model, which it does for one of its methods alone."""

_ACCUMULATORS = ("_response_accumulator", "_self_response_accumulator")
_WITH_SPANS = ("_with_span", "_self_with_span")
_MARK = "_tracetui_heard"


class _Heard:
    """An accumulator, and a meter that is given every chunk before it."""

    __slots__ = ("_accumulator", "_meter")

    def __init__(self, accumulator: Any, meter: ClientStreamMeter) -> None:
        self._accumulator = accumulator
        self._meter = meter

    def process_chunk(self, chunk: Any) -> Any:
        self._meter.add(chunk)
        return self._accumulator.process_chunk(chunk)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._accumulator, name)


def listen(library: str) -> None:
    """Measure the streams of a library by the proxies of its instrumentor; nothing for one that is not known."""
    if library == "bedrock":
        _listen_to_bedrock()
    elif library == "google_genai":
        _give_generators()
    module_name, names = _PROXIES.get(library, ("", ()))
    if not names:
        return
    try:
        module = importlib.import_module(module_name)
        proxies = [getattr(module, name) for name in names]
    except (ImportError, AttributeError):  # another instrumentor, or another version of it
        return
    for proxy in proxies:
        if _MARK not in vars(proxy):
            proxy.__init__ = _hearing(proxy.__init__)
            setattr(proxy, _MARK, True)
    if library == "mistralai":
        _say_whole()


def _say_whole() -> None:
    """Let the chunks of Mistral's chat, put together, say that they are a whole completion."""
    try:
        accumulators: Any = importlib.import_module("openinference.instrumentation.mistralai._response_accumulator")
        accumulator: Any = accumulators._ChatCompletionAccumulator
        result = accumulator._result
    except (ImportError, AttributeError):
        return
    if hasattr(result, _MARK):
        return

    @functools.wraps(result)
    def whole(self: Any) -> Any:
        joined = result(self)
        data = joined.get("data") if joined else None
        if isinstance(data, dict) and data.get("object") == "chat.completion.chunk":
            data["object"] = "chat.completion"
        return joined

    setattr(whole, _MARK, True)
    accumulator._result = whole


def _hearing(begin: Any) -> Any:
    @functools.wraps(begin)
    def begun(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        try:
            _hear(self)
        except Exception:
            guard.fault("listening to an instrumentor's stream")

    return begun


def _hear(proxy: Any) -> None:
    with_span = next(value for name in _WITH_SPANS if (value := getattr(proxy, name, None)) is not None)
    span = getattr(with_span._span, "record", None)
    if type(span) is not Span or span.end_ns is not None or span.stream is not None:
        return
    for name in _ACCUMULATORS:
        if (accumulator := getattr(proxy, name, None)) is not None:
            setattr(proxy, name, _Heard(accumulator, ClientStreamMeter(span)))


def _give_generators() -> None:
    """Let the program have what Gemini's client gives: the instrumentor's proxy fails with `next(stream)`."""
    try:
        wrappers: Any = importlib.import_module("openinference.instrumentation.google_genai._wrappers")
        proxy = wrappers._Stream
    except (ImportError, AttributeError):
        return
    if not isinstance(proxy, type):  # it is done
        return

    @functools.wraps(proxy, updated=())
    def generator(stream: Any, *args: Any, **kwargs: Any) -> Any:
        proxied = proxy(stream, *args, **kwargs)
        return aiter(proxied) if hasattr(stream, "__anext__") else iter(proxied)

    wrappers._Stream = generator


def _listen_to_bedrock() -> None:
    try:
        wrappers: Any = importlib.import_module("openinference.instrumentation.bedrock._wrappers")
    except ImportError:
        return
    _name_models_whole()
    for name in _CALLBACKS:
        callback: Any = getattr(wrappers, name, None)
        if callback is not None and _MARK not in vars(callback):
            callback.__init__ = _telling_model(callback.__init__)
            callback.__call__ = _heard_call(callback.__call__)
            setattr(callback, _MARK, True)


def _name_models_whole() -> None:
    """Let a model have the name that was asked for, whichever method of Bedrock's client asks it."""
    for module_name in _NAMING:
        try:
            module: Any = importlib.import_module(module_name)
        except ImportError:  # another version
            continue
        if hasattr(module, "_get_llm_model_name_from_input"):
            module._get_llm_model_name_from_input = str


def _telling_model(begin: Any) -> Any:
    """Tell the model that was asked for; that of the answer takes its place in what the callback tells at the end."""

    @functools.wraps(begin)
    def begun(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        try:
            if model := getattr(self, "_request_attributes", {}).get("llm.model_name"):
                self._span.set_attribute("llm.request.model_name", model)
        except Exception:
            guard.fault("telling the model of a stream")

    return begun


def _heard_call(call: Any) -> Any:
    """What is called with each event of a stream, and with what ends it."""

    @functools.wraps(call)
    def called(self: Any, event: Any) -> Any:
        try:
            span = getattr(self._span, "record", None)
            if type(span) is Span and span.end_ns is None and isinstance(event, dict):
                meter = span.stream or ClientStreamMeter(span)
                if isinstance(meter, ClientStreamMeter):
                    meter.add(_content(event))
        except Exception:
            guard.fault("listening to an instrumentor's stream")
        return call(self, event)

    return called


def _content(event: dict[str, Any]) -> Any:
    """An event of a model that is invoked in its own format is JSON within one of Bedrock's."""
    chunk = event.get("chunk")
    return orjson.loads(chunk["bytes"]) if isinstance(chunk, dict) and "bytes" in chunk else event

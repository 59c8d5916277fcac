"""What OpenInference's instrumentor for LangChain leaves out: time to first token, and spans that are current.

The instrumentor records from callbacks and makes no span current, since nobody promises that the callback at the end
comes in the context of the one at the start. Spans of the program, of tools and of the client below would then hang
beside LangChain's. Two places are safe: LangChain runs each step in a context made for it, and a model's request is
sent inside a call that `langchain_calls` watches.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from ... import guard
from ...spans.span import Span
from .client_stream_meter import ClientStreamMeter
from .langchain_calls import METHODS, open_span, under_way, watch_methods

_MARK = "_tracetui_watched"


class _TokenMeter(ClientStreamMeter):
    """The meter of a run whose client's stream is none that is watched."""

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.is_through = True  # LangChain itself ends the run of a stream that is left


def watch() -> None:
    """Watch the instrumentor's callbacks and LangChain's contexts."""
    from wrapt import register_post_import_hook

    try:
        handler = importlib.import_module("openinference.instrumentation.langchain._tracer").OpenInferenceTracer
    except ImportError:  # another instrumentor
        return
    if _MARK in vars(handler):
        return
    setattr(handler, _MARK, True)
    handler.run_inline = True  # callbacks of coroutines come in the coroutine's own context
    for name, watcher in (
        ("on_chat_model_start", _request_begins),
        ("on_llm_start", _request_begins),
        ("on_llm_new_token", _token_came),
        ("on_tool_start", functools.partial(_run_begins, "on_tool_error")),
        ("on_retriever_start", functools.partial(_run_begins, "on_retriever_error")),
    ):
        setattr(handler, name, _followed(getattr(handler, name), watcher))
    for name in ("on_chain_error", "on_llm_error", "on_retriever_error", "on_tool_error"):
        setattr(handler, name, _preceded(getattr(handler, name), _run_fails))
    for name in METHODS:
        register_post_import_hook(functools.partial(watch_methods, handler), name)
    for name in ("langchain_core.runnables.config", "langgraph._internal._runnable"):
        register_post_import_hook(functools.partial(_enter_steps, handler), name)


def _followed(callback: Any, watcher: Any) -> Any:
    @functools.wraps(callback)
    def heard(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = callback(self, *args, **kwargs)
        try:
            watcher(self, args, kwargs)
        except Exception:
            guard.fault("following LangChain")
        return result

    return heard


def _preceded(callback: Any, watcher: Any) -> Any:
    @functools.wraps(callback)
    def heard(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            watcher(self, args, kwargs)
        except Exception:
            guard.fault("following LangChain")
        return callback(self, *args, **kwargs)

    return heard


def _run_begins(on_error: str, handler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if (call := under_way.get()) is not None:
        call.begin(handler, kwargs.get("run_id"), on_error)


def _request_begins(handler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Outside of a call that is watched nobody would make current again what was so before."""
    _run_begins("on_llm_error", handler, args, kwargs)
    span = open_span(handler, kwargs.get("run_id"))
    if span is not None:
        span.set_attribute("openinference.span.kind", "LLM")  # the instrumentor says so when the run ends
    if under_way.get() is not None and span is not None:
        span.resume()


def _run_fails(handler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """The instrumentor makes the whole traceback the status message, and an error of what was cancelled."""
    error = args[0] if args else kwargs.get("error")
    expect = getattr(handler.get_span(kwargs.get("run_id")), "expect_error", None)
    if expect is not None and isinstance(error, BaseException):
        expect(error)


def _token_came(handler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    span = open_span(handler, kwargs.get("run_id"))
    if span is None:
        return
    meter = span.stream or _TokenMeter(span)
    if isinstance(meter, _TokenMeter):  # else the stream of the client below is measured, which tells more
        token = args[0] if args else kwargs.get("token")
        meter.add(getattr(kwargs.get("chunk"), "message", None) or token)


def _enter_steps(handler_class: Any, module: Any) -> None:
    """Make a step's span current in the context that LangChain makes for the step."""
    enter = getattr(module, "_set_config_context", None)
    if enter is None:
        return

    @functools.wraps(enter)
    def entered(config: Any, *args: Any, **kwargs: Any) -> Any:
        result = enter(config, *args, **kwargs)
        try:
            callbacks = config.get("callbacks")
            run_id = getattr(callbacks, "parent_run_id", None)
            for handler in getattr(callbacks, "handlers", ()) if run_id else ():
                if isinstance(handler, handler_class) and (span := open_span(handler, run_id)) is not None:
                    span.resume()
        except Exception:
            guard.fault("following LangChain")
        return result

    module._set_config_context = entered

"""What OpenInference's instrumentor for LangChain leaves out: time to first token, and spans that are current.

The instrumentor records from callbacks and makes no span current, since nobody promises that the callback at the end
comes in the context of the one at the start. Spans of the program, of tools and of the client below would then hang
beside LangChain's. Two places are safe: LangChain runs each step in a context made for it, and a model's request is
sent between its start and its first token.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from .. import guard
from ..current_span import current
from ..span import Span
from .client_streams import ClientStreamMeter

_MARK = "_tracetui_watched"

_before: dict[Any, Any] = {}
"""Model runs whose request is under way, by run id -> what was current before."""


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
    ):
        setattr(handler, name, _followed(getattr(handler, name), watcher))
    for name in ("on_llm_end", "on_llm_error"):
        setattr(handler, name, _preceded(getattr(handler, name), _request_is_over))
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


def _span_of(handler: Any, run_id: Any) -> Span | None:
    record = getattr(handler.get_span(run_id), "record", None)
    return record if type(record) is Span and record.end_ns is None else None


def _request_begins(handler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    run_id = kwargs.get("run_id")
    if (span := _span_of(handler, run_id)) is not None and run_id not in _before:
        _before[run_id] = current.get()
        current.set(span)


def _request_is_over(handler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """The consumer's code runs between chunks: what was current before is so again, where it is not yet."""
    run_id = kwargs.get("run_id")
    if run_id in _before:
        before = _before.pop(run_id)
        if current.get() is _span_of(handler, run_id):
            current.set(before)


def _token_came(handler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    _request_is_over(handler, args, kwargs)
    span = _span_of(handler, kwargs.get("run_id"))
    if span is None:
        return
    meter = span.stream
    if meter is None:
        meter = ClientStreamMeter(span)
        meter.is_through = True  # LangChain itself ends the run of a stream that is left
    if isinstance(meter, ClientStreamMeter):
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
                if isinstance(handler, handler_class) and (span := _span_of(handler, run_id)) is not None:
                    current.set(span)
        except Exception:
            guard.fault("following LangChain")
        return result

    module._set_config_context = entered

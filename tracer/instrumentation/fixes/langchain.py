"""OpenInference's instrumentor for LangChain: the time to the first token, and spans that are current.

The instrumentor records from callbacks and makes no span current, since nobody promises that the callback at the end
comes in the context of the callback at the start. Spans of the program, of tools and of the client below would then be
beside LangChain's. Two places are safe: LangChain runs each step in a context made for the step, and a model's request
is sent inside a call that `langchain_calls` watches.
"""

from __future__ import annotations

import functools
from typing import Any

from wrapt import register_post_import_hook

from ...spans.span import Span
from .langchain_calls import METHODS, open_span, under_way, watch_methods
from .patch import after, before, find, patch
from .stream_meter import ClientStreamMeter

_TASK = "following LangChain"


def fix() -> None:
    """Patch the instrumentor's callbacks, and LangChain's calls and contexts once they are imported."""
    handler = find("openinference.instrumentation.langchain._tracer", "OpenInferenceTracer")
    if handler is None:  # another instrumentor
        return
    handler.run_inline = True  # callbacks of coroutines come in the coroutine's own context
    for name, watch in (
        ("on_chat_model_start", _begin_request),
        ("on_llm_start", _begin_request),
        ("on_llm_new_token", _count_token),
        ("on_tool_start", functools.partial(_begin_run, "on_tool_error")),
        ("on_retriever_start", functools.partial(_begin_run, "on_retriever_error")),
    ):
        patch(handler, name, after(watch, _TASK))
    for name in ("on_chain_error", "on_llm_error", "on_retriever_error", "on_tool_error"):
        patch(handler, name, before(_expect_error, _TASK))
    for name in METHODS:
        register_post_import_hook(functools.partial(watch_methods, handler), name)
    for name in ("langchain_core.runnables.config", "langgraph._internal._runnable"):
        register_post_import_hook(functools.partial(_enter_steps, handler), name)


class _TokenMeter(ClientStreamMeter):
    """The meter of a run whose client has no stream that is measured."""

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.is_through = True  # LangChain itself ends the run of a stream that is left


def _begin_run(on_error: str, handler: Any, /, *_: Any, run_id: Any = None, **__: Any) -> None:
    if (call := under_way.get()) is not None:
        call.begin(handler, run_id, on_error)


def _begin_request(handler: Any, /, *_: Any, run_id: Any = None, **__: Any) -> None:
    """Note a run that sends a request, and make its span current within a call that is watched.

    Outside of such a call nothing would make current again what was current before.
    """
    _begin_run("on_llm_error", handler, run_id=run_id)
    span = open_span(handler, run_id)
    if span is not None:
        span.set_attribute("openinference.span.kind", "LLM")  # the instrumentor sets it when the run ends
    if under_way.get() is not None and span is not None:
        span.resume()


def _expect_error(handler: Any, /, error: Any = None, *_: Any, run_id: Any = None, **__: Any) -> None:
    """Let a failed run have the status of its exception.

    The instrumentor makes the whole traceback the status message, and an ERROR of what was cancelled.
    """
    expect = getattr(handler.get_span(run_id), "expect_error", None)
    if expect is not None and isinstance(error, BaseException):
        expect(error)


def _count_token(handler: Any, /, token: Any = None, *_: Any, chunk: Any = None, run_id: Any = None, **__: Any) -> None:
    span = open_span(handler, run_id)
    if span is None:
        return
    meter = span.stream or _TokenMeter(span)
    if isinstance(meter, _TokenMeter):  # else the stream of the client below is measured, which has more
        meter.add(getattr(chunk, "message", None) or token)


def _enter_steps(handler_class: Any, module: Any) -> None:
    """Make a step's span current in the context that LangChain makes for the step."""

    def enter_step(config: Any, *_: Any, **__: Any) -> None:
        callbacks = config.get("callbacks")
        run_id = getattr(callbacks, "parent_run_id", None)
        for handler in getattr(callbacks, "handlers", ()) if run_id else ():
            if isinstance(handler, handler_class) and (span := open_span(handler, run_id)) is not None:
                span.resume()

    patch(module, "_set_config_context", after(enter_step, _TASK))

"""Instrumentors of the program's own: a library that one of them instruments is recorded through it, once.

An instrumentor refuses to instrument a library twice, so that of `autolog` steps back before the program's own begins,
and comes back when that one has ended. Vendors that wrap a client without an instrumentor are known by the scope of
their spans.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from contextvars import ContextVar
from importlib.metadata import entry_points
from typing import Any
from weakref import WeakSet, ref

from ...store.conventions.otel_names import SCOPE_NAME
from .. import guard
from ..libraries import GROUPS, KNOWN, canonical
from ..spans.span import Span
from .model_call import is_model_call
from .private_names import instrumentor_at_work

MODULE = "opentelemetry.instrumentation.instrumentor"
_ANY_CLIENT = ("langfuse-sdk", "mlflow")
"""Scopes of vendors that use one name for the spans of all their integrations and of the program."""

_TYPES = ("langfuse.observation.type", "mlflow.spanType")
"""Attributes in which these vendors keep the kind of a span."""
_MODEL_CALLS = frozenset({"generation", "embedding", "CHAT_MODEL", "LLM", "EMBEDDING"})

_latest: ContextVar[ref[Span] | None] = ContextVar("tracetui_latest_span_of_a_vendor", default=None)
"""The span of such a vendor that began last in this context; Langfuse and MLflow do not make a call's span current."""

_CLIENTS = frozenset({"com.anthropic.sdk.python"})
"""Scopes of clients that trace themselves: their span of a model call repeats that of the framework around them."""

_MARK = "_tracetui_yields"


class _State:
    """The libraries that the program itself has instrumented."""

    def __init__(self) -> None:
        self.is_patched = False
        self.taken: dict[str, set[int]] = {}
        """Ids of the instrumentors at work, by library."""
        self.step_back: Callable[[str], None] = lambda library: None
        self.come_back: Callable[[str], None] = lambda library: None


_state = _State()


def watch(step_back: Callable[[str], None], come_back: Callable[[str], None], is_ours: Callable[[], bool]) -> None:
    """Call `step_back(library)` before an instrumentor of the program instruments it, `come_back(library)` at its end.

    `is_ours()` returns whether the calling thread is instrumenting a library for `autolog`.
    """
    _state.step_back, _state.come_back = step_back, come_back
    instrumentor = getattr(sys.modules.get(MODULE), "BaseInstrumentor", None)
    if instrumentor is None or _state.is_patched:
        return
    _state.is_patched = True
    for library, made in _at_work():
        _state.taken.setdefault(library, set()).add(id(made))
    instrumentor.instrument = _watched(instrumentor.instrument, is_ours)
    instrumentor.uninstrument = _watched(instrumentor.uninstrument, is_ours)


def is_taken(library: str) -> bool:
    """Whether an instrumentor of the program itself records this library."""
    return bool(_state.taken.get(library))


def is_recorded_by(parent: Span, scope: str) -> bool:
    """Whether `parent`, which is open, is the same call of a client as a span of `scope` that begins inside it."""
    around = parent.attribute_values.get(SCOPE_NAME)
    if around is None or around == scope or parent.has_children or parent.end_ns is not None:
        return False
    if scope in _CLIENTS and is_model_call(parent):
        return True
    outer = str(around)
    return is_same_call(scope, outer) and (not outer.startswith(_ANY_CLIENT) or _is_model_call(parent))


def is_of_any_client(scope: str) -> bool:
    """Whether a scope is that of a vendor whose spans `remember` accepts."""
    return scope.startswith(_ANY_CLIENT)


def remember(span: Span) -> None:
    """Let `recorded_beside` find a span of such a vendor, which begins now."""
    _latest.set(ref(span))


def recorded_beside(parent: object, scope: str) -> Span | None:
    """The open span below `parent` that is the same call of a client as a span of `scope` that begins below it too."""
    latest = _latest.get()
    span = None if latest is None else latest()
    above = getattr(parent, "span_key", None)
    return span if span is not None and span.parent_key == above and is_recorded_by(span, scope) else None


def _is_model_call(span: Span) -> bool:
    """Whether a vendor has marked a span as a call of a model, and not as a step of the program."""
    span.refresh()
    return any(str(span.attribute_values.get(name, "")).strip('"') in _MODEL_CALLS for name in _TYPES)


def is_same_call(scope: str, other: str) -> bool:
    """Whether a span of one scope directly inside a span of the other is the same call of a client, recorded twice.

    One of the two is the scope of an instrumentor that `autolog` uses: `openinference.instrumentation.openai`.
    """
    ours, theirs = (scope, other) if scope.startswith("openinference.") else (other, scope)
    if ours == theirs or not ours.startswith("openinference."):
        return False
    library = canonical(ours.rpartition(".")[2])
    if library not in KNOWN:
        return False
    return library in theirs.replace("-", "_") or theirs.startswith(_ANY_CLIENT)


def let_apps_be_instrumented(kind: type, provider: Any) -> None:
    """Let a program instrument one application or client that `autolog` has instrumented, with `provider`, before.

    FastAPI's, Starlette's and httpx's instrumentors have `instrument_app` or `instrument_client` for that, which refuse
    an application or client that is instrumented already.
    """
    for name in ("instrument_app", "instrument_client"):
        method, undo = getattr(kind, name, None), getattr(kind, f"un{name}", None)
        if method is not None and undo is not None and not hasattr(method, _MARK):
            setattr(kind, name, staticmethod(_yielding(method, undo, provider)))


def _yielding(method: Callable[..., Any], undo: Callable[[Any], Any], provider: Any) -> Callable[..., Any]:
    ours: WeakSet[Any] = WeakSet()

    @functools.wraps(method)
    def instrument(app: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            if kwargs.get("tracer_provider") is provider:
                ours.add(app)
            elif app in ours:
                ours.discard(app)
                undo(app)
        except Exception:
            guard.fault("letting the program instrument an application itself")
        return method(app, *args, **kwargs)

    setattr(instrument, _MARK, True)
    return instrument


def _watched(method: Callable[..., Any], is_ours: Callable[[], bool]) -> Callable[..., Any]:
    """Wrap `instrument` or `uninstrument` of all instrumentors."""

    @functools.wraps(method)
    def watched(instrumentor: Any, *args: Any, **kwargs: Any) -> Any:
        library = None
        try:
            library = None if is_ours() else _library_of(type(instrumentor))
            if library is not None:
                _state.step_back(library)
                _state.taken.setdefault(library, set()).add(id(instrumentor))
        except Exception:
            guard.fault("letting the program instrument a library itself")
        try:
            return method(instrumentor, *args, **kwargs)
        finally:
            if library is not None and not instrumentor.is_instrumented_by_opentelemetry:
                at_work = _state.taken.get(library, set())
                at_work.discard(id(instrumentor))
                if not at_work:
                    _state.come_back(library)

    return watched


def _library_of(kind: type) -> str | None:
    """The library that a class of instrumentors is registered for."""
    for group in GROUPS:
        for entry in entry_points(group=group):
            if entry.attr == kind.__qualname__ and f"{kind.__module__}.".startswith(f"{entry.module}."):
                return canonical(entry.name)
    return None


def _at_work() -> list[tuple[str, Any]]:
    """The libraries that are instrumented, each with its instrumentor."""
    found = []
    for group in GROUPS:
        for entry in entry_points(group=group):
            made = instrumentor_at_work(getattr(sys.modules.get(entry.module), entry.attr, None))
            if made is not None and made.is_instrumented_by_opentelemetry:
                found.append((canonical(entry.name), made))
    return found

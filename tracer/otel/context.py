"""One context for the tracer and the OpenTelemetry API: the tracer's variable has the current span, the API's context
the other values.

`share_context` installs a runtime context whose current span is always that of `tracetui.tracer.spans.current`:
inside `with tracer.start_span()` the API's `get_current_span()` returns that span, and a span that the API attaches is
the parent of the tracer's next span. Entering a span sets one variable; the API's Context is made when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Token
from typing import Any, NamedTuple, cast

from opentelemetry import context as api
from opentelemetry.context.context import Context
from opentelemetry.trace import Span as ApiSpan
from opentelemetry.trace import SpanContext

from .. import guard
from ..parts import ids
from ..spans.begin import should_sample
from ..spans.current import (
    ContextSpan,
    current,
    current_span,
    detach_span,
    is_nested_in,
    previous_span,
)
from ..spans.no_op_span import NoOpSpan
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from . import other_contexts
from .api_span import OtelSpan, api_span_of, remote_api_span
from .cause import interruption
from .other_providers import (
    RECORD,
    SDK_SPANS,
    hide_ours,
    is_foreign,
    is_ours,
    record_of,
    watch,
    without_ours,
)
from .private_names import SPAN_KEY, RuntimeContext, context_variable, runtime_context, set_runtime_context
from .readable_span import UNSIGNED, tracestate_of

FRAMEWORKS = "openinference.instrumentation."
"""How the scope names of OpenInference's instrumentors begin."""


class _Attached(NamedTuple):
    """The token that `attach` returns and `detach` accepts. Some instrumentors use it as a token of `contextvars`."""

    values: Token[Context]
    span: ContextSpan | None
    token: Token[Any]
    """The token of the tracer's own variable."""
    var: SharedContext
    """The context that was attached to: LlamaIndex's instrumentor calls `token.var.reset(token)`, not `detach`."""
    shown: ApiSpan | None
    """The span of the API that was attached, if the tracer made it."""
    interruption: BaseException | None
    """The interruption that the program handled while it attached."""

    @property
    def old_value(self) -> Context:
        """The context that was attached before."""
        return cast(Context, self.values.old_value)


class SharedContext(RuntimeContext):
    """A runtime context that keeps the span in the tracer's variable, and everything else in the former context."""

    def __init__(self, inner: RuntimeContext) -> None:
        self.inner = inner
        """The former runtime context: it keeps baggage, suppression, and the values of instrumentors."""
        variable = context_variable(inner)
        self.values: Callable[[], Context] = inner.get_current if variable is None else variable.get
        """Returns the attached values; the span among them may be out of date."""

    def get_current(self) -> Context:
        """The attached values, with the current span."""
        values = self.values()
        shown = values.get(SPAN_KEY)
        if type(shown) in SDK_SPANS:
            return values
        record = current_span()
        if record is None and shown is None:
            return values
        if hide_ours(shown):
            return without_ours(values)
        if record is None:
            if getattr(shown, "record", None) is None:
                return values
            return Context({key: value for key, value in values.items() if key != SPAN_KEY})
        if isinstance(record, RemoteParent):
            if isinstance(shown, ApiSpan) and shown.get_span_context().span_id == record.span_key & UNSIGNED:
                return values
            return Context({**values, SPAN_KEY: remote_api_span(record)})
        if getattr(shown, "record", None) is record:
            return values
        return Context({**values, SPAN_KEY: api_span_of(cast("Span | NoOpSpan", record))})

    def attach(self, context: Context) -> Token[Context]:
        """Make a context current, and its span in the tracer's variable."""
        given = context.get(SPAN_KEY)
        span: ContextSpan | None
        try:
            theirs = self.values().get(SPAN_KEY)
            if type(given) in SDK_SPANS and given is not theirs and hasattr(given, RECORD):
                span = getattr(given, RECORD)
            else:
                span = parent_in(context)
                if hide_ours(theirs):
                    context = without_ours(context, theirs)
        except Exception:
            guard.fault("taking over a span of the OpenTelemetry API")
            span = None
        shown: Any = given if type(span) is Span and is_ours(given) else None
        handled = None if shown is None else interruption()
        attached: Any = _Attached(self.inner.attach(context), span, current.set(span), self, shown, handled)
        if shown is not None and isinstance(shown, OtelSpan):
            shown.attached_in += (previous_span(attached),)
        if span is not None and span.context_token is None:
            span.context_token = attached
        return attached  # type: ignore[no-any-return]

    def detach(self, token: Token[Context]) -> None:
        """Restore what was current before; raises ValueError in another execution context, as the API's own does."""
        attached: object = token
        if isinstance(attached, _Attached) and attached.shown is not None:
            _end_interrupted(attached.shown, attached.interruption)
        self.reset(token)

    def get(self) -> Context:
        """Return the context, as a variable of `contextvars` returns its value."""
        return self.get_current()

    def reset(self, token: Token[Context]) -> None:
        """Restore the former context, as a variable of `contextvars` does."""
        attached: object = token
        if isinstance(attached, _Attached):
            if attached.shown is not None and isinstance(attached.shown, OtelSpan):
                where = list(attached.shown.attached_in)
                where.remove(previous_span(attached))
                attached.shown.attached_in = tuple(where)
            span = attached.span
            if span is not None and span.context_token is attached:
                span.context_token = None
            detach_span(span, attached)
            token = attached.values
        self.inner.detach(token)


def _end_interrupted(shown: ApiSpan, handled_before: BaseException | None) -> None:
    """End the span of a model call that is cancelled.

    OpenInference's instrumentors for Groq and Mistral catch `Exception`, and leave the span of a cancelled call open.
    """
    error = interruption()
    if error is None or error is handled_before:
        return
    try:
        record: Any = getattr(shown, "record", None)
        if type(record) is not Span or record.end_ns is not None or record.stream is not None:
            return
        if str(record.attribute_values.get("otel.scope.name", "")).startswith(FRAMEWORKS):
            record.fail(error)
            shown.end()
    except Exception:
        guard.fault("ending a cancelled span")


def parent_in(context: Context) -> ContextSpan | None:
    """The parent that a context means for a span of the tracer: a span of the tracer, or one that stands for a span of
    another process or SDK."""
    shown: Any = context.get(SPAN_KEY)
    here = current_span()
    theirs = values_now().get(SPAN_KEY)
    if shown is theirs and hide_ours(theirs):
        return here  # the API's current span is another provider's: the tracer's is below it
    if shown is None:
        return None
    record: Any = getattr(shown, "record", None)  # also through the proxies of instrumentors
    if isinstance(record, Span | NoOpSpan):
        return record
    if (mirror := record_of(shown)) is not None:
        return mirror
    if not hasattr(shown, "get_span_context"):
        return None
    span_context: SpanContext = shown.get_span_context()
    if not span_context.is_valid:
        return None
    span_key = ids.signed_span_key(span_context.span_id)
    if isinstance(here, Span | RemoteParent) and here.span_key == span_key:
        return here  # the program passed the bare ids of the current span
    sampled: bool | None = None
    if hide_ours(theirs) or is_foreign(shown):
        if not span_context.is_remote:
            return here  # a span of another provider that we do not record
        sampled = should_sample()  # the flag is the other provider's decision
    return RemoteParent(
        span_context.trace_id.to_bytes(16, "big"),
        span_key,
        flags=span_context.trace_flags,
        is_sampled=sampled,
        tracestate=tracestate_of(span_context),
    )


def with_own_spans(parent: ContextSpan | None) -> ContextSpan | None:
    """The parent that a framework passes explicitly, or the current span if that is inside the parent."""
    here = current_span()
    if parent is None or not isinstance(here, Span) or here.end_ns is not None:
        return parent
    return here if is_nested_in(here, parent) else parent


def values_now() -> Context:
    """The attached values; the span among them may be out of date. Cheaper than the API's `get_current`."""
    runtime = runtime_context()
    return runtime.values() if type(runtime) is SharedContext else api.get_current()


def share_context() -> None:
    """Let spans of the OpenTelemetry API and of the tracer be each other's parents, from now on in this process."""
    watch()
    if not isinstance(runtime := runtime_context(), SharedContext):
        other_contexts.watch(runtime)
        set_runtime_context(SharedContext(runtime))

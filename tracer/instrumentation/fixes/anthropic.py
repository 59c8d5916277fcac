"""OpenInference's instrumentor for Anthropic: streams whose request is sent in their span; counting asks no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...spans.current import current, restore
from .calls_without_model import ReadRequest, of_no_model
from .patch import patch

_WRAPPERS = "openinference.instrumentation.anthropic._wrappers"


def fix() -> None:
    """Patch the instrumentor."""
    for name in ("_MessageStreamManager", "_BetaMessageStreamManager"):
        patch(_WRAPPERS, f"{name}.__enter__", _entering)
    for name in ("_AsyncMessageStreamManager", "_BetaAsyncMessageStreamManager"):
        patch(_WRAPPERS, f"{name}.__aenter__", _entering_async)
    for name in ("_CountTokensWrapper", "_AsyncCountTokensWrapper"):
        patch(_WRAPPERS, f"{name}._start_as_current_span", _without_model)


def _entering(enter: Any) -> Any:
    def entered(manager: Any) -> Any:
        with _span_is_current(manager):
            return enter(manager)

    return entered


def _entering_async(enter: Any) -> Any:
    async def entered(manager: Any) -> Any:
        with _span_is_current(manager):
            return await enter(manager)

    return entered


@contextmanager
def _span_is_current(manager: Any) -> Iterator[None]:
    """Let the span of a manager of `messages.stream()` be current while the manager sends the request."""
    api_span = getattr(getattr(manager, "_self_with_span", None), "_span", None)
    span = getattr(api_span, "record", None)
    token = None if span is None else current.set(span)
    try:
        yield
    finally:
        restore(token)


def _without_model(start: Any) -> Any:
    """Start the span of the counting of tokens with the attributes of a call that asks no model."""

    def started(self: Any, *args: Any, attributes: Mapping[str, Any], **kwargs: Any) -> Any:
        own = dict(of_no_model(attributes.items(), ReadRequest.kind))
        return start(self, *args, attributes=own, **kwargs)

    return started

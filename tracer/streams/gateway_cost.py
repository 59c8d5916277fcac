"""The cost of a call that a gateway tells in a header of its response: the proxy of LiteLLM, with its own prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .followed_response import content_type

if TYPE_CHECKING:
    from ..spans.span import Span

_HEADER = "x-litellm-response-cost"
_COST = "llm.cost.total"


def keep(span: Span, response: Any) -> None:
    """Set the cost on the span of the call. That of a stream is not known when its headers are sent."""
    told = response.headers.get(_HEADER)
    if not told or "json" not in content_type(response):
        return
    try:
        cost_usd = float(told)
    except ValueError:
        return
    if 0 <= cost_usd < float("inf"):
        span.attribute_values.setdefault(_COST, cost_usd)

"""The cost that a provider or gateway tells in the usage object of an answer, in US dollars.

OpenRouter `cost`, Perplexity `cost.total_cost`, DeepInfra `estimated_cost`, xAI `cost_in_usd_ticks`. What was billed
is kept as it was told: tokens and a price table can only estimate it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .attribute_values import is_mapping, number

_TICKS_PER_USD = 1e10
"""https://docs.x.ai/developers/cost-tracking"""

_TELLING = frozenset({"cost_in_usd_ticks", "cost", "estimated_cost"})


def reported_cost(usage: Mapping[str, Any]) -> float | None:
    """The cost of the call; None where the usage object tells none."""
    if _TELLING.isdisjoint(usage):
        return None
    if (ticks := _amount(usage.get("cost_in_usd_ticks"))) is not None:
        return ticks / _TICKS_PER_USD
    cost = usage.get("cost")
    if is_mapping(cost):
        return _amount(cost.get("total_cost"))
    cost_usd = _amount(cost)
    if cost_usd is None:
        cost_usd = _amount(usage.get("estimated_cost"))
    if cost_usd is None:
        return None
    return cost_usd + _paid_to_upstream(usage, cost_usd)


def _paid_to_upstream(usage: Mapping[str, Any], cost_usd: float) -> float:
    """What OpenRouter did not charge: with a key of the caller's own, the upstream provider bills the caller.

    `cost` is OpenRouter's fee then (https://openrouter.ai/docs, "Usage Accounting"). Without such a key
    `upstream_inference_cost` is at most what `cost` has in it already.
    """
    details = usage.get("cost_details")
    upstream = _amount(details.get("upstream_inference_cost")) if is_mapping(details) else None
    is_callers_key = usage.get("is_byok")
    if upstream is None or is_callers_key is False:
        return 0.0
    return upstream if is_callers_key or cost_usd < upstream else 0.0


def _amount(value: Any) -> float | None:
    amount = number(value)
    return amount if amount is not None and amount >= 0 else None

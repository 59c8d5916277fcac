"""Read the cost that a provider or gateway reports in the usage object of a response, in US dollars.

OpenRouter `cost`, Perplexity `cost.total_cost`, DeepInfra `estimated_cost`, xAI `cost_in_usd_ticks`. The reported cost
is the billed cost, which tokens and a price table can only estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .attribute_values import is_mapping, number

_TICKS_PER_USD = 1e10
"""https://docs.x.ai/developers/cost-tracking"""

_COST_KEYS = frozenset({"cost_in_usd_ticks", "cost", "estimated_cost"})


def reported_cost(usage: Mapping[str, Any]) -> float | None:
    """Return the cost of the call; None if the usage object does not contain a cost."""
    if _COST_KEYS.isdisjoint(usage):
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
    """Return what OpenRouter did not charge: with the caller's own key, the upstream provider bills the caller.

    `cost` is then OpenRouter's fee (https://openrouter.ai/docs, "Usage Accounting"). Without such a key, `cost` already
    includes `upstream_inference_cost`.
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

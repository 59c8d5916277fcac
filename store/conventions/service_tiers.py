"""Read the service tier of a call, which changes its price: flex, priority, batch, fast.

It is in the response of OpenAI and Groq, in the usage object of Anthropic, Gemini and Mistral, in an object of its own
of Bedrock, and in the names of the counts of `langchain-openai`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..prices.price_steps import LIST_PRICE
from .attribute_values import is_mapping
from .usage_names import TIERS_OF_LANGCHAIN

_AT_LIST_PRICE = frozenset(
    {"auto", "default", "standard", "standard_only", "on_demand", "unspecified", "traffic_type_unspecified"}
)
_OTHER_NAMES = {"on_demand_flex": "flex", "on_demand_priority": "priority", "on_demand_offpeak": "offpeak"}
_SENTINELS = ("~", "<")
"""The first characters of values that mean "not set" in a client."""


def tier(value: Any) -> str | None:
    """Return the normalized tier, `standard` for tiers with list prices; None for a value that is not a tier."""
    if value is None:
        return None
    if not isinstance(value, str) and is_mapping(value):
        value = value.get("type")
    if not isinstance(value, str) or value.startswith(_SENTINELS) or not value:
        return None
    name = value.rpartition(".")[2].lower()
    return LIST_PRICE if name in _AT_LIST_PRICE else _OTHER_NAMES.get(name, name)


def tier_in(usage: Mapping[str, Any]) -> str | None:
    """Return the tier in a usage object, or None."""
    if usage.get("speed") == "fast":  # Anthropic
        return "fast"
    for key in ("service_tier", "serviceTier", "traffic_type", "trafficType"):
        if key in usage and (found := tier(usage[key])) is not None:
            return found
    details = usage.get("input_token_details")
    return tier_of_langchain(details) if is_mapping(details) else None


def tier_of_langchain(details: Mapping[str, Any]) -> str | None:
    """Return the tier in the names of the parts of a count, or None."""
    for name in TIERS_OF_LANGCHAIN:
        if name in details:
            return name
    return None

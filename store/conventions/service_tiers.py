"""The service tier that a call was served at, where its price is not the list price: flex, priority, batch, fast.

OpenAI and Groq tell it in the answer, Anthropic, Gemini and Mistral in the usage object, Bedrock in an object of its
own, `langchain-openai` in the names of its counts.
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
"""How a value begins that a client has for "not set"."""


def tier(value: Any) -> str | None:
    """The tier in one spelling, `standard` for those that have the list price; None for what is no tier."""
    if value is None:
        return None
    if not isinstance(value, str) and is_mapping(value):
        value = value.get("type")
    if not isinstance(value, str) or value.startswith(_SENTINELS) or not value:
        return None
    name = value.rpartition(".")[2].lower()
    return LIST_PRICE if name in _AT_LIST_PRICE else _OTHER_NAMES.get(name, name)


def tier_in(usage: Mapping[str, Any]) -> str | None:
    """The tier that a usage object tells; None where it tells none."""
    if usage.get("speed") == "fast":  # Anthropic
        return "fast"
    for key in ("service_tier", "serviceTier", "traffic_type", "trafficType"):
        if key in usage and (found := tier(usage[key])) is not None:
            return found
    details = usage.get("input_token_details")
    return tier_of_langchain(details) if is_mapping(details) else None


def tier_of_langchain(details: Mapping[str, Any]) -> str | None:
    """The tier that stands in the names of the parts of a count; None where none does."""
    for name in TIERS_OF_LANGCHAIN:
        if name in details:
            return name
    return None

"""The cost of a model call, split into input and output as in MLflow.

The file stores the total. The parts come from an attribute, or else from the price table and the tokens. If they do not
add up to the total, because prices have changed since, only the total is returned.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from pathlib import Path
from threading import local
from typing import Any, NamedTuple

from ...store.conventions import dialects
from ...store.prices.pricing import Prices
from ..mlflow_form.json_values import json_value
from ..settings.settings import config

_GIVEN = (
    ("mlflow.llm.cost", "input_cost", "output_cost"),
    ("langfuse.observation.cost_details", "input", "output"),
)
"""Attributes that hold an object, with the names of the parts in it."""


class _PricesOfThread(local):
    # A `Prices` serves one thread at a time. A lock around a shared one could be copied held by a fork.
    def __init__(self) -> None:
        self.own: Path | str | None = None
        self.prices: Prices | None = None

    def of(self, own: Path | str | None) -> Prices:
        if self.prices is None or self.own != own:
            # The writer has warned about an unusable price file already.
            self.own, self.prices = own, Prices(own, lambda message: None)
        return self.prices


_prices = _PricesOfThread()


class CostParts(NamedTuple):
    """US dollars. An unknown part is None."""

    input_usd: float | None
    output_usd: float | None
    total_usd: float | None

    def as_dict(self) -> dict[str, float] | None:
        """MLflow's names; None when nothing is known."""
        named = {"input_cost": self.input_usd, "output_cost": self.output_usd, "total_cost": self.total_usd}
        return {name: amount for name, amount in named.items() if amount is not None} or None


def cost_parts(attributes: Mapping[str, Any], stored_usd: float | None, start_ns: int) -> CostParts:
    """The cost of a span: the cost in its attributes, or else `stored_usd`, which was computed when it was written."""
    columns = dialects.derive(dialects.derivation(attributes), list(attributes.values()))
    given = columns.get("cost_usd")
    if given is not None:
        parts = columns.get("input_cost_usd"), columns.get("output_cost_usd")
        for key, input_name, output_name in _GIVEN:
            value = json_value(attributes.get(key))
            if parts == (None, None) and isinstance(value, dict):
                parts = _number(value.get(input_name)), _number(value.get(output_name))
        return CostParts(*parts, given)
    if stored_usd is None:
        return CostParts(None, None, None)
    prices = _prices.of(config.prices)
    of_input = prices.cost_usd({**columns, "output_tokens": 0}, start_ns)
    of_all = prices.cost_usd(columns, start_ns)
    if of_input is None or of_all is None or not isclose(of_all, stored_usd, rel_tol=1e-9):
        return CostParts(None, None, stored_usd)
    return CostParts(of_input, stored_usd - of_input, stored_usd)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

"""Where a condition of a filter is evaluated, and the two conditions that are the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from .parameters import Parameters

FALSE = "0"
"""The condition that never holds; `TRUE` always does. Whole branches fold into them."""
TRUE = "1"


class Place:
    """Where a condition is evaluated: for one span `s` of trace `t`, in a slice of spans or alone."""

    def __init__(
        self, keys: Mapping[str, int], parameters: Parameters, *, in_slice: bool = False, span: str = "s", hops: int = 0
    ) -> None:
        self.keys = keys
        self.parameters = parameters
        self.bind = parameters.bind
        self.in_slice = in_slice
        """Whether the question is about spans from :first to :last, so that sets can be found for all at once."""
        self.span = span
        self.hops = hops
        self.trace_used = False
        """Whether a condition made here speaks of `t`."""

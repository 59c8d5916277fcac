"""Where a condition of a filter is evaluated: its parameters, its aliases, and the constant conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

FALSE = "0"
"""The condition that never holds; `TRUE` always does. Whole branches fold into them."""
TRUE = "1"


class Parameters:
    """The values of one plan, by the names its SQL calls them."""

    def __init__(self, now_ns: int, gone_json: str, *, utc: bool = False) -> None:
        self.values: dict[str, Any] = {"now": now_ns, "gone": gone_json}
        self.utc = utc
        """Whether times without a zone are UTC, not local."""
        self.block_tests: dict[str, str] = {}
        """Conditions on the text of a block, by the parameter that gets the numbers of the blocks that fit."""
        self._block_tests: dict[str, tuple[str, str]] = {}
        self.tables: dict[str, str] = {}
        """Tables that stand in front of the questions that name them, see `fields.relatives.with_tables`."""

    @classmethod
    def continued(cls, values: Mapping[str, Any], tables: Mapping[str, str]) -> Parameters:
        """The values and tables of a plan, to which more are added."""
        more = cls(0, "")
        more.values, more.tables = dict(values), dict(tables)
        return more

    def table(self, columns: str, sql: str, *, kept: bool = False) -> str:
        """Keep a table made by `sql`, in which `{itself}` is its own name, and give that name.

        One that is `kept` is filled once and indexed, however often a question looks into it.
        """
        name = f"found_{len(self.tables)}"
        how = "AS MATERIALIZED" if kept else "AS"
        self.tables[name] = f"{name}({columns}) {how} ({sql.replace('{itself}', name)})"
        return name

    def block_test(self, needle: str, made: Callable[[], str]) -> tuple[str, str]:
        """Keep the condition that `made` makes for `needle`; give it, and the parameter of the blocks that fit."""
        found = self._block_tests.get(needle)
        if found is None:
            name = f"blocks_{len(self.block_tests)}"
            found = self._block_tests[needle] = made(), f":{name}"
            self.block_tests[name] = found[0]
        return found

    def bind(self, value: Any) -> str:
        """Keep `value` and give the parameter that stands for it."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"


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

"""The values and tables that the SQL of one plan refers to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Parameters:
    """The values of one plan, by the names its SQL calls them."""

    def __init__(self, now_ns: int, gone_json: str, *, utc: bool = False) -> None:
        self.values: dict[str, Any] = {"now": now_ns, "gone": gone_json}
        self.utc = utc
        """Whether times without a zone are UTC, not local."""
        self.tables: dict[str, str] = {}
        """Tables that stand in front of the questions that name them, see `kin.with_tables`."""

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

    def bind(self, value: Any) -> str:
        """Keep `value` and give the parameter that stands for it."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"

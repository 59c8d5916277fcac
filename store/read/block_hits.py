"""Which blocks hold a searched text: each block is read once in a search, and only when a slice of spans needs it."""

# ruff: noqa: S608 - SQL is made of our own words
from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from ..file.blocks import RANGE_BITS, made_in
from ..filter.sql.block_search import TEXT
from ..filter.sql.functions import faults_told

_NEEDED = f"""
    SELECT id FROM block WHERE {made_in("id", ":first", ":last")}
    UNION SELECT block FROM block_use WHERE range BETWEEN :first AND :last"""


class BlockHits:
    """The blocks that fit one condition of a plan, as far as the search has come."""

    def __init__(self, connection: sqlite3.Connection, condition: str, parameters: Mapping[str, Any]) -> None:
        """`condition` is SQL on `block_search.TEXT`, with parameters of the plan."""
        of_new = "FROM block b WHERE b.id IN (SELECT value FROM json_each(:new))"
        self._texts = f"SELECT b.id {of_new} AND typeof(b.text) = 'text' AND {condition.replace(TEXT, 'b.text')}"
        part = condition.replace(TEXT, "part.atom")
        self._groups = (
            f"SELECT b.id {of_new} AND typeof(b.text) = 'blob' AND EXISTS ("
            "SELECT 1 FROM json_each(CAST(b.text AS TEXT)) part WHERE CASE part.type"
            f" WHEN 'text' THEN {part} ELSE part.atom IN (SELECT value FROM json_each(:hits)) END)"
        )
        self._connection = connection
        self._parameters = parameters
        self._searched: set[int] = set()
        self._hits: set[int] = set()

    def of_spans(self, first: int, last: int) -> str:
        """Return the blocks that fit, of those that spans with first <= span.id <= last need, as a JSON list."""
        ranges = {"first": first >> RANGE_BITS, "last": last >> RANGE_BITS}
        needed = {block for (block,) in self._connection.execute(_NEEDED, ranges)}
        if new := needed - self._searched:
            parameters = {**self._parameters, "new": json.dumps(list(new))}
            with faults_told():
                self._hits.update(block for (block,) in self._connection.execute(self._texts, parameters))
                parameters["hits"] = json.dumps(list(self._hits & needed))
                self._hits.update(block for (block,) in self._connection.execute(self._groups, parameters))
            self._searched |= new
        return json.dumps(list(self._hits & needed))

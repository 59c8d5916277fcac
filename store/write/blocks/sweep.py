"""Delete the blocks that nothing needs any more, in the transaction that deletes the values that needed them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from ...file.blocks import RANGE_BITS, made_in

_VALUES = " UNION ALL ".join(
    f"SELECT {column} AS value FROM payload WHERE span BETWEEN :first AND :last AND typeof({column}) = 'blob'"  # noqa: S608
    for column in ("inputs", "outputs", "events")
)
_ATTRIBUTES = """SELECT a.value FROM attr_key k CROSS JOIN attr a
    ON a.key = k.id AND a.span BETWEEN :first AND :last WHERE typeof(a.value) = 'blob'"""

_STILL_NEEDED = f"""
    WITH of_values(block) AS (
        SELECT j.atom FROM ({_VALUES} UNION ALL {_ATTRIBUTES}) v, json_each(CAST(v.value AS TEXT)) j
        WHERE j.type = 'integer')
    SELECT block FROM of_values UNION
    SELECT j.atom FROM of_values CROSS JOIN block g ON g.id = of_values.block AND typeof(g.text) = 'blob',
        json_each(CAST(g.text AS TEXT)) j WHERE j.type = 'integer'"""  # noqa: S608
"""The blocks that the values of some spans refer to, and those that these blocks refer to."""

_IN = "IN (SELECT value FROM json_each(?))"
_MADE = f"SELECT id FROM block WHERE {made_in('id', ':range')}"  # noqa: S608
_NEEDED_ELSEWHERE = f"SELECT DISTINCT block FROM block_use WHERE block {_IN} AND range >= 0"  # noqa: S608
_NOT_NEEDED_WHERE_MADE = f"SELECT block FROM block_use WHERE block {_IN} AND range = -1"  # noqa: S608


def sweep(connection: sqlite3.Connection, spans: Iterable[int]) -> None:
    """Delete the blocks that only these spans needed; their payloads and attributes are deleted already."""
    changed = False
    for place in sorted({span >> RANGE_BITS for span in spans}):
        changed |= _sweep_range(connection, place)
    if changed:
        connection.execute("UPDATE sequence SET sweeps = sweeps + 1")


def _sweep_range(connection: sqlite3.Connection, place: int) -> bool:
    """Return whether the range needs fewer blocks than before."""

    def chosen(sql: str, blocks: set[int]) -> set[int]:
        return {block for (block,) in connection.execute(sql, (json.dumps(list(blocks)),))}

    made = {block for (block,) in connection.execute(_MADE, {"range": place})}
    used = {block for (block,) in connection.execute("SELECT block FROM block_use WHERE range = ?", (place,))}
    if not made and not used:
        return False
    first = place << RANGE_BITS
    bounds = {"first": first, "last": first + (1 << RANGE_BITS) - 1}
    needed = {block for (block,) in connection.execute(_STILL_NEEDED, bounds)}
    made, used = made - needed, used - needed
    connection.execute(f"DELETE FROM block_use WHERE range = ? AND block {_IN}", (place, json.dumps(list(used))))  # noqa: S608
    elsewhere = chosen(_NEEDED_ELSEWHERE, made | used)
    stay = [(block,) for block in made & elsewhere]
    connection.executemany("INSERT INTO block_use (block, range) VALUES (?, -1) ON CONFLICT DO NOTHING", stay)
    gone = made - elsewhere | chosen(_NOT_NEEDED_WHERE_MADE, used - elsewhere)
    for table, column in (("block_use", "block"), ("block", "id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} {_IN}", (json.dumps(list(gone)),))  # noqa: S608
    return bool(made or used)

"""How a text that is kept in blocks is put together, as SQL of stock SQLite.

A value of `payload` or `attr` is the text itself, or a *recipe*: a BLOB that holds a JSON list of texts and numbers of
blocks, which joined are the value. A block is a text, or a recipe too, of texts and of blocks that are texts: the long
beginning that the calls of a conversation have in common. So a recipe is looked up in two steps at most.
"""

# ruff: noqa: S608 - SQL is made of our own words
from __future__ import annotations

RANGE_BITS = 10
"""Which spans need a block is known for ranges of 1,024 span numbers: a row for each span would take as much space as
the short texts of a chat, and a count in the row of the block a write for each use."""


_MOST = (1 << 63) - 1


def made_in(block: str, first_range: str, last_range: str | None = None) -> str:
    """Return a condition: whether `block` was made in a range, or in one from the first to the last."""
    first = f"SELECT first_block FROM block_range WHERE range >= {first_range} ORDER BY range LIMIT 1"
    end = f"SELECT first_block FROM block_range WHERE range > {last_range or first_range} ORDER BY range LIMIT 1"
    return f"({block} >= coalesce(({first}), {_MOST}) AND {block} < coalesce(({end}), {_MOST}))"


def whole(value: str) -> str:
    """Return an expression for the text of `value`, a column of `payload`, or `attr.value`."""
    return (
        f"CASE WHEN typeof({value}) = 'blob' AND json_valid(CAST({value} AS TEXT)) THEN (SELECT group_concat("
        "CASE part.type WHEN 'text' THEN part.atom ELSE (SELECT b.text FROM block_texts b WHERE b.id = part.atom) END,"
        f" '') FROM json_each(CAST({value} AS TEXT)) part) ELSE {value} END"
    )


TEXT_VIEWS = f"""
CREATE VIEW block_texts AS SELECT
    b.id, CASE typeof(b.text) WHEN 'blob' THEN (
        SELECT group_concat(CASE part.type WHEN 'text' THEN part.atom
            ELSE (SELECT c.text FROM block c WHERE c.id = part.atom) END, '')
        FROM json_each(CAST(b.text AS TEXT)) part) ELSE b.text END AS text
FROM block b;

CREATE VIEW attr_texts AS SELECT a.key, a.span, a.value, a.type, {whole("a.value")} AS text FROM attr a;

CREATE VIEW payload_texts AS SELECT
    y.span, y.inputs, y.outputs, y.events, y.links, {whole("y.inputs")} AS whole_inputs,
    {whole("y.outputs")} AS whole_outputs, {whole("y.events")} AS whole_events
FROM payload y;
"""
"""The tables with whole texts beside the stored values. Views, for the parser of SQLite allows expressions of a limited
depth, and SQLite puts a view's expression where its column is used, and nowhere else."""

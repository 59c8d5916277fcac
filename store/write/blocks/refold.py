"""Make blocks of the values that a file has whole: those of layout 7, and those that were not worth cutting then.

Each transaction replaces some values by recipes of the same text, so at every instant, killed or not, each value reads
as before, and the next run goes on. Other processes may write in the meantime.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from ...file import schema
from ...text.json_parts import JsonParts, KnownElements, encode_in_parts
from ..statements.transaction import Transaction
from .block_writer import FOLD_FROM_BYTES, BlockWriter

_BYTES_AT_ONCE = 4 << 20
"""How much text one transaction replaces, for which other writers wait some 20 ms."""

_VALUES_AT_ONCE = 2_000

_PAUSE_S = 0.005
"""The pause between two transactions, in which waiting writers begin theirs."""

_IS_LONG = f"typeof({{0}}) = 'text' AND length({{0}}) >= {FOLD_FROM_BYTES}"


class Refolded(NamedTuple):
    """How much was done so far."""

    values: int
    """How many long values were read."""
    recipes: int
    """How many of them are recipes now."""


class _Value(NamedTuple):
    span: int
    source: str
    text: bytes


def refold(path: Path, on_progress: Callable[[Refolded], None] = lambda done: None) -> Refolded:
    """Replace long values by recipes; `on_progress` is called after each transaction and may raise to stop.

    Raises what `schema.open_for_writing` raises, and sqlite3.OperationalError when the file cannot be written now.
    """
    connection = schema.open_for_writing(path)
    try:
        blocks, known = BlockWriter(), KnownElements()
        done = Refolded(0, 0)
        for column in ("inputs", "outputs", "events"):
            select = (
                f"SELECT y.span, CAST(s.name AS TEXT), CAST(y.{column} AS BLOB)"  # noqa: S608 (our own names)
                f" FROM payload y JOIN span s ON s.id = y.span WHERE y.span > ? AND {_IS_LONG.format(f'y.{column}')}"
                " ORDER BY y.span LIMIT ?"
            )
            update = f"UPDATE payload SET {column} = ? WHERE span = ? AND CAST({column} AS BLOB) = ?"  # noqa: S608
            for values in _batches(connection, select, ()):
                done = _replace(connection, blocks, known, column, values, update, (), done)
                on_progress(done)
        for (key,) in connection.execute("SELECT id FROM attr_key").fetchall():
            select = (
                "SELECT span, CAST(key AS TEXT), CAST(value AS BLOB) FROM attr"  # noqa: S608
                f" WHERE key = ? AND span > ? AND {_IS_LONG.format('value')} ORDER BY span LIMIT ?"
            )
            update = "UPDATE attr SET value = ? WHERE span = ? AND CAST(value AS BLOB) = ? AND key = ?"
            for values in _batches(connection, select, (key,)):
                done = _replace(connection, blocks, known, "attribute", values, update, (key,), done)
                on_progress(done)
        return done
    finally:
        connection.close()


def _batches(connection: sqlite3.Connection, select: str, parameters: tuple[int, ...]) -> Iterator[list[_Value]]:
    last = -(1 << 63)
    while True:
        values, size = [], 0
        cursor = connection.execute(select, (*parameters, last, _VALUES_AT_ONCE))
        for row in cursor:
            values.append(_Value(*row))
            size += len(row[2])
            if size >= _BYTES_AT_ONCE:
                break
        cursor.close()  # no statement stays open, so a checkpoint of a writer does not wait
        if not values:
            return
        last = values[-1].span
        yield values


def _replace(
    connection: sqlite3.Connection,
    blocks: BlockWriter,
    known: KnownElements,
    column: str,
    values: list[_Value],
    update: str,
    parameters: tuple[int, ...],
    done: Refolded,
) -> Refolded:
    recipes = 0
    try:
        with Transaction(connection) as transaction:
            _, _, last_span, last_block, sweeps = transaction.sequence
            blocks.begin(connection, last_block, sweeps)
            for span, source, text in values:
                recipe = blocks.fold(_parted(text, known), span, blocks.source(source, column))
                if recipe is not None:
                    # Only if the value is unchanged: the process of an open span may have written it again.
                    recipes += connection.execute(update, (recipe, span, text, *parameters)).rowcount
            blocks.write(last_span)
            # Readers notice the change by the rev.
            transaction.advance(rev=transaction.sequence[0] + 1, block=blocks.last)
    except BaseException:
        blocks.clear()
        raise
    time.sleep(_PAUSE_S)
    return Refolded(done.values + len(values), done.recipes + recipes)


def _parted(text: bytes, known: KnownElements) -> bytes | JsonParts:
    """The parts of a JSON text as the recorder cuts it, so that its blocks are those of new values too."""
    try:
        parts = encode_in_parts(orjson.loads(text), known)
    except (ValueError, RecursionError):
        return text
    return parts if isinstance(parts, JsonParts) and bytes(parts) == text else text

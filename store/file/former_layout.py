"""Read a file of the layouts before blocks as it is: what it lacks, its reader adds for itself.

The tables of blocks are temporary and empty, and stand before those of the file, so they go when a writer brings the
file to the layout of this version. A column that the file lacks is null.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from typing import Any

from .blocks import TEXT_VIEWS

FIRST_READABLE, FIRST_WITH_BLOCKS = 7, 9
"""The first layout that readers read as it is, and the first that needs nothing of this."""

_TABLES = """
CREATE TEMP TABLE block (id INTEGER PRIMARY KEY, digest INTEGER, text TEXT);
CREATE TEMP TABLE block_range (range INTEGER PRIMARY KEY, first_block INTEGER);
CREATE TEMP TABLE block_use (block INTEGER, range INTEGER);
"""
_VIEWS = TEXT_VIEWS.replace("CREATE VIEW", "CREATE TEMP VIEW")
_DROP = """
DROP VIEW temp.payload_texts; DROP VIEW temp.attr_texts; DROP VIEW temp.block_texts;
DROP TABLE temp.block_use; DROP TABLE temp.block_range; DROP TABLE temp.block;
"""
_SINCE_8 = re.compile(r"\b(\w+\.)?unpriced_tool_calls\b")


class FormerConnection(sqlite3.Connection):
    """A connection to a file of layout 7, until it has another layout."""

    lacks_columns = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Execute a statement, with null for the columns that the file lacks."""
        return super().execute(_SINCE_8.sub("NULL", sql) if self.lacks_columns else sql, parameters)


def is_former(connection: sqlite3.Connection) -> bool:
    """Whether the file of a connection has a layout before blocks; False for a file that cannot be read.

    SQLite is asked, and the file is not opened beside it: closing it would end the locks of all connections that this
    process has to it, and another process would delete the log that a writer of this process is writing.
    """
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        return False
    return 0 < int(version) < FIRST_WITH_BLOCKS


def adapt(connection: sqlite3.Connection) -> bool:
    """Make the queries of this version fit the layout of the file; return whether anything was changed."""
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    if isinstance(connection, FormerConnection):
        connection.lacks_columns = layout == FIRST_READABLE
    is_adapted = connection.execute("SELECT 1 FROM temp.sqlite_schema WHERE name = 'block'").fetchone() is not None
    if is_adapted == (FIRST_READABLE <= layout < FIRST_WITH_BLOCKS):
        return False
    connection.execute("PRAGMA query_only = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    _run(connection, (_DROP if is_adapted else _TABLES + _VIEWS).split(";"))
    connection.execute("PRAGMA query_only = ON")
    return True


def _run(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(statement)

"""A Delta Lake table of spans, to which each span is appended once. Importing this module needs the extra `delta`.

Delta Lake does not reject a transaction of an application that is in the table already; it rejects a second commit on
one snapshot. So each append reads how far this file has come from the snapshot that it appends to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from ...store.exchange.delta_rows import REV
from .chunks import Chunk

_TEXT = pa.string()
_LONG = pa.int64()
_INT = pa.int32()

SCHEMA: Final = pa.schema([
    pa.field("record_id", _TEXT),
    pa.field("time", pa.timestamp("us", tz="UTC")),
    pa.field("date", pa.date32()),
    pa.field("service_name", _TEXT),
    pa.field("trace_id", _TEXT),
    pa.field("span_id", _TEXT),
    pa.field("trace_state", _TEXT),
    pa.field("parent_span_id", _TEXT),
    pa.field("flags", _INT),
    pa.field("name", _TEXT),
    pa.field("kind", _TEXT),
    pa.field("start_time_unix_nano", _LONG),
    pa.field("end_time_unix_nano", _LONG),
    pa.field("attributes", _TEXT),
    pa.field("dropped_attributes_count", _INT),
    pa.field(
        "events",
        pa.list_(
            pa.struct([
                ("time_unix_nano", _LONG),
                ("name", _TEXT),
                ("attributes", _TEXT),
                ("dropped_attributes_count", _INT),
            ])
        ),
    ),
    pa.field("dropped_events_count", _INT),
    pa.field(
        "links",
        pa.list_(
            pa.struct([
                ("trace_id", _TEXT),
                ("span_id", _TEXT),
                ("trace_state", _TEXT),
                ("attributes", _TEXT),
                ("dropped_attributes_count", _INT),
                ("flags", _INT),
            ])
        ),
    ),
    pa.field("dropped_links_count", _INT),
    pa.field("status", pa.struct([("message", _TEXT), ("code", _TEXT)])),
    pa.field("resource", pa.struct([("attributes", _TEXT), ("dropped_attributes_count", _INT)])),
    pa.field("resource_schema_url", _TEXT),
    pa.field(
        "instrumentation_scope",
        pa.struct([
            ("name", _TEXT),
            ("version", _TEXT),
            ("attributes", _TEXT),
            ("dropped_attributes_count", _INT),
        ]),
    ),
    pa.field("span_schema_url", _TEXT),
    pa.field(REV, _LONG),
])  # fmt: skip
"""The columns of Databricks' tables of spans, and `tracetui_rev`."""

_TRIES = 20
_PAUSE_S = 0.2


class TableError(Exception):
    """The table cannot be created, read or written; the message is for people."""


class SpanTable:
    """The table at an address. Raises TableError."""

    def __init__(self, uri: str, app_id: str, *, sleep: Callable[[float], object] = time.sleep) -> None:
        """`app_id` is of the trace file whose spans are appended."""
        self._uri = uri
        self._app_id = app_id
        self._sleep = sleep
        self._table = self._opened()

    def append(self, chunk_after: Callable[[int], Chunk]) -> int:
        """Append the rows that `chunk_after` returns for the revision that the table has; return their number.

        0 means that the table has everything. The same rows are never in the table twice, whoever else writes to it.
        """
        for _ in range(_TRIES):
            try:
                chunk = chunk_after(self._table.transaction_version(self._app_id) or 0)
                if not chunk.rows:
                    return 0
                self._write(chunk)
            except CommitFailedError:  # another process was first: its spans, or the same as these, are in the table
                self._sleep(_PAUSE_S)
                self._table = self._opened()
            except (DeltaError, OSError, pa.ArrowException) as error:
                raise TableError(f"cannot write {self._uri}: {error}") from None
            else:
                self._table = self._opened()
                return len(chunk.rows)
        raise TableError(f"cannot write {self._uri}: another process is always first")

    def _write(self, chunk: Chunk) -> None:
        batch: Iterable[dict[str, Any]] = chunk.rows
        write_deltalake(
            self._table,
            pa.Table.from_pylist(list(batch), schema=SCHEMA),
            mode="append",
            commit_properties=CommitProperties(
                max_commit_retries=0, app_transactions=[Transaction(self._app_id, chunk.rev)]
            ),
        )

    def _opened(self) -> DeltaTable:
        """Return the newest snapshot of the table, which is created if there is none."""
        for _ in range(_TRIES):
            try:
                return DeltaTable(self._uri)
            except TableNotFoundError:
                try:
                    return DeltaTable.create(self._uri, SCHEMA, mode="error", partition_by=["date"], name="spans")
                except DeltaError:  # another process has created it meanwhile, or it cannot be created
                    self._sleep(_PAUSE_S)
            except (DeltaError, OSError) as error:
                raise TableError(f"cannot open {self._uri}: {error}") from None
        raise TableError(f"cannot create a table at {self._uri}")

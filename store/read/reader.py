"""The reading side of the trace file: one connection that can only read, and the questions asked of it."""

from __future__ import annotations

import math
import sqlite3
import time
from array import array
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ..file import paths, schema
from ..file.errors import DamagedFileError, EndlessFileError, explain
from ..file.schema import METADATA, REQUEST_PREVIEW, RESPONSE_PREVIEW, NotATraceFileError
from ..model import decoding
from ..model.column_types import ColumnTypes
from ..model.rows import (
    AssessmentRow,
    AttachmentRow,
    ProcessRow,
    SpanDetail,
    SpanRow,
    TraceRow,
)
from . import liveness

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from .connection_pool import ConnectionPool

SPANS_PER_DETAIL_BATCH = 256
"""How many spans `details` reads at a time: no statement stays open between batches, so a slow consumer
never holds a checkpoint of the writer back."""

LONGEST_S = 10.0
"""For one short read. Pages that refer to each other in a ring would be gone through for ever."""

_STEPS_BETWEEN_LOOKS = 100_000
"""SQLite's steps, some milliseconds of them."""

CANDIDATES_SHOWN = 8
"""How many traces an ambiguous prefix lists."""

_TEXTS = {
    *("name", "kind", "status", "status_message", "session_id", "user_id", "model", "response_model", "provider"),
    "answer_id",
    *("request_preview", "response_preview", "client_request_id", "host", "service", "command", "python"),
}
"""Columns of text, where the writer puts bytes for a text that holds lone surrogates."""


def _columns(names: tuple[str, ...], expressions: Mapping[str, str] | None = None) -> str:
    columns = [(name, (expressions or {}).get(name, name)) for name in names]
    return ", ".join(f"CAST({column} AS TEXT)" if name in _TEXTS else column for name, column in columns)


_OPEN_PROCESSES = (
    "CASE WHEN t.open_count > 0 THEN"
    " (SELECT group_concat(DISTINCT s.process) FROM span s WHERE s.trace = t.id AND s.end_ns IS NULL) END"
)

_TRACE_COLUMNS = _columns(
    TraceRow._fields,
    {
        "request_preview": REQUEST_PREVIEW,
        "response_preview": RESPONSE_PREVIEW,
        "open_processes": _OPEN_PROCESSES,
    },
)
_SPAN_COLUMNS = _columns(SpanRow._fields)
_PROCESS_COLUMNS = _columns(ProcessRow._fields)

_KINDS: dict[type[tuple[Any, ...]], ColumnTypes] = {
    row: ColumnTypes(row) for row in (TraceRow, SpanRow, ProcessRow, AttachmentRow, AssessmentRow)
}

_ASSESSMENT_COLUMNS = (
    "assessment_id, span_id, kind, CAST(name AS TEXT), value, type, CAST(error AS TEXT), CAST(source_type AS TEXT),"
    " CAST(source_id AS TEXT), CAST(rationale AS TEXT), CAST(metadata AS TEXT), created_ns, updated_ns, overrides,"
    " valid"
)


_Row = TypeVar("_Row", bound=tuple[Any, ...])


class TraceNotFoundError(LookupError):
    """No trace has the id that was asked for; the message says so in words for people."""


class AmbiguousIdError(LookupError):
    """More than one trace begins with the prefix that was given."""

    def __init__(self, prefix: str, candidates: Sequence[tuple[str, str]], *, more: bool) -> None:
        self.candidates = tuple(candidates)
        """(trace id in hex, name) of the traces that match, newest first, cut at `CANDIDATES_SHOWN`."""
        listed = "".join(f"\n  {trace_id}  {name}" for trace_id, name in candidates)
        super().__init__(
            f"several traces begin with {prefix!r}, give more digits:{listed}" + ("\n  ..." if more else "")
        )


class TraceLabels(NamedTuple):
    """What people attach to a trace, beside its line in the list."""

    client_request_id: str | None
    tags: dict[str, str]
    metadata: dict[str, str]


class Reader:
    """Answers questions about one trace file. Each call is one short read; used by one thread at a time.

    Raises FileNotFoundError when there is no such file, NotATraceFileError when it is not ours to read,
    sqlite3.Error when reading fails. While a file has no tables yet every answer is empty.
    """

    def __init__(self, path: Path, *, longest_s: float = LONGEST_S) -> None:
        """`longest_s` is how long a short read may take until the file is taken for damaged."""
        if not path.exists():
            raise FileNotFoundError(f"no trace file at {path}")
        if not path.is_file():
            raise NotATraceFileError(f"{path} is not a file")
        self.path = path
        self._file = paths.identity(path)
        self._pool: ConnectionPool | None = None
        self._has_filter_functions = False
        self.connection = schema.open_for_reading(path)
        """The connection itself, for `store.search` and compiled filters."""
        self._until = math.inf
        self._longest_s = longest_s
        # Also lets Python see a Ctrl-C during a long question.
        self.connection.set_progress_handler(self._is_overdue, _STEPS_BETWEEN_LOOKS)
        self.ready = False
        """Whether the file has its tables; `check_ready` looks again."""
        self._key_names: dict[int, str] = {}
        try:
            self.check_ready()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file up; the reader answers no more."""
        if self._pool is not None:
            self._pool.close()
        self.connection.close()

    def interrupt(self) -> None:
        """Abort the query that another thread is running on this reader, if any."""
        with suppress(sqlite3.ProgrammingError):  # closed meanwhile
            self.connection.interrupt()

    def pool(self) -> ConnectionPool:
        """The connections that a search has beside this one."""
        if self._pool is None:
            from .connection_pool import ConnectionPool

            self._pool = ConnectionPool(self.path, self._file)
        return self._pool

    def register_filter_functions(self) -> None:
        """Give the connection the functions that compiled filters call, if it does not have them yet."""
        if not self._has_filter_functions:
            from ..filter.sql.functions import register

            register(self.connection)
            self._has_filter_functions = True

    def check_ready(self) -> bool:
        """Look again whether the file has its tables yet, and answer `ready`."""
        if not self.ready:
            try:
                self.ready = schema.check_version(self.connection, self.path)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
                    raise NotATraceFileError(explain(self.path, error)) from error
                raise
        return self.ready

    def check(self) -> None:
        """Look again whether the file is one that can be read: its layout may change while it is open."""
        self.ready = schema.check_version(self.connection, self.path)

    # What changed

    def data_version(self) -> int:
        """A number that differs from the last answer when another connection has committed; costs microseconds."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def rev(self) -> int:
        """The last revision given out in the file, 0 while it is empty. Every written row gets a larger one."""
        rev = self._one("SELECT rev FROM sequence", default=0)
        if not isinstance(rev, int):
            raise DamagedFileError(self.path, "the last revision is no number")
        return rev

    def changed_traces(self, since_rev: int) -> list[int]:
        """The ids of the traces written after `since_rev`, ascending."""
        # The plus keeps the planner on the index of `rev`, away from a walk over all traces in order of id.
        rows = self._rows("SELECT id FROM trace WHERE rev > ? ORDER BY +id", since_rev)
        return list(chain.from_iterable(rows))

    # Traces

    def trace_bounds(self) -> tuple[int, int] | None:
        """The smallest and largest trace.id, None when there are no traces."""
        # Two subqueries: min and max in one SELECT would walk the table.
        for first, last in self._rows("SELECT (SELECT min(id) FROM trace), (SELECT max(id) FROM trace)"):
            if first is not None:
                return first, last
        return None

    def newest_traces(self, most: int) -> list[int]:
        """The ids of the newest traces, not more than `most`, ascending."""
        rows = self._rows("SELECT id FROM trace ORDER BY id DESC LIMIT ?", most)
        return list(chain.from_iterable(rows))[::-1]

    def trace_count(self) -> int:
        """How many traces the file has."""
        return int(self._one("SELECT count(*) FROM trace", default=0))

    def trace_ids(self) -> array[int]:
        """Every trace.id, ascending."""
        bounds = self.trace_bounds()
        if bounds is None:
            return array("q")
        first, last = bounds
        if self.trace_count() == last - first + 1:  # no gaps: nothing to fetch
            return array("q", range(first, last + 1))
        return array("q", chain.from_iterable(self._rows("SELECT id FROM trace ORDER BY id")))

    def traces_between(self, first: int, last: int) -> list[TraceRow]:
        """The traces with first <= id <= last, ascending."""
        sql = f"SELECT {_TRACE_COLUMNS} FROM trace t WHERE id BETWEEN ? AND ? ORDER BY id"  # noqa: S608 (our own names)
        return self._made(TraceRow, self._rows(sql, first, last))

    def traces(self, ids: Sequence[int]) -> list[TraceRow]:
        """The traces with these ids, in this order; ids that are gone are left out."""
        rows = self._rows(
            f"SELECT {_TRACE_COLUMNS} FROM trace t WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
            _json_list(ids),
        )
        found = {row.id: row for row in self._made(TraceRow, rows)}
        return [found[id] for id in ids if id in found]

    def labels(self, trace: int) -> TraceLabels | None:
        """What people attached to a trace, None when there is no such trace."""
        for client_request_id, tags, metadata in self._rows(
            "SELECT CAST(t.client_request_id AS TEXT), CAST(t.tags AS TEXT),"  # noqa: S608 (our own names)
            f" CAST({METADATA} AS TEXT) FROM trace t WHERE t.id = ?",
            trace,
        ):
            return TraceLabels(client_request_id, decoding.strings(tags), decoding.strings(metadata))
        return None

    def find_trace(self, prefix: str) -> int:
        """The trace.id of the one trace whose hex id begins with `prefix`; MLflow's leading `tr-` is allowed.

        Raises TraceNotFoundError or AmbiguousIdError.
        """
        digits = prefix.strip().lower().removeprefix("tr-").replace("-", "")
        if not digits or len(digits) > 32 or not set(digits) <= set("0123456789abcdef"):
            raise TraceNotFoundError(f"{prefix!r} is no trace id: give its hex digits, or the first few of them")
        rows = self._rows(
            "SELECT id, lower(hex(trace_id)), CAST(name AS TEXT) FROM trace"
            " WHERE trace_id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?",
            bytes.fromhex(digits.ljust(32, "0")),
            bytes.fromhex(digits.ljust(32, "f")),
            CANDIDATES_SHOWN + 1,
        )
        if not rows:
            raise TraceNotFoundError(f"no trace in {self.path} has an id that begins with {digits}")
        if len(rows) > 1:
            candidates = [(trace_id, name) for _, trace_id, name in rows[:CANDIDATES_SHOWN]]
            raise AmbiguousIdError(digits, candidates, more=len(rows) > CANDIDATES_SHOWN)
        return int(rows[0][0])

    # Spans

    def spans(self, trace: int, since_rev: int = 0) -> list[SpanRow]:
        """The spans of one trace that were written after `since_rev`, in order of arrival."""
        rows = self._rows(
            f"SELECT {_SPAN_COLUMNS} FROM span WHERE trace = ? AND rev > ? ORDER BY id",  # noqa: S608
            trace,
            since_rev,
        )
        return self._made(SpanRow, rows)

    def detail(self, span: int) -> SpanDetail | None:
        """What the span with this span.id holds beyond its line, None when there is no such span."""
        for _, detail in self._details([span]):
            return detail
        return None

    def payload_previews(self, span: int, chars: int) -> tuple[str | None, str | None]:
        """The first `chars` characters of a span's inputs and outputs, as JSON; None for what it does not have."""
        for inputs, outputs in self._rows(
            "SELECT substr(CAST(inputs AS TEXT), 1, ?), substr(CAST(outputs AS TEXT), 1, ?) FROM payload"
            " WHERE span = ?",
            chars,
            chars,
            span,
        ):
            return inputs, outputs
        return None, None

    def details(self, trace: int) -> Iterator[tuple[int, SpanDetail]]:
        """(span.id, detail) of every span of a trace, in order of arrival, read as they are consumed."""
        for spans in self._span_batches(trace):
            yield from self._details([span.id for span in spans])

    def spans_with_details(self, trace: int) -> Iterator[tuple[SpanRow, SpanDetail]]:
        """Every span of a trace with its detail, in order of arrival, read as they are consumed."""
        for spans in self._span_batches(trace):
            details = dict(self._details([span.id for span in spans]))
            yield from ((span, details[span.id]) for span in spans if span.id in details)

    def attribute_keys(self) -> dict[str, int]:
        """The name of every attribute in the file -> how many spans have it."""
        return dict(self._rows("SELECT CAST(name AS TEXT), span_count FROM attr_key ORDER BY name"))

    def attribute_key_ids(self) -> dict[str, int]:
        """The name of every attribute in the file -> its attr_key.id, as `compile_query` takes them."""
        return dict(self._rows("SELECT CAST(name AS TEXT), id FROM attr_key"))

    # Assessments

    def assessments(self, trace: int) -> list[AssessmentRow]:
        """What was said of one trace and its spans, in order of arrival; also what was overridden since."""
        rows = self._rows(f"SELECT {_ASSESSMENT_COLUMNS} FROM assessment WHERE trace = ? ORDER BY id", trace)  # noqa: S608
        decoded = [
            (
                *row[:4],
                decoding.attribute_value(row[4], row[5]),
                decoding.strings(row[6]) or None,
                *row[7:10],
                decoding.strings(row[10]),
                *row[11:14],
                bool(row[14]),
            )
            for row in rows
        ]
        return self._made(AssessmentRow, decoded)

    # Attachments

    def attachments(self, trace: int) -> list[AttachmentRow]:
        """What the values of one trace refer to."""
        rows = self._rows(
            "SELECT lower(hex(a.sha256)), CAST(a.content_type AS TEXT), a.size_bytes"
            " FROM attachment_use u JOIN attachment a ON a.id = u.attachment WHERE u.trace = ? ORDER BY a.id",
            trace,
        )
        return self._made(AttachmentRow, rows)

    def attachment(self, id: str) -> tuple[str, bytes] | None:
        """The content type and the bytes of the attachment with this id, None when it is not in the file."""
        rows = self._rows("SELECT CAST(content_type AS TEXT), bytes FROM attachment WHERE sha256 = ?", _digest(id))
        return rows[0] if rows else None

    # Processes

    def processes(self) -> dict[int, ProcessRow]:
        """Every traced process by its id."""
        rows = self._rows(f"SELECT {_PROCESS_COLUMNS} FROM process ORDER BY id")  # noqa: S608 (our own names)
        return {row.id: row for row in self._made(ProcessRow, rows)}

    def gone_processes(self, now_ns: int) -> frozenset[int]:
        """The ids of the processes that can end their open spans no more, see `liveness`."""
        return frozenset(id for id, process in self.processes().items() if liveness.is_gone(process, now_ns))

    # How it is read

    def _span_batches(self, trace: int) -> Iterator[list[SpanRow]]:
        last = -(1 << 63)
        while rows := self._rows(
            f"SELECT {_SPAN_COLUMNS} FROM span WHERE trace = ? AND id > ? ORDER BY id LIMIT ?",  # noqa: S608
            trace,
            last,
            SPANS_PER_DETAIL_BATCH,
        ):
            spans = self._made(SpanRow, rows)
            if spans[-1].id <= last:
                raise DamagedFileError(self.path, "its spans are not in order")
            last = spans[-1].id
            yield spans

    def _details(self, ids: Sequence[int]) -> Iterator[tuple[int, SpanDetail]]:
        wanted = _json_list(ids)
        attributes: dict[int, dict[str, Any]] = {}
        for span, key, value, type in self._rows(
            "SELECT s.id, a.key, a.value, a.type"
            " FROM span s CROSS JOIN json_each(s.attr_keys) k CROSS JOIN attr a ON a.key = k.value AND a.span = s.id"
            " WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id, k.key",
            wanted,
        ):
            attributes.setdefault(span, {})[self._key_name(key)] = decoding.attribute_value(value, type)
        for span, inputs, outputs, events, thread, links in self._rows(
            "SELECT s.id, CAST(p.inputs AS TEXT), CAST(p.outputs AS TEXT), CAST(p.events AS TEXT),"
            " CASE WHEN typeof(s.thread) = 'integer' THEN s.thread END, CAST(p.links AS TEXT)"
            " FROM span s LEFT JOIN payload p ON p.span = s.id"
            " WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id",
            wanted,
        ):
            yield span, SpanDetail(inputs, outputs, events, attributes.get(span, {}), thread, links)

    def _key_name(self, key: int) -> str:
        if key not in self._key_names:
            self._key_names = dict(self._rows("SELECT id, CAST(name AS TEXT) FROM attr_key"))
        return self._key_names.get(key, f"attribute {key}")

    def _rows(self, sql: str, *parameters: Any) -> list[Any]:
        if not self.ready and not self.check_ready():
            return []
        self._until = time.monotonic() + self._longest_s
        try:
            return self.connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if time.monotonic() > self._until and getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                raise EndlessFileError(self.path, "a short question has no end") from None
            if not str(error).startswith("Could not decode to UTF-8"):
                raise
            self.connection.text_factory = decoding.decode_text  # slower, so only for the files that need it
            return self.connection.execute(sql, parameters).fetchall()
        finally:
            self._until = math.inf

    def _is_overdue(self) -> bool:
        return time.monotonic() > self._until

    def _made(self, row: type[_Row], rows: list[tuple[Any, ...]]) -> list[_Row]:
        if wrong := _KINDS[row].mismatch(rows):
            raise DamagedFileError(self.path, wrong)
        return list(map(row._make, rows))  # type: ignore[attr-defined]

    def _one(self, sql: str, *, default: Any) -> Any:
        rows = self._rows(sql)
        return rows[0][0] if rows else default


def _digest(id: str) -> bytes:
    try:
        return bytes.fromhex(id)
    except ValueError:
        return b""


def _json_list(ids: Sequence[int]) -> str:
    return f"[{','.join(map(str, ids))}]"

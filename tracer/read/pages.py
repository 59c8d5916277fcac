"""Pages of traces that match a filter, newest first or in a given order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from ...store.filter import Query
from ...store.filter.values.patterns import PatternError
from ...store.model.rows import TraceRow
from ...store.read.reader import Reader
from ...store.read.search import find
from ..entities.paged_list import PagedList
from ..entities.trace import Trace
from ..exceptions import InvalidValueError
from .from_rows import trace_of
from .open_file import opened_file
from .order import sort_keys, sorted_rows

_ROWS_AT_ONCE = 256
"""Rows read by one statement."""


def page_of_traces(
    query: Query,
    max_results: int | None,
    order_by: Sequence[str] | None,
    page_token: str | None,
    *,
    include_spans: bool,
) -> PagedList[Trace]:
    """One page of the matching traces, with the token of the next page. Raises ValueError for invalid arguments."""
    keys = sort_keys(order_by)
    by_offset = bool(keys) or query.sort is not None
    start = _start_of_page(page_token, "offset" if by_offset else "below")
    with opened_file() as reader:
        if reader is None or (max_results is not None and max_results < 1):
            return PagedList((), None)
        gone = reader.gone_processes(time.time_ns())
        found = matching_rows(reader, query, gone)
        if by_offset:
            rows = list(found)
            if keys:
                rows = sorted_rows(rows, keys, lambda row: reader.labels(row.id))
            rows, token = _page_by_offset(rows, max_results, start or 0)
        else:
            rows, token = _page_below(found, max_results, start)
        return PagedList((trace_of(reader, row, gone, include_spans=include_spans) for row in rows), token)


def matching_rows(reader: Reader, query: Query, gone: frozenset[int]) -> Iterator[TraceRow]:
    """The rows of the matching traces, newest first. Each row is read when it is consumed."""
    try:
        for batch in find(reader, query, now_ns=time.time_ns(), gone=gone):
            for start in range(0, len(batch), _ROWS_AT_ONCE):
                yield from reader.traces(batch[start : start + _ROWS_AT_ONCE])
    except PatternError as error:
        raise InvalidValueError(str(error)) from None


def _start_of_page(page_token: str | None, kind: str) -> int | None:
    """The number in a token such as `offset:20` or `below:17`; None for the first page."""
    if not page_token:
        return None
    found, _, number = page_token.partition(":")
    if found != kind or not number.isdecimal():
        raise InvalidValueError(
            f"page_token={page_token!r} is invalid here: pass the `token` of the previous page, and the same order_by"
        )
    return int(number)


def _page_by_offset(rows: list[TraceRow], max_results: int | None, start: int) -> tuple[list[TraceRow], str | None]:
    found = rows[start:]
    if max_results is None or len(found) <= max_results:
        return found, None
    return found[:max_results], f"offset:{start + max_results}"


def _page_below(
    rows: Iterator[TraceRow], max_results: int | None, below: int | None
) -> tuple[list[TraceRow], str | None]:
    # A page begins below the last id of the page before, so that traces that arrive meanwhile do not shift it.
    page: list[TraceRow] = []
    for row in rows:
        if below is not None and row.id >= below:
            continue
        if max_results is not None and len(page) == max_results:
            return page, f"below:{page[-1].id}"
        page.append(row)
    return page, None

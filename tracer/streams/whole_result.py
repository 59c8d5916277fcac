"""Results with which a call is over; with any other the call may go on, see `traced_result`."""

from __future__ import annotations

from typing import Any

from ...store.model.rows import UNSET
from ..host.exceptions import is_from_host
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span

_WHOLE = frozenset({str, dict, list, int, float, bool, bytes, type(None)})
"""The types of most results. To ask a type what it lacks takes longer than all else that a call of `trace` does."""


def is_whole(result: Any) -> bool:
    """Whether a call is over with this result, as its type tells at once."""
    try:
        return type(result) in _WHOLE
    except BaseException as error:  # of a metaclass of the host, which may have no hash, and raise anything
        if is_from_host(error):
            raise
        return True


def end_with(span: Span | NoOpSpan, result: Any) -> None:
    """Leave and end the span of a call that has returned, with its result unless the function has set other outputs."""
    if type(span) is Span and span.outputs_value is UNSET:
        span.set_outputs(result)
    span.__exit__(None, None, None)

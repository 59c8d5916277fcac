"""What was asked in a trace and what was answered, as one line each, from the messages that the file has.

The preview in the row of a trace is the beginning of its root's JSON, in which the words are often cut off. The lines
are made when the trace is read rather than when it is written, so they cost the traced program nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..chat.preview import request_line, response_line, whole_text
from ..file.schema import PREVIEW_CHARS
from ..model.rows import MODEL_CALLS
from ..text import json_text

if TYPE_CHECKING:
    from .reader import Reader

MOST_CHARS = 2_000_000
"""Longer payloads are not decoded for one line: that would take longer than 20 ms."""

_LineOf: TypeAlias = Callable[[Any], str | None]

_KINDS = ", ".join(f"'{kind}'" for kind in sorted(MODEL_CALLS - {"EMBEDDING"}))

_OF_ROOT = """
    SELECT CAST(t.request_preview AS TEXT), CAST(t.response_preview AS TEXT), CAST(p.whole_inputs AS TEXT),
        CAST(p.whole_outputs AS TEXT)
    FROM trace t LEFT JOIN payload_texts p ON p.span = t.root WHERE t.id = ?"""

_FIRST_CALL, _LAST_CALL = (
    f"SELECT CAST(p.whole_{column} AS TEXT) FROM span s JOIN payload_texts p ON p.span = s.id"  # noqa: S608 (our own words)
    f" WHERE s.trace = ? AND s.kind IN ({_KINDS}) AND p.{column} IS NOT NULL ORDER BY s.id {order} LIMIT 1"
    for column, order in (("inputs", "ASC"), ("outputs", "DESC"))
)


class PreviewLines(NamedTuple):
    """The last message of the user, and the answer; empty where there is none."""

    request: str = ""
    response: str = ""


def preview_lines(reader: Reader, traces: Iterable[int]) -> dict[int, PreviewLines]:
    """Map the id of each of these traces to its lines."""
    return {trace: lines for trace in traces if (lines := _lines(reader, trace, request_line, response_line))}


def preview_texts(reader: Reader, traces: Iterable[int], *, max_chars: int) -> dict[int, PreviewLines]:
    """Map the id of each of these traces to what was asked and answered as it was written, with its line breaks."""
    asked = partial(request_line, max_chars=max_chars, shape=whole_text)
    answered = partial(response_line, max_chars=max_chars, shape=whole_text)
    return {trace: lines for trace in traces if (lines := _lines(reader, trace, asked, answered, whole=True))}


def _lines(
    reader: Reader, trace: int, asked: _LineOf, answered: _LineOf, *, whole: bool = False
) -> PreviewLines | None:
    for request, response, inputs, outputs in reader.rows(_OF_ROOT, trace):
        return PreviewLines(
            _line(request, inputs, asked, lambda: _first(reader, _FIRST_CALL, trace), whole=whole),
            _line(response, outputs, answered, lambda: _first(reader, _LAST_CALL, trace), whole=whole),
        )
    return None


def _line(
    stored: str | None, payload: str | None, line_of: _LineOf, call: Callable[[], str | None], *, whole: bool
) -> str:
    # A preview that is not the beginning of the payload was set by the program.
    if stored and not whole and not (payload or "").startswith(stored):
        return stored
    line = _line_in(payload, line_of)
    if line is None:
        line = _line_in(call(), line_of)
    return (stored or (payload or "")[:PREVIEW_CHARS]) if line is None else line


def _line_in(payload: str | None, line_of: _LineOf) -> str | None:
    if payload is None or len(payload) > MOST_CHARS:
        return None
    try:
        return line_of(json_text.decode(payload))
    except ValueError:
        return None


def _first(reader: Reader, sql: str, trace: int) -> str | None:
    for (payload,) in reader.rows(sql, trace):
        return payload if isinstance(payload, str) else None
    return None

"""Find the one trace whose id begins with the digits that a person typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .connection import ReadConnection

MAX_CANDIDATES = 8
"""How many matching traces the error about an ambiguous prefix lists."""

_BY_PREFIX = """
    SELECT id, lower(hex(trace_id)), CAST(name AS TEXT) FROM trace
    WHERE trace_id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?"""


class TraceNotFoundError(LookupError):
    """No trace has the requested id; the message is written for the user."""


class AmbiguousIdError(LookupError):
    """The ids of several traces begin with the given prefix."""

    def __init__(self, prefix: str, candidates: Sequence[tuple[str, str]], *, more: bool) -> None:
        self.candidates = tuple(candidates)
        """(trace id in hex, name) of the matching traces, newest first, at most `MAX_CANDIDATES`."""
        listed = "".join(f"\n  {trace_id}  {name}" for trace_id, name in candidates)
        super().__init__(
            f"several traces begin with {prefix!r}, give more digits:{listed}" + ("\n  ..." if more else "")
        )


def find_trace(reader: ReadConnection, prefix: str) -> int:
    """Return the trace.id of the one trace whose hex id begins with `prefix`; accepts MLflow's leading `tr-`.

    Raises TraceNotFoundError or AmbiguousIdError.
    """
    digits = prefix.strip().lower().removeprefix("tr-").replace("-", "")
    if not digits or len(digits) > 32 or not set(digits) <= set("0123456789abcdef"):
        raise TraceNotFoundError(f"{prefix!r} is not a trace id: give its hex digits, or the first few of them")
    rows = reader.rows(
        _BY_PREFIX,
        bytes.fromhex(digits.ljust(32, "0")),
        bytes.fromhex(digits.ljust(32, "f")),
        MAX_CANDIDATES + 1,
    )
    if not rows:
        raise TraceNotFoundError(f"no trace in {reader.path} has an id that begins with {digits}")
    if len(rows) > 1:
        candidates = [(trace_id, name) for _, trace_id, name in rows[:MAX_CANDIDATES]]
        raise AmbiguousIdError(digits, candidates, more=len(rows) > MAX_CANDIDATES)
    return int(rows[0][0])

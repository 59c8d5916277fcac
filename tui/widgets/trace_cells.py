"""The cells of one line of the list of traces."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...store.model.rows import ERROR, RUNNING
from ...store.model.status import STATUS_SIGNS
from ...store.read.trace_columns import Kept
from ...store.text import format
from ...store.text.attachment_uri import describe_uris
from ...store.text.safe_text import safe_line
from ..layout.columns import Column
from ..layout.duration_bars import duration_bar
from ..layout.glyphs import running_glyph

if TYPE_CHECKING:
    from ...store.model.rows import TraceRow
    from ...store.read.previews import PreviewLines
    from ..state.row_cache import CachedRow

_CELL_CHARS = 400

_QUESTION = re.compile(
    r'(?:\{\s*"(?:question|query|input|prompt|message|text|task)"\s*:\s*)?"((?:[^"\\]|\\.)*)', re.DOTALL
)

MARK, STAR, UP, DOWN, BOTH = "●★▲▼◆"
"""A marked trace; a star; thumbs up, down, and of both kinds."""

_NOTHING_KEPT = Kept(False, False, False)

_SYSTEM_TAGS = "mlflow."
"""The beginning of the names of tags that programs set for themselves."""


def duration_of(trace: TraceRow, status: str, now_ns: int) -> int | None:
    """Returns the duration of a trace so far; None for one that was lost."""
    if status == RUNNING:
        return max(0, now_ns - trace.start_ns)
    return None if trace.end_ns is None else trace.end_ns - trace.start_ns


class TraceCells:
    """One trace as texts, each with its style."""

    def __init__(
        self,
        row: CachedRow,
        status: str,
        lines: PreviewLines | None,
        *,
        now_ns: int,
        utc: bool,
        relative: bool,
        scale_ns: int,
        service: str,
        names_unnamed: bool,
        is_marked: bool,
    ) -> None:
        """`names_unnamed` shows the name of a trace without a preview in place of the preview."""
        self._trace = row.trace
        self._values = row.values
        self._status = status
        self._lines = lines
        self._now_ns = now_ns
        self._utc = utc
        self._relative = relative
        self._scale_ns = scale_ns
        self._service = service
        self._names_unnamed = names_unnamed
        self._is_marked = is_marked
        self._duration_ns = duration_of(row.trace, status, now_ns)

    def cell(self, column: Column) -> tuple[str, str]:
        """Returns the text of a column and the name of its style."""
        trace, failed = self._trace, self._status == ERROR
        match column.key:
            case "status":
                running = self._status == RUNNING
                return (running_glyph(self._now_ns) if running else STATUS_SIGNS[self._status]), self._status.lower()
            case "kept":
                return _signs(self._values.get("kept", _NOTHING_KEPT), is_marked=self._is_marked), "key"
            case "start":
                return self._start(short=column.width_cells < format.START_CELLS), "dim"
            case "name":
                return safe_line(trace.name), "error" if failed else "strong"
            case "bar":
                return self._bar(column.width_cells)
            case "duration":
                text = "" if self._duration_ns is None else format.duration(self._duration_ns)
                return text, "running" if self._status == RUNNING else "warning" if self._is_slow else "plain"
            case "ttft":
                return format.milliseconds(trace.ttft_ms), "plain"
            case "tokens":
                return format.token_flow(trace.input_tokens, trace.output_tokens), "plain"
            case "cost":
                return format.least_cost(trace.cost_usd, trace.calls_without_price), "plain"
            case "spans":
                return format.tokens(trace.span_count), "dim"
            case "errors":
                return format.tokens(trace.error_count or None), "error"
            case "model":
                return safe_line(trace.model or ""), "dim"
            case "service":
                return safe_line(self._service), "dim"
            case "session":
                return safe_line(trace.session_id or ""), "dim"
            case "user":
                return safe_line(trace.user_id or ""), "dim"
            case "preview":
                return self._preview(), "error" if failed else "plain"
            case "tags":
                return _tags(self._values.get("tags", {})), "dim"
            case "peak":
                return format.tokens(self._values.get("peak")), "plain"
            case _:
                return _value(self._values.get(column.key)), "plain"

    @property
    def _is_slow(self) -> bool:
        return self._duration_ns is not None and 0 < self._scale_ns < self._duration_ns

    def _start(self, *, short: bool) -> str:
        if self._relative:
            return format.age(self._now_ns - self._trace.start_ns)
        return format.start(self._trace.start_ns, now_ns=self._now_ns, utc=self._utc, short=short)

    def _bar(self, width_cells: int) -> tuple[str, str]:
        if self._duration_ns is None:
            return "", "dim"
        ttft_ms = self._trace.ttft_ms
        ttft_ns = None if ttft_ms is None else int(ttft_ms * 1e6)
        style = {"OK": "llm", "UNSET": "llm"}.get(self._status, self._status.lower())
        if style == "llm" and self._is_slow:
            style = "warning"
        return duration_bar(self._duration_ns, ttft_ns, self._scale_ns, width_cells), style

    def _preview(self) -> str:
        trace = self._trace
        if self._status == ERROR and trace.status_message:
            return safe_line(trace.status_message)
        request, response = self._lines or (first_words(trace.request_preview), first_words(trace.response_preview))
        text = safe_line(describe_uris(" → ".join(text for text in (request, response) if text)))
        return text or (safe_line(trace.name) if self._names_unnamed else "")


def first_words(stored: str | None) -> str:
    """Returns the words in the stored beginning of a value, for the time until its messages have been read.

    Those of a text, and of an object that begins with a question; other JSON is no sentence.
    """
    if not stored or stored[0] not in '{["':
        return stored or ""
    found = _QUESTION.match(stored)
    if found is None:
        return ""
    try:
        return " ".join(json.loads(f'"{found[1]}"').split())
    except ValueError:
        return ""


def _signs(kept: Kept, *, is_marked: bool) -> str:
    thumb = {(True, False): UP, (False, True): DOWN, (True, True): BOTH}.get((kept.is_liked, kept.is_disliked), " ")
    return f"{MARK if is_marked else ' '}{STAR if kept.is_starred else ' '}{thumb}"


def _tags(tags: Mapping[str, str]) -> str:
    shown = (f"{key}={value}" if value else key for key, value in tags.items() if not key.startswith(_SYSTEM_TAGS))
    return safe_line(" ".join(shown), max_chars=_CELL_CHARS)


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return safe_line(value if isinstance(value, str) else str(value), max_chars=_CELL_CHARS)

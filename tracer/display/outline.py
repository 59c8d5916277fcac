"""Which spans of a trace are shown, and where in the tree: a terminal or a notebook is no place for ten thousand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .shown import ShownSpan

SPANS_SHOWN = 50
"""A longer trace is cut, and says how much is not there."""

FAILURES_SHOWN = 12
"""Of a trace that is cut, failed spans that are shown wherever they are, with what is above them."""


@dataclass(frozen=True, slots=True)
class Row:
    """A span, or how many are hidden below one."""

    span: ShownSpan | None
    guides: str
    """Lines of the tree to the left of it."""
    guides_below: str
    """The same for further lines of this row."""
    depth: int
    hidden_count: int = 0
    hidden_failures: int = 0


class Outline:
    """The spans of a trace as a forest. One whose parent is not there is a root, and a circle is entered once."""

    def __init__(self, spans: Sequence[ShownSpan], spans_shown: int = SPANS_SHOWN) -> None:
        self._below: dict[str, list[ShownSpan]] = {}
        self._parents: dict[str, ShownSpan] = {}
        self._in_order: list[ShownSpan] = []  # parents first, level by level
        self._roots = self._grow(spans)
        self._sizes: dict[str, tuple[int, int]] = {}
        for span in reversed(self._in_order):
            parts = [self._sizes[child.span_id] for child in self._below.get(span.span_id, ())]
            failures = sum(part[1] for part in parts) + (span.status == "ERROR")
            self._sizes[span.span_id] = 1 + sum(part[0] for part in parts), failures
        self._shown = self._chosen(spans_shown)

    def rows(self) -> Iterator[Row]:
        """What is shown, from top to bottom."""
        yield from self._rows_of(self._roots, "", 0)

    def _grow(self, spans: Sequence[ShownSpan]) -> list[ShownSpan]:
        known = {span.span_id for span in spans}
        by_parent: dict[str, list[ShownSpan]] = {}
        roots = []
        for span in spans:
            if span.parent_id in known and span.parent_id is not None:
                by_parent.setdefault(span.parent_id, []).append(span)
            else:
                roots.append(span)
        seen: set[str] = set()
        tops = []
        for start in [*roots, *spans]:  # what no root leads to is a circle
            if start.span_id in seen:
                continue
            seen.add(start.span_id)
            tops.append(start)
            level = [start]
            while level:
                self._in_order += level
                following = []
                for span in level:
                    for child in by_parent.get(span.span_id, ()):
                        if child.span_id not in seen:
                            seen.add(child.span_id)
                            self._below.setdefault(span.span_id, []).append(child)
                            self._parents[child.span_id] = span
                            following.append(child)
                level = following
        return tops

    def _chosen(self, limit: int) -> set[str]:
        if len(self._in_order) <= limit:
            return {span.span_id for span in self._in_order}
        shown = {root.span_id for root in self._roots[:limit]}
        failed = [span for span in self._in_order if span.status == "ERROR"]
        for span in failed[:FAILURES_SHOWN]:
            path = [span.span_id]
            while (above := self._parents.get(path[-1])) is not None and above.span_id not in shown:
                path.append(above.span_id)
            if len(path) <= (limit - len(shown)) // 2:
                shown.update(path)
        for span in self._in_order:
            if len(shown) >= limit:
                break
            above = self._parents.get(span.span_id)
            if above is None or above.span_id in shown:
                shown.add(span.span_id)
        return shown

    def _rows_of(self, siblings: list[ShownSpan], guides: str, depth: int) -> Iterator[Row]:
        here = [span for span in siblings if span.span_id in self._shown]
        hidden = [self._sizes[span.span_id] for span in siblings if span.span_id not in self._shown]
        for place, span in enumerate(here):
            is_last = place == len(here) - 1 and not hidden
            branch, line = ("", "") if depth == 0 else ("└─ ", "   ") if is_last else ("├─ ", "│  ")
            children = self._below.get(span.span_id, [])
            stem = "│  " if children else "   "
            yield Row(span, guides + branch, guides + line + stem, depth)
            yield from self._rows_of(children, guides + line, depth + 1)
        if hidden:
            branch = "" if depth == 0 else "└─ "
            counts = [sum(part) for part in zip(*hidden, strict=True)]
            yield Row(None, guides + branch, guides, depth, *counts)

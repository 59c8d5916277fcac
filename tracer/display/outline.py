"""The rows of a trace that fit a terminal or a notebook, out of what may be ten thousand spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...store.model.tree_order import NO_PARENT, cut_cycles, levels
from .shown import ShownSpan

SPANS_SHOWN = 50
"""The most spans shown of a trace. A longer trace is cut, and a row counts the hidden spans."""

FAILURES_SHOWN = 12
"""The most failed spans that a cut trace shows wherever they are, each with its ancestors."""


@dataclass(frozen=True, slots=True)
class Row:
    """A span, or the number of spans that are hidden in its place."""

    span: ShownSpan | None
    guides: str
    """Lines of the tree to the left of the span."""
    guides_below: str
    """Lines of the tree to the left of further lines of this row."""
    depth: int
    hidden_count: int = 0
    hidden_failures: int = 0


class Outline:
    """The spans of a trace as a forest. A span whose parent is missing is a root; a cycle is cut at its first span."""

    def __init__(self, spans: Sequence[ShownSpan], spans_shown: int = SPANS_SHOWN) -> None:
        self._spans = spans
        number_of = {span.span_id: number for number, span in reversed(list(enumerate(spans)))}
        self._parents = [number_of.get(span.parent_id or "", NO_PARENT) for span in spans]
        cut_cycles(self._parents)
        self._order, self._children = levels(self._parents)
        self._roots = [number for number in self._order if self._parents[number] == NO_PARENT]
        self._sizes = [(1, int(span.status == "ERROR")) for span in spans]
        """Spans and failed spans of each subtree."""
        for number in reversed(self._order):
            if (parent := self._parents[number]) != NO_PARENT:
                (count, failures), (own_count, own_failures) = self._sizes[parent], self._sizes[number]
                self._sizes[parent] = count + own_count, failures + own_failures
        self._shown = self._choose(spans_shown)

    def rows(self) -> Iterator[Row]:
        """The rows from top to bottom."""
        yield from self._rows_of(self._roots, "", 0)

    def _choose(self, limit: int) -> set[int]:
        """The spans to show, each with its parent: roots, failed spans and their ancestors, then level by level."""
        if len(self._spans) <= limit:
            return set(self._order)
        shown = set(self._roots[:limit])
        failed = [number for number in self._order if self._spans[number].status == "ERROR"]
        for number in failed[:FAILURES_SHOWN]:
            path = [number]
            while (parent := self._parents[path[-1]]) != NO_PARENT and parent not in shown:
                path.append(parent)
            if len(path) <= (limit - len(shown)) // 2:
                shown.update(path)
        for number in self._order:
            if len(shown) >= limit:
                break
            if self._parents[number] == NO_PARENT or self._parents[number] in shown:
                shown.add(number)
        return shown

    def _rows_of(self, siblings: list[int], guides: str, depth: int) -> Iterator[Row]:
        here = [number for number in siblings if number in self._shown]
        hidden = [self._sizes[number] for number in siblings if number not in self._shown]
        for place, number in enumerate(here):
            is_last = place == len(here) - 1 and not hidden
            branch, line = ("", "") if depth == 0 else ("└─ ", "   ") if is_last else ("├─ ", "│  ")
            children = self._children[number]
            stem = "│  " if children else "   "
            yield Row(self._spans[number], guides + branch, guides + line + stem, depth)
            yield from self._rows_of(children, guides + line, depth + 1)
        if hidden:
            branch = "" if depth == 0 else "└─ "
            counts = [sum(part) for part in zip(*hidden, strict=True)]
            yield Row(None, guides + branch, guides, depth, *counts)

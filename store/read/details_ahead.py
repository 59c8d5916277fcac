"""The details of the spans of a trace, for whoever goes through them in order: read some at a time."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..model.forest import Forest
    from ..model.rows import SpanDetail, SpanRow
    from .reader import Reader

SPANS_AHEAD = 32
"""How many spans are read at once: a third of the time of reading them one by one, and few payloads in memory."""

KEPT = 4 * SPANS_AHEAD
"""How many are kept, for parents that return after their children."""


class DetailsAhead:
    """Returns the detail of any span of a forest; the spans that follow it are read with it."""

    def __init__(self, reader: Reader, forest: Forest) -> None:
        self._reader = reader
        self._forest = forest
        self._known: OrderedDict[int, SpanDetail] = OrderedDict()

    def __call__(self, span: SpanRow) -> SpanDetail | None:
        """Return the payloads and attributes of a span, or None if the file does not have it any more."""
        if span.id not in self._known:
            index = self._forest.index_of_row[span.id]
            ids = [one.id for one in self._forest.spans[index : index + SPANS_AHEAD]]
            self._known.update(self._reader.details_of(ids))
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return self._known.get(span.id)

"""Which spans try again what failed before."""

from __future__ import annotations

from ..model.forest import Forest
from ..model.rows import ERROR
from .times import Times


def attempts(forest: Forest, times: Times) -> list[int]:
    """Return the number of the attempt of every span, by position: 1 for a span that is no retry, 2 for a first retry.

    A span is a retry if it began after the last of its siblings with the same name and kind had failed. Siblings that
    run at the same time are no retries of each other.
    """
    numbers = [1] * forest.total
    last_of: dict[tuple[int, str, str], int] = {}
    for index, (parent, span) in enumerate(zip(forest.parent_index, forest.spans, strict=True)):
        same = (parent, span.name, span.kind)
        before = last_of.get(same)
        if before is not None and forest.spans[before].status == ERROR and times.ends_ns[before] <= span.start_ns:
            numbers[index] = numbers[before] + 1
        last_of[same] = index
    return numbers

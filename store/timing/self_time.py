"""The time of a span in which none of its children runs, by the union of the intervals of its children."""

from __future__ import annotations

from ..model.forest import NO_PARENT, Forest
from .times import Times

Interval = tuple[int, int]
"""A start and an end in Unix nanoseconds, the end excluded."""


def self_times(forest: Forest, times: Times) -> list[int]:
    """Return the self time of every span in nanoseconds, by position.

    Children that overlap count once, and none counts beyond its parent.
    """
    starts_ns, ends_ns = times
    own = [end_ns - start_ns for start_ns, end_ns in zip(starts_ns, ends_ns, strict=True)]
    reached = list(starts_ns)  # the children so far have covered their parent up to here
    for index, parent in enumerate(forest.parent_index):
        if parent == NO_PARENT:
            continue
        start_ns, end_ns, limit_ns, reached_ns = starts_ns[index], ends_ns[index], ends_ns[parent], reached[parent]
        if end_ns > limit_ns:
            end_ns = limit_ns
        if start_ns < reached_ns:
            start_ns = reached_ns
        if start_ns < end_ns:
            own[parent] -= end_ns - start_ns
            reached[parent] = end_ns
    return own


def busy(forest: Forest, times: Times, index: int) -> list[Interval]:
    """Return when any child of a span runs, as intervals inside the span, in order, that do not touch."""
    starts_ns, ends_ns = times
    first_ns, last_ns = starts_ns[index], ends_ns[index]
    found: list[Interval] = []
    for child in forest.children(index):
        start_ns, end_ns = max(first_ns, starts_ns[child]), min(last_ns, ends_ns[child])
        if start_ns >= end_ns:
            continue
        if found and start_ns <= found[-1][1]:
            if end_ns > found[-1][1]:
                found[-1] = (found[-1][0], end_ns)
        else:
            found.append((start_ns, end_ns))
    return found


def gaps(forest: Forest, times: Times, index: int) -> list[Interval]:
    """Return when no child of a span runs, as intervals inside the span, in order: all of a span without children."""
    found: list[Interval] = []
    at_ns = times.starts_ns[index]
    for start_ns, end_ns in busy(forest, times, index):
        if at_ns < start_ns:
            found.append((at_ns, start_ns))
        at_ns = end_ns
    if at_ns < times.ends_ns[index]:
        found.append((at_ns, times.ends_ns[index]))
    return found

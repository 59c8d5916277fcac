"""One trace parted into what its time, cost or tokens went to; the parts add up exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, StrEnum
from typing import NamedTuple

from ..model.forest import NO_PARENT, Forest
from ..model.rows import ERROR, MODEL_CALLS, SpanRow
from ..model.span_names import folded_name
from ..timing.critical_path import critical_path
from ..timing.human_waits import waits_for_person
from ..timing.retries import attempts
from ..timing.times import Times
from .paths import ROOT, Paths


class Measure(Enum):
    """What is explained."""

    DURATION = "duration"
    TTFT = "ttft"
    COST = "cost"
    TOKENS = "tokens"
    ERRORS = "errors"


class Share(StrEnum):
    """Which share of a path a part is. A text, since the hash of one is faster than that of a plain Enum."""

    WHOLE = ""
    """All of a span without children."""
    OWN = "own"
    """A span with children while none of them ran: time that nothing else accounts for."""
    WAIT = "wait"
    """A model call up to its first token."""
    DECODE = "decode"
    """A model call after its first token."""
    STREAM = "stream"
    """The same, of an answer whose tokens were not counted."""
    RETRIES = "retries"
    """Failed attempts that were tried again, with what is below them."""
    PERSON = "person"
    """A wait for a person."""
    INPUT = "input"
    OUTPUT = "output"


class Part(NamedTuple):
    """One part of a trace."""

    path: int
    share: Share
    amount: float
    """In ns, dollars, tokens or failures."""
    calls: int
    output_tokens: int = 0
    """Of DECODE: the tokens of the answer."""


def parts_of(measure: Measure, forest: Forest, times: Times, root: int, paths: Paths) -> list[Part]:
    """Return the parts of the trace below the span at position `root`; several may have one path and share."""
    if not forest.total:
        return []
    match measure:
        case Measure.DURATION:
            return _time_parts(forest, times, root, paths)
        case Measure.TTFT:
            return _ttft_parts(forest, times, paths)
        case Measure.COST:
            return _usage_parts(forest, paths, Share.WHOLE, lambda span: span.cost_usd)
        case Measure.TOKENS:
            return [
                *_usage_parts(forest, paths, Share.INPUT, lambda span: span.input_tokens),
                *_usage_parts(forest, paths, Share.OUTPUT, lambda span: span.output_tokens),
            ]
        case Measure.ERRORS:
            found = _paths_of(forest, paths)
            return [Part(found[place], Share.WHOLE, 1, 1) for place in failures_began(forest)]


def failures_began(forest: Forest) -> list[int]:
    """Return the positions of the failed spans without a failed span below them, in order."""
    found: list[int] = []
    for place in range(forest.total - 1, -1, -1):
        # What began later and is below it stands at the end of `found`.
        if forest.spans[place].status == ERROR and not (found and found[-1] < forest.subtree_end[place]):
            found.append(place)
    return found[::-1]


def call_parts(path: int, exclusive_ns: int, wait_ns: int, output_tokens: int | None) -> list[Part]:
    """Return the parts of a model call with this time on the critical path, so much of it before the first token."""
    decode = Share.DECODE if output_tokens else Share.STREAM
    return [
        Part(path, Share.WAIT, wait_ns, 1),
        Part(path, decode, exclusive_ns - wait_ns, 1, output_tokens or 0),
    ]


def _time_parts(forest: Forest, times: Times, root: int, paths: Paths) -> list[Part]:
    path_of = _paths_of(forest, paths)
    on_path = critical_path(forest, times, root)
    labels = _special(forest, times, path_of, root)
    decodes = {place: times.starts_ns[place] + round(ttft_ms * 1e6) for place, ttft_ms in _first_tokens(forest)}
    waits = dict.fromkeys(decodes, 0)
    for place, start_ns, end_ns in on_path.stretches:
        if place in decodes:
            waits[place] += max(0, min(end_ns, decodes[place]) - start_ns)
    parts: list[Part] = []
    for place, (exclusive_ns, inclusive_ns) in enumerate(zip(*on_path[1:], strict=True)):
        if not inclusive_ns and place != root:
            continue
        label = labels.get(place)
        if label is not None:
            is_first = label[2] == place
            parts.append(Part(label[0], label[1], exclusive_ns, int(is_first)))
        elif place in decodes:
            span = forest.spans[place]
            parts += call_parts(path_of[place], exclusive_ns, waits[place], span.output_tokens)
        else:
            share = Share.WHOLE if forest.subtree_end[place] == place + 1 else Share.OWN
            parts.append(Part(path_of[place], share, exclusive_ns, 1))
    return parts


def _ttft_parts(forest: Forest, times: Times, paths: Paths) -> list[Part]:
    # Up to the first token of the span that waited longest for it, which is what the trace has as its TTFT.
    slowest = max(
        (place for place, span in enumerate(forest.spans) if span.ttft_ms is not None),
        key=lambda place: (forest.spans[place].ttft_ms, -place),
        default=None,
    )
    if slowest is None:
        return []
    start_ns = times.starts_ns[slowest]
    end_ns = start_ns + round((forest.spans[slowest].ttft_ms or 0) * 1e6)
    clipped = [max(start, min(end, end_ns)) for start, end in zip(*times, strict=True)]
    clipped[slowest] = end_ns
    return _time_parts(forest, Times(times.starts_ns, clipped), slowest, paths)


def _first_tokens(forest: Forest) -> list[tuple[int, float]]:
    return [
        (place, span.ttft_ms)
        for place, span in enumerate(forest.spans)
        if span.ttft_ms is not None and span.kind in MODEL_CALLS
    ]


def _special(forest: Forest, times: Times, path_of: Sequence[int], root: int) -> dict[int, tuple[int, Share, int]]:
    # Positions below `root` inside failed attempts and waits for people: path, share and span of the outermost.
    outermost: dict[int, Share] = {}
    if any(span.status == ERROR for span in forest.spans):
        last_of: dict[tuple[int, str, str], int] = {}
        for place, number in enumerate(attempts(forest, times)):
            span = forest.spans[place]
            same = (forest.parent_index[place], span.name, span.kind)
            if number > 1:
                outermost[last_of[same]] = Share.RETRIES
            last_of[same] = place
    for place, span in enumerate(forest.spans):
        if waits_for_person(span):
            outermost[place] = Share.PERSON
    found: dict[int, tuple[int, Share, int]] = {}
    for place in sorted(outermost):
        if place not in found and root <= place < forest.subtree_end[root]:
            label = (path_of[place], outermost[place], place)
            found.update(dict.fromkeys(range(place, forest.subtree_end[place]), label))
    return found


def _usage_parts(
    forest: Forest, paths: Paths, share: Share, amount_of: Callable[[SpanRow], float | None]
) -> list[Part]:
    # By the rule of `store/model/usage`: a span counts for the larger of its own usage and the usage below it.
    below: list[float] = [0] * forest.total
    has_below = bytearray(forest.total)
    own: list[float | None] = [None] * forest.total
    for place in range(forest.total - 1, -1, -1):
        amount = amount_of(forest.spans[place])
        counted = below[place] if has_below[place] else None
        if amount is not None:
            own[place] = max(0, amount - (counted or 0))
            counted = amount if counted is None else max(amount, counted)
        parent = forest.parent_index[place]
        if counted is not None and parent != NO_PARENT:
            below[parent] += counted
            has_below[parent] = 1
    path_of = _paths_of(forest, paths)
    return [Part(path_of[place], share, amount, 1) for place, amount in enumerate(own) if amount is not None]


def _paths_of(forest: Forest, paths: Paths) -> list[int]:
    found: list[int] = []
    for parent, span in zip(forest.parent_index, forest.spans, strict=True):
        found.append(paths.below(ROOT if parent == NO_PARENT else found[parent], folded_name(span)))
    return found

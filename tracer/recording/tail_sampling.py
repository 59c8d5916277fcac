"""Tail sampling: which traces are written, decided when enough is known of each: errors, slow traces, a share.

An undecided trace waits in memory as a whole; none of it is in the file, so nothing has to be deleted again. It is
kept, and shows live from then on, as soon as there is a reason: its id falls into the share, one of its spans fails,
its state is set to ERROR, or it runs longer than the limit of slowness. A trace that ends without a reason is dropped.
So no trace waits for longer than the limit of slowness, and at most `MAX_HELD_SPANS` spans wait: beyond that the oldest
traces are kept.

A dropped trace may continue: the next request of a remote caller, a background task. It is undecided again then, and a
reason also restores its earlier spans, if they are among the `MAX_DROPPED_SPANS` and `MAX_DROPPED_BYTES` that were
dropped last. Older spans cannot be restored, nor those that another process dropped; the failed span itself and those
after it are always kept.

A killed process loses its undecided traces; one that exits keeps them. Each process decides on its own spans, but the
share depends on the id of the trace, which all its processes have in common.
"""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...store.model.rows import ERROR
from ..parts import clock
from ..settings.settings import config
from ..settings.tail_sampling import TailSampling
from .size_estimate import payload_bytes

if TYPE_CHECKING:
    from ..spans.pending_span import PendingSpan

MAX_HELD_SPANS = 20_000
"""Most spans that wait undecided."""

MAX_DROPPED_SPANS = 5_000
"""Most spans of dropped traces that a late reason can restore."""

MAX_DROPPED_BYTES = 16 << 20
"""Most bytes of the values of those spans, estimated."""

LEARNED_TRACES = 512
"""Durations per trace name from which a percentile is computed: the last ones."""

LEARNING_TRACES = 20
"""Durations per trace name that a percentile needs; traces before that are kept."""

LEARNED_NAMES = 1_024
"""Most trace names whose durations are remembered."""

REMEMBERED_DECISIONS = 65_536
"""Most traces whose decision is remembered for late spans."""


class _Held:
    """An undecided trace."""

    __slots__ = ("_goes_on", "entry", "last_end_ns", "open_keys", "spans", "start_ns")

    def __init__(self, past: Iterable[PendingSpan] | None) -> None:
        """`past` are the remembered spans of a dropped trace, perhaps none; None for a trace that begins."""
        self.spans: dict[int, PendingSpan] = {span.span_key: span for span in past or ()}
        self.open_keys: set[int] = set()
        self.entry: PendingSpan | None = None
        self.start_ns = 1 << 63
        """Start of the undecided spans: the time between two requests makes neither of them slow."""
        self.last_end_ns = 0
        self._goes_on = past is not None

    def add(self, span: PendingSpan, end_ns: int | None) -> None:
        """Add a span; `end_ns` is its end at the time of the decision, None while it is open."""
        self.spans[span.span_key] = span
        self.start_ns = min(self.start_ns, span.start_ns)
        if span.is_entry:
            self.entry = span
        if end_ns is None:
            self.open_keys.add(span.span_key)
        else:
            self.open_keys.discard(span.span_key)
            self.last_end_ns = max(self.last_end_ns, end_ns)

    @property
    def has_ended(self) -> bool:
        return (self._goes_on or self.entry is not None) and not self.open_keys


class _DroppedTraces:
    """The spans of the traces that were dropped last."""

    def __init__(self) -> None:
        self._traces: OrderedDict[bytes, tuple[list[PendingSpan], int]] = OrderedDict()
        self._spans = 0
        self._bytes = 0

    def put(self, key: bytes, spans: list[PendingSpan]) -> None:
        self.pop(key)
        size = sum(map(payload_bytes, spans))
        self._traces[key] = spans, size
        self._spans += len(spans)
        self._bytes += size
        while self._spans > MAX_DROPPED_SPANS or self._bytes > MAX_DROPPED_BYTES:
            self.pop(next(iter(self._traces)))

    def pop(self, key: bytes) -> list[PendingSpan]:
        spans, size = self._traces.pop(key, ([], 0))
        self._spans -= len(spans)
        self._bytes -= size
        return spans


class _Durations:
    """The usual durations of traces of one name."""

    def __init__(self) -> None:
        self._recent: deque[int] = deque()
        self._sorted: list[int] = []

    def add(self, duration_ns: int) -> None:
        if len(self._recent) >= LEARNED_TRACES:
            self._sorted.remove(self._recent.popleft())
        self._recent.append(duration_ns)
        insort(self._sorted, duration_ns)

    def limit_ns(self, slowest_percent: float) -> int:
        if len(self._sorted) < LEARNING_TRACES:
            return -1
        place = int(len(self._sorted) * (1 - slowest_percent / 100))
        return self._sorted[min(place, len(self._sorted) - 1)]


class CurrentSampler:
    """The sampler under the settings of the moment. Used by the writer thread alone."""

    def __init__(self) -> None:
        self._sampler: TailSampler | None = None

    def is_holding(self) -> bool:
        """Whether spans wait undecided."""
        return self._sampler is not None and self._sampler.is_holding()

    def sample(self, spans: list[PendingSpan]) -> tuple[list[PendingSpan], list[PendingSpan]]:
        """The spans to write, out of these and those that waited, each once; and the ended spans that are dropped."""
        settings = config.tail_sampling
        if self._sampler is None and settings is None:
            return spans, []
        former: list[PendingSpan] = []
        if self._sampler is None or self._sampler.settings is not settings:
            former = self.release()
            if settings is None:
                return [*dict.fromkeys(former + spans)], []
            self._sampler = TailSampler(settings)
        kept, dropped = self._sampler.sample(spans, clock.wall_ns())
        return [*dict.fromkeys(former + kept)], dropped

    def release(self) -> list[PendingSpan]:
        """Stop sampling; return the spans that waited, which are to be written."""
        sampler, self._sampler = self._sampler, None
        return sampler.release() if sampler is not None else []


class TailSampler:
    """Decides on traces under fixed settings."""

    def __init__(self, settings: TailSampling) -> None:
        self.settings = settings
        self._held: OrderedDict[bytes, _Held] = OrderedDict()
        self._held_spans = 0
        self._dropped = _DroppedTraces()
        self._decided: OrderedDict[bytes, bool] = OrderedDict()
        self._durations: OrderedDict[str, _Durations] = OrderedDict()

    def is_holding(self) -> bool:
        """Whether traces are undecided."""
        return bool(self._held)

    def sample(self, spans: Iterable[PendingSpan], now_ns: int) -> tuple[list[PendingSpan], list[PendingSpan]]:
        """Add spans. Return the spans to write now, with earlier ones of their traces, and those that are dropped, all
        of which have ended."""
        kept: list[PendingSpan] = []
        dropped: list[PendingSpan] = []
        for span in spans:
            key = span.trace.trace_key
            held = self._held.get(key)
            if held is None:
                decision = self._decided.get(key)
                if decision:
                    kept.append(span)
                    continue
                held = self._held[key] = _Held(None if decision is None else self._dropped.pop(key))
                self._held_spans += len(held.spans)
            self._held_spans += span.span_key not in held.spans
            end_ns = span.end_ns  # read once: the span may end at any instant, and is queued again then
            held.add(span, end_ns)
            if self._has_reason(key, span, has_ended=end_ns is not None):
                kept += self._decide(key, is_kept=True)
        for key, held in list(self._held.items()):
            if held.has_ended:
                is_slow = self._is_slow(held, held.last_end_ns - held.start_ns, has_ended=True)
                spans_of_it = self._decide(key, is_kept=is_slow)
                (kept if is_slow else dropped).extend(spans_of_it)
                if not is_slow:
                    self._dropped.put(key, spans_of_it)
            elif self._is_slow(held, now_ns - held.start_ns, has_ended=False):
                kept += self._decide(key, is_kept=True)
        while self._held_spans > MAX_HELD_SPANS:
            kept += self._decide(next(iter(self._held)), is_kept=True)
        return kept, dropped

    def release(self) -> list[PendingSpan]:
        """Keep every undecided trace; return its spans."""
        return [span for key in list(self._held) for span in self._decide(key, is_kept=True)]

    def _has_reason(self, key: bytes, span: PendingSpan, *, has_ended: bool) -> bool:
        if self.settings.keep_errors and ((has_ended and span.status_code == ERROR) or span.trace.state == ERROR):
            return True
        return int.from_bytes(key[8:], "big") < self.settings.share * (1 << 64)

    def _is_slow(self, held: _Held, duration_ns: int, *, has_ended: bool) -> bool:
        settings = self.settings
        if settings.slower_than_ms is not None and duration_ns > settings.slower_than_ms * 1e6:
            return True
        if settings.slowest_percent is None or held.entry is None:
            return False
        name = held.entry.name
        durations = self._durations.get(name)
        if durations is None:
            durations = self._durations[name] = _Durations()
            if len(self._durations) > LEARNED_NAMES:
                self._durations.popitem(last=False)
        is_slow = duration_ns > durations.limit_ns(settings.slowest_percent)
        if has_ended:
            durations.add(duration_ns)
        return is_slow

    def _decide(self, key: bytes, *, is_kept: bool) -> list[PendingSpan]:
        held = self._held.pop(key)
        self._held_spans -= len(held.spans)
        self._decided[key] = is_kept
        self._decided.move_to_end(key)
        if len(self._decided) > REMEMBERED_DECISIONS:
            self._decided.popitem(last=False)
        return list(held.spans.values())

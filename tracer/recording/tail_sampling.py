"""What is kept of the traces that are recorded, decided when enough is known of each: errors, slow ones, a share.

A trace that is undecided waits in memory, whole; nothing of it is in the file until it is kept, so nothing has to be
taken out again. It is kept, and shows live from then on, as soon as a reason is there: its id falls into the share, a
span of it fails, its state is set to ERROR, or it runs longer than what counts as slow. One that ends without a reason
is let go. So what waits is never older than the limit of slowness, and at most `MAX_HELD_SPANS`: beyond, the oldest
traces are kept.

A trace that was let go may go on: the next request of a caller elsewhere, a task in the background. It is undecided
again then, and a reason brings what is still at hand of its past: the spans of the traces that were let go last,
`MAX_LET_GO_SPANS` and `MAX_LET_GO_BYTES` of them. What is older cannot be brought back, nor what another process has
let go; the failed span itself and what follows it are always there.

A killed process loses its undecided traces; one that exits keeps them. Each process decides for its own spans, but
the share goes by the trace's id, which all processes of a trace have in common.
"""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...store.model.rows import ERROR
from ..settings.tail_sampling import TailSampling
from .size_estimate import payload_bytes

if TYPE_CHECKING:
    from ..spans.pending_span import PendingSpan

MAX_HELD_SPANS = 20_000
"""Spans that wait undecided."""

MAX_LET_GO_SPANS = 5_000
"""Spans of traces that were let go, at hand for a late reason to keep them."""

MAX_LET_GO_BYTES = 16 << 20
"""Of what they carry, about."""

LEARNED_TRACES = 512
"""Of each name, the last durations that a percentile is taken of."""

LEARNING_TRACES = 20
"""Of each name, kept before a percentile means anything."""

LEARNED_NAMES = 1_024

REMEMBERED_DECISIONS = 65_536
"""Traces whose late spans follow what was decided."""


class _Held:
    """A trace that is undecided."""

    __slots__ = ("_goes_on", "entry", "last_end_ns", "open_keys", "spans", "start_ns")

    def __init__(self, past: Iterable[PendingSpan] | None) -> None:
        """`past` are the spans that are left of a trace that was let go, perhaps none; None for one that begins."""
        self.spans: dict[int, PendingSpan] = {span.span_key: span for span in past or ()}
        self.open_keys: set[int] = set()
        self.entry: PendingSpan | None = None
        self.start_ns = 1 << 63
        """Of what is undecided: the time between two requests makes neither of them slow."""
        self.last_end_ns = 0
        self._goes_on = past is not None

    def add(self, span: PendingSpan, end_ns: int | None) -> None:
        """Take a span in that had ended at `end_ns` when it was looked at."""
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


class _LetGo:
    """The spans of the traces that were let go last."""

    def __init__(self) -> None:
        self._traces: OrderedDict[bytes, tuple[list[PendingSpan], int]] = OrderedDict()
        self._spans = 0
        self._bytes = 0

    def put(self, key: bytes, spans: list[PendingSpan]) -> None:
        self.take(key)
        size = sum(map(payload_bytes, spans))
        self._traces[key] = spans, size
        self._spans += len(spans)
        self._bytes += size
        while self._spans > MAX_LET_GO_SPANS or self._bytes > MAX_LET_GO_BYTES:
            self.take(next(iter(self._traces)))

    def take(self, key: bytes) -> list[PendingSpan]:
        spans, size = self._traces.pop(key, ([], 0))
        self._spans -= len(spans)
        self._bytes -= size
        return spans


class _Durations:
    """What is usual for traces of one name."""

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


class TailSampler:
    """Decides, on the writer thread."""

    def __init__(self, settings: TailSampling) -> None:
        self.settings = settings
        self._held: OrderedDict[bytes, _Held] = OrderedDict()
        self._held_spans = 0
        self._let_go = _LetGo()
        self._decided: OrderedDict[bytes, bool] = OrderedDict()
        self._durations: OrderedDict[str, _Durations] = OrderedDict()

    def is_holding(self) -> bool:
        """Whether traces are undecided."""
        return bool(self._held)

    def admit(self, spans: Iterable[PendingSpan], now_ns: int) -> tuple[list[PendingSpan], list[PendingSpan]]:
        """Take spans in; give those to write now, earlier ones of their traces included, and those to forget: all of
        these have ended."""
        kept: list[PendingSpan] = []
        forgotten: list[PendingSpan] = []
        for span in spans:
            key = span.trace.trace_key
            held = self._held.get(key)
            if held is None:
                decision = self._decided.get(key)
                if decision:
                    kept.append(span)
                    continue
                held = self._held[key] = _Held(None if decision is None else self._let_go.take(key))
                self._held_spans += len(held.spans)
            self._held_spans += span.span_key not in held.spans
            end_ns = span.end_ns  # once: it may end at any instant, and comes again then
            held.add(span, end_ns)
            if self._has_reason(key, span, has_ended=end_ns is not None):
                kept += self._decide(key, is_kept=True)
        for key, held in list(self._held.items()):
            if held.has_ended:
                is_slow = self._is_slow(held, held.last_end_ns - held.start_ns, has_ended=True)
                spans_of_it = self._decide(key, is_kept=is_slow)
                (kept if is_slow else forgotten).extend(spans_of_it)
                if not is_slow:
                    self._let_go.put(key, spans_of_it)
            elif self._is_slow(held, now_ns - held.start_ns, has_ended=False):
                kept += self._decide(key, is_kept=True)
        while self._held_spans > MAX_HELD_SPANS:
            kept += self._decide(next(iter(self._held)), is_kept=True)
        return kept, forgotten

    def release(self) -> list[PendingSpan]:
        """Keep all that is undecided."""
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

"""What is kept of the traces that are recorded, decided when enough is known of each: errors, slow ones, a share.

A trace that is undecided waits in memory, whole; nothing of it is in the file until it is kept, so nothing has to be
taken out again. It is kept, and shows live from then on, as soon as a reason is there: its id falls into the share, a
span of it fails, or it runs longer than what counts as slow. One that ends without a reason is forgotten. So what
waits is never older than the limit of slowness, and at most `MAX_HELD_SPANS`: beyond, the oldest traces are kept.

A killed process loses its undecided traces; one that exits keeps them. Each process decides for its own spans, but
the share goes by the trace's id, which all processes of a trace have in common.
"""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ..store.rows import ERROR

if TYPE_CHECKING:
    from .span import Span

MAX_HELD_SPANS = 20_000
"""Spans that wait undecided."""

LEARNED_TRACES = 512
"""Of each name, the last durations that a percentile is taken of."""

LEARNING_TRACES = 20
"""Of each name, kept before a percentile means anything."""

LEARNED_NAMES = 1_024

REMEMBERED_DECISIONS = 65_536
"""Traces whose late spans follow what was decided."""


class TailSampling(NamedTuple):
    """The reasons for which a trace is kept; one is enough."""

    keep_errors: bool = True
    """A span of it is an ERROR."""
    slower_than_ms: float | None = None
    """It lasts longer than this."""
    slowest_percent: float | None = None
    """It belongs to the slowest of its name: 5 means above the 95th percentile of those before it."""
    share: float = 0.0
    """Of all traces, from 0 to 1, whatever they are like."""

    def checked(self) -> TailSampling:
        """This, if it can be meant; raises ValueError that names what cannot."""
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"TailSampling(share={self.share}) is a share from 0 to 1")
        if self.slowest_percent is not None and not 0.0 < self.slowest_percent < 100.0:
            raise ValueError(f"TailSampling(slowest_percent={self.slowest_percent}) is a percentage between 0 and 100")
        if self.slower_than_ms is not None and self.slower_than_ms < 0:
            raise ValueError(f"TailSampling(slower_than_ms={self.slower_than_ms}) is a duration")
        return self


class _Held:
    """A trace that is undecided."""

    __slots__ = ("entry", "last_end_ns", "open_keys", "spans", "start_ns")

    def __init__(self) -> None:
        self.spans: dict[int, Span] = {}
        self.open_keys: set[int] = set()
        self.entry: Span | None = None
        self.start_ns = 1 << 63
        self.last_end_ns = 0

    def add(self, span: Span) -> None:
        self.spans[span.span_key] = span
        self.start_ns = min(self.start_ns, span.start_ns)
        if span.is_entry:
            self.entry = span
        if span.end_ns is None:
            self.open_keys.add(span.span_key)
        else:
            self.open_keys.discard(span.span_key)
            self.last_end_ns = max(self.last_end_ns, span.end_ns)

    @property
    def has_ended(self) -> bool:
        return self.entry is not None and not self.open_keys


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
        self._decided: OrderedDict[bytes, bool] = OrderedDict()
        self._durations: OrderedDict[str, _Durations] = OrderedDict()

    def is_holding(self) -> bool:
        """Whether traces are undecided."""
        return bool(self._held)

    def admit(self, spans: Iterable[Span], now_ns: int) -> tuple[list[Span], list[Span]]:
        """Take spans in; give those to write now, earlier ones of their traces included, and those to forget."""
        kept: list[Span] = []
        forgotten: list[Span] = []
        for span in spans:
            key = span.trace.trace_key
            decision = self._decided.get(key)
            if decision is not None:
                (kept if decision else forgotten).append(span)
                continue
            held = self._held.get(key)
            if held is None:
                held = self._held[key] = _Held()
            self._held_spans += span.span_key not in held.spans
            held.add(span)
            if self._has_reason(key, span):
                kept += self._decide(key, is_kept=True)
        for key, held in list(self._held.items()):
            if held.has_ended:
                is_slow = self._is_slow(held, held.last_end_ns - held.start_ns, has_ended=True)
                (kept if is_slow else forgotten).extend(self._decide(key, is_kept=is_slow))
            elif self._is_slow(held, now_ns - held.start_ns, has_ended=False):
                kept += self._decide(key, is_kept=True)
        while self._held_spans > MAX_HELD_SPANS:
            kept += self._decide(next(iter(self._held)), is_kept=True)
        return kept, forgotten

    def release(self) -> list[Span]:
        """Keep all that is undecided."""
        return [span for key in list(self._held) for span in self._decide(key, is_kept=True)]

    def _has_reason(self, key: bytes, span: Span) -> bool:
        if self.settings.keep_errors and span.status_code == ERROR and span.end_ns is not None:
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

    def _decide(self, key: bytes, *, is_kept: bool) -> list[Span]:
        held = self._held.pop(key)
        self._held_spans -= len(held.spans)
        self._decided[key] = is_kept
        if len(self._decided) > REMEMBERED_DECISIONS:
            self._decided.popitem(last=False)
        return list(held.spans.values())

"""The ledger: the difference of two means, parted into lines that add up to it exactly.

A line is parted further, in the symmetric way that leaves no rest: with N calls per trace at a cost of C each, the
difference of N x C is (difference of N) x (mean C) + (difference of C) x (mean N).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum
from typing import NamedTuple

from .paths import Paths
from .quick_parts import PlainPart
from .trace_parts import Part, Share


class Totals:
    """The parts of the traces of one set, added up by path and share."""

    def __init__(self) -> None:
        self.traces = 0
        self.sums: dict[tuple[int, Share], list[float]] = {}
        """Amount, calls and output tokens."""

    def add(self, parts: Iterable[Part | PlainPart]) -> None:
        """Add one trace."""
        self.traces += 1
        sums = self.sums
        for path, share, amount, calls, tokens in parts:
            row = sums.get((path, share))
            if row is None:
                row = sums[path, share] = [0, 0, 0]
            row[0] += amount
            row[1] += calls
            row[2] += tokens

    def mean(self) -> float:
        """Return the mean amount of a trace; 0 without traces."""
        return fsum(row[0] for row in self.sums.values()) / self.traces if self.traces else 0.0


class PerTrace(NamedTuple):
    """One line, for one of the sets."""

    amount: float
    """The mean amount of a trace."""
    calls: float
    """The mean number of calls of a trace."""
    tokens: float | None
    """The mean output tokens of a call, of DECODE."""

    @property
    def per_call(self) -> float | None:
        """The mean amount of a call; None without calls."""
        return self.amount / self.calls if self.calls else None


class Line(NamedTuple):
    """One line of the ledger. `difference` is the sum of the four parts after it."""

    path: tuple[str, ...]
    share: Share
    difference: float
    more_calls: float
    more_a_call: float
    """Each call takes more, for a reason that is not known."""
    more_tokens: float
    slower_tokens: float
    a: PerTrace
    b: PerTrace


class Ledger(NamedTuple):
    """The difference of two means, and what makes it."""

    mean_a: float
    mean_b: float
    lines: list[Line]
    """The largest difference first, in either direction."""

    @property
    def difference(self) -> float:
        """How much larger the mean of A is."""
        return self.mean_a - self.mean_b


def ledger(a: Totals, b: Totals, paths: Paths) -> Ledger:
    """Return the ledger of two sets; their paths are numbers of `paths`."""
    keys = dict.fromkeys([*a.sums, *b.sums])
    lines = [_line(paths.names(path), share, a, b, (path, share)) for path, share in keys]
    lines = [line for line in lines if line.a.amount or line.b.amount]
    lines.sort(key=lambda line: -abs(line.difference))
    return Ledger(a.mean(), b.mean(), lines)


def _line(path: tuple[str, ...], share: Share, a: Totals, b: Totals, key: tuple[int, Share]) -> Line:
    one, other = _per_trace(a, key), _per_trace(b, key)
    costs = one.per_call, other.per_call
    # A set without calls has no cost of a call: then the other set has the calls, and not slower ones.
    cost_a = costs[0] if costs[0] is not None else costs[1] or 0.0
    cost_b = costs[1] if costs[1] is not None else cost_a
    mean_calls = (one.calls + other.calls) / 2
    more_calls = (one.calls - other.calls) * (cost_a + cost_b) / 2
    more_a_call = (cost_a - cost_b) * mean_calls
    more_tokens = slower_tokens = 0.0
    if share is Share.DECODE and one.tokens and other.tokens:
        rate_a, rate_b = cost_a / one.tokens, cost_b / other.tokens
        more_tokens = (one.tokens - other.tokens) * (rate_a + rate_b) / 2 * mean_calls
        slower_tokens = (rate_a - rate_b) * (one.tokens + other.tokens) / 2 * mean_calls
        more_a_call = 0.0
    difference = one.amount - other.amount
    return Line(path, share, difference, more_calls, more_a_call, more_tokens, slower_tokens, one, other)


def _per_trace(totals: Totals, key: tuple[int, Share]) -> PerTrace:
    row = totals.sums.get(key)
    if row is None or not totals.traces:
        return PerTrace(0.0, 0.0, None)
    amount, calls, tokens = row
    per_call = tokens / calls if key[1] is Share.DECODE else None
    return PerTrace(amount / totals.traces, calls / totals.traces, per_call)

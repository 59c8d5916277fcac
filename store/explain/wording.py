"""The explanation in words: the text of each part, for the command line and for the explorer.

Names and values in the texts are as they were recorded: the caller makes them safe for a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..text import format
from .explanation import Explanation
from .failures import Failure
from .findings import Finding
from .ledger import Line, PerTrace
from .trace_parts import Measure, Share
from .trace_sets import MOST_TRACES, TraceSet

MOST_LINES = 8
"""Lines of the ledger that are shown by name; the others are the rest."""

LEAST_SHARE_OF_GAP = 0.02
"""A line that makes a smaller share of the difference belongs to the rest."""

_MORE = {
    Measure.DURATION: ("slower", "faster"),
    Measure.TTFT: ("slower to the first token", "faster to the first token"),
    Measure.COST: ("dearer", "cheaper"),
    Measure.TOKENS: ("more", "fewer"),
    Measure.ERRORS: ("more failures", "fewer failures"),
}
_SHARES = {
    Share.WHOLE: "",
    Share.OWN: ", outside of what it calls",
    Share.WAIT: ", wait for the first token",
    Share.DECODE: ", decode",
    Share.STREAM: ", decode (tokens unknown)",
    Share.RETRIES: ", failed attempts",
    Share.PERSON: ", wait for a person",
    Share.INPUT: ", input tokens",
    Share.OUTPUT: ", output tokens",
}


class LedgerText(NamedTuple):
    """One line of the ledger."""

    amount: str
    what: str
    why: str


def amount(measure: Measure, number: float) -> str:
    """Format an amount of a measure: a duration, dollars, or a number."""
    match measure:
        case Measure.DURATION | Measure.TTFT:
            return format.duration(round(number))
        case Measure.COST:
            return format.cost(number)
        case Measure.TOKENS if abs(number) >= 10:
            return format.count(round(number))
        case _:
            return f"{number:.2g}" if abs(number) < 100 else format.count(round(number))


def signed(measure: Measure, number: float) -> str:
    """Format a difference with its sign."""
    return ("+" if number >= 0 else "") + amount(measure, number)


def headline(found: Explanation) -> str:
    """Return the first line: how large the difference is, or how often the traces failed."""
    a, b = found.sets
    others = f"the {_number(b)} other traces" if not b.filter_text else f"the {_number(b)} traces of B"
    if found.ledger is None:
        return f"{found.failed[0]:,} of {len(a.traces):,} traces failed, and {found.failed[1]:,} of {others}"
    if not all(found.counted):
        return f"no {found.measure.value} is known of {'A' if not found.counted[0] else 'B'}"
    difference, measure = found.ledger.difference, found.measure
    if measure in (Measure.DURATION, Measure.TTFT, Measure.COST):
        size = amount(measure, abs(difference))
    else:
        size = amount(measure, abs(difference)) + (" tokens" if measure is Measure.TOKENS else "")
    means = f"{amount(measure, found.ledger.mean_a)} against {amount(measure, found.ledger.mean_b)} on average"
    return f"{size} {_MORE[measure][difference < 0]} than {others} ({means})"


def set_line(found: Explanation, side: int, *, now_ns: int, utc: bool) -> str:
    """Return what set A (0) or B (1) is: its filter, size and time."""
    one = found.sets[side]
    first_ns, last_ns = found.spans_ns[side]
    said = one.filter_text or "the other traces of the same names"
    when = [format.start(ns, now_ns=now_ns, utc=utc) for ns in (first_ns, last_ns)]
    size = f"{len(one.traces):,} traces"
    if one.is_cut:
        size = f"the newest {size}" + (f" of {one.total:,}" if one.total is not None else "")
    return f"{'AB'[side]}  {size}, {when[0]} to {when[1]}: {said}"


def ledger_texts(found: Explanation) -> Iterator[LedgerText]:
    """Yield the lines of the ledger; they add up to the difference, with the rest at the end."""
    if found.ledger is None:
        return
    least = LEAST_SHARE_OF_GAP * max(
        abs(found.ledger.difference), *(abs(one.difference) for one in found.ledger.lines), 0
    )
    shown = [line for line in found.ledger.lines[:MOST_LINES] if abs(line.difference) >= least]
    for line in shown:
        path = " › ".join(line.path[1:] or line.path)
        yield LedgerText(
            signed(found.measure, line.difference), path + _SHARES[line.share], reason(found.measure, line)
        )
    rest = found.ledger.difference - sum(line.difference for line in shown)
    if len(shown) < len(found.ledger.lines):
        count = len(found.ledger.lines) - len(shown)
        yield LedgerText(signed(found.measure, rest), f"the rest ({count:,} parts)", "")


def reason(measure: Measure, line: Line) -> str:
    """Return why a line differs: more calls, longer calls, more tokens, slower tokens; the larger first."""
    a, b = line.a, line.b
    said: list[tuple[float, str]] = []
    if not b.calls or not a.calls:
        only, calls = ("A", a.calls) if a.calls else ("B", b.calls)
        return f"only in {only}, {_times(calls)} a trace"
    if line.more_calls:
        more = "runs more often" if line.more_calls > 0 else "runs less often"
        said.append((line.more_calls, f"{more}: {_times(a.calls)} a trace, not {_times(b.calls)}"))
    if line.more_a_call:
        said.append((line.more_a_call, _longer(measure, line, a, b)))
    if line.more_tokens and a.tokens is not None and b.tokens is not None:
        more = "more" if line.more_tokens > 0 else "fewer"
        said.append((line.more_tokens, f"{more} tokens: {a.tokens:,.0f} a call, not {b.tokens:,.0f}"))
    if line.slower_tokens and a.tokens and b.tokens and a.per_call and b.per_call:
        slower = "slower" if line.slower_tokens > 0 else "faster"
        rates = [amount(measure, cost / tokens) for cost, tokens in ((a.per_call, a.tokens), (b.per_call, b.tokens))]
        said.append((line.slower_tokens, f"{slower} tokens: {rates[0]} each, not {rates[1]}"))
    said.sort(key=lambda one: -abs(one[0]))
    kept = [one for one in said if abs(one[0]) >= 0.1 * abs(said[0][0])]
    if len(kept) == 1:
        return kept[0][1]
    return "; ".join(f"{text} ({signed(measure, number)})" for number, text in kept)


def finding_text(one: Finding) -> str:
    """Return the shares of a property: `91 % of A (85-95 %), 6 % of B, 15.2x, p < 0.001`."""
    lift = f"{one.lift:.1f}x" if one.lift is not None and one.lift < 100 else "" if one.lift is None else ">100x"
    low, high = (f"{100 * share:.0f}" for share in one.interval_a)
    shares = f"{percent(one.table.share_a)} of A ({low}-{high} %), {percent(one.table.share_b)} of B"
    sure = "p < 0.001" if one.p_value < 0.001 else f"p = {one.p_value:.3f}"
    return ", ".join(filter(None, (shares, lift, sure)))


def failure_text(one: Failure) -> str:
    """Return where a failure began, and its exception."""
    path = " › ".join(one.kind.path[1:] or one.kind.path)
    said = f"{one.kind.exception}: {one.kind.message}" if one.kind.exception else one.kind.message
    return f"{path}: {said}"


def percent(share: float) -> str:
    """Format a share: `91 %`, `<1 %`."""
    return "<1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _longer(measure: Measure, line: Line, a: PerTrace, b: PerTrace) -> str:
    calls = [amount(measure, one.per_call or 0) for one in (a, b)]
    words = (
        ("takes longer", "takes less")
        if measure in (Measure.DURATION, Measure.TTFT)
        else ("more a call", "less a call")
    )
    return f"{words[line.more_a_call < 0]}: {calls[0]} a call, not {calls[1]}"


def _times(calls: float) -> str:
    return f"{calls:.1f}".removesuffix(".0") if calls >= 0.1 else f"{calls:.2g}"


def _number(one: TraceSet) -> str:
    return f"newest {MOST_TRACES:,}" if one.is_cut else f"{len(one.traces):,}"

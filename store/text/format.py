"""Format numbers and times as short strings of bounded width; an unknown value is an empty string.

A larger number never looks smaller than a smaller number: values are rounded half to even at the last visible digit,
and a value that rounds up to the next unit is written in that unit.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

DURATION_CELLS = 7
"""The largest width of `duration` for non-negative values; the next constants are widths of the other functions."""
TOKENS_CELLS = 5
TOKEN_FLOW_CELLS = 2 * TOKENS_CELLS + 1
COST_CELLS = 8
START_CELLS = 12

_SECOND_NS = 1_000_000_000
_MINUTE_NS = 60 * _SECOND_NS
_HOUR_NS = 60 * _MINUTE_NS
_DAY_NS = 24 * _HOUR_NS

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_FINE = (  # (unit in ns, decimals, the value that is too large for this line, name)
    (1, 0, 1000, "ns"),
    (1_000, 0, 100, "µs"),
    (1_000_000, 2, 1, "ms"),
    (1_000_000, 1, 100, "ms"),
    (1_000_000, 0, 1000, "ms"),
    (_SECOND_NS, 2, 10, "s"),
    (_SECOND_NS, 1, 60, "s"),
)
_COARSE = (  # (unit in ns, name, smaller unit in ns, name, how many of the larger are too large)
    (_MINUTE_NS, "m", _SECOND_NS, "s", 60),
    (_HOUR_NS, "h", _MINUTE_NS, "m", 24),
    (_DAY_NS, "d", _HOUR_NS, "h", 100),
)


def duration(ns: int) -> str:
    """Format a duration: `85 ns`, `12 µs`, `0.41 ms`, `12.3 ms`, `412 ms`, `1.23 s`, `2m 05s`, `3h 07m`, `5d 03h`."""
    if ns < 0:
        return "-" + duration(-ns)  # a negative duration comes from clocks of two machines
    for unit_ns, decimals, too_large, name in _FINE:
        value = round(ns / unit_ns, decimals)
        if value < too_large:
            return f"{value:.{decimals}f} {name}"
    for large_ns, large, small_ns, small, too_many in _COARSE:
        whole, part = divmod(round(ns / small_ns), large_ns // small_ns)
        if whole < too_many:
            return f"{whole}{large} {part:02}{small}"
    return _short(round(ns / _DAY_NS)) + "d"


def milliseconds(ms: float | None) -> str:
    """Format a duration in ms like `duration`."""
    return "" if ms is None or not math.isfinite(ms) else duration(round(ms * 1_000_000))


def tokens(number: int | None) -> str:
    """Format a number of tokens: `812`, `4.1k`, `41k`, `1.2M`."""
    return "" if number is None else _short(number)


def token_flow(input_tokens: int | None, output_tokens: int | None) -> str:
    """Format input and output tokens: `4.1k→312`, with a dash for an unknown number if the other is known."""
    if input_tokens is None and output_tokens is None:
        return ""
    return f"{tokens(input_tokens) or '-'}→{tokens(output_tokens) or '-'}"


def cost(usd: float | None) -> str:
    """Format a cost: `$0`, `<$0.0001`, `$0.0042`, `$1.23`, `$123`, `$12k`."""
    if usd is None or not math.isfinite(usd):
        return ""
    if usd < 0:
        return "-" + cost(-usd)
    if usd == 0:
        return "$0"
    if usd < _LEAST_SHOWN_USD:
        return "<$0.0001"
    if round(usd, 4) < 0.1:
        return f"${usd:.4f}"
    return f"${usd:.2f}" if round(usd, 2) < 100 else "$" + _short(round(usd))


def least_cost(usd: float | None, calls_without_price: int | None) -> str:
    """Format the cost of calls that may lack prices: `$0.30`, `≥$0.30`; `$? (3)` of 3 that lack them."""
    if not calls_without_price:
        return cost(usd)
    if _says_nothing(usd):
        return f"$? ({calls_without_price})" if calls_without_price < 1000 else "$?"
    return "≥" + cost(usd)


def cost_in_words(usd: float | None, calls_without_price: int | None) -> str:
    """Format the same cost with more words: `$0.30`, `≥ $0.30 (1 call without a price)`, `3 calls without a price`."""
    if not calls_without_price:
        return cost(usd)
    lacking = f"{count(calls_without_price)} call{'s' if calls_without_price > 1 else ''} without a price"
    return lacking if _says_nothing(usd) else f"≥ {cost(usd)} ({lacking})"


def _says_nothing(least_usd: float | None) -> bool:
    """Whether a lower bound is shown as 0, which every cost exceeds."""
    return least_usd is None or abs(least_usd) < _LEAST_SHOWN_USD


_LEAST_SHOWN_USD = 0.0001


def count(number: int) -> str:
    """Format a number with all digits in groups: `1,234,567`."""
    return f"{number:,}"


def size(number: int | None) -> str:
    """Format a number of bytes: `812 B`, `4.1 kB`, `1.2 MB`."""
    if number is None:
        return ""
    if number < 1000:
        return f"{number} B"
    short = _short(number)
    return f"{short[:-1]} {short[-1].replace('B', 'G')}B"


def start(ns: int, *, now_ns: int, utc: bool = False, short: bool = False) -> str:
    """Format a start: `14:03:05.123` for today, `Jan 02 14:03` for the last 300 days, otherwise `2024-01-02`.

    The short form has 8 cells: `14:03:05`, `Jan 02`, `Jan 2024`.
    """
    moment, now = _moment(ns, utc=utc), _moment(now_ns, utc=utc)
    if moment is None or now is None:
        return "?"
    if short:
        if moment.date() == now.date():
            return f"{moment:%H:%M:%S}"
        is_recent = timedelta(0) <= now - moment < timedelta(days=300)
        return f"{_MONTHS[moment.month - 1]} {moment:%d}" if is_recent else f"{_MONTHS[moment.month - 1]} {moment:%Y}"
    if moment.date() == now.date():
        return f"{moment:%H:%M:%S}.{_milliseconds_of(ns):03}"
    if timedelta(0) <= now - moment < timedelta(days=300):
        return f"{_MONTHS[moment.month - 1]} {moment:%d %H:%M}"
    return f"{moment:%Y-%m-%d}"


def age(ns: int) -> str:
    """Format the time since something began in at most 8 cells: `now`, `12s ago`, `7m ago`, `3h ago`, `41d ago`."""
    for unit_ns, name in ((_DAY_NS, "d"), (_HOUR_NS, "h"), (_MINUTE_NS, "m"), (_SECOND_NS, "s")):
        if ns >= unit_ns:
            return f"{_short(ns // unit_ns) if ns // unit_ns >= 1000 else ns // unit_ns}{name} ago"
    return "now"


def timestamp(ns: int, *, utc: bool = False) -> str:
    """Format a time with its zone: `2026-01-02 14:03:05.123 +01:00`, or `... UTC`."""
    moment = _moment(ns, utc=utc)
    if moment is None:
        return f"{ns} ns"
    zone = "UTC" if utc else _offset(moment)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{_milliseconds_of(ns):03} {zone}"


def _milliseconds_of(ns: int) -> int:
    return ns // 1_000_000 % 1000


def _offset(moment: datetime) -> str:
    plain = f"{moment:%z}"
    return f"{plain[:3]}:{plain[3:5]}"


def _moment(ns: int, *, utc: bool) -> datetime | None:
    # From whole seconds, so that float rounding cannot change the second.
    try:
        moment = datetime.fromtimestamp(ns // _SECOND_NS, UTC)
        return moment if utc else moment.astimezone()
    except (OverflowError, ValueError, OSError):
        return None


def _short(number: float) -> str:
    if number < 0:
        return "-" + _short(-number)
    if number < 1000:
        return str(round(number))
    for power, name in ((1_000, "k"), (1_000_000, "M"), (1_000_000_000, "B"), (1_000_000_000_000, "T")):
        value = number / power
        if round(value, 1) < 10:
            return f"{value:.1f}{name}"
        if round(value) < 1000:
            return f"{value:.0f}{name}"
    return ">999T"

"""Parse the prices of one model in a price file: per kind of token, from which date, at which service tier.

`price_table` describes the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

KINDS = (
    *("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "input_audio", "output_audio"),
    *("input_image", "output_image", "cache_read_audio", "cache_read_image"),
)
"""The kinds of tokens that have a price, by their names in a price file."""

LIST_PRICE = "standard"
"""The service tier with the list prices."""

_PER_TOKENS = 1e6


class PriceFileError(Exception):
    """The price file is invalid; the message names the file, the place in the file, and the correction."""


class Price(NamedTuple):
    """The price of one token of each kind in US dollars; None where no price is known."""

    input: float | None
    output: float | None
    cache_read: float | None
    cache_write: float | None
    cache_write_1h: float | None
    reasoning: float | None
    input_audio: float | None
    output_audio: float | None
    input_image: float | None
    output_image: float | None
    cache_read_audio: float | None
    cache_read_image: float | None
    above: tuple[tuple[int, Price], ...] = ()
    """Pairs of a number of input tokens and the prices of calls with more input tokens, the highest first."""
    tiers: Mapping[str, Sequence[Step]] = MappingProxyType({})
    """The prices of calls at other service tiers."""

    def at_tier(self, tier: str, at_ns: int) -> Price | None:
        """Return the prices at a service tier at a time (Unix nanoseconds); None if they are not known."""
        return next((step.price for step in reversed(self.tiers.get(tier, ())) if step.is_valid_at(at_ns)), None)


class Step(NamedTuple):
    """A price and the time in which it is valid."""

    price: Price
    from_ns: int = 0
    minutes: tuple[int, int] | None = None
    """The first and the last minute of the day in UTC; the interval may include midnight."""

    def is_valid_at(self, at_ns: int) -> bool:
        """Whether the price is valid at that time."""
        if at_ns < self.from_ns:
            return False
        if self.minutes is None:
            return True
        start, end = self.minutes
        minute = at_ns // 60_000_000_000 % 1440
        return start <= minute < end if start <= end else minute >= start or minute < end


def parse_steps(raw: Any, place: str) -> list[Step]:
    """Parse the prices of a model; null is []. Raises PriceFileError with the name `place`."""
    if raw is None:
        return []
    return [_step(one, place) for one in (raw if isinstance(raw, list) else [raw])]


def _step(raw: Any, place: str) -> Step:
    fields = dict(require_object(raw, place))
    when = _when(fields, place)
    tiers = require_object(fields.pop("tiers", {}), f"{place}.tiers")
    base, above = _with_above(fields, place)
    steps = {name: _tier_steps(one, base, above, f"{place}.tiers.{name}") for name, one in tiers.items()}
    return Step(_long(base, above)._replace(tiers=steps), *when)


def _when(fields: dict[str, Any], place: str) -> tuple[int, tuple[int, int] | None]:
    """Remove the conditions of a price from its fields, and return them."""
    from_ns, minutes = 0, None
    if (since := fields.pop("from", None)) is not None:
        try:
            from_ns = int(datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1_000_000_000
        except (ValueError, TypeError):
            raise PriceFileError(f"{place}.from is {since!r}; it must be a date such as 2026-07-01") from None
    if (hours := fields.pop("utc", None)) is not None:
        listed = hours if isinstance(hours, list) and len(hours) == 2 else [None]
        found = [re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", str(hour)) for hour in listed]
        if None in found:
            raise PriceFileError(f'{place}.utc is {hours!r}; it must be a pair of times such as ["16:30", "00:30"]')
        start, end = (int(hour[1]) * 60 + int(hour[2]) for hour in found if hour)
        minutes = (start, end)
    return from_ns, minutes


Above = dict[int, dict[str, float]]
"""The changed prices of calls, by the number of input tokens that they exceed."""


def _with_above(fields: dict[str, Any], place: str) -> tuple[dict[str, float], Above]:
    tiers = require_object(fields.pop("above", {}), f"{place}.above")
    base = _rates(fields, place)
    above: Above = {}
    for limit, rates in tiers.items():
        if not limit.isdecimal():
            raise PriceFileError(f"{place}.above: {limit!r} is not a number of input tokens")
        above[int(limit)] = _rates(require_object(rates, place), f"{place}.above.{limit}")
    return base, above


def _tier_steps(raw: Any, base: dict[str, float], above: Above, place: str) -> list[Step]:
    """Parse the prices of a tier: they are valid for calls of any length, unless the tier has `above` itself."""
    steps = []
    for one in raw if isinstance(raw, list) else [raw]:
        fields = dict(require_object(one, place))
        when = _when(fields, place)
        own, own_above = _with_above(fields, place)
        longer = {limit: {kind: rates[kind] for kind in rates if kind not in own} for limit, rates in above.items()}
        for limit, rates in own_above.items():
            longer[limit] = longer.get(limit, {}) | rates
        steps.append(Step(_long(base | own, longer), *when))
    return steps


def _long(base: dict[str, float], above: Above) -> Price:
    longer = ((limit, _price(base | rates)) for limit, rates in above.items())
    return _price(base)._replace(above=tuple(sorted(longer, reverse=True)))


def _rates(fields: Mapping[str, Any], place: str) -> dict[str, float]:
    for kind, rate in fields.items():
        if kind not in KINDS:
            raise PriceFileError(f"{place}: unknown key {kind!r}; prices are {', '.join(KINDS)}")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not math.isfinite(rate) or rate < 0:
            raise PriceFileError(f"{place}.{kind} is {rate!r}; it must be a number of US dollars per million tokens")
    return dict(fields)


def _price(rates: Mapping[str, float]) -> Price:
    def of(*kinds: str) -> float | None:
        return next((rates[kind] / _PER_TOKENS for kind in kinds if kind in rates), None)

    return Price(
        of("input"),
        of("output"),
        of("cache_read", "input"),
        of("cache_write", "input"),
        of("cache_write_1h", "cache_write", "input"),
        of("reasoning", "output"),
        of("input_audio", "input"),
        of("output_audio", "output"),
        of("input_image", "input"),
        of("output_image", "output"),
        of("cache_read_audio", "cache_read", "input_audio", "input"),
        of("cache_read_image", "cache_read", "input_image", "input"),
    )


def require_object(raw: Any, place: str) -> Mapping[str, Any]:
    """Return `raw` if it is an object. Raises PriceFileError."""
    if not isinstance(raw, dict):
        raise PriceFileError(f"{place} is {short_repr(raw)}; it must be an object, see `tracetui help prices`")
    return raw


def short_repr(raw: Any) -> str:
    """Return the shortened repr of a value for an error message."""
    text = repr(raw)
    return text if len(text) < 40 else f"{text[:40]}..."

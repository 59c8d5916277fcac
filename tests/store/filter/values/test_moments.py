"""Days, minutes and seconds of the clock, in zones whose clocks are set forward and back at every odd hour."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.filter.values.moments import moment

NOW_NS = 1_800_000_000_000_000_000
HOUR_NS = 3_600_000_000_000
S_NS = 1_000_000_000

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",  # midnight was left out, until 2019
    "Africa/Cairo",  # midnight is left out, and comes twice
    "Asia/Beirut",
    "America/St_Johns",  # clocks were set back a minute past midnight, until 2011
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kathmandu",
    "Pacific/Apia",  # 2011-12-30 was left out
)

SetZone = Callable[[str], None]


@pytest.fixture(scope="module")
def set_zone() -> Iterator[SetZone]:
    """Sets local time; UTC is for when nobody does."""
    with pytest.MonkeyPatch.context() as patch:

        def set_zone(zone: str) -> None:
            patch.setenv("TZ", zone)
            time.tzset()

        yield set_zone
    time.tzset()


def at(text: str, zone: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * S_NS


@given(st.sampled_from(ZONES), st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)), st.booleans())
def test_a_moment_is_in_the_day_and_the_minute_that_clocks_show(
    set_zone: SetZone, zone: str, utc_time: datetime, near_a_change: bool
) -> None:
    """Every moment is in the day of its date and in no other; the same for the minute and the second."""
    set_zone(zone)
    if near_a_change:
        utc_time = _next_change(utc_time, ZoneInfo(zone))
    moment_ns = round(utc_time.replace(microsecond=0, tzinfo=UTC).timestamp()) * S_NS
    shown = datetime.fromtimestamp(moment_ns // S_NS, ZoneInfo(zone)).replace(tzinfo=None)
    for length in (10, 16, 19):
        text = str(shown)[:length]
        assert _holds(text, moment_ns), text
    for days in (-1, 1):
        assert not _holds(str(shown + timedelta(days=days))[:10], moment_ns)
    assert not _holds(str(shown + timedelta(minutes=1))[:16], moment_ns)


def _holds(text: str, moment_ns: int) -> bool:
    read = moment(text, NOW_NS)
    assert read is not None
    assert read.passes is not None
    return sum(first <= moment_ns < end for first, end in read.passes) == 1


def _next_change(after: datetime, zone: ZoneInfo) -> datetime:
    # The last or the first second before or after clocks are set, within a year.
    def ahead(when: datetime) -> Any:
        return when.replace(tzinfo=UTC).astimezone(zone).utcoffset()

    low = after
    for _ in range(53):
        high = low + timedelta(days=7)
        if ahead(high) != ahead(low):
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if ahead(middle) == ahead(low) else (low, middle)
            return high if after.second % 2 else low
        low = high
    return after


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-06-01", 24),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("America/Sao_Paulo", "2018-02-17", 25),
        ("Africa/Cairo", "2024-04-26", 23),
        ("Africa/Cairo", "2024-10-31", 25),
        ("Asia/Beirut", "2024-03-31", 23),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_a_day_is_as_long_as_the_calendar_has_it(set_zone: SetZone, zone: str, day: str, hours: float) -> None:
    """23, 24 or 25 hours, half an hour more or less on Lord Howe, and none for the day that Samoa left out."""
    set_zone(zone)
    read = moment(day, NOW_NS)
    assert read is not None
    assert read.end_ns - read.start_ns == hours * HOUR_NS


def test_days_in_utc_have_24_hours(set_zone: SetZone) -> None:
    """Where times are shown in UTC, a filter means UTC."""
    set_zone("Europe/Berlin")
    read = moment("2026-10-25", NOW_NS, utc=True)
    assert read is not None
    assert (read.start_ns, read.end_ns) == (at("2026-10-25", "UTC"), at("2026-10-26", "UTC"))


def test_today_and_yesterday_when_clocks_were_set_back_this_morning(set_zone: SetZone) -> None:
    """The day has begun before clocks were set, in the offset of that time."""
    set_zone("Europe/Berlin")
    now_ns = at("2026-10-25 18:00", "Europe/Berlin")
    for text, day in (("today", "2026-10-25"), ("yesterday", "2026-10-24")):
        assert moment(text, now_ns) == moment(day, now_ns)
    assert moment("01:30", now_ns) == moment("2026-10-25 01:30", now_ns)


def test_a_minute_that_comes_twice_is_either_of_them(set_zone: SetZone) -> None:
    """And later is after the first, earlier before it."""
    set_zone("Europe/Berlin")
    read = moment("2026-10-25 02:30", NOW_NS)
    assert read is not None
    first_ns = at("2026-10-25 00:30", "UTC")
    assert read.passes == ((first_ns, first_ns + 60 * S_NS), (first_ns + HOUR_NS, first_ns + HOUR_NS + 60 * S_NS))
    assert read.bounds(">=") == (((">=", first_ns),),)
    assert read.bounds("<=") == ((("<", first_ns + HOUR_NS + 60 * S_NS),),)


def test_a_minute_that_clocks_leap_over_is_never(set_zone: SetZone) -> None:
    """What is later begins where clocks are set forward."""
    set_zone("Europe/Berlin")
    read = moment("2026-03-29 02:30", NOW_NS)
    assert read is not None
    assert read.bounds("=") == ()
    assert read.bounds(">=") == (((">=", at("2026-03-29 03:00", "Europe/Berlin")),),)


def test_filters_compare_with_a_calendar_day(set_zone: SetZone, trace_file: Any) -> None:
    """Every operator, on a day of 25 hours."""
    set_zone("Europe/Berlin")
    for text in ("2026-10-24 23:59", "2026-10-25 00:00", "2026-10-25 23:30", "2026-10-26 00:00"):
        trace_file.trace({"start_ns": at(text, "Europe/Berlin")})
    expected = {
        "start = 2026-10-25": [3, 2],
        "start != 2026-10-25": [4, 1],
        "start < 2026-10-25": [1],
        "start <= 2026-10-25": [3, 2, 1],
        "start > 2026-10-25": [4, 3, 2],
        "start >= 2026-10-25": [4, 3, 2],
        "start between 2026-10-25 and 2026-10-25": [3, 2],
        "start not between 2026-10-24 and 2026-10-25": [4],
        "start in (2026-10-24, 2026-10-26)": [4, 1],
        "start not in (2026-10-24, 2026-10-26)": [3, 2],
        "trace.start = 2026-10-25": [3, 2],
        "{start = 2026-10-25} | min(start) = 2026-10-25": [3, 2],
        "| max(start) <= 2026-10-25": [3, 2, 1],
        "start = 2026-03-29 02:30": [],
        "start != 2026-03-29 02:30": [4, 3, 2, 1],
        "start < 9999-01-01": [4, 3, 2, 1],
    }
    assert {text: trace_file.matches(text) for text in expected} == expected

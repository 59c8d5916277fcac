"""Short strings for people: bounded in width, and never in the wrong order."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.text import format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MS = 1_000_000
S = 1000 * MS
MINUTE = 60 * S
NOON_NS = 1_767_355_200 * S
"""2026-01-02T12:00:00Z"""

_FACTORS = {
    "ns": 1,
    "µs": 1000,
    "ms": MS,
    "s": S,
    "m": MINUTE,
    "h": 60 * MINUTE,
    "d": 1440 * MINUTE,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "B": 1e9,
    "T": 1e12,
    "": 1,
}

any_size = st.integers(0, 60).flatmap(lambda bits: st.integers(0, 1 << bits))
"""Whole numbers of every order of magnitude alike."""


@pytest.fixture
def five_hours_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone five hours behind UTC."""
    monkeypatch.setenv("TZ", "XYZ+05:00")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def read_duration(text: str) -> float:
    """Return the nanoseconds of a formatted duration."""
    total = 0.0
    for number, unit in re.findall(
        r"([\d.]+)([a-zµ]+)", re.sub(r"([\d.]+)([kMBT])d", _thousands, text).replace(" ", "")
    ):
        total += float(number) * _FACTORS[unit]
    return total


def _thousands(match: re.Match[str]) -> str:
    return f"{float(match[1]) * _FACTORS[match[2]]:.0f}d"


def read_short(text: str) -> float:
    """Return the number of a formatted count."""
    number, unit = re.fullmatch(r"([\d.]+)([kMBT]?)", text.lstrip(">")).groups()  # type: ignore[union-attr]
    return float(number) * _FACTORS[unit]


@pytest.mark.parametrize(
    ("ns", "expected"),
    [
        (0, "0 ns"),
        (85, "85 ns"),
        (12_300, "12 µs"),
        (412_000, "0.41 ms"),
        (12 * MS + 340_000, "12.3 ms"),
        (99 * MS + 960_000, "100 ms"),
        (412 * MS, "412 ms"),
        (999 * MS + 700_000, "1.00 s"),
        (1230 * MS, "1.23 s"),
        (59_960 * MS, "1m 00s"),
        (125 * S, "2m 05s"),
        (3 * 60 * MINUTE + 7 * MINUTE, "3h 07m"),
        (123 * 60 * MINUTE, "5d 03h"),
        (400 * 1440 * MINUTE, "400d"),
        (-1230 * MS, "-1.23 s"),
    ],
)
def test_duration_reads_as_expected(ns: int, expected: str) -> None:
    """In the unit people would choose, carried over where it rounds up."""
    assert format.duration(ns) == expected


@given(any_size)
def test_duration_fits_its_column(ns: int) -> None:
    """From nothing to thirty years."""
    assert len(format.duration(ns)) <= format.DURATION_CELLS


@given(any_size, any_size)
def test_longer_duration_never_reads_as_the_shorter(one: int, other: int) -> None:
    """A sorted column looks sorted."""
    shorter, longer = sorted((one, other))
    assert read_duration(format.duration(shorter)) <= read_duration(format.duration(longer))


@given(any_size)
def test_duration_is_true_within_a_few_percent(ns: int) -> None:
    """The text is close to the exact value."""
    assert read_duration(format.duration(ns)) == pytest.approx(ns, rel=0.06, abs=500)


def test_unmeasured_milliseconds_are_blank() -> None:
    """As are numbers that are none."""
    values = [None, float("nan"), float("inf"), 412.0, 0.0]
    assert [format.milliseconds(value) for value in values] == ["", "", "", "412 ms", "0 ns"]


def test_tokens_read_as_expected() -> None:
    """Exact below a thousand, two digits or three above."""
    numbers = [0, 812, 999, 1000, 4_120, 9_960, 41_200, 999_400, 999_600, 1_234_567, 12_000_000_000]
    assert [format.tokens(number) for number in numbers] == [
        *("0", "812", "999", "1.0k", "4.1k", "10k", "41k", "999k", "1.0M", "1.2M", "12B"),
    ]
    assert format.tokens(None) == ""
    assert format.token_flow(4120, 312) == "4.1k→312"
    assert format.token_flow(None, 312) == "-→312"
    assert format.token_flow(None, None) == ""


@given(any_size, any_size)
def test_tokens_fit_and_keep_their_order(one: int, other: int) -> None:
    """For any two counts."""
    fewer, more = sorted((one, other))
    assert read_short(format.tokens(fewer)) <= read_short(format.tokens(more))
    assert len(format.tokens(more)) <= format.TOKENS_CELLS
    assert len(format.token_flow(fewer, more)) <= format.TOKEN_FLOW_CELLS


def test_cost_reads_as_expected() -> None:
    """From fractions of a cent for one call to the total of a year."""
    amounts = [None, 0, 0.00003, 0.0042, 0.25, 1.234, 123.4, 12_345, float("nan"), -0.5]
    assert [format.cost(usd) for usd in amounts] == [
        *("", "$0", "<$0.0001", "$0.0042", "$0.25", "$1.23", "$123", "$12k", "", "-$0.50"),
    ]


@given(st.floats(0.0001, 1e14), st.floats(0.0001, 1e14))
def test_cost_fits_and_keeps_its_order(one: float, other: float) -> None:
    """For any two amounts."""
    less, more = sorted((one, other))
    assert read_short(format.cost(less)[1:]) <= read_short(format.cost(more)[1:])
    assert len(format.cost(more)) <= format.COST_CELLS


@pytest.mark.parametrize(
    ("number", "expected"),
    [(None, ""), (0, "0 B"), (999, "999 B"), (4_100, "4.1 kB"), (1_234_567, "1.2 MB"), (3_000_000_000, "3.0 GB")],
)
def test_size_reads_as_expected(number: int | None, expected: str) -> None:
    """In powers of ten, as disks are sold."""
    assert format.size(number) == expected


def test_count_shows_all_digits() -> None:
    """In groups of three."""
    assert format.count(1_234_567) == "1,234,567"


@given(any_size)
def test_every_short_form_fits(number: int) -> None:
    """The widths that columns are made for hold for anything."""
    assert len(format.size(number)) <= 7
    assert len(format.start(number * 4, now_ns=NOON_NS, utc=True)) <= format.START_CELLS


def test_start_shows_the_parts_that_differ_from_now() -> None:
    """The time today, the day before that, the year before that; and the same for what lies ahead."""
    days = [0, 1, 200, 400, -1]
    shown = [format.start(NOON_NS + 123 * MS - day * 1440 * MINUTE, now_ns=NOON_NS, utc=True) for day in days]
    assert shown == ["12:00:00.123", "Jan 01 12:00", "Jun 16 12:00", "2024-11-28", "2026-01-03"]


@pytest.mark.usefixtures("five_hours_behind")
def test_times_are_local_and_say_their_zone() -> None:
    """Local time by default, UTC on demand, labelled in full."""
    assert format.start(NOON_NS, now_ns=NOON_NS) == "07:00:00.000"
    assert format.timestamp(NOON_NS + 7 * MS) == "2026-01-02 07:00:00.007 -05:00"
    assert format.timestamp(NOON_NS + 7 * MS, utc=True) == "2026-01-02 12:00:00.007 UTC"


@pytest.mark.parametrize("show", [lambda ns: format.start(ns, now_ns=NOON_NS), format.timestamp])
@pytest.mark.parametrize("ns", [-(1 << 63), (1 << 63) - 1, 1 << 90])
def test_times_outside_the_calendar_break_nothing(show: Callable[[int], str], ns: int) -> None:
    """A broken import may hold any number."""
    assert show(ns)

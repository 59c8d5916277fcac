"""How long spans of one name usually take, from the newest spans of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..model.percentiles import rank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .connection import ReadConnection

NEWEST_SPANS = 20_000
"""How many spans are looked at, so that this takes some ten milliseconds in a file of any size."""

LEAST_SAMPLES = 40
"""The fewest spans of a name whose p95 means something: two of them are slower."""

_DURATIONS = """
    SELECT CAST(kind AS TEXT), CAST(name AS TEXT), end_ns - start_ns FROM span
    WHERE id > (SELECT max(id) FROM span) - ? AND end_ns IS NOT NULL"""


class UsualDuration(NamedTuple):
    """The 95th percentile of the durations of spans of one kind and name."""

    p95_ns: int
    samples: int


UsualDurations: TypeAlias = "Mapping[tuple[str, str], UsualDuration]"
"""By kind and name; names with fewer than `LEAST_SAMPLES` spans are left out."""


def usual_durations(reader: ReadConnection) -> UsualDurations:
    """Return the p95 of the ended spans among the newest ones, exact for these spans."""
    found: dict[tuple[str, str], list[int]] = {}
    for kind, name, duration_ns in reader.rows(_DURATIONS, NEWEST_SPANS):
        found.setdefault((kind, name), []).append(duration_ns)
    return {
        key: UsualDuration(sorted(durations)[rank(0.95, len(durations))], len(durations))
        for key, durations in found.items()
        if len(durations) >= LEAST_SAMPLES
    }

"""Ages such as `7d`, for settings."""

from __future__ import annotations

import re

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_AGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", re.ASCII)


def parse_age_s(text: str) -> float | None:
    """Return the seconds of an age in seconds, minutes, hours, days or weeks; None for any other text, and for 0."""
    found = _AGE.fullmatch(text.lower())
    return float(found[1]) * _SECONDS[found[2]] or None if found else None

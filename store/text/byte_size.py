"""Parse sizes such as `500MB`. Apart from `format`, which imports modules that the tracer does not need."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:([kmgt])(i?))?b?\s*\Z", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_byte_size(text: str) -> int | None:
    """Return the bytes of `1500`, `500MB`, `1.5 GB`, `2GiB` or `750k`; None for any other text."""
    found = _SIZE.match(text)
    if found is None:
        return None
    number, unit, is_binary = found.groups(default="")
    return int(float(number) * (1024 if is_binary else 1000) ** _POWERS[unit.lower()])

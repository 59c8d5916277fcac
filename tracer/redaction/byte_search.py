"""Two bytes in a row, of which the first is rare: to find single bytes costs a tenth of what finding two costs.

Where texts are searched for marks, a single byte is given as a number, and `find` serves for several: `in` first tries
to read bytes as a number, which takes as long as it takes to search a thousand bytes.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

_MOST = 256
_SHARE = 64
"""Places that are looked at one by one: so many at least, and one in so many bytes of a long text."""


def may_follow(text: bytes, rare: bytes, beginnings: AbstractSet[bytes], length: int) -> bool:
    """Whether `rare`, one byte, may be followed by one of these beginnings, of `length` bytes or at the text's end."""
    if text.find(rare) < 0:
        return False
    most = max(_MOST, len(text) // _SHARE)
    pieces = text.split(rare, most)
    if not beginnings.isdisjoint([piece[:length] for piece in pieces]):
        return True
    return len(pieces) > most and any((rare + one if one else rare * 2) in pieces[-1] for one in beginnings)

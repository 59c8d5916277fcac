"""Values that may be None by their type, in tests that know that they are not."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def known(value: T | None) -> T:
    """Return `value`, which is not None."""
    assert value is not None
    return value

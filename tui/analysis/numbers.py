"""Numbers of fields as people read them, by the unit of the field."""

from __future__ import annotations

from ...store.text import format

NUMBER_CELLS = 9


def number_text(number: float | None, unit: str) -> str:
    """Format a number: a duration in ns or ms, dollars, a share, or a plain number."""
    if number is None:
        return ""
    match unit:
        case "ns":
            return format.duration(round(number))
        case "ms":
            return format.milliseconds(number)
        case "usd":
            return format.cost(number)
        case "share":
            return f"{100 * number:.1f} %"
        case _ if abs(number) >= 1_000 or number == int(number):
            return format.count(round(number))
        case _:
            return f"{number:.3g}"


def signed_text(number: float, unit: str) -> str:
    """Format a difference with its sign; of shares in percentage points."""
    if unit == "share":
        return f"{100 * number:+.1f} pp"
    return ("+" if number >= 0 else "") + number_text(number, unit)

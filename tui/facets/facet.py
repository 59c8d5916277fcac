"""A field and its value under the cursor, and the filters that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, NamedTuple

from ...store.text.safe_text import safe_line

if TYPE_CHECKING:
    from ...store.filter.tree.nodes import Compare, Query

EQUALS, CONTAINS, AT_LEAST = "=", "~", ">="

LONGEST_CHARS = 200
"""A longer value is looked for by its beginning."""
_BEGINNING_CHARS = 80

_FIGURES = 3


class Facet(NamedTuple):
    """One field of the filter language with a value, as it stands under the cursor."""

    label: str
    """What the screen calls the field."""
    field: str
    """The field as it is typed."""
    value: str | int | float | None = None
    """None where the field has no value: there are only the values of others to look at."""
    op: str = EQUALS
    """`=`; `~` for a part of the value; `>=` for a measure, of which no two are the same."""
    letter: str = ""
    """The key of the facet in a menu."""

    @property
    def shown(self) -> str:
        """The value on one line."""
        return "" if self.value is None else safe_line(str(self.value), max_chars=LONGEST_CHARS)


def text_facet(label: str, field: str, text: str) -> Facet:
    """Returns the facet of a text of any length: a long one, or one of several lines, by a part of it."""
    if len(text) <= LONGEST_CHARS and text.isprintable():
        return Facet(label, field, text)
    pieces = (piece.strip() for piece in "".join(mark if mark.isprintable() else "\n" for mark in text).split("\n"))
    return Facet(label, field, next((piece[:_BEGINNING_CHARS].strip() for piece in pieces if piece), ""), CONTAINS)


def measure(label: str, field: str, amount: float | None, unit: str = "", letter: str = "") -> Facet:
    """Returns the facet of a measure, rounded down, so that what is at least it includes this one."""
    if amount is None:
        return Facet(label, field, None, AT_LEAST, letter)
    exact = Decimal(repr(amount) if isinstance(amount, float) else amount)
    step = Decimal(1).scaleb(min(0, exact.adjusted() - _FIGURES + 1)) if exact else Decimal(1)
    rounded = format(exact.quantize(step, ROUND_DOWN), "f")
    text = rounded.rstrip("0").rstrip(".") if "." in rounded else rounded
    return Facet(label, field, f"${text}" if unit == "$" else f"{text}{unit}", AT_LEAST, letter)


def duration_measure(label: str, field: str, ns: float | None, letter: str = "") -> Facet:
    """Returns the facet of a duration in the unit that people read it in."""
    if ns is None:
        return measure(label, field, None, letter=letter)
    for unit, factor in (("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)):
        if ns >= factor:
            return measure(label, field, ns / factor, unit, letter)
    return measure(label, field, float(ns), "ns", letter)


def only(query: Query | None, facet: Facet) -> str:
    """Returns the text of the filter `query` with only this: with this value, or at least this much."""
    from ...store.filter.assist.refinement import narrowed_to

    return narrowed_to(query or _all(), condition(facet))


def without(query: Query | None, facet: Facet) -> str:
    """Returns the text of the filter `query` without this: without this value, or with less than this."""
    from ...store.filter.assist.refinement import denied, narrowed_to

    query = query or _all()
    if facet.op == AT_LEAST:
        return narrowed_to(query, replace(condition(facet), op="<"))
    return denied(query, [condition(facet)], in_groups=query.by is not None)


def condition(facet: Facet) -> Compare:
    """Returns the condition that holds for this value."""
    from ...store.filter.assist.refinement import equal_to, field_named
    from ...store.filter.tree.nodes import Compare, Value

    name = field_named(facet.field)
    if facet.op == EQUALS:
        return equal_to(name, facet.value)
    return Compare(name, facet.op, (Value(str(facet.value), facet.op == CONTAINS),))


def countable(facets: Sequence[Facet]) -> list[Facet]:
    """Returns the facets whose values can be counted."""
    return [one for one in facets if one.op != AT_LEAST]


def _all() -> Query:
    from ...store.filter.syntax.parser import parse

    return parse("")

"""The order of the list: between the columns that are sorted and the `sort()` of the filter language."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..layout.trace_columns import ASCENDING_FIRST, ATTRIBUTE, SORT_FIELDS

if TYPE_CHECKING:
    from ...store.filter.tree.nodes import Sort


class ListOrder(NamedTuple):
    """A sorted column and its direction."""

    key: str
    descending: bool


NEWEST_FIRST = ListOrder("start", descending=True)
"""The order of a list that no filter and no key has sorted."""


def next_order(key: str, now: ListOrder) -> ListOrder:
    """Returns the order after a column is chosen: its usual direction, or the other if it is sorted so already."""
    usual = ListOrder(key, key not in ASCENDING_FIRST)
    return usual._replace(descending=not usual.descending) if now == usual else usual


def sort_field(key: str) -> str | None:
    """Returns the field of the filter language that sorts by a column; None for a column without an order."""
    if key.startswith(ATTRIBUTE):
        from ...store.filter.tree.nodes import Name
        from ...store.filter.tree.spelling import spell

        return spell(Name("attr", key.removeprefix(ATTRIBUTE)))
    return SORT_FIELDS.get(key)


def order_of(sort: Sort | None, keys: tuple[str, ...]) -> ListOrder | None:
    """Returns the column among `keys` by which `sort` orders, and its direction; None if it is none of them."""
    if sort is None:
        return NEWEST_FIRST
    from ...store.filter.syntax.parser import parse

    for key in keys:
        field = sort_field(key)
        if field is not None and (one := parse(f"| sort({field})").sort) is not None and one.key == sort.key:
            return ListOrder(key, sort.descending)
    return None

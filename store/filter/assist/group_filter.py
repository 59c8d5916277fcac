"""From a group to what it is made of: the filter that finds its traces."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..tree.field_kinds import Column, innermost
from ..tree.nodes import Compare, Name, Query
from .refinement import equal_to, refined


def narrowed(query: Query, key: Sequence[str | int | float | None]) -> str:
    """The text of `query` with its by(), and what stands behind it, replaced by the conditions of one group.

    `key` has a value for each field of by(), None where the group has none. What was typed before stays as it is.
    """
    assert query.by is not None
    stages = query.stages[: query.stages.index(query.by)]
    return refined(query, group_conditions(query.by.fields, key), stages=stages)


def group_conditions(fields: Sequence[Name], key: Sequence[str | int | float | None]) -> list[Compare]:
    """The conditions of one group, which has the values `key` of these fields of by()."""
    return [one for name, value in zip(fields, key, strict=True) for one in _conditions(name, value)]


def _conditions(name: Name, value: str | int | float | None) -> list[Compare]:
    elements = None if value is None or isinstance(innermost(name.bound), Column) else _elements(str(value))
    if elements is None:
        return [equal_to(name, value)]
    # An array is equal to each of its elements.
    found = [equal_to(name, element) for element in elements]
    return found or [Compare(name, "is not null")]


def _elements(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        array = json.loads(text)
    except ValueError:
        return None
    if not isinstance(array, list):
        return None
    return [one if isinstance(one, str) else json.dumps(one) for one in array if one is not None]

"""What a person may have meant: names no span has, and the nearest that some have."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from ..fields.columns import SPAN
from ..fields.resolve import is_of_trace
from ..tree.field_kinds import Attribute, Field, innermost
from ..tree.nodes import Query, fields

_SIMILARITY = 0.7
"""difflib's ratio from which a name is worth suggesting."""


def hints(query: Query, counts: Mapping[str, int]) -> list[str]:
    """A sentence for each attribute of `query` that no span has; `counts` is the file's names and their spans."""
    unknown = dict.fromkeys(key for name in fields(query) if (key := _attribute_key(name.bound)))
    return [_sentence(key, counts) for key in unknown if not counts.get(key)]


def _attribute_key(field: Field) -> str | None:
    field = innermost(field)
    return field.key if isinstance(field, Attribute) else None


def _sentence(key: str, counts: Mapping[str, int]) -> str:
    if is_of_trace(key):
        return f"0 spans have `{key}`; did you mean `trace.{key}`?"
    known = {name.casefold(): name for name in (*SPAN, *(name for name, count in counts.items() if count))}
    near = difflib.get_close_matches(key.casefold()[:200], known, n=1, cutoff=_SIMILARITY)
    if not near:
        return f"0 spans have `{key}`"
    name = known[near[0]]
    count = f" ({counts[name]:,})" if counts.get(name) else ""
    return f"0 spans have `{key}`; did you mean `{name}`{count}?"

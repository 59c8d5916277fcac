"""What a person may have meant: names no span has, and the nearest that some have."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from ..fields.columns import SPAN
from ..fields.resolve import is_of_trace
from ..tree.errors import FilterError
from ..tree.field_kinds import Attribute, Field, innermost
from ..tree.nodes import Compare, Query, fields, leaves
from ..tree.spelling import spell

_PATTERN = re.compile(r"[^\s()|{}*\"']*\*[^\s()|{}\"']*\Z")
"""A value that would be a pattern without its quotes."""

_SIMILARITY = 0.7
"""difflib's ratio from which a name is worth suggesting."""


_CLOSERS = {"(": ")", "{": "}", "`": "a closing `", '"': 'a closing "', "'": "a closing '"}


def hints(query: Query, counts: Mapping[str, int]) -> list[str]:
    """A sentence for each attribute of `query` that no span has, and for each pattern that quotes make a plain text.

    `counts` is the file's names and their spans.
    """
    unknown = dict.fromkeys(key for name in fields(query) if (key := _attribute_key(name.bound)))
    return [_sentence(key, counts) for key in unknown if not counts.get(key)] + _quoted_patterns(query)


def is_unfinished(text: str, error: FilterError) -> bool:
    """Whether more text may mend the error: the end came too early, or what opened was not closed."""
    if error.column >= len(text.rstrip()):
        return True
    return _CLOSERS.get(text[error.column]) in error.expected


def _quoted_patterns(query: Query) -> list[str]:
    found = []
    for leaf in leaves(query.root):
        if isinstance(leaf, Compare) and leaf.op in ("=", "!=", "in", "not in"):
            for value in leaf.values:
                if value.quoted and _PATTERN.match(value.text):
                    right = f"({value.text})" if leaf.op.endswith("in") else value.text
                    found.append(f"in quotes `*` is a star: `{spell(leaf.field)} {leaf.op} {right}` is a pattern")
    return found


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

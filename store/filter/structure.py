"""`{a} >> {b}` as a condition on the span b: some a stands in this relation to it."""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from collections.abc import Callable

from .conditions import FALSE, TRUE, Context

_WITHIN = "x.trace = {s}.trace"
_BELOW = f"{_WITHIN} AND x.parent_id = {{s}}.span_id"
_ABOVE = f"{_WITHIN} AND x.span_id = {{s}}.parent_id"
_NEAR = {
    ">": f"kin x WHERE {_ABOVE}",
    "<": f"kin x WHERE {_BELOW}",
    "~": f"kin x WHERE {_WITHIN} AND x.parent_id = {{s}}.parent_id AND x.id <> {{s}}.id",
}
"""Where the other span is one step away. A root has no siblings."""

_FAR = {
    ">>": (
        f"SELECT x.id, x.parent_id FROM kin x WHERE {_ABOVE}"
        f" UNION SELECT x.id, x.parent_id FROM way w CROSS JOIN kin x WHERE {_WITHIN} AND x.span_id = w.link"
    ),
    "<<": (
        f"SELECT x.id, x.span_id FROM kin x WHERE {_BELOW}"
        f" UNION SELECT x.id, x.span_id FROM way w CROSS JOIN kin x WHERE {_WITHIN} AND x.parent_id = w.link"
    ),
}
"""Any number of steps away; a union, so that a circle ends."""


def related(context: Context, relation: str, made: Callable[[Context], str]) -> str:
    """The condition on the span of `context`; `made` makes the condition on the other one. A leading `!` denies."""
    positive = relation.removeprefix("!")
    there = Context(context.keys, context.parameters, span=f"s{context.hops + 1}", hops=context.hops + 1)
    condition = made(there)
    context.trace_used |= there.trace_used
    if condition == FALSE:
        return FALSE if positive == relation else TRUE
    other = f"span {there.span} ON {there.span}.id"
    if positive in _NEAR:
        place = _NEAR[positive].format(s=context.span).replace(" WHERE", f" CROSS JOIN {other} = x.id WHERE")
        found = f"SELECT 1 FROM {place} AND {condition}"
    else:
        way = _FAR[positive].format(s=context.span)
        found = (
            f"WITH RECURSIVE way(id, link) AS ({way}) SELECT 1 FROM way w CROSS JOIN {other} = w.id WHERE {condition}"
        )
    return f"{'' if positive == relation else 'NOT '}EXISTS ({found})"

"""The filter of a search, parsed and checked before the file is opened."""

from __future__ import annotations

from dataclasses import replace

from ...store.filter import FilterError, Query, parse
from ...store.filter.fields.bind import bind_leaf
from ...store.filter.tree.nodes import Compare, Name, Node, Value, conjunction
from ..exceptions import InvalidValueError, MlflowException
from ..tracing.constant import TraceMetadataKey

_METADATA_KEYS = {
    "run_id": TraceMetadataKey.SOURCE_RUN,
    "model_id": TraceMetadataKey.MODEL_ID,
    "session_id": TraceMetadataKey.TRACE_SESSION,
}
"""Argument of a search -> the metadata that it is compared with."""


class InvalidFilterError(MlflowException, FilterError):
    """A filter that does not parse, with the message of `FilterError`."""

    default_code = "INVALID_PARAMETER_VALUE"

    def __init__(self, error: FilterError) -> None:
        FilterError.__init__(self, error.message, error.column, error.expected)
        self.error_code = self.default_code


def query_of(filter_string: str | None, **labels: str | None) -> Query:
    """The parsed filter, and conditions on metadata joined to it: `run_id`, `model_id`, `session_id`.

    Raises FilterError for an invalid filter, also while the file does not exist; ValueError for one with `by(...)`.
    """
    query = _parsed(filter_string or "")
    conditions: list[Node] = [
        bind_leaf(Compare(Name("metadata", _METADATA_KEYS[name]), "=", (Value(str(text), True),)))
        for name, text in labels.items()
        if text is not None
    ]
    if not conditions:
        return query
    return replace(query, root=conjunction([*([] if query.root is None else [query.root]), *conditions]))


def _parsed(filter_string: str) -> Query:
    try:
        query = parse(filter_string)
    except FilterError as error:
        raise InvalidFilterError(error) from None
    if query.by is not None:
        raise InvalidValueError(
            f"filter_string={filter_string!r}: by(...) makes groups, and a search returns traces;"
            " leave by(...) out, or run `tracetui ls -f FILTER`, which prints groups (as data with --json)"
        )
    return query

"""`extract_fields` of `search_traces`: inputs and outputs of named spans as columns of their own.

    search_traces(extract_fields=["retrieve.inputs.query", "`my span`.outputs"])

The notation is MLflow's: the name of a span (in backticks if it contains dots), `inputs` or `outputs`, and the key of
one entry. The last span of that name counts, as in MLflow. A trace without such a span has None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..entities.trace import Trace
from ..exceptions import InvalidValueError

_FIELD = re.compile(
    r"(?:`(?P<quoted>[^`]+)`|(?P<bare>[^.`]+))\.(?P<side>inputs|outputs)(?:\.(?:`(?P<key>[^`]+)`|(?P<plain>.+)))?"
)


class ExtractedField(NamedTuple):
    """One column: the name of a span, `inputs` or `outputs`, the key of one entry or None for all."""

    span_name: str
    side: str
    key: str | None

    @property
    def column(self) -> str:
        """The name of the column."""
        return ".".join(part for part in self if part is not None)

    def value(self, trace: Trace) -> Any:
        """The value of the column for a trace, or None."""
        named = trace.search_spans(name=self.span_name)
        if not named:
            return None
        whole = getattr(named[-1], self.side)
        if self.key is None:
            return whole
        return whole.get(self.key) if isinstance(whole, Mapping) else None


def parse_fields(fields: Sequence[str]) -> list[ExtractedField]:
    """The fields of `extract_fields`. Raises ValueError for an invalid field."""
    found = []
    for text in fields:
        match = _FIELD.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InvalidValueError(
                f"extract_fields={text!r}: write span.inputs, span.outputs or span.inputs.key;"
                " write the name of a span that contains dots in backticks, `a.b`.inputs"
            )
        found.append(ExtractedField(match["quoted"] or match["bare"], match["side"], match["key"] or match["plain"]))
    return found

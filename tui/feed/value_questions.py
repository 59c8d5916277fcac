"""Questions about the values of a field: for completion, and for the table of values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ...store.facets.values import Values
    from ...store.filter.tree.nodes import Query
    from ...store.read.reader import Reader
    from .question import Moment

COMPLETION_S = 0.25
"""Seconds that values for completion are counted at most: those of the newest spans come first."""


class KnownValues(NamedTuple):
    """The values of a field as typed, or the names behind a scope, with their counts."""

    field: str
    values: list[tuple[str, int]]


class CompletionQuestion(NamedTuple):
    """Which values a field has, or which names stand behind a scope such as `tag.`"""

    field: str

    def steps(self, reader: Reader, moment: Moment) -> Iterator[KnownValues]:
        """Yields the values."""
        from ...store.facets.values import known_values

        found = known_values(reader, self.field, now_ns=moment.now_ns, gone=moment.gone, within_s=COMPLETION_S)
        yield KnownValues(self.field, found)


class ValuesQuestion(NamedTuple):
    """How often each value occurs in what a filter finds; `query` is one of `values.values_query`."""

    query: Query
    utc: bool

    def steps(self, reader: Reader, moment: Moment) -> Iterator[Values | None]:
        """Yields the values while they are counted."""
        from ...store.facets.values import count_values
        from ..patient_regex import use_patient_regex

        use_patient_regex()
        return count_values(reader, self.query, now_ns=moment.now_ns, gone=moment.gone, utc=self.utc)

"""What the screens of this room ask the feed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ...store.facets.overview import Overview
    from ...store.facets.sessions import Sessions, Turns
    from ...store.filter.tree.nodes import Query
    from ...store.read.reader import Reader
    from ..feed.question import Moment

SLOT = "overview"
"""The slot of these questions: one screen is open at a time."""


class SessionsQuestion(NamedTuple):
    """Which sessions the traces of a filter make."""

    query: Query | None
    utc: bool

    def steps(self, reader: Reader, moment: Moment) -> Iterator[Sessions | None]:
        """Yields the sessions while they are summed."""
        from ...store.facets.sessions import sum_sessions
        from ..patient_regex import use_patient_regex

        use_patient_regex()
        return sum_sessions(reader, self.query, now_ns=moment.now_ns, gone=moment.gone, utc=self.utc)


class TurnsQuestion(NamedTuple):
    """What was said in one session."""

    session: str

    def steps(self, reader: Reader, moment: Moment) -> Iterator[Turns | None]:
        """Yields the turns, oldest first, while they are read."""
        from ...store.facets.sessions import read_turns

        return read_turns(reader, self.session)


class OverviewQuestion(NamedTuple):
    """How the traces of a filter went."""

    query: Query | None
    utc: bool

    def steps(self, reader: Reader, moment: Moment) -> Iterator[Overview | None]:
        """Yields the overview while it is made."""
        from ...store.facets.overview import overview
        from ..patient_regex import use_patient_regex

        use_patient_regex()
        return overview(reader, self.query, now_ns=moment.now_ns, gone=moment.gone, utc=self.utc)

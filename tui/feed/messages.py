"""The messages from the feed to the screen. They are posted, so neither waits for the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

from ...store.model.forest import Forest
from ...store.model.rows import ProcessRow, TraceRow

if TYPE_CHECKING:
    from ...store.read.groups import Groups
    from ...store.read.previews import PreviewLines
    from ...store.read.trace_columns import Filled
    from ...store.read.usual_durations import UsualDurations
    from ...store.timing.trace_timing import TraceTiming


@dataclass
class FileAwaited(Message):
    """The trace file does not exist, or no longer."""


@dataclass
class FileOpened(Message):
    """The trace file exists and can be read."""

    ids: Sequence[int]
    """The ids of its newest traces, ascending."""
    replaced: bool = False
    """Whether it replaces another file or was recreated: everything known before is void."""


@dataclass
class TracesChanged(Message):
    """Traces have changed. `shown` match the filter; `hidden` do not, or no longer."""

    shown: Sequence[int]
    hidden: Sequence[int] = ()
    total: int = 0
    """The number of traces in the file, regardless of the filter."""
    generation: int = 0
    """The generation of the filter that was applied."""


@dataclass
class TracesReplaced(Message):
    """The whole list without a filter: after the first count, a cleared filter, or a deletion of traces."""

    ids: Sequence[int]
    """The ids of all traces, ascending."""
    generation: int = 0
    total: int = 0


@dataclass
class TracesFound(Message):
    """The search for a filter has found more traces."""

    generation: int
    ids: Sequence[int]
    """The traces of this step, newest first."""
    first: bool
    """Whether this is the first step, which replaces the list."""
    complete: bool
    is_sorted: bool = False
    """Whether they are in an order of their own: later steps come behind the earlier ones."""
    again: bool = False
    """Whether the same filter was searched again after the file has changed; then all come in one message too."""


@dataclass
class GroupsFound(Message):
    """The groups of a filter with by(), as far as they have been counted."""

    generation: int
    groups: Groups
    complete: bool


@dataclass
class FilterRefused(Message):
    """A valid filter failed on this file, or took too long."""

    generation: int
    text: str


@dataclass
class ForestBuilt(Message):
    """The spans of a large trace that the screen requested."""

    trace: TraceRow
    forest: Forest
    timing: TraceTiming | None = None
    """Measured by the feed, as it takes a while for many spans."""


@dataclass
class UsualDurationsRead(Message):
    """How long spans usually take, by their kind and name."""

    usual: UsualDurations


@dataclass
class SpansMatched(Message):
    """The row ids of the spans of a trace that match the filter."""

    generation: int
    trace: int
    spans: frozenset[int]


@dataclass
class ProcessesChanged(Message):
    """The traced processes, and which of them have ended without closing their spans."""

    processes: Mapping[int, ProcessRow]
    gone: frozenset[int]
    answer: TracesFound | GroupsFound | None = None
    """The new result of a filter that depends on `gone`, so that all panes change at once."""
    matches: SpansMatched | None = None
    """The new matches in the open trace, if there is such a result."""


@dataclass
class ColumnsFilled(Message):
    """Which columns of the list have a value in some trace of the file."""

    filled: Filled


@dataclass
class PreviewsRead(Message):
    """What was asked and answered in the traces that the screen requested."""

    lines: Mapping[int, PreviewLines]
    revs: Mapping[int, int]
    """The revisions of the traces in the request."""


@dataclass
class KeysChanged(Message):
    """The names of the attributes in the file, each with the number of its spans."""

    keys: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Answered(Message):
    """The answer to a question beside the filter, perhaps as far as it is known."""

    slot: str
    number: int
    """The number of the question in its slot."""
    answer: object


@dataclass
class FeedFailed(Message):
    """The file cannot be read, and the feed keeps trying; an empty text means that it can be read again."""

    text: str


@dataclass
class FeedBroken(Message):
    """The feed has ended with a bug: the explorer ends too, as it would show nothing new."""

    error: Exception

"""What the feed tells the screen. All of it is posted: the feed never waits for the screen, nor the screen for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from ...store.model.forest import Forest
from ...store.model.rows import ProcessRow, TraceRow

if TYPE_CHECKING:
    from ...store.read.groups import Groups


@dataclass
class FileAwaited(Message):
    """There is no trace file yet, or no more."""


@dataclass
class FileOpened(Message):
    """A trace file is there, and can be read."""

    ids: Sequence[int]
    """Its newest traces, ascending."""
    replaced: bool = False
    """It has taken the place of another one, or was begun anew: all that was known is void."""


@dataclass
class TracesChanged(Message):
    """Traces were written. Those that match the filter are `shown`, those that do not (any more) `hidden`."""

    shown: Sequence[int]
    hidden: Sequence[int] = ()
    total: int = 0
    """Traces in the file, whatever the filter."""
    generation: int = 0
    """The filter that was asked."""


@dataclass
class TracesReplaced(Message):
    """The list without a filter, anew: all of it is known now, a filter was taken away, or traces were deleted."""

    ids: Sequence[int]
    """All of them, ascending."""
    generation: int = 0
    total: int = 0


@dataclass
class TracesFound(Message):
    """The search for a filter went a step further back."""

    generation: int
    ids: Sequence[int]
    """The matches of this step, newest first."""
    first: bool
    """Whether this is the first step: it takes the place of the list before."""
    complete: bool
    is_sorted: bool = False
    """Whether they are in an order of their own, not newest first; then all come in one message."""
    again: bool = False
    """Whether the same filter was asked before, and the file has changed since; then too."""


@dataclass
class GroupsFound(Message):
    """The groups of a filter with by(), as far as they have been added up."""

    generation: int
    groups: Groups
    complete: bool


@dataclass
class FilterRefused(Message):
    """The file could not answer a filter that reads well."""

    generation: int
    text: str


@dataclass
class ForestBuilt(Message):
    """The spans of a trace that was asked for, or that is open and was written."""

    trace: TraceRow
    forest: Forest


@dataclass
class SpansMatched(Message):
    """The spans of a trace that match the filter, by row id."""

    generation: int
    trace: int
    spans: frozenset[int]


@dataclass
class ProcessesChanged(Message):
    """Which traced processes there are, and which of them are gone."""

    processes: Mapping[int, ProcessRow]
    gone: frozenset[int]
    answer: TracesFound | GroupsFound | None = None
    """What the filter finds now, where that depends on which processes are gone: all panes show it at once."""
    matches: SpansMatched | None = None
    """Of the open trace, then too."""


@dataclass
class KeysChanged(Message):
    """The names of attributes in the file, and how many spans have each."""

    keys: Mapping[str, int] = field(default_factory=dict)


@dataclass
class FeedFailed(Message):
    """The file cannot be read; the feed keeps trying. An empty text: it can again."""

    text: str


@dataclass
class FeedBroken(Message):
    """The feed has ended by a fault of its own: the explorer ends with it, for it would show nothing new."""

    error: Exception


@dataclass
class TraceExported(Message):
    """A trace was written to a file of its own; with an error it was not."""

    target: Path
    error: str = ""

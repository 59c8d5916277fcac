"""How the traces of a set failed: where the first failure began, of which exception, with which message."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ..model.forest import Forest
from ..model.rows import SpanRow
from ..model.span_names import folded_name
from .trace_parts import failures_began

MOST_FAILURES = 8
MOST_EXAMPLES = 3
_MESSAGE_CHARS = 300

_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`")
_IDS = re.compile(r"\b(?=[0-9a-fA-F-]*\d)[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*\b")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_EXCEPTION = re.compile(r"(?P<type>[A-Za-z_][\w.]*): (?P<message>.*)", re.DOTALL)


class FailureKind(NamedTuple):
    """Failures that are the same but for numbers, ids and quoted texts."""

    path: tuple[str, ...]
    """Names from the root to the span where the failure began."""
    exception: str
    """The type of the exception; empty if it is not known."""
    message: str
    """The message with `#` for numbers, `…` for ids and quoted texts."""


class Failure(NamedTuple):
    """One kind of failure, and the traces that failed so first."""

    kind: FailureKind
    traces: int
    examples: tuple[int, ...]
    """Numbers of the first traces."""


class Failures:
    """The first failure of each trace, counted by kind."""

    def __init__(self) -> None:
        self.traces = 0
        """How many traces failed."""
        self._numbers: dict[FailureKind, list[int]] = {}

    def add(self, number: int, forest: Forest, open_end_ns: Callable[[SpanRow], int]) -> None:
        """Add a trace; ignores one without failed spans."""
        began = failures_began(forest)
        if not began:
            return
        self.traces += 1
        first = min(began, key=lambda place: forest.spans[place].end_ns or open_end_ns(forest.spans[place]))
        self._numbers.setdefault(_kind(forest, first), []).append(number)

    def most_frequent(self) -> list[Failure]:
        """Return the kinds of failures, the most frequent first."""
        found = [Failure(kind, len(ones), tuple(ones[:MOST_EXAMPLES])) for kind, ones in self._numbers.items()]
        found.sort(key=lambda one: -one.traces)
        return found[:MOST_FAILURES]


def normalised(message: str) -> str:
    """Return a message without what differs between failures of one kind."""
    text = " ".join(message[: 4 * _MESSAGE_CHARS].split())
    return _NUMBERS.sub("#", _IDS.sub("…", _QUOTED.sub("…", text)))[:_MESSAGE_CHARS]


def _kind(forest: Forest, place: int) -> FailureKind:
    span = forest.spans[place]
    above = [forest.spans[ancestor] for ancestor in reversed(forest.ancestors(place))]
    path = tuple(folded_name(one) for one in (*above, span))
    said = span.status_message or ""
    match = _EXCEPTION.match(said)
    exception, message = (match["type"], match["message"]) if match else ("", said)
    for model in filter(None, (span.model, span.response_model)):
        message = message.replace(model, "…")
    return FailureKind(path, exception, normalised(message))

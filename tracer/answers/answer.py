"""The answer of a model, put together from the chunks of its stream.

Chunks are text, or objects or dicts in one of the forms of `formats`; also the events of the helpers that OpenAI's and
Anthropic's clients put around them. A chunk brings content if it adds text, reasoning, speech or part of a tool call to
the answer: a role, a count of tokens or a reason to finish is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..values.snapshot import snapshot
from .choice import PART_CHARS, Choice
from .failures import failed_finish
from .fields import fields, get, sum_of, word
from .text_buffer import Room


class Answer:
    """What has arrived of an answer. `take` is for one thread; the rest may be read by another meanwhile."""

    __slots__ = (
        *("_begun", "_choices", "_counts", "_finished_id", "failure", "finish_reason", "first", "has_text"),
        *("is_complete", "is_of_background", "model", "response_id", "room", "service_tier", "tells_background"),
    )

    def __init__(self, room: Room) -> None:
        self.room = room
        self.has_text = False
        """Whether any chunk was one of an answer, were it empty."""
        self.model: str | None = None
        self.service_tier: str | None = None
        """As a chunk names it beside the usage."""
        self.failure: str | None = None
        """The message of a failure that a chunk reported."""
        self.finish_reason: str | None = None
        """Why the model stopped, in the provider's word."""
        self.is_complete = False
        """Whether a chunk said that the answer ends with it, or that it failed: consumers may leave there."""
        self.response_id: str | None = None
        self.is_of_background = False
        """Of a response of OpenAI's, which may be read again: what it is called, and whether the model works on without
        a reader."""
        self.tells_background = True
        """Whether answers of this form say that their model works on without a reader."""
        self._begun = False
        """Whether an answer in a form that always tells its end has begun."""
        self._counts: tuple[dict[str, Any], dict[str, Any]] = {}, {}
        """Of the answers before, for an agent may hand on those of several calls, and of the one that is arriving."""
        self._finished_id: Any = None
        """Of OpenAI's form and Gemini's: what the answer was called that is complete."""
        self.first = Choice(room)
        self._choices = {0: self.first}

    @property
    def is_cut(self) -> bool:
        """Whether an answer has begun in a form that always tells its end, and has not told it."""
        return self._begun and not self.is_complete

    @property
    def usage(self) -> dict[str, Any] | None:
        """The counts of tokens as the provider names them; their sums, if the chunks are those of several calls."""
        before, now = self._counts
        total = sum_of(before, now)
        if total and self.service_tier is not None:
            total.setdefault("service_tier", self.service_tier)
        return total or None

    def value(self) -> Any:
        """The text; an object where there is more than text; a list if several answers were asked for."""
        if len(self._choices) == 1:
            return self.first.value()
        return [choice.value() for _, choice in sorted(self._choices.copy().items())]

    # For the formats

    def choice(self, index: int) -> Choice:
        """The answer of this number."""
        choice = self._choices.get(index)
        if choice is None:
            choice = Choice(self.room)
            if not self.room.is_full:
                self.room.take(PART_CHARS)
                self._choices[index] = choice
        return choice

    def begin_another(self) -> None:
        """The first chunk of an answer."""
        self._counts = self.usage or {}, {}
        self._finished_id = None
        self._begun = True
        self.is_complete = False

    def turn(self, number: Any, is_complete: bool) -> None:
        """A chunk of the answer that is called `number`."""
        if self._finished_id and number and number != self._finished_id:
            self.begin_another()
        self._begun = True
        if is_complete:
            self._finished_id = number

    def finish(self, reason: Any, *, has_content: bool) -> None:
        """The answer ends, for this reason."""
        self.is_complete = True
        if name := word(reason):
            self.finish_reason = name
            if (failure := failed_finish(name, has_content=has_content)) is not None:
                self.fail(failure)

    def fail(self, message: str) -> None:
        """The provider says that the answer failed; what it says first is the cause."""
        self.is_complete = True
        self.failure = self.failure or message

    def note(self, chunk: Any) -> None:
        """Keep the model and the counts of tokens of a chunk."""
        own = fields(chunk)
        self.note_model(own.get("model") or own.get("model_version"))
        if isinstance(served := own.get("service_tier"), str):
            self.service_tier = served
        usage = own.get("usage") or own.get("usage_metadata") or get(own.get("x_groq"), "usage")
        if usage is not None:
            counts = snapshot(usage if isinstance(usage, Mapping) else dict(fields(usage)))
            if isinstance(counts, dict):  # Anthropic counts the input at the start, and at the end what came since
                before, now = self._counts
                self._counts = before, {**now, **{key: each for key, each in counts.items() if each is not None}}

    def note_model(self, model: Any) -> None:
        """Keep the model that a chunk names."""
        if model and isinstance(model, str):
            self.model = model

    def add_counts(self, counts: Any) -> None:
        """Add counts of tokens that came since the last ones."""
        if isinstance(counts, dict):
            before, now = self._counts
            self._counts = before, sum_of(now, counts)

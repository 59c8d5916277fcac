"""One of the answers that a model was asked for, put together from its parts."""

from __future__ import annotations

from typing import Any

from ..values.size import value_bytes
from ..values.snapshot import snapshot
from .text_buffer import Room, Text

PART_CHARS = 500
"""What a call or a choice takes in memory beside its text: an agent that never ends may make any number of them."""


class _Call:
    """A tool call whose arguments arrive in pieces."""

    __slots__ = ("arguments", "call_id", "name")

    def __init__(self, room: Room) -> None:
        self.call_id = self.name = ""
        self.arguments = Text(room)

    def value(self) -> dict[str, str]:
        named = {"id": self.call_id, "name": self.name}
        return {**{key: text for key, text in named.items() if text}, "arguments": str(self.arguments)}


class Choice:
    """Nearly always the only one. One thread adds to it; another may read it meanwhile."""

    __slots__ = ("_calls", "_files", "_latest", "_reasoning", "_room", "_transcript", "text")

    def __init__(self, room: Room) -> None:
        self._room = room
        self.text = Text(room)
        self._reasoning: Text | None = None
        self._transcript: Text | None = None
        self._calls: list[_Call] = []
        self._files: list[Any] = []
        self._latest: dict[Any, _Call] = {}
        """At each place of the list of calls. Not all servers number them, and some give each the same number."""

    @property
    def is_empty(self) -> bool:
        """Whether there is no text, no call, no file and nothing spoken; reasoning alone is no answer."""
        return not (self._calls or self._files or self._transcript or str(self.text))

    @property
    def unsaid(self) -> dict[str, str]:
        """What the model thought and what it spoke, by attributes that keep it where its answer lacks it."""
        texts = {"llm.reasoning": self._reasoning, "llm.transcript": self._transcript}
        return {key: str(text) for key, text in texts.items() if text is not None}

    def take_reasoning(self, text: str) -> None:
        """Add a piece of what the model thought before it answered."""
        if self._reasoning is None:
            self._reasoning = Text(self._room)
        self._reasoning.add(text)

    def take_transcript(self, text: str) -> None:
        """Add a piece of what the model said in a recording."""
        if self._transcript is None:
            self._transcript = Text(self._room)
        self._transcript.add(text)

    def take_file(self, file: Any) -> None:
        """Add an image or another file that the model made."""
        copy = snapshot(file)
        if self._room.take(value_bytes(copy)):
            self._files.append(copy)

    def take_call(self, place: Any, call_id: Any, name: Any, arguments: Any) -> None:
        """Add a part of a tool call."""
        place = place if isinstance(place, int | str) else None
        call = self._latest.get(place)
        if (
            call is None
            or (call_id and call.call_id not in ("", str(call_id)))
            or (place is None and name and call.name and not call_id)
        ):
            if not self._room.take(PART_CHARS):
                return
            call = self._latest[place] = _Call(self._room)
            self._calls.append(call)
        if call_id:
            call.call_id = str(call_id)
        if name:
            call.name = str(name)
        if arguments and isinstance(arguments, str):
            call.arguments.add(arguments)

    def value(self) -> Any:
        """The text; where there is more, an object in the form of OpenAI's message."""
        text = str(self.text)
        more: dict[str, Any] = {}
        if self._reasoning is not None:
            more["reasoning"] = str(self._reasoning)
        if self._transcript is not None:
            more["audio"] = {"transcript": str(self._transcript)}
        if self._files:
            more["files"] = self._files.copy()
        if calls := [call.value() for call in tuple(self._calls)]:
            more["tool_calls"] = calls
        return {"content": text, **more} if more else text

"""The chunks of a stream, put together to an `Answer` by the form that each of them has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..answers.answer import Answer
from ..answers.text_buffer import Room
from . import (
    anthropic,
    converse,
    errors,
    gemini,
    gemini_interactions,
    langchain,
    openai_assistants,
    openai_chat,
    openai_media,
    openai_responses,
    retold,
)

Take = Callable[[Answer, Any], bool | None]

FORMATS: tuple[Take, ...] = (
    openai_chat.take,
    gemini.take,
    converse.take,
    anthropic.take,
    openai_responses.take,
    openai_media.take,
    openai_assistants.take,
    gemini_interactions.take,
    langchain.take,
    errors.take,
    retold.take,
)


class Accumulator(Answer):
    """An answer that chunks are added to."""

    __slots__ = ("_take",)

    def __init__(self, room: Room) -> None:
        super().__init__(room)
        self._take: Take = FORMATS[0]
        """The form of the last chunk, which is that of the next."""

    def take(self, chunk: Any) -> bool | None:
        """Add a chunk: whether it brought content; None for one of no form that is known, which is left out."""
        if isinstance(chunk, str):
            self.first.text.add(chunk if type(chunk) is str else str.__str__(chunk))
            self.has_text = True
            return chunk != ""
        content = self._take(self, chunk)
        if content is None:
            for take in FORMATS:
                if take is not self._take and (content := take(self, chunk)) is not None:
                    self._take = take
                    break
            else:
                return None
        self.has_text = True
        return content

"""The forms in which providers and frameworks send the chunks of an answer: one module for each.

Each has a function `take`, which adds a chunk to an `Answer` and returns whether the chunk brought content; None for a
chunk of another form. To read the stream of another provider is to add a module here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import anthropic, converse, errors, gemini, langchain, openai_chat, openai_media, openai_responses, retold

if TYPE_CHECKING:
    from ..answer import Answer

Take = Callable[["Answer", Any], "bool | None"]

FORMATS: tuple[Take, ...] = (
    openai_chat.take,
    gemini.take,
    converse.take,
    anthropic.take,
    openai_responses.take,
    openai_media.take,
    langchain.take,
    errors.take,
    retold.take,
)

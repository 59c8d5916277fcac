"""Events of OpenAI's streams of transcriptions, images and speech; the last one of each tells the usage.

https://platform.openai.com/docs/api-reference/audio/transcript-text-delta-event, `.../images-streaming` and
`.../audio/speech-audio-delta-event`. The segments of a transcription by speakers are none of these: they
are kept whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..answers.fields import fields, get

if TYPE_CHECKING:
    from ..answers.answer import Answer

_TEXT = {"transcript.text.delta": "delta", "transcript.text.done": "text"}
_FILES = {
    **dict.fromkeys(("image_generation.partial_image", "image_edit.partial_image"), "b64_json"),
    **dict.fromkeys(("image_generation.completed", "image_edit.completed"), "b64_json"),
    "speech.audio.delta": "audio",
}
"""The events that bring text or a file, and where each has it."""

_LAST = frozenset({
    *("transcript.text.done", "image_generation.completed", "image_edit.completed", "speech.audio.done"),
})  # fmt: skip


def take(answer: Answer, chunk: Any) -> bool | None:
    """Add an event: whether it brought content; None for one of another form."""
    event = get(chunk, "type")
    if not isinstance(event, str) or (event not in _TEXT and event not in _FILES and event not in _LAST):
        return None
    answer.turn(None, is_complete=False)
    has_content = _take_content(answer, event, chunk)
    if event in _LAST:
        usage = get(chunk, "usage")
        answer.note({"usage": _of_images(usage) if usage and event in _FILES else usage})
        answer.finish(None, has_content=True)
    return has_content


def _take_content(answer: Answer, event: str, chunk: Any) -> bool:
    if (key := _FILES.get(event)) is not None:
        if content := get(chunk, key):
            answer.first.take_file({key: content})
        return bool(content)
    text = get(chunk, _TEXT.get(event, ""))
    if not text or not isinstance(text, str) or (event in _LAST and not answer.first.is_empty):  # it says all again
        return False
    answer.first.text.add(text)
    return True


def _of_images(usage: Any) -> Any:
    from ...store.conventions.whole_answers import (
        image_usage,  # what few programs need costs none the time to import it
    )

    return image_usage(fields(usage))

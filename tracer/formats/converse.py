"""Events of Amazon Bedrock's Converse, which are dicts of one key, whatever client reads them.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..answers.fields import get, texts

if TYPE_CHECKING:
    from ..answers.answer import Answer

_EVENTS = frozenset({
    *("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"),
})  # fmt: skip
_EXCEPTIONS = frozenset({
    *("internalServerException", "modelStreamErrorException", "modelTimeoutException", "serviceUnavailableException"),
    *("throttlingException", "validationException"),
})  # fmt: skip


def take(answer: Answer, chunk: Any) -> bool | None:
    """Add an event: whether it brought content; None for one of another form."""
    if type(chunk) is not dict or len(chunk) != 1:
        return None
    ((name, event),) = chunk.items()
    if name in _EXCEPTIONS:
        answer.fail(f"{name}: {get(event, 'message') or 'the stream failed'}")
        return False
    if name not in _EVENTS:
        return None
    if name == "messageStart":
        answer.begin_another()
    answer.note(event)
    place, delta = get(event, "contentBlockIndex"), get(event, "delta")
    if call := get(get(event, "start"), "toolUse"):
        answer.first.take_call(place, get(call, "toolUseId"), get(call, "name"), None)
    for text in texts(get(delta, "text")):
        answer.first.text.add(text)
    if call := get(delta, "toolUse"):
        answer.first.take_call(place, None, None, get(call, "input"))
    for text in texts(get(delta, "reasoningContent")):
        answer.first.take_reasoning(text)
    if name == "messageStop":
        answer.finish(get(event, "stopReason"), has_content=not answer.first.is_empty)
    return name == "contentBlockDelta" and bool(delta)

"""The answer of a model, put together from the chunks of its stream.

Chunks are text, or objects or dicts in the forms of OpenAI's chat completions (and of all that imitate them),
completions and responses, Anthropic's messages, and LangChain's message chunks. A chunk brings content if it adds text,
reasoning or part of a tool call to the answer: a role, a count of tokens or a reason to finish is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .values import snapshot

_PARTS_KEPT = 256
"""Pieces of text are joined when there are this many: memory grows with the text, not with the number of chunks."""

_CONTENT_PARTS = ("function_call", "refusal", "reasoning_content", "reasoning", "audio")
"""Of a delta of OpenAI's form: what is content, and neither text nor a tool call."""

_LAST = frozenset({"message_stop", "response.completed", "response.failed", "response.incomplete"})


class Text:
    """A text in many pieces."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[str] = []

    def add(self, part: str) -> None:
        """Append a piece."""
        self._parts.append(part)
        if len(self._parts) >= _PARTS_KEPT:
            self._parts = ["".join(self._parts)]

    def __str__(self) -> str:
        return "".join(self._parts)


class Answer:
    """What has arrived of an answer. `take` is for one thread; the rest may be read by another meanwhile."""

    __slots__ = ("_arguments", "_calls", "has_text", "model", "text", "usage")

    def __init__(self) -> None:
        self.text = Text()
        self.has_text = False
        """Whether any chunk was one of an answer, were it empty."""
        self.model: str | None = None
        self.usage: dict[str, Any] | None = None
        """The counts of tokens as the provider names them."""
        self._calls: dict[Any, dict[str, Any]] = {}
        self._arguments: dict[Any, Text] = {}

    def take(self, chunk: Any) -> bool | None:
        """Add a chunk: whether it brought content; None for one of no form that is known, which is left out."""
        if type(chunk) is str:
            self.text.add(chunk)
            self.has_text = True
            return chunk != ""
        event = _get(chunk, "type")
        choices = _get(chunk, "choices")
        if isinstance(choices, list):
            content = self._take_choices(chunk, choices)
        elif not isinstance(event, str):
            return None
        elif event.startswith("response."):
            content = self._take_response_event(event, chunk)
        elif event == "AIMessageChunk":
            content = self._take_message_chunk(chunk)
        elif event in ("ping", "content_block_stop") or event.startswith(("message_", "content_block_")):
            content = self._take_anthropic_event(event, chunk)
        else:
            return None
        self.has_text = True
        return content

    def value(self) -> Any:
        """The text; with tool calls, an object of both in OpenAI's form."""
        text = str(self.text)
        if not self._calls:
            return text
        calls = []
        for key, call in list(self._calls.items()):
            arguments = self._arguments.get(key)
            calls.append({**call, "arguments": "" if arguments is None else str(arguments)})
        return {"content": text, "tool_calls": calls}

    def _take_choices(self, chunk: Any, choices: list[Any]) -> bool:
        self._note(chunk)
        if not choices:  # the last chunk may hold the usage alone
            return False
        delta = _get(choices[0], "delta") or choices[0]
        text = _get(delta, "content") or _get(delta, "text")
        if text and isinstance(text, str):
            self.text.add(text)
            return True
        calls = _get(delta, "tool_calls")
        if calls and isinstance(calls, list):
            for call in calls:
                function = _get(call, "function")
                self._take_call(
                    _get(call, "index"), _get(call, "id"), _get(function, "name"), _get(function, "arguments")
                )
            return True
        return any(_get(delta, part) for part in _CONTENT_PARTS)

    def _take_response_event(self, event: str, chunk: Any) -> bool:
        if (response := _get(chunk, "response")) is not None:
            self._note(response)
        item = _get(chunk, "item")
        if event == "response.output_item.added" and _get(item, "type") == "function_call":
            self._take_call(_get(item, "id"), _get(item, "call_id"), _get(item, "name"), None)
        delta = _get(chunk, "delta")
        if not event.endswith(".delta") or not delta or not isinstance(delta, str):
            return False
        if event == "response.output_text.delta":
            self.text.add(delta)
        elif event == "response.function_call_arguments.delta":
            self._take_call(_get(chunk, "item_id"), None, None, delta)
        return True

    def _take_anthropic_event(self, event: str, chunk: Any) -> bool:
        if (message := _get(chunk, "message")) is not None:
            self._note(message)
        self._note(chunk)
        index = _get(chunk, "index")
        block = _get(chunk, "content_block")
        if _get(block, "type") == "tool_use":
            self._take_call(index, _get(block, "id"), _get(block, "name"), None)
        if event != "content_block_delta":
            return False
        delta = _get(chunk, "delta")
        if (text := _get(delta, "text")) and isinstance(text, str):
            self.text.add(text)
            return True
        if part := _get(delta, "partial_json"):
            self._take_call(index, None, None, part)
            return True
        return bool(_get(delta, "thinking"))

    def _take_message_chunk(self, chunk: Any) -> bool:
        usage = _get(chunk, "usage_metadata")
        if isinstance(usage, Mapping):
            self.usage = {**(self.usage or {}), **snapshot(usage)}
        content = _get(chunk, "content")
        texts = [content] if isinstance(content, str) else []
        if isinstance(content, list):
            texts = [part if isinstance(part, str) else _get(part, "text") for part in content]
        texts = [text for text in texts if text and isinstance(text, str)]
        for text in texts:
            self.text.add(text)
        calls = _get(chunk, "tool_call_chunks")
        for call in calls if isinstance(calls, list) else ():
            self._take_call(_get(call, "index"), _get(call, "id"), _get(call, "name"), _get(call, "args"))
        extra = _get(chunk, "additional_kwargs")
        return bool(texts or calls or (isinstance(extra, Mapping) and extra.get("reasoning_content")))

    def _take_call(self, key: Any, call_id: Any, name: Any, arguments: Any) -> None:
        call = self._calls.setdefault(key, {})
        if call_id:
            call["id"] = str(call_id)
        if name:
            call["name"] = str(name)
        if arguments and isinstance(arguments, str):
            self._arguments.setdefault(key, Text()).add(arguments)

    def _note(self, chunk: Any) -> None:
        model = _get(chunk, "model")
        if model and isinstance(model, str):
            self.model = model
        usage = _get(chunk, "usage")
        if usage is not None:
            counts = snapshot(usage if isinstance(usage, Mapping) else getattr(usage, "__dict__", usage))
            if isinstance(counts, dict):  # Anthropic counts the input at the start, and at the end what came since
                self.usage = {**(self.usage or {}), **{key: each for key, each in counts.items() if each is not None}}


def is_last(chunk: Any) -> bool:
    """Whether the answer is complete with this chunk: consumers may leave here and leave nothing out."""
    event = _get(chunk, "type")
    if isinstance(event, str) and event in _LAST:
        return True
    choices = _get(chunk, "choices")
    return isinstance(choices, list) and bool(choices) and _get(choices[0], "finish_reason") is not None


def _get(value: Any, name: str) -> Any:
    return value.get(name) if type(value) is dict else getattr(value, name, None)

"""The answer of a model, put together from the chunks of its stream.

Chunks are text, or objects or dicts in the forms of OpenAI's chat completions (and of all that imitate them),
completions and responses, Anthropic's messages, Bedrock's Converse, Gemini's and Mistral's, and LangChain's message
chunks; also the events of the helpers that OpenAI's and Anthropic's clients put around them. A chunk brings content if
it adds text, reasoning or part of a tool call to the answer: a role, a count of tokens or a reason to finish is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .kept_text import Room, Text
from .values import snapshot
from .whole_answer import model_in

_UNSPOKEN = ("reasoning_content", "reasoning", "audio")
"""Of a delta of OpenAI's form: what is content, and neither text nor a tool call."""

_ANTHROPIC = {
    "message_start": "message",
    "message_delta": "delta",
    "content_block_start": "content_block",
    "content_block_delta": "delta",
}
"""Anthropic's events, and what each has."""

_WITHOUT_CONTENT = frozenset({"ping", "content_block_stop", "message_stop"})
_RETOLD = frozenset({
    *("text", "thinking", "signature", "citation", "input_json"),
    *("content.delta", "content.done", "refusal.delta", "refusal.done", "logprobs.content.delta"),
    *("logprobs.content.done", "logprobs.refusal.delta", "logprobs.refusal.done"),
    *("tool_calls.function.arguments.delta", "tool_calls.function.arguments.done"),
})  # fmt: skip
"""Events by which the clients' helpers say again, often with all that came before, what a chunk has just said."""

_RESPONSE_EVENT = re.compile(
    r"response\.(?:created|queued|in_progress|completed|failed|incomplete|output_item|content_part|output_text|refusal"
    r"|function_call_arguments|custom_tool_call_input|mcp_call_arguments|mcp_call|mcp_list_tools|file_search_call"
    r"|web_search_call|image_generation_call|code_interpreter_call_code|code_interpreter_call|audio|reasoning"
    r"|reasoning_text|reasoning_summary_part|reasoning_summary_text|reasoning_summary)(?:\.|\Z)"
)
_CONVERSE = frozenset({
    *("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"),
})  # fmt: skip
"""Bedrock's events are objects with one of these keys."""
_LAST = frozenset({"message_stop", "response.completed", "response.failed", "response.incomplete"})


_PART_CHARS = 500
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


class _Choice:
    """One of the answers that were asked for; nearly always the only one."""

    __slots__ = ("_calls", "_latest", "_room", "text")

    def __init__(self, room: Room) -> None:
        self._room = room
        self.text = Text(room)
        self._calls: list[_Call] = []
        self._latest: dict[Any, _Call] = {}
        """At each place of the list of calls. Not all servers number them, and some give each the same number."""

    def take_call(self, place: Any, call_id: Any, name: Any, arguments: Any) -> None:
        """Add a part of a tool call."""
        place = place if isinstance(place, int | str) else None
        call = self._latest.get(place)
        if (
            call is None
            or (call_id and call.call_id not in ("", str(call_id)))
            or (place is None and name and call.name and not call_id)
        ):
            if not self._room.take(_PART_CHARS):
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
        """The text; with tool calls, an object of both in OpenAI's form."""
        text = str(self.text)
        calls = [call.value() for call in tuple(self._calls)]
        return {"content": text, "tool_calls": calls} if calls else text


class Answer:
    """What has arrived of an answer. `take` is for one thread; the rest may be read by another meanwhile."""

    __slots__ = ("_choices", "_counts", "_finished_id", "_first", "has_text", "model", "room")

    def __init__(self, room: Room) -> None:
        self.room = room
        self.has_text = False
        """Whether any chunk was one of an answer, were it empty."""
        self.model: str | None = None
        self._counts: tuple[dict[str, Any], dict[str, Any]] = {}, {}
        """Of the answers before, for an agent may hand on those of several calls, and of the one that is arriving."""
        self._finished_id: Any = None
        """Of OpenAI's form and Gemini's: what the answer was called that is complete."""
        self._first = _Choice(room)
        self._choices = {0: self._first}

    def take(self, chunk: Any) -> bool | None:
        """Add a chunk: whether it brought content; None for one of no form that is known, which is left out."""
        if isinstance(chunk, str):
            self._first.text.add(str.__str__(chunk))
            self.has_text = True
            return chunk != ""
        content = self._take_object(chunk)
        self.has_text = self.has_text or content is not None
        return content

    @property
    def usage(self) -> dict[str, Any] | None:
        """The counts of tokens as the provider names them; their sums, if the chunks are those of several calls."""
        before, now = self._counts
        return _sum_of(before, now) or None

    def value(self) -> Any:
        """The text; with tool calls, an object of both in OpenAI's form; a list if several answers were asked for."""
        if len(self._choices) == 1:
            return self._first.value()
        return [choice.value() for _, choice in sorted(self._choices.copy().items())]

    def _take_object(self, chunk: Any) -> bool | None:
        choices = _get(chunk, "choices")
        if isinstance(choices, list):
            return self._take_choices(chunk, choices) if _are_of_a_chunk(chunk, choices) else None
        if isinstance(candidates := _get(chunk, "candidates"), list):
            return self._take_candidates(chunk, candidates) if _are_of_gemini(chunk, candidates) else None
        if isinstance(choices := _get(event := _get(chunk, "data"), "choices"), list):  # Mistral's events
            return self._take_choices(event, choices) if _are_of_a_chunk(event, choices) else None
        event = _get(chunk, "type")
        if type(chunk) is dict and len(chunk) == 1 and (name := next(iter(chunk))) in _CONVERSE:
            return self._take_converse_event(name, chunk[name])
        if not isinstance(event, str):
            return None
        if (part := _ANTHROPIC.get(event)) is not None:
            return self._take_anthropic_event(event, chunk) if _get(chunk, part) is not None else None
        if _RESPONSE_EVENT.match(event) is not None:
            return self._take_response_event(event, chunk)
        if event == "AIMessageChunk":
            return self._take_message_chunk(chunk)
        if event == "chunk" and isinstance(choices := _get(_get(chunk, "chunk"), "choices"), list):
            return self._take_choices(_get(chunk, "chunk"), choices)
        if self.has_text and (event in _WITHOUT_CONTENT or event in _RETOLD):
            return False
        return None

    def _take_choices(self, chunk: Any, choices: list[Any]) -> bool:
        if choices:
            self._turn(_get(chunk, "id"), is_last(chunk))
        self._note(chunk)  # the last chunk may hold the usage alone
        has_content = False
        for place, choice in enumerate(choices):
            index = _get(choice, "index")
            taken_by = self._choice(index if type(index) is int else place)
            delta = _get(choice, "delta") or choice
            for text in (*_texts(_get(delta, "content") or _get(delta, "text")), *_texts(_get(delta, "refusal"))):
                taken_by.text.add(text)
                has_content = True
            calls = _get(delta, "tool_calls")
            for call in calls if isinstance(calls, list) else ():
                function = _get(call, "function")
                taken_by.take_call(
                    _get(call, "index"), _get(call, "id"), _get(function, "name"), _get(function, "arguments")
                )
                has_content = True
            if function := _get(delta, "function_call"):  # before there were tools
                taken_by.take_call("function_call", None, _get(function, "name"), _get(function, "arguments"))
                has_content = True
            has_content = has_content or any(_get(delta, part) for part in _UNSPOKEN)
            has_content = has_content or isinstance(_get(delta, "content"), list)
        return has_content

    def _turn(self, number: Any, is_complete: bool) -> None:
        """A chunk of the answer that is called `number`."""
        if self._finished_id and number and number != self._finished_id:
            self._begin_another()
        if is_complete:
            self._finished_id = number

    def _take_candidates(self, chunk: Any, candidates: list[Any]) -> bool:
        if candidates:
            self._turn(_get(chunk, "response_id"), is_last(chunk))
        self._note(chunk)
        has_content = False
        for place, candidate in enumerate(candidates):
            index = _get(candidate, "index")
            taken_by = self._choice(index if type(index) is int else place)
            parts = _get(_get(candidate, "content"), "parts")
            for part in parts if isinstance(parts, list) else ():
                text, call = _get(part, "text"), _get(part, "function_call")
                if isinstance(text, str) and text:
                    has_content = True
                    if not _get(part, "thought"):
                        taken_by.text.add(text)
                elif call is not None:
                    has_content = True
                    arguments = json.dumps(snapshot(_get(call, "args")), default=str)
                    taken_by.take_call(None, _get(call, "id"), _get(call, "name"), arguments)
        return has_content

    def _take_converse_event(self, name: str, event: Any) -> bool:
        if name == "messageStart":
            self._begin_another()
        self._note(event)
        place, delta = _get(event, "contentBlockIndex"), _get(event, "delta")
        if call := _get(_get(event, "start"), "toolUse"):
            self._first.take_call(place, _get(call, "toolUseId"), _get(call, "name"), None)
        for text in _texts(_get(delta, "text")):
            self._first.text.add(text)
        if call := _get(delta, "toolUse"):
            self._first.take_call(place, None, None, _get(call, "input"))
        return name == "contentBlockDelta" and bool(delta)

    def _choice(self, index: int) -> _Choice:
        choice = self._choices.get(index)
        if choice is None:
            choice = _Choice(self.room)
            if not self.room.is_full:
                self.room.take(_PART_CHARS)
                self._choices[index] = choice
        return choice

    def _begin_another(self) -> None:
        self._counts = self.usage or {}, {}
        self._finished_id = None

    def _take_response_event(self, event: str, chunk: Any) -> bool:
        if event == "response.created":
            self._begin_another()
        if (response := _get(chunk, "response")) is not None:
            self._note(response)
        item = _get(chunk, "item")
        if event == "response.output_item.added" and _get(item, "type") in ("function_call", "custom_tool_call"):
            self._first.take_call(_get(item, "id"), _get(item, "call_id"), _get(item, "name"), None)
        delta = _get(chunk, "delta")
        if not event.endswith(".delta") or not delta or not isinstance(delta, str):
            return False
        if event in ("response.output_text.delta", "response.refusal.delta"):
            self._first.text.add(delta)
        elif event in ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta"):
            self._first.take_call(_get(chunk, "item_id"), None, None, delta)
        return True

    def _take_anthropic_event(self, event: str, chunk: Any) -> bool:
        if event == "message_start":
            self._begin_another()
        if (message := _get(chunk, "message")) is not None:
            self._note(message)
        self._note(chunk)
        index = _get(chunk, "index")
        block = _get(chunk, "content_block")
        if str(_get(block, "type")).endswith("tool_use"):
            self._first.take_call(index, _get(block, "id"), _get(block, "name"), None)
        delta = _get(chunk, "delta") if event == "content_block_delta" else block
        if (text := _get(delta, "text")) and isinstance(text, str):
            self._first.text.add(text)
            return True
        if part := _get(delta, "partial_json"):
            self._first.take_call(index, None, None, part)
            return True
        return bool(_get(delta, "thinking"))

    def _take_message_chunk(self, chunk: Any) -> bool:
        self._note_model(model_in(_get(chunk, "response_metadata")))
        usage = _get(chunk, "usage_metadata")
        if isinstance(usage, Mapping):
            self._add(_sum_of(self._counts[1], snapshot(usage)))
        has_content = False
        for text in _texts(_get(chunk, "content")):
            self._first.text.add(text)
            has_content = True
        calls = _get(chunk, "tool_call_chunks")
        for call in calls if isinstance(calls, list) else ():
            self._first.take_call(_get(call, "index"), _get(call, "id"), _get(call, "name"), _get(call, "args"))
            has_content = True
        extra = _get(chunk, "additional_kwargs")
        return has_content or bool(isinstance(extra, Mapping) and extra.get("reasoning_content"))

    def _note(self, chunk: Any) -> None:
        self._note_model(_get(chunk, "model") or _get(chunk, "model_version"))
        usage = _get(chunk, "usage") or _get(chunk, "usage_metadata") or _get(_get(chunk, "x_groq"), "usage")
        if usage is not None:
            counts = snapshot(usage if isinstance(usage, Mapping) else getattr(usage, "__dict__", usage))
            if isinstance(counts, dict):  # Anthropic counts the input at the start, and at the end what came since
                self._add({key: each for key, each in counts.items() if each is not None})

    def _note_model(self, model: Any) -> None:
        if model and isinstance(model, str):
            self.model = model

    def _add(self, counts: dict[str, Any]) -> None:
        before, now = self._counts
        self._counts = before, {**now, **counts}


def is_last(chunk: Any) -> bool:
    """Whether the answer is complete with this chunk: consumers may leave here and leave nothing out.

    Some servers of OpenAI's form say of every other chunk that its reason to finish is "".
    """
    event = _get(chunk, "type")
    if (isinstance(event, str) and event in _LAST) or (type(chunk) is dict and "messageStop" in chunk):
        return True
    choices = _get(chunk, "choices") or _get(_get(chunk, "data"), "choices") or _get(chunk, "candidates")
    return isinstance(choices, list) and bool(choices) and bool(_get(choices[0], "finish_reason"))


def _are_of_a_chunk(chunk: Any, choices: list[Any]) -> bool:
    """Whether these are choices of a stream's chunk, not of a whole completion or a thing of the program's own."""
    if choices:
        return all(_has(choice, "delta") or isinstance(_get(choice, "text"), str) for choice in choices)
    return any(_get(chunk, part) is not None for part in ("usage", "model", "object"))


def _are_of_gemini(chunk: Any, candidates: list[Any]) -> bool:
    """Whether these are Gemini's: it sends what has come since in the form of a whole answer."""
    if candidates:
        return all(_has(candidate, "content") or _has(candidate, "finish_reason") for candidate in candidates)
    return _get(chunk, "usage_metadata") is not None


def _texts(content: Any) -> Iterator[str]:
    """The text of a message's content: a string, or a list of strings and of parts with a text."""
    for part in content if isinstance(content, list) else (content,):
        text = part if isinstance(part, str) else _get(part, "text")
        if text and isinstance(text, str):
            yield text


def _sum_of(counts: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of tokens added up: of several calls, or as LangChain tells with each chunk what has come since."""
    total = dict(counts)
    for key, value in more.items():
        before = total.get(key)
        if isinstance(value, Mapping):
            total[key] = _sum_of(before if isinstance(before, Mapping) else {}, value)
        elif type(value) is int and type(before) is int:
            total[key] = before + value
        elif value is not None:
            total[key] = value
    return total


def _has(value: Any, name: str) -> bool:
    return name in value if type(value) is dict else hasattr(value, name)


def _get(value: Any, name: str) -> Any:
    return value.get(name) if type(value) is dict else getattr(value, name, None)

"""Messages as the tests expect them."""

from __future__ import annotations

from typing import Any

from tracetui.store.chat.message import Media, Message, Text, Tool, ToolCall, ToolResult

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PNG = Media("image", "image/png", 70, PIXEL)
DATA_URI = "data:image/png;base64," + PIXEL
CALL = ToolCall("weather", {"city": "Porto"}, "c1")
RESULT = ToolResult("sunny", "weather", "c1")


def user(*parts: Any) -> Message:
    """A message of the user."""
    return Message("user", tuple(Text(part) if isinstance(part, str) else part for part in parts))


def assistant(*parts: Any, **rest: Any) -> Message:
    """A message of the model."""
    return Message("assistant", user(*parts).parts, None, rest)


def system(text: str) -> Message:
    """What the program tells the model."""
    return Message("system", (Text(text),))


def tool(*parts: Any) -> Message:
    """What tools returned."""
    return Message("tool", parts)


SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = Tool("weather", "Sky over a city", SCHEMA)

TURN = [system("Be short."), user("Sky?"), assistant(CALL), tool(RESULT), assistant("It is sunny.")]

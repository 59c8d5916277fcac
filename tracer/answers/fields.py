"""Reading of chunks and answers, which are dicts or objects of a client's own classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_NUMBERS = (int, float)


def get(value: Any, name: str) -> Any:
    """An entry of a dict or an attribute of an object; None where there is none."""
    return value.get(name) if type(value) is dict else getattr(value, name, None)


def has(value: Any, name: str) -> bool:
    """Whether a dict has an entry or an object an attribute of this name."""
    return name in value if type(value) is dict else hasattr(value, name)


def fields(value: Any) -> Mapping[str, Any]:
    """The entries of a dict, or what an object itself holds, with what a client's class did not know in advance.

    For names that most chunks lack: pydantic takes a microsecond to raise `AttributeError` for each.
    """
    if type(value) is dict:
        return value
    own = getattr(value, "__dict__", None)
    if own is None:
        return {name: getattr(value, name) for name in getattr(type(value), "__slots__", ()) if hasattr(value, name)}
    extra = getattr(value, "__pydantic_extra__", None)
    return {**own, **extra} if extra else own


def items(value: Any) -> list[Any]:
    """A list as it is; an empty one for anything else."""
    return value if isinstance(value, list) else []


def texts(content: Any) -> Iterator[str]:
    """The text of a message's content: a string, or a list of strings and of parts with a text."""
    for part in content if isinstance(content, list) else (content,):
        text = part if isinstance(part, str) else get(part, "text")
        if text and isinstance(text, str):
            yield text


def word(value: Any) -> str:
    """A string or the value of an enum of strings; "" for anything else."""
    value = getattr(value, "value", value)
    return value if isinstance(value, str) else ""


def sum_of(counts: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of tokens, and costs, added up: of several calls, or of LangChain's chunks, that tell what came since."""
    total = dict(counts)
    for key, value in more.items():
        before = total.get(key)
        if isinstance(value, Mapping):
            total[key] = sum_of(before if isinstance(before, Mapping) else {}, value)
        elif type(value) in _NUMBERS and type(before) in _NUMBERS:
            total[key] = before + value
        elif value is not None:
            total[key] = value
    return total

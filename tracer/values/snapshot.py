"""Any Python value -> a snapshot that no later change by the host can reach, made of what JSON knows.

Containers are copied, strings are shared: copying 10 MB of chat messages costs 2 ms where encoding them
would cost 30. The text is made later, on the writer thread.
"""

from __future__ import annotations

import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from enum import Enum
from types import NoneType, SimpleNamespace
from typing import Any

from ..host.exceptions import is_from_host
from ..settings.settings import config
from .attachment import Attachment, content_type_of
from .bounds import (
    MAX_DEPTH,
    MAX_OBJECTS,
    WATCHED_DEPTH,
    IsDeepError,
    Trail,
    first_items,
    made_entries,
    made_items,
)
from .model_fields import dumped

ATOMS = frozenset({str, int, float, bool, NoneType})
"""Exactly these types are kept as they are; a subclass may carry behaviour of the host."""

_PLAIN: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
)
"""Subclasses without their own `__str__`."""

_DICT_READING = {dict.__iter__, dict.keys, OrderedDict.__iter__, OrderedDict.keys}
"""Of dicts that give what they hold."""

SHOWN_CELLS = 64
"""Of an array or a table; larger ones are shown by shape, type and columns."""

_TEXT_MODULES = frozenset({"pathlib", "pathlib._local", "uuid", "decimal", "fractions", "ipaddress", "datetime"})
_TEXT_TYPES = frozenset({
    "Decimal", "Fraction", "IPv4Address", "IPv4Network", "IPv6Address", "IPv6Network", "Path", "PosixPath", "PurePath",
    "PurePosixPath", "PureWindowsPath", "UUID", "WindowsPath", "timedelta",
})  # fmt: skip
"""Types whose `str` says all that their repr does."""

MAX_REPR_CHARS = 16_384
"""Of an object that is known to us only by its repr."""


def snapshot(value: Any) -> Any:
    """A copy of `value` made of dict, list, str, int, float, bool and None. Never raises, never calls `deepcopy`."""
    kind = type(value)
    if kind in ATOMS:
        return value
    try:
        return _copy_dict(value, 1, None) if kind is dict else _copy_as(kind, value, 0, None)
    except IsDeepError:
        return _copy(value, 0, Trail())


def _copy(value: Any, depth: int, trail: Trail | None) -> Any:
    kind = type(value)
    if kind in ATOMS:
        return value
    if trail is not None:
        return _copy_watched(value, kind, depth, trail)
    if depth > WATCHED_DEPTH:
        raise IsDeepError
    if kind is dict:
        return _copy_dict(value, depth + 1, None)
    return _copy_as(kind, value, depth, None)


def _copy_watched(value: Any, kind: type, depth: int, trail: Trail) -> Any:
    if depth > MAX_DEPTH:
        return f"<{kind.__qualname__} below {MAX_DEPTH} levels>"
    if (note := trail.refuses(value)) is not None:
        return note
    trail.inside.add(id(value))
    try:
        return _copy_as(kind, value, depth, trail)
    finally:
        trail.inside.discard(id(value))


def _copy_as(kind: type, value: Any, depth: int, trail: Trail | None) -> Any:
    if kind is dict:
        return _copy_dict(value, depth + 1, trail)
    if kind is list or kind is tuple:
        return _copy_sequence(value, depth + 1, trail)
    if trail is not None and not trail.takes_object():
        return f"<{kind.__qualname__}, one of more than {MAX_OBJECTS} objects>"
    try:
        return _convert(value, kind, depth + 1, trail)
    except IsDeepError:
        raise
    except BaseException as error:  # the host's own code ran: a property, a __repr__, a model_dump
        if is_from_host(error):
            raise
        return f"<{kind.__qualname__} that cannot be shown>"


def _copy_dict(value: dict[Any, Any], depth: int, trail: Trail | None) -> dict[str, Any]:
    atoms = ATOMS
    copied = value.copy()  # first: no other thread can change it while it is looked at
    for key, item in copied.items():
        if type(item) not in atoms or type(key) is not str:
            break
    else:
        return copied
    return {
        (key if type(key) is str else _key_text(key)): (item if type(item) in atoms else _copy(item, depth, trail))
        for key, item in copied.items()
    }


def _copy_sequence(value: list[Any] | tuple[Any, ...], depth: int, trail: Trail | None) -> list[Any]:
    atoms = ATOMS
    copied = first_items(value)
    if len(copied) > 64 and atoms.issuperset(set(map(type, copied))):  # embeddings: a million floats in one copy
        return copied
    if trail is not None or depth >= WATCHED_DEPTH:
        return [item if type(item) in atoms else _copy(item, depth, trail) for item in copied]
    return [
        item
        if type(item) in atoms
        else _copy_dict(item, depth + 1, None)
        if type(item) is dict
        else _copy(item, depth, None)
        for item in copied
    ]  # chat messages: a call less for each


def _key_text(key: Any) -> str:
    if key is None or key is True or key is False:
        return {None: "null", True: "true", False: "false"}[key]
    return text_of(key)


def text_of(value: Any) -> str:
    """What `str` makes of a value; the name of its type where that fails."""
    try:
        return value if type(value) is str else str.__str__(value) if isinstance(value, str) else str(value)
    except BaseException as error:
        if is_from_host(error):
            raise
        return f"<{type(value).__qualname__}>"


def _with_cost_of_litellm(fields: dict[Any, Any], answer: Any) -> dict[Any, Any]:
    """The fields of an answer of LiteLLM's, with what it says of the cost where no field of the answer tells it."""
    told = getattr(answer, "_hidden_params", None)
    cost_usd = told.get("response_cost") if isinstance(told, dict) else None
    if type(cost_usd) not in (int, float):
        return fields
    return {**fields, "_hidden_params": {"response_cost": cost_usd}}


def _convert(value: Any, kind: type, depth: int, trail: Trail | None) -> Any:
    """The form of an object, by what it says of itself; libraries are recognised without importing them.

    Whether it has a method is asked of its type: an instance may answer to any name, and note that it was asked.
    """
    if kind is Attachment:
        return value  # the writer thread takes it out
    if (mock := _mock_class()) is not None and issubclass(kind, mock):
        return mock.__repr__(value)  # anything else that is asked of a mock is a call that its test would see
    if isinstance(value, Enum):
        return _copy(value.value, depth, trail)
    for base, plain in _PLAIN:
        if isinstance(value, base):
            return plain(value)
    if isinstance(value, Mapping):
        if isinstance(value, dict) and {type(value).__iter__, type(value).keys} <= _DICT_READING:
            return _copy_dict(dict(value), depth, trail)
        return _copy_dict(made_entries(value, trail), depth, trail)
    if isinstance(value, list | tuple):
        if type(value).__iter__ not in (list.__iter__, tuple.__iter__):
            return _copy_sequence(made_items(value, trail), depth, trail)
        items = [*tuple.__iter__(value)] if isinstance(value, tuple) else [*list.__iter__(value)]
        fields = getattr(kind, "_fields", None)
        if isinstance(fields, tuple) and len(fields) == len(items):
            return _copy_dict(dict(zip(fields, items, strict=True)), depth, trail)
        return _copy_sequence(items, depth, trail)
    if kind.__module__ in _TEXT_MODULES and kind.__name__ in _TEXT_TYPES:
        return str(value)
    if kind.__module__ == "array":
        return _copy_sequence(value.tolist(), depth, trail)
    if isinstance(value, deque):
        return _copy_sequence(list(deque.__iter__(value)), depth, trail)
    if isinstance(value, set | frozenset):
        return _copy_sequence(_ordered(value), depth, trail)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_form(bytes(value))
    if isinstance(value, BaseException):
        return f"{kind.__qualname__}: {value}"
    if isinstance(value, type):
        return f"<class {value.__module__}.{value.__qualname__}>"
    if callable(dump := getattr(kind, "model_dump", None)):  # pydantic
        fields = dumped(dump, value, kind)
        if kind.__module__.startswith("litellm.") and isinstance(fields, dict):
            fields = _with_cost_of_litellm(fields, value)
        return _copy(fields, depth, trail)
    if kind is SimpleNamespace:
        return _copy_dict(vars(value), depth, trail)
    if (names := getattr(kind, "__dataclass_fields__", None)) is not None:
        return {name: _copy(getattr(value, name, None), depth, trail) for name in names}
    if (fields := getattr(kind, "__attrs_attrs__", None)) is not None:
        return {field.name: _copy(getattr(value, field.name, None), depth, trail) for field in fields}
    if (shape := _array_form(value, kind, depth, trail)) is not None:
        return shape
    if callable(iso := getattr(kind, "isoformat", None)) and hasattr(kind, "strftime"):  # date, time, datetime
        return str(iso(value))
    if callable(value) and not hasattr(kind, "__getattr__") and (name := getattr(value, "__qualname__", None)):
        return f"<function {getattr(value, '__module__', '?')}.{name}>"
    if "__repr__" not in {name for base in kind.__mro__[:-1] for name in vars(base)}:
        return _plain_object(value, kind, depth, trail)
    return _bounded_repr(value)


def _mock_class() -> Any:
    """The base of all mocks; None while the program has not imported them."""
    return getattr(sys.modules.get("unittest.mock"), "NonCallableMock", None)


def _ordered(value: set[Any] | frozenset[Any]) -> list[Any]:
    items = list(set.__iter__(value) if isinstance(value, set) else frozenset.__iter__(value))
    try:
        return sorted(items)
    except TypeError:
        return items


def _bytes_form(value: bytes) -> Attachment | str:
    """An attachment if the bytes are those of a file that models are given, text if they are text, else their size and
    beginning: what is neither is not shown as a megabyte of escapes."""
    if config.extract_attachments and (content_type := content_type_of(value)) is not None:
        return Attachment(content_type=content_type, content_bytes=value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"<{len(value)} bytes {value[:16].hex(' ')}{' ...' if len(value) > 16 else ''}>"


def _array_form(value: Any, kind: type, depth: int, trail: Trail | None) -> Any:
    """numpy, pandas, torch: numbers and short arrays as they are, large ones as their shape."""
    if kind.__module__.partition(".")[0] not in ("numpy", "pandas", "torch", "jax", "jaxlib", "polars"):
        return None
    shape = getattr(value, "shape", None)
    if shape == () and callable(item := getattr(kind, "item", None)):
        return _copy(item(value), depth, trail)
    if not shape:
        return None
    size = 1
    for side in shape:
        size *= int(side)
    columns = getattr(value, "columns", None)
    if size <= SHOWN_CELLS:
        if callable(as_list := getattr(kind, "tolist", None)):
            return _copy(as_list(value), depth, trail)
        if columns is not None and hasattr(kind, "__getitem__"):
            return {_key_text(name): _copy(list(value[name]), depth, trail) for name in columns}
    name = f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"
    traits = [f"shape={tuple(shape)}"]
    if (dtype := getattr(value, "dtype", None)) is not None:
        traits.append(f"dtype={dtype}")
    if columns is not None:
        names = [_key_text(column) for column, _ in zip(columns, range(SHOWN_CELLS), strict=False)]
        traits.append(f"columns={names}")
    return f"<{name} {' '.join(traits)}>"


def _plain_object(value: Any, kind: type, depth: int, trail: Trail | None) -> Any:
    fields = getattr(value, "__dict__", None)
    if not fields or depth > 4:
        return f"<{kind.__module__}.{kind.__qualname__} object>"
    shown = {name: item for name, item in fields.items() if not name.startswith("_")}
    return {"__class__": kind.__qualname__, **_copy_dict(shown, depth, trail)}


def _bounded_repr(value: Any) -> str:
    text = repr(value)
    if len(text) <= MAX_REPR_CHARS:
        return text
    return f"{text[:MAX_REPR_CHARS]}... ({len(text)} characters; {sys.getsizeof(value)} bytes)"

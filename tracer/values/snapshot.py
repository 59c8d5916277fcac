"""Snapshots: copies of any Python value, made of JSON types, that later changes by the host do not affect.

Containers are copied, strings are shared: copying 10 MB of chat messages takes 2 ms, encoding them would take 30 ms.
The writer thread encodes the copy later.
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
    PLAIN_DEPTH,
    NeedsTraversalError,
    Traversal,
    bounded_entries,
    bounded_items,
    finite_entries,
    first_items,
)
from .model_fields import dump_model
from .private_names import LITELLM_COST

ATOMS = frozenset({str, int, float, bool, NoneType})
"""Exactly these types are kept unchanged. A subclass may run code of the host."""

_PLAIN: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
)
"""Base types, each with the function that returns the plain value of a subclass."""

_DICT_READING = {dict.__iter__, dict.keys, OrderedDict.__iter__, OrderedDict.keys}
"""Reading methods of dict subclasses that return the stored entries."""

SHOWN_CELLS = 64
"""Maximum cells of an array or a table. Larger ones are shown as shape, type and columns."""

_TEXT_MODULES = frozenset({"pathlib", "pathlib._local", "uuid", "decimal", "fractions", "ipaddress", "datetime"})
_TEXT_TYPES = frozenset({
    "Decimal", "Fraction", "IPv4Address", "IPv4Network", "IPv6Address", "IPv6Network", "Path", "PosixPath", "PurePath",
    "PurePosixPath", "PureWindowsPath", "UUID", "WindowsPath", "timedelta",
})  # fmt: skip
"""Types whose `str` is as complete as their repr."""

MAX_REPR_CHARS = 16_384
"""Maximum characters of the repr of an object of an unknown type."""


def snapshot(value: Any) -> Any:
    """Return a copy of `value`, made of dict, list, str, int, float, bool and None. Never raises."""
    kind = type(value)
    if kind in ATOMS:
        return value
    try:
        return _copy_dict(value, 1, None) if kind is dict else _copy_as(kind, value, 0, None)
    except NeedsTraversalError:
        return _copy(value, 0, Traversal())


def _copy(value: Any, depth: int, traversal: Traversal | None) -> Any:
    kind = type(value)
    if kind in ATOMS:
        return value
    if traversal is not None:
        return _copy_traversed(value, kind, depth, traversal)
    if depth > PLAIN_DEPTH:
        raise NeedsTraversalError
    if kind is dict:
        return _copy_dict(value, depth + 1, None)
    return _copy_as(kind, value, depth, None)


def _copy_traversed(value: Any, kind: type, depth: int, traversal: Traversal) -> Any:
    if depth > MAX_DEPTH:
        return f"<{kind.__qualname__} below {MAX_DEPTH} levels>"
    if (note := traversal.placeholder(value)) is not None:
        return note
    traversal.path.add(id(value))
    try:
        return _copy_as(kind, value, depth, traversal)
    finally:
        traversal.path.discard(id(value))


def _copy_as(kind: type, value: Any, depth: int, traversal: Traversal | None) -> Any:
    if kind is dict:
        return _copy_dict(value, depth + 1, traversal)
    if kind is list or kind is tuple:
        return _copy_sequence(value, depth + 1, traversal)
    if traversal is not None and not traversal.accepts_object():
        return f"<{kind.__qualname__}, one of more than {MAX_OBJECTS} objects>"
    try:
        return _convert(value, kind, depth + 1, traversal)
    except NeedsTraversalError:
        raise
    except BaseException as error:  # code of the host ran: a property, a __repr__, a model_dump
        if is_from_host(error):
            raise
        return f"<{kind.__qualname__} that cannot be shown>"


def _copy_dict(value: dict[Any, Any], depth: int, traversal: Traversal | None) -> dict[str, Any]:
    atoms = ATOMS
    copied = value.copy()  # first, so that no other thread changes it while it is read
    for key, item in copied.items():
        if type(item) not in atoms or type(key) is not str:
            break
    else:
        return copied
    return {
        (key if type(key) is str else _key_text(key)): (item if type(item) in atoms else _copy(item, depth, traversal))
        for key, item in copied.items()
    }


def _copy_sequence(value: list[Any] | tuple[Any, ...], depth: int, traversal: Traversal | None) -> list[Any]:
    atoms = ATOMS
    copied = first_items(value)
    if len(copied) > 64 and atoms.issuperset(set(map(type, copied))):  # embeddings: a million floats in one copy
        return copied
    if traversal is not None or depth >= PLAIN_DEPTH:
        return [item if type(item) in atoms else _copy(item, depth, traversal) for item in copied]
    return [
        item
        if type(item) in atoms
        else _copy_dict(item, depth + 1, None)
        if type(item) is dict
        else _copy(item, depth, None)
        for item in copied
    ]  # chat messages: one call less for each


def _key_text(key: Any) -> str:
    if key is None or key is True or key is False:
        return {None: "null", True: "true", False: "false"}[key]
    return text_of(key)


def text_of(value: Any) -> str:
    """Return `str(value)`, or the name of its type if that fails."""
    try:
        return value if type(value) is str else str.__str__(value) if isinstance(value, str) else str(value)
    except BaseException as error:
        if is_from_host(error):
            raise
        return f"<{type(value).__qualname__}>"


def text_entries(entries: Mapping[Any, Any]) -> dict[str, str]:
    """Return the entries of a mapping as texts, as tags and metadata are stored."""
    return {text_of(key): text_of(value) for key, value in finite_entries(entries).items()}


def _with_litellm_cost(fields: dict[Any, Any], response: Any) -> dict[Any, Any]:
    """Return the fields of a LiteLLM response, with the cost that LiteLLM stores outside of the fields."""
    hidden = getattr(response, LITELLM_COST, None)
    cost_usd = hidden.get("response_cost") if isinstance(hidden, dict) else None
    if type(cost_usd) not in (int, float):
        return fields
    return {**fields, LITELLM_COST: {"response_cost": cost_usd}}


def _convert(value: Any, kind: type, depth: int, traversal: Traversal | None) -> Any:
    """Return the JSON form of an object, by its type and methods. Libraries are recognised without importing them.

    Methods are looked up on the type: an instance may have an attribute of any name, and may record the access.
    """
    if kind is Attachment:
        return value  # the writer thread extracts it
    if (mock := _mock_class()) is not None and issubclass(kind, mock):
        return mock.__repr__(value)  # any other access is a call that the test would see
    if isinstance(value, Enum):
        return _copy(value.value, depth, traversal)
    for base, plain in _PLAIN:
        if isinstance(value, base):
            return plain(value)
    if isinstance(value, Mapping):
        if isinstance(value, dict) and {type(value).__iter__, type(value).keys} <= _DICT_READING:
            return _copy_dict(dict(value), depth, traversal)
        return _copy_dict(bounded_entries(value, traversal), depth, traversal)
    if isinstance(value, list | tuple):
        if type(value).__iter__ not in (list.__iter__, tuple.__iter__):
            return _copy_sequence(bounded_items(value, traversal), depth, traversal)
        items = [*tuple.__iter__(value)] if isinstance(value, tuple) else [*list.__iter__(value)]
        fields = getattr(kind, "_fields", None)
        if isinstance(fields, tuple) and len(fields) == len(items):
            return _copy_dict(dict(zip(fields, items, strict=True)), depth, traversal)
        return _copy_sequence(items, depth, traversal)
    if kind.__module__ in _TEXT_MODULES and kind.__name__ in _TEXT_TYPES:
        return str(value)
    if kind.__module__ == "array":
        return _copy_sequence(value.tolist(), depth, traversal)
    if isinstance(value, deque):
        return _copy_sequence(list(deque.__iter__(value)), depth, traversal)
    if isinstance(value, set | frozenset):
        return _copy_sequence(_ordered(value), depth, traversal)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_form(bytes(value))
    if isinstance(value, BaseException):
        return f"{kind.__qualname__}: {value}"
    if isinstance(value, type):
        return f"<class {value.__module__}.{value.__qualname__}>"
    if callable(dump := getattr(kind, "model_dump", None)):  # pydantic
        fields = dump_model(dump, value, kind)
        if kind.__module__.startswith("litellm.") and isinstance(fields, dict):
            fields = _with_litellm_cost(fields, value)
        return _copy(fields, depth, traversal)
    if kind is SimpleNamespace:
        return _copy_dict(vars(value), depth, traversal)
    if (names := getattr(kind, "__dataclass_fields__", None)) is not None:
        return {name: _copy(getattr(value, name, None), depth, traversal) for name in names}
    if (fields := getattr(kind, "__attrs_attrs__", None)) is not None:
        return {field.name: _copy(getattr(value, field.name, None), depth, traversal) for field in fields}
    if (shape := _array_form(value, kind, depth, traversal)) is not None:
        return shape
    if callable(iso := getattr(kind, "isoformat", None)) and hasattr(kind, "strftime"):  # date, time, datetime
        return str(iso(value))
    if callable(value) and not hasattr(kind, "__getattr__") and (name := getattr(value, "__qualname__", None)):
        return f"<function {getattr(value, '__module__', '?')}.{name}>"
    if "__repr__" not in {name for base in kind.__mro__[:-1] for name in vars(base)}:
        return _plain_object(value, kind, depth, traversal)
    return _bounded_repr(value)


def _mock_class() -> Any:
    """Return the base class of all mocks; None if the program has not imported it."""
    return getattr(sys.modules.get("unittest.mock"), "NonCallableMock", None)


def _ordered(value: set[Any] | frozenset[Any]) -> list[Any]:
    items = list(set.__iter__(value) if isinstance(value, set) else frozenset.__iter__(value))
    try:
        return sorted(items)
    except TypeError:
        return items


def _bytes_form(value: bytes) -> Attachment | str:
    """Return an attachment for a known type of file, text for UTF-8, or else the size and the first bytes."""
    if config.extract_attachments and (content_type := content_type_of(value)) is not None:
        return Attachment(content_type=content_type, content_bytes=value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"<{len(value)} bytes {value[:16].hex(' ')}{' ...' if len(value) > 16 else ''}>"


def _array_form(value: Any, kind: type, depth: int, traversal: Traversal | None) -> Any:
    """Return numbers and short arrays of numpy, pandas, torch as values, large arrays as their shape."""
    if kind.__module__.partition(".")[0] not in ("numpy", "pandas", "torch", "jax", "jaxlib", "polars"):
        return None
    shape = getattr(value, "shape", None)
    if shape == () and callable(item := getattr(kind, "item", None)):
        return _copy(item(value), depth, traversal)
    if not shape:
        return None
    size = 1
    for side in shape:
        size *= int(side)
    columns = getattr(value, "columns", None)
    if size <= SHOWN_CELLS:
        if callable(as_list := getattr(kind, "tolist", None)):
            return _copy(as_list(value), depth, traversal)
        if columns is not None and hasattr(kind, "__getitem__"):
            return {_key_text(name): _copy(list(value[name]), depth, traversal) for name in columns}
    name = f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"
    traits = [f"shape={tuple(shape)}"]
    if (dtype := getattr(value, "dtype", None)) is not None:
        traits.append(f"dtype={dtype}")
    if columns is not None:
        names = [_key_text(column) for column, _ in zip(columns, range(SHOWN_CELLS), strict=False)]
        traits.append(f"columns={names}")
    return f"<{name} {' '.join(traits)}>"


def _plain_object(value: Any, kind: type, depth: int, traversal: Traversal | None) -> Any:
    fields = getattr(value, "__dict__", None)
    if not fields or depth > 4:
        return f"<{kind.__module__}.{kind.__qualname__} object>"
    shown = {name: item for name, item in fields.items() if not name.startswith("_")}
    return {"__class__": kind.__qualname__, **_copy_dict(shown, depth, traversal)}


def _bounded_repr(value: Any) -> str:
    text = repr(value)
    if len(text) <= MAX_REPR_CHARS:
        return text
    return f"{text[:MAX_REPR_CHARS]}... ({len(text)} characters; {sys.getsizeof(value)} bytes)"

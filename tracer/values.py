"""Any Python value -> a snapshot that no later change by the host can reach, made of what JSON knows.

Containers are copied, strings are shared: copying 10 MB of chat messages costs 2 ms where encoding them
would cost 30. The text is made later, on the writer thread.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from types import NoneType, SimpleNamespace
from typing import Any

from .attachment import Attachment

ATOMS = frozenset({str, int, float, bool, NoneType})
"""Exactly these types are kept as they are; a subclass may carry behaviour of the host."""

_PLAIN: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
)
"""Subclasses without their own `__str__`."""

MAX_DEPTH = 64
"""Containers deeper than this become their type's name: no agent's message is."""

_WATCHED_DEPTH = 10
"""A value that goes deeper is copied with an eye on where it leads: it may be a graph that comes back to itself."""

_MAX_REPEATS = 4_096
"""Containers met again by another way that are copied again: the ways through a graph are more than its places."""

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
    except _IsDeep:
        return _copy(value, 0, _Trail())


class _IsDeep(Exception):
    """A value that goes deeper than most is to be copied with a trail."""


class _Trail:
    """The containers that a walk has come through, and those that it has met."""

    __slots__ = ("_met", "_repeats_left", "inside")

    def __init__(self) -> None:
        self.inside: set[int] = set()
        self._met: dict[int, Any] = {}  # holds them: the number of one that is gone would be given to another
        self._repeats_left = _MAX_REPEATS

    def refuses(self, value: Any) -> str | None:
        """What stands for a container that leads back to itself, or to what was copied too often already."""
        number = id(value)
        if number in self.inside:
            return f"<{type(value).__qualname__} in a cycle>"
        if number in self._met:
            if not self._repeats_left:
                return f"<{type(value).__qualname__} shown before>"
            self._repeats_left -= 1
        self._met[number] = value
        return None


def _copy(value: Any, depth: int, trail: _Trail | None) -> Any:
    kind = type(value)
    if kind in ATOMS:
        return value
    if trail is not None:
        return _copy_watched(value, kind, depth, trail)
    if depth > _WATCHED_DEPTH:
        raise _IsDeep
    if kind is dict:
        return _copy_dict(value, depth + 1, None)
    return _copy_as(kind, value, depth, None)


def _copy_watched(value: Any, kind: type, depth: int, trail: _Trail) -> Any:
    if depth > MAX_DEPTH:
        return f"<{kind.__qualname__} below {MAX_DEPTH} levels>"
    if (note := trail.refuses(value)) is not None:
        return note
    trail.inside.add(id(value))
    try:
        return _copy_as(kind, value, depth, trail)
    finally:
        trail.inside.discard(id(value))


def _copy_as(kind: type, value: Any, depth: int, trail: _Trail | None) -> Any:
    if kind is dict:
        return _copy_dict(value, depth + 1, trail)
    if kind is list or kind is tuple:
        return _copy_sequence(value, depth + 1, trail)
    try:
        return _convert(value, kind, depth + 1, trail)
    except _IsDeep:
        raise
    except Exception:  # the host's own code ran: a property, a __repr__, a model_dump
        return f"<{kind.__qualname__} that cannot be shown>"


def _copy_dict(value: dict[Any, Any], depth: int, trail: _Trail | None) -> dict[str, Any]:
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


def _copy_sequence(value: list[Any] | tuple[Any, ...], depth: int, trail: _Trail | None) -> list[Any]:
    atoms = ATOMS
    copied = list(value)
    if len(copied) > 64 and atoms.issuperset(set(map(type, copied))):  # embeddings: a million floats in one copy
        return copied
    if trail is not None or depth >= _WATCHED_DEPTH:
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
    try:
        return str(key)
    except Exception:
        return f"<{type(key).__qualname__}>"


def _convert(value: Any, kind: type, depth: int, trail: _Trail | None) -> Any:
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
        return _copy_dict(dict(value), depth, trail)
    if isinstance(value, list | tuple):
        fields = getattr(kind, "_fields", None)
        if isinstance(fields, tuple) and len(fields) == len(value):
            return _copy_dict(dict(zip(fields, value, strict=True)), depth, trail)
        return _copy_sequence(value, depth, trail)
    if kind.__module__ in _TEXT_MODULES and kind.__name__ in _TEXT_TYPES:
        return str(value)
    if isinstance(value, deque):
        return _copy_sequence(list(value), depth, trail)
    if isinstance(value, set | frozenset):
        return _copy_sequence(_ordered(value), depth, trail)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_text(bytes(value))
    if isinstance(value, BaseException):
        return f"{kind.__qualname__}: {value}"
    if isinstance(value, type):
        return f"<class {value.__module__}.{value.__qualname__}>"
    if callable(dump := getattr(kind, "model_dump", None)):  # pydantic
        return _copy(dump(value), depth, trail)
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
    try:
        return sorted(value)
    except TypeError:
        return list(value)


def _bytes_text(value: bytes) -> str:
    """Text if it is, else its size and beginning: an image is not shown as a megabyte of escapes."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"<{len(value)} bytes {value[:16].hex(' ')}{' ...' if len(value) > 16 else ''}>"


def _array_form(value: Any, kind: type, depth: int, trail: _Trail | None) -> Any:
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


def _plain_object(value: Any, kind: type, depth: int, trail: _Trail | None) -> Any:
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

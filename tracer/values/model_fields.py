"""What a model of pydantic's holds, which is recognised without importing pydantic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..host.exceptions import is_from_host


def dumped(dump: Callable[..., Any], value: Any, kind: type) -> Any:
    """What a model of pydantic's says of itself, without a word to the program of values that are of other types, or of
    deprecated properties that nobody has asked for.

    Where that fails, as where warnings are errors, it is what the model holds.
    """
    if not hasattr(kind, "__pydantic_serializer__"):
        return dump(value)
    try:
        try:
            return dump(value, warnings=False, exclude=_deprecated_properties(kind))
        except TypeError:  # a `model_dump` of the host's own that takes no such arguments
            return dump(value)
    except BaseException as error:
        if is_from_host(error) or not (fields := getattr(value, "__dict__", None)):
            raise
        return {**fields, **(getattr(value, "__pydantic_extra__", None) or {})}


def _deprecated_properties(kind: Any) -> set[str] | None:
    computed: Mapping[str, Any] = kind.__pydantic_decorators__.computed_fields
    return {name for name, field in computed.items() if field.info.deprecated} if computed else None

"""The fields of a pydantic model, which is recognised without importing pydantic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..host.exceptions import is_from_host


def dump_model(dump: Callable[..., Any], value: Any, kind: type) -> Any:
    """Return the dump of a pydantic model, without warnings about unexpected types and deprecated properties.

    If the dump fails, for example because warnings are errors, return the fields that the model stores.
    """
    if not hasattr(kind, "__pydantic_serializer__"):
        return dump(value)
    try:
        try:
            return dump(value, warnings=False, exclude=_deprecated_properties(kind))
        except TypeError:  # the host's own `model_dump` does not accept these arguments
            return dump(value)
    except BaseException as error:
        if is_from_host(error) or not (fields := getattr(value, "__dict__", None)):
            raise
        return {**fields, **(getattr(value, "__pydantic_extra__", None) or {})}


def _deprecated_properties(kind: Any) -> set[str] | None:
    computed: Mapping[str, Any] = kind.__pydantic_decorators__.computed_fields
    return {name for name, field in computed.items() if field.info.deprecated} if computed else None

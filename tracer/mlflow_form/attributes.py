"""The attributes of a recorded span: those that were set, and those that only MLflow has as attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class SpanAttributes(dict[str, Any]):
    """A dict of the attributes that were set. A lookup of another key, such as `mlflow.spanInputs`, derives its value.

    Derived values are not items: they change neither the length nor equality.
    """

    def __init__(self, recorded: Mapping[str, Any], derive: Callable[[str], Any]) -> None:
        super().__init__(recorded)
        self._derive = derive

    def __missing__(self, key: str) -> Any:
        value = self._derive(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default`."""
        if super().__contains__(key):
            return super().__getitem__(key)
        value = self._derive(key)
        return default if value is None else value

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (isinstance(key, str) and self._derive(key) is not None)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)  # its span makes a new `SpanAttributes` of it

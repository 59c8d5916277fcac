"""The attributes of a recorded span: what was set, and behind it what MLflow would have as attributes too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class SpanAttributes(dict[str, Any]):
    """A dict of what was set. Asked for another key, such as `mlflow.spanInputs`, it gives what the span knows of it.

    What is derived so does not count: it is no item, and changes neither length nor equality.
    """

    def __init__(self, given: Mapping[str, Any], derive: Callable[[str], Any]) -> None:
        super().__init__(given)
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
        return dict, (dict(self),)  # the span around it makes it anew

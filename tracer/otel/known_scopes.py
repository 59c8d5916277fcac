"""Scopes of the SDK's tracers, with the properties that each of their spans needs."""

from __future__ import annotations

from typing import Any

from . import mlflow_spans
from .other_instrumentors import is_of_any_client
from .scope import attributes_of


class KnownScope:
    """The properties of a scope of the SDK that each of its spans needs."""

    __slots__ = ("attributes", "is_of_any_client", "is_of_mlflow", "name", "scope")

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        """Referenced, so that no other scope gets its `id`."""
        self.name = str(getattr(scope, "name", ""))
        self.attributes = {} if scope is None else attributes_of(scope)
        self.is_of_any_client = is_of_any_client(self.name)
        self.is_of_mlflow = self.name.startswith(mlflow_spans.SCOPE)


_scopes: dict[int, KnownScope] = {}
"""Scopes of the SDK's tracers by their `id`."""


def known_scope(scope: Any) -> KnownScope:
    """Return the properties of a scope."""
    known = _scopes.get(id(scope))
    if known is None:
        known = _scopes[id(scope)] = KnownScope(scope)
    return known

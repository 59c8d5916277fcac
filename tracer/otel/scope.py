"""Which instrumentation began a span, and which process it runs in: OpenTelemetry's scope and resource."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from ...store.conventions.otel_names import SCOPE_ATTRIBUTES, SCOPE_NAME, SCOPE_SCHEMA_URL, SCOPE_VERSION
from ..settings.resource import resource_attributes
from ..settings.settings import config
from ..values.snapshot import snapshot


class Scope(NamedTuple):
    """An instrumentation scope, with the fields of the SDK's `InstrumentationScope`."""

    name: str
    version: str | None = None
    schema_url: str | None = None
    attributes: Mapping[str, Any] | None = None


def attributes_of(scope: Any) -> dict[str, Any]:
    """The attributes that keep a scope on its spans; attributes of the same names that a program sets replace them."""
    kept = {SCOPE_NAME: scope.name, SCOPE_VERSION: scope.version, SCOPE_SCHEMA_URL: scope.schema_url}
    found = {key: value for key, value in kept.items() if value}
    for key, value in (scope.attributes or {}).items():
        found[f"{SCOPE_ATTRIBUTES}{key}"] = snapshot(value)
    return found


def scope_kept(record: Any) -> Scope:
    """The scope that `attributes_of` kept on a span."""
    attributes = {
        key.removeprefix(SCOPE_ATTRIBUTES): value
        for key, value in record.attributes.items()
        if key.startswith(SCOPE_ATTRIBUTES)
    }
    name, version, url = map(record.get_attribute, (SCOPE_NAME, SCOPE_VERSION, SCOPE_SCHEMA_URL))
    return Scope(str(name or ""), version and str(version), url and str(url), attributes or None)


def is_of_scope(key: str, value: Any, scope: Scope) -> bool:
    """Whether `attributes_of` set this attribute of a span, and not the program."""
    if key.startswith(SCOPE_ATTRIBUTES):
        return key.removeprefix(SCOPE_ATTRIBUTES) in (scope.attributes or {})
    kept = {SCOPE_NAME: scope.name, SCOPE_VERSION: scope.version, SCOPE_SCHEMA_URL: scope.schema_url}
    return key in kept and kept[key] == value


def process_resource() -> Any:
    """The resource of this process: the SDK's `Resource` where the program has imported the SDK, else an object with
    its `attributes` and `schema_url`."""
    attributes = {**resource_attributes(), "service.name": config.service}
    sdk = sys.modules.get("opentelemetry.sdk.resources")
    if sdk is not None and hasattr(sdk, "Resource"):
        return sdk.Resource.create(attributes)
    return SimpleNamespace(attributes={**attributes, "process.pid": os.getpid()}, schema_url="")

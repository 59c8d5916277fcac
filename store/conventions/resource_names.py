"""What the attributes of an OpenTelemetry resource mean for the traces of a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

METADATA: Mapping[str, tuple[str, ...]] = {
    "version": ("service.version",),
    "environment": ("deployment.environment.name", "deployment.environment"),
    "git.commit": ("vcs.ref.head.revision",),
    "git.branch": ("vcs.ref.head.name",),
}
"""The metadata of a trace, and the attributes of the resource with its value; the first that is there counts."""

PREFIX = "resource."
"""The prefix of the metadata that keeps any other attribute of a resource."""

UNKNOWN_SERVICE = "unknown_service"
"""The name that OpenTelemetry gives to a program without `service.name`."""


def metadata_of(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return the metadata of a resource: the names of `METADATA`, and every other attribute with `PREFIX`."""
    found: dict[str, str] = {}
    named = {name for names in METADATA.values() for name in names}
    for key, names in METADATA.items():
        value = next((attributes[name] for name in names if attributes.get(name) is not None), None)
        if value is not None:
            found[key] = str(value)
    found.update((PREFIX + name, str(value)) for name, value in attributes.items() if name not in named)
    return found

"""JSON of OpenInference's instrumentors, in which images that are given as bytes stand as base64.

The instrumentors write `repr` of the bytes, four characters for most bytes: no reader would find an image in that.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from ...values.attachment import content_type_of
from ...values.snapshot import snapshot
from .patch import patch

_MODULES = ("helpers", "_attributes")
"""The modules of OpenInference's core in which values become JSON."""


def fix() -> None:
    """Patch the core of the instrumentors."""
    for name in _MODULES:
        patch(f"openinference.instrumentation.{name}", "json", lambda _: _JsonWithBytes())


class _JsonWithBytes:
    """The module `json` as those modules see it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(json, name)

    @staticmethod
    def dumps(value: Any, **how: Any) -> str:
        default = how.get("default") or (how["cls"]().default if "cls" in how else None)
        if default is not None:
            how["default"] = lambda item: _text_of(item) if isinstance(item, bytes | bytearray) else default(item)
        return json.dumps(value, **how)


def _text_of(content: bytes | bytearray) -> str:
    content = bytes(content)
    if content_type_of(content) is not None:
        return b64encode(content).decode()
    return str(snapshot(content))

"""JSON of OpenInference's instrumentors, in which images that are given as bytes stand as base64.

Theirs has `repr` of the bytes, four characters for most: an image in it could be found by nobody.
"""

from __future__ import annotations

import importlib
import json
from base64 import b64encode
from typing import Any

from ...values.attachment import content_type_of
from ...values.snapshot import snapshot

_MODULES = ("helpers", "_attributes")
"""Those of OpenInference's core in which values become JSON."""


class _JsonWithBytes:
    """The module `json`, as those modules see it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(json, name)

    @staticmethod
    def dumps(value: Any, **how: Any) -> str:
        default = how.get("default") or (how["cls"]().default if "cls" in how else None)
        if default is not None:
            how["default"] = lambda item: _text_of(item) if isinstance(item, bytes | bytearray) else default(item)
        return json.dumps(value, **how)


def keep_bytes() -> None:
    """Change the instrumentors where they are those that are known; a second time does nothing."""
    for name in _MODULES:
        try:
            module: Any = importlib.import_module(f"openinference.instrumentation.{name}")
            if module.json is json:
                module.json = _JsonWithBytes()
        except (ImportError, AttributeError):  # other instrumentors, or another version of them
            continue


def _text_of(content: bytes | bytearray) -> str:
    content = bytes(content)
    if content_type_of(content) is not None:
        return b64encode(content).decode()
    return str(snapshot(content))

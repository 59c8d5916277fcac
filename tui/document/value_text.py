"""A value as the text that is copied, saved and opened elsewhere."""

from __future__ import annotations

import json
from typing import Any


def text_of(value: Any) -> str:
    """Returns the text of a value: a string unchanged, any other value as indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=repr)

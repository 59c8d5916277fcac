"""JSON text read without loss: integers of any size, non-finite numbers, lone surrogates.

orjson is several times faster than the standard library, but it turns an integer beyond 64 bits into a
float and refuses `NaN` and lone surrogates; texts that may hold such things take the slower road.
"""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import Any

import orjson

_MAY_BE_BIG = re.compile(r"[0-9]{19}")
"""Every integer of fewer digits fits in 64 bits."""


DEEPEST = 400
"""Nesting that every consumer can still walk by recursion; what is deeper stays text."""


def loads(text: str) -> Any:
    """The value of a JSON text, exact; raises ValueError for what is no JSON or is nested deeper than `DEEPEST`."""
    value = _parse(text)
    if text.count("[") + text.count("{") > DEEPEST and _is_deeper(value, DEEPEST):
        raise ValueError("JSON nested too deep")
    return value


def loads_or_text(text: str) -> Any:
    """The value of a JSON text, or the text itself where it is no JSON: nothing stored is ever hidden."""
    try:
        return loads(text)
    except ValueError:
        return text


def _parse(text: str) -> Any:
    if _MAY_BE_BIG.search(text) is None:
        try:
            return orjson.loads(text)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            pass  # the standard library reads more than the standard allows; it has the last word
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("JSON nested too deep") from None


def _is_deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels + 1):
        dicts = [item.values() for item in level if isinstance(item, dict)]
        lists = [item for item in level if isinstance(item, list)]
        if not dicts and not lists:
            return False
        level = list(chain(chain.from_iterable(dicts), chain.from_iterable(lists)))
    return True

"""Load the scorers of a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from .scorer import ARGUMENTS, Scorer

_MODULE = "tracetui_scorers"


class ScorersError(Exception):
    """The file has no scorers, or cannot be run; the message is for people."""


def load(path: Path) -> list[Scorer]:
    """Run a file, and return its scorers: those with `@scorer`, or else all functions with arguments of a scorer.

    Raises ScorersError.
    """
    sys.path.insert(0, str(path.resolve().parent))
    spec = spec_from_file_location(_MODULE, path)
    if spec is None or spec.loader is None:
        raise ScorersError(f"{path} is not a Python file")
    module = module_from_spec(spec)
    sys.modules[_MODULE] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ScorersError(f"{path} cannot be run: {type(error).__name__}: {error}") from error
    found = [one for one in vars(module).values() if isinstance(one, Scorer)]
    if not found:
        found = [Scorer(one) for name, one in vars(module).items() if _is_scorer(name, one)]
    if not found:
        raise ScorersError(f"{path} has no scorer: a function with one of the arguments {', '.join(sorted(ARGUMENTS))}")
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise ScorersError(f"{path} has several scorers of one name: {', '.join(sorted(names))}")
    return found


def _is_scorer(name: str, value: Any) -> bool:
    if name.startswith("_") or not isinstance(value, Callable) or isinstance(value, type):  # type: ignore[arg-type]
        return False
    if getattr(value, "__module__", None) != _MODULE:
        return False
    try:
        return bool(Scorer(value).arguments)
    except TypeError:
        return False

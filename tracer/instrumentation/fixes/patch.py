"""Attributes of other packages, replaced once.

This folder has every private name of a client, a framework or an instrumentor that the tracer patches. A name that
the installed version of a package lacks is left alone: the patch then does nothing, and the package works as before.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ... import guard

_MARK = "_tracetui_patched"

Make = Callable[[Any], Any]
"""Returns the replacement of an attribute; its argument is the original."""


def patch(target: Any, path: str, make: Make) -> None:
    """Replace the attribute at a dotted path of `target` by `make(original)`; a second call does nothing.

    `target` is an object or the name of a module, which is imported.
    """
    owner_path, _, name = path.rpartition(".")
    owner = find(target, owner_path)
    original = None if owner is None else find(owner, name)
    if original is None or hasattr(original, _MARK):
        return
    replacement = make(original)
    if isinstance(replacement, FunctionType):
        updated = () if isinstance(original, type) else functools.WRAPPER_UPDATES
        functools.update_wrapper(replacement, original, updated=updated)
    setattr(replacement, _MARK, True)
    setattr(owner, name, replacement)


def find(target: Any, path: str) -> Any:
    """The attribute at a dotted path of an object or of the module of that name; None where there is none."""
    try:
        found = importlib.import_module(target) if isinstance(target, str) else target
        for name in filter(None, path.split(".")):
            found = getattr(found, name)
    except (ImportError, AttributeError):
        return None
    return found


def before(watch: Callable[..., object], task: str) -> Make:
    """A `Make`: each call passes its arguments to `watch` first.

    An exception of `watch` is a fault of the tracer, which `task` names, and not of the call.
    """

    def make(original: Any) -> Any:
        def patched(*args: Any, **kwargs: Any) -> Any:
            try:
                watch(*args, **kwargs)
            except Exception:
                guard.fault(task)
            return original(*args, **kwargs)

        return patched

    return make


def after(watch: Callable[..., object], task: str) -> Make:
    """A `Make`: each call passes its arguments to `watch` when the original has returned."""

    def make(original: Any) -> Any:
        def patched(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            try:
                watch(*args, **kwargs)
            except Exception:
                guard.fault(task)
            return result

        return patched

    return make


def changed(change: Callable[..., Any], task: str) -> Make:
    """A `Make`: each call returns `change(result, *args, **kwargs)`, or the result itself where `change` fails."""

    def make(original: Any) -> Any:
        def patched(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            try:
                return change(result, *args, **kwargs)
            except Exception:
                guard.fault(task)
                return result

        return patched

    return make

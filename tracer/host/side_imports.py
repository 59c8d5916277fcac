"""Imports on a thread of their own, so that no signal handler finds a module half imported.

A handler runs on the main thread, in the middle of what that thread does. If that is an import, the handler sees the
module half imported and cannot wait for it. If the import runs beside it, the handler's own import of the module waits.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from types import ModuleType

from . import native_threads as native

_KNOWN = frozenset({*sys.stdlib_module_names, "orjson", "tracetui"})
"""The packages that modules of the tracer import."""

_LOOK_S = 0.1
"""Between looks at whether the thread is still there: a signal handler may fork, and the child has no such thread."""


def import_beside(name: str, while_importing: Callable[[], AbstractContextManager[None]]) -> ModuleType:
    """Import a module of the tracer, on another thread where the main thread asks for it.

    The import runs within `while_importing`, which holds off forks: a child would never get its locks. It runs on the
    calling thread where that may hold locks that the import needs, or where no thread can be started.
    """
    if name not in sys.modules and _is_main_thread() and not _is_importing():
        _run_beside(lambda: _import(name, while_importing))
    return import_module(name)


def _is_main_thread() -> bool:
    return not native.is_patched() and native.get_ident() == threading.main_thread().ident


def _is_importing() -> bool:
    """Whether any thread is in the middle of an import of a known package."""
    return any(
        getattr(getattr(module, "__spec__", None), "_initializing", False)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in _KNOWN
    )


def _import(name: str, while_importing: Callable[[], AbstractContextManager[None]]) -> None:
    with while_importing():
        import_module(name)


def _run_beside(run: Callable[[], None]) -> None:
    """Run a function on a thread and wait for it; do nothing where it fails or no thread can be started."""
    done = native.Flag()

    def run_and_set() -> None:
        try:
            run()
        except BaseException:  # the import on the calling thread raises it again
            return
        finally:
            done.set()

    try:
        native.start_thread(run_and_set, "tracetui-import")
    except RuntimeError:
        return
    here = os.getpid()
    while not done.is_set and os.getpid() == here:
        done.wait(_LOOK_S)

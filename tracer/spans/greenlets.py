"""Greenlets of gevent begin in the span that is current where they are spawned, like tasks of asyncio.

Python starts a greenlet with an empty context. Only the tracer's own variables are copied from the spawning code's
context, so nothing changes for the host. A thread that gevent runs as a greenlet begins outside of any span, as threads
do; otherwise the worker of a pool would stay in the span of its first task.
"""

from __future__ import annotations

import sys
from contextvars import Context
from threading import Thread
from typing import Any

from .. import guard
from .context_labels import NO_LABELS, current_labels, get_labels
from .current import current, current_span

MODULE = "gevent.greenlet"

is_watched = False
"""Whether gevent calls the tracer for each greenlet that is spawned."""


def watch() -> None:
    """Register for every greenlet that is spawned from now on, if gevent has been imported."""
    global is_watched
    greenlet = getattr(sys.modules.get(MODULE), "Greenlet", None)
    if greenlet is not None:  # otherwise another thread is importing the module
        is_watched = True
        try:
            greenlet.add_spawn_callback(_copy_context)
        except Exception:
            guard.fault("following gevent")


def _copy_context(greenlet: Any) -> None:
    try:
        span, labels = current_span(), get_labels()
        if (span is None and labels is NO_LABELS) or isinstance(getattr(greenlet._run, "__self__", None), Thread):
            return
        context = greenlet.gr_context or Context()
        context.run(current.set, span)
        context.run(current_labels.set, labels)
        greenlet.gr_context = context
    except Exception:
        guard.fault("copying the current span to a greenlet")

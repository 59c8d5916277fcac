"""Greenlets of gevent: like a task of asyncio, each begins in the span that it was spawned in.

Python gives a greenlet an empty context. Of the spawning code's context our own variables go along and no other, so
that nothing of the host changes. Threads that gevent makes greenlets of begin outside of any span, as threads do: a
worker of a pool would else stay in the span of its first task.
"""

from __future__ import annotations

import sys
from contextvars import Context
from threading import Thread
from typing import Any

from .. import guard
from .context_labels import NONE, current_labels
from .current import current, innermost

MODULE = "gevent.greenlet"

is_watched = False
"""Whether gevent tells us of what it spawns."""


def watch() -> None:
    """Be told of every greenlet that is spawned from now on, once gevent has been imported."""
    global is_watched
    greenlet = getattr(sys.modules.get(MODULE), "Greenlet", None)
    if greenlet is not None:  # else another thread is importing it
        is_watched = True
        try:
            greenlet.add_spawn_callback(_take_along)
        except Exception:
            guard.fault("following gevent")


def _take_along(greenlet: Any) -> None:
    try:
        span, labels = innermost(), current_labels.get()
        if (span is None and labels is NONE) or isinstance(getattr(greenlet._run, "__self__", None), Thread):
            return
        context = greenlet.gr_context or Context()
        context.run(current.set, span)
        context.run(current_labels.set, labels)
        greenlet.gr_context = context
    except Exception:
        guard.fault("taking a span along into a greenlet")

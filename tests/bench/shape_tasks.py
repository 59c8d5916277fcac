"""Tasks of a measured process that take a program's spans apart: shapes, streams, crowds, a day's traffic."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from . import subjects, workload
from .subjects import shapes

Result = dict[str, Any]

SETTLE_S = 0.12
"""Between a flush and a measured burst: every tracer's thread has gone to sleep by then."""


class Shaped(subjects.Subject, shapes.Shaped, Protocol):
    """A subject with shapes."""

    def enter(self, state: str) -> None:
        """Stop recording, in one of the ways there are."""


def shape_burst(subject: Shaped, spans: int) -> Result:
    """Microseconds a span of each shape in the caller, while nothing is being written."""
    found = {}
    for name, open_one in _each_shape(subject).items():
        subject.flush()
        time.sleep(SETTLE_S)
        _repeat(open_one, spans // 4)  # wakes the writer's thread and warms the caches up
        found[name] = _repeat(open_one, spans) / 1e3 / spans
    subject.flush()
    return found


def stream(subject: Shaped, chunk_count: int, streams: int) -> Result:
    """Microseconds a chunk beyond the bare loop, of a generator and of an asynchronous one."""
    decorate = subject.shapes().traced
    traced, async_traced = decorate(shapes.chunks), decorate(shapes.async_chunks)
    for _ in range(2):
        _read(traced, chunk_count)
    asyncio.run(_read_async(async_traced, chunk_count))
    subject.flush()
    time.sleep(SETTLE_S)
    own, bare = [], []
    for _ in range(streams):
        own.append(_read(traced, chunk_count))
        bare.append(_read(shapes.chunks, chunk_count))
    subject.flush()
    time.sleep(SETTLE_S)
    async_own, async_bare = asyncio.run(_read_in_turns(async_traced, chunk_count, streams))
    subject.flush()
    return {
        "chunk_us": (_middle(own) - _middle(bare)) / 1e3 / chunk_count,
        "bare_us": _middle(bare) / 1e3 / chunk_count,
        "async_chunk_us": (_middle(async_own) - _middle(async_bare)) / 1e3 / chunk_count,
        "async_bare_us": _middle(async_bare) / 1e3 / chunk_count,
    }


def threads(subject: Shaped, thread_count: int, requests: int) -> Result:
    """As many threads as named that all record at once."""
    gate = threading.Barrier(thread_count + 1)

    def work() -> None:
        gate.wait()
        for _ in range(requests):
            subject.request(workload.QUESTION, workload.ANSWER)

    started = [threading.Thread(target=work) for _ in range(thread_count)]
    for thread in started:
        thread.start()

    def all_at_once() -> None:
        gate.wait()
        for thread in started:
            thread.join()

    return _crowd(subject, all_at_once, thread_count * requests * workload.SPANS_PER_REQUEST)


def tasks(subject: Shaped, task_count: int, requests: int) -> Result:
    """As many asyncio tasks as named, all with a span open: each gives way inside both of its spans."""
    span, set_attributes, _ = subject.shapes()

    async def work() -> None:
        for _ in range(requests):
            with span("agent") as root:
                await asyncio.sleep(0)
                set_attributes(root, shapes.ATTRIBUTES)
                with span("chat") as child:
                    await asyncio.sleep(0)
                    set_attributes(child, shapes.ATTRIBUTES)

    async def all_at_once() -> None:
        await asyncio.gather(*(work() for _ in range(task_count)))

    return _crowd(subject, lambda: asyncio.run(all_at_once()), task_count * requests * 2)


def day(subject: Shaped, spans: int, flushes: int) -> Result:
    """Resident megabytes after each part of a day's traffic: every trace, session, user and text is a new one."""
    span, set_attributes, _ = subject.shapes()
    resident_mb = []
    traces = 0
    lost = subject.stored_span_count()
    for _ in range(flushes):
        for _ in range(spans // flushes // 2):
            traces += 1
            with span("agent") as root:
                set_attributes(
                    root,
                    {
                        "session.id": f"session-{traces // 5}",
                        "user.id": f"user-{traces % 1000}",
                        "input.value": f"{traces}: {workload.QUESTION}",
                    },
                )
                with span("chat") as child:
                    set_attributes(child, shapes.ATTRIBUTES | {"output.value": f"{traces}: {workload.ANSWER}"})
        subject.flush()
        resident_mb.append(_resident_mb())
    return {"resident_mb": resident_mb, "lost": traces * 2 - (subject.stored_span_count() - lost)}


def enter(subject: Shaped, state: str) -> Result:
    """From now on the subject records nothing, or cannot."""
    subject.flush()
    subject.enter(state)
    return {}


def unrecorded(subject: Shaped, spans: int) -> Result:
    """Microseconds a span of each shape in the caller, whatever becomes of it; nothing is flushed."""
    return {
        name: _repeat(open_one, spans) / 1e3 / spans
        for name, open_one in _each_shape(subject).items()
        if _repeat(open_one, spans // 4)
    }


TASKS: list[Callable[..., Result]] = [shape_burst, stream, threads, tasks, day, enter, unrecorded]


def _each_shape(subject: Shaped) -> dict[str, Callable[[], Any]]:
    span, set_attributes, decorate = subject.shapes()
    traced = decorate(shapes.add_one)

    def bare() -> None:
        with span("bare"):
            pass

    def with_attributes() -> None:
        with span("attributes") as opened:
            set_attributes(opened, shapes.ATTRIBUTES)

    return {"bare": bare, "decorated": lambda: traced(1), "attributes": with_attributes}


def _repeat(call: Callable[[], Any], times: int) -> int:
    """Nanoseconds of all calls together."""
    rounds = range(times)
    begin = time.perf_counter_ns()
    for _ in rounds:
        call()
    return time.perf_counter_ns() - begin


def _read(stream_of: Callable[[int], Any], count: int) -> int:
    begin = time.perf_counter_ns()
    for _ in stream_of(count):
        pass
    return time.perf_counter_ns() - begin


async def _read_async(stream_of: Callable[[int], Any], count: int) -> int:
    begin = time.perf_counter_ns()
    async for _ in stream_of(count):
        pass
    return time.perf_counter_ns() - begin


async def _read_in_turns(traced: Callable[[int], Any], count: int, streams: int) -> tuple[list[int], list[int]]:
    own, bare = [], []
    for _ in range(streams):
        own.append(await _read_async(traced, count))
        bare.append(await _read_async(shapes.async_chunks, count))
    return own, bare


def _middle(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]


def _crowd(subject: Shaped, work: Callable[[], None], spans: int) -> Result:
    subject.flush()
    time.sleep(SETTLE_S)
    before = subject.stored_span_count()
    cpu_begin, begin = time.process_time_ns(), time.perf_counter_ns()
    work()
    took_ns = time.perf_counter_ns() - begin
    subject.flush()
    cpu_ns = time.process_time_ns() - cpu_begin
    return {
        "wall_us": took_ns / 1e3 / spans,
        "cpu_us": cpu_ns / 1e3 / spans,
        "lost": spans - (subject.stored_span_count() - before),
    }


def _resident_mb() -> float:
    """Anonymous memory where the system tells it apart, or else the highest that the process has had."""
    if sys.platform == "linux":
        for line in Path(f"/proc/{os.getpid()}/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10))

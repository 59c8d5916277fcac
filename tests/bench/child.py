"""Runs in a measured process: takes one task a line from standard input, gives one JSON line for each.

    python -m tests.bench.child SUBJECT FOLDER

It needs the standard library and the subject's own package only, so that it runs in any virtual environment.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import growth_workloads, shape_tasks, subjects, workload
from .shape_tasks import SETTLE_S, Result


def burst(subject: subjects.Subject, requests: int, unmeasured: int) -> Result:
    """Microseconds a span in the caller while nothing is being written; it has to end before the next flush.

    The first `unmeasured` requests wake the writer's thread and warm the caches up.
    """
    request, clock = subject.request, time.perf_counter_ns
    subject.flush()
    time.sleep(SETTLE_S)
    for _ in range(unmeasured):
        request(workload.QUESTION, workload.ANSWER)
    begin = clock()
    for _ in range(requests):
        request(workload.QUESTION, workload.ANSWER)
    caller_ns = clock() - begin
    subject.flush()
    return {"caller_us": caller_ns / 1e3 / requests / workload.SPANS_PER_REQUEST}


def full_load(subject: subjects.Subject, requests: int) -> Result:
    """A loop that never pauses: microseconds a span in the caller and of CPU in all, seconds until durable."""
    request, clock = subject.request, time.perf_counter_ns
    before = subject.stored_span_count()
    subject.flush()
    time.sleep(SETTLE_S)
    cpu_begin, begin = time.process_time_ns(), clock()
    for _ in range(requests):
        request(workload.QUESTION, workload.ANSWER)
    caller_ns = clock() - begin
    subject.flush()
    durable_ns = clock() - begin
    cpu_ns = time.process_time_ns() - cpu_begin
    spans = requests * workload.SPANS_PER_REQUEST
    return {
        "caller_us": caller_ns / 1e3 / spans,
        "cpu_us": cpu_ns / 1e3 / spans,
        "spans_per_s": spans * 1e9 / durable_ns,
        "lost": spans - (subject.stored_span_count() - before),
        "bytes_per_span": subject.stored_bytes() / max(1, subject.stored_span_count()),
    }


def unmeasured_load(subject: subjects.Subject, requests: int) -> Result:
    """A loop that never pauses; the process that started this one measures."""
    for _ in range(requests):
        subject.request(workload.QUESTION, workload.ANSWER)
    subject.flush()
    return {}


def paced(subject: subjects.Subject, requests: int, pause_s: float) -> Result:
    """Microseconds a span in the caller with a pause before each request, as in a server that waits for a model."""
    request, clock = subject.request, time.perf_counter_ns
    took = []
    for _ in range(requests):
        time.sleep(pause_s)
        begin = clock()
        request(workload.QUESTION, workload.ANSWER)
        took.append((clock() - begin) / 1e3 / workload.SPANS_PER_REQUEST)
    subject.flush()
    return {"caller_us": took}


def payload(subject: subjects.Subject, total_bytes: int, unmeasured: int) -> Result:
    """Milliseconds that a request with large inputs pays in the caller, and of CPU until they are durable.

    The `unmeasured` small requests before it warm the caches up; without, it comes after a pause.
    """
    messages = workload.messages(total_bytes)
    small = workload.messages(1_000)
    subject.flush()
    time.sleep(SETTLE_S)
    for _ in range(unmeasured):
        for part in subject.chat(small):
            part()
    cpu_begin, begin = time.process_time_ns(), time.perf_counter_ns()
    for part in subject.chat(messages):
        part()
    caller_ns = time.perf_counter_ns() - begin
    subject.flush()
    return {"caller_ms": caller_ns / 1e6, "cpu_ms": (time.process_time_ns() - cpu_begin) / 1e6}


def ticker(subject: subjects.Subject, total_bytes: int) -> Result:
    """How late a 1 ms ticker on the host's event loop is at worst: while the host records, and while it is written."""
    messages = workload.messages(total_bytes)
    subject.flush()
    time.sleep(SETTLE_S)
    return asyncio.run(_ticker(subject, messages))


async def _ticker(subject: subjects.Subject, messages: list[Any]) -> Result:
    late_ms: list[float] = []
    loop = asyncio.get_running_loop()
    written = threading.Event()

    async def tick() -> None:
        while not written.is_set():
            due = time.perf_counter_ns() + 1_000_000
            await asyncio.sleep(0.001)
            late_ms.append((time.perf_counter_ns() - due) / 1e6)

    await asyncio.sleep(0.02)
    ticking = loop.create_task(tick())
    await asyncio.sleep(0.02)
    quiet = len(late_ms)
    for part in subject.chat(messages):
        part()
        await asyncio.sleep(0)
    recorded = len(late_ms) + 1  # the tick that the recording itself delayed

    def write() -> None:
        subject.flush()
        written.set()

    threading.Thread(target=write, daemon=True).start()
    await ticking
    return {
        "quiet_ms": max(late_ms[:quiet]),
        "recording_ms": max(late_ms[quiet:recorded], default=0.0),
        "writing_ms": max(late_ms[recorded:], default=0.0),
    }


def main() -> None:
    """Serve tasks until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    every: list[Callable[..., Result]] = [burst, full_load, unmeasured_load, paced, payload, ticker, *shape_tasks.TASKS]
    every.append(growth_workloads.grow)
    tasks = {task.__name__: task for task in every}
    subject = subjects.load(sys.argv[1])
    subject.start(Path(sys.argv[2]))
    subject.request(workload.QUESTION, workload.ANSWER)
    subject.flush()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps(tasks[task.pop("task")](subject, **task)), file=answers, flush=True)


if __name__ == "__main__":
    main()

"""Context in threads, pools, tasks and other processes."""

from __future__ import annotations

import asyncio
import contextvars
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import get_current_active_span, run_in_context, start_span, trace, wrap_executor

elsewhere: contextvars.ContextVar[str] = contextvars.ContextVar("elsewhere", default="lost")


@trace
def leaf(n: int) -> int:
    return n * 2


def parents(recorded: Recorded, name: str) -> set[str | None]:
    """The names of the parents of all spans called `name`."""
    spans = recorded.spans()
    names = {span["span_id"]: span["name"] for span in spans}
    return {names.get(span["parent_id"]) for span in spans if span["name"] == name}


def test_calls_in_an_unwrapped_thread_pool_begin_new_traces(recorded: Recorded) -> None:
    """The threads of a pool have an empty context: each call begins a trace, as with every tracer."""
    with start_span("outer"), ThreadPoolExecutor(2) as pool:
        assert list(pool.map(leaf, range(3))) == [0, 2, 4]
    assert parents(recorded, "leaf") == {None}
    assert len(recorded.traces()) == 4


def test_wrapped_thread_pool_keeps_one_trace(recorded: Recorded) -> None:
    """Tasks of `map` and `submit` go below the span that is current when they are submitted."""
    with wrap_executor(ThreadPoolExecutor(4)) as pool:
        for name in ("first", "second"):
            with start_span(name):
                assert list(pool.map(leaf, range(20))) == [n * 2 for n in range(20)]
                assert pool.submit(leaf, 3).result() == 6
        assert pool.submit(get_current_active_span).result() is None
    assert [trace["span_count"] for trace in recorded.traces()] == [22, 22]


def test_wrapped_executor_is_the_same_and_is_wrapped_once() -> None:
    """Code that checks for a ThreadPoolExecutor, such as asyncio's default executor, still finds one."""
    with ThreadPoolExecutor(1) as pool:
        assert wrap_executor(pool) is pool
        submit = pool.submit
        wrap_executor(pool)
        assert pool.submit is submit
        assert isinstance(pool, Executor)
    with pytest.raises(TypeError, match=r"a method submit\(\)"):
        wrap_executor("pool")


def test_errors_and_results_pass_through_executors(recorded: Recorded) -> None:
    """An exception of a task is raised; a task has all context variables."""

    def fails() -> None:
        raise ValueError(elsewhere.get())

    elsewhere.set("found")
    with wrap_executor(ThreadPoolExecutor(1)) as pool, pytest.raises(ValueError, match="found"):
        pool.submit(fails).result()


def test_raw_threads_run_in_context(recorded: Recorded) -> None:
    """One wrapped function may run in many threads at once."""
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait(20)
        leaf(1)

    with start_span("outer"):
        work_here = run_in_context(work)
        threads = [threading.Thread(target=work_here) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert recorded.traces()[0]["span_count"] == 9


async def test_tasks_threads_and_executors_of_asyncio(recorded: Recorded) -> None:
    """Tasks, `to_thread` and `copy_context` keep the current span; `run_in_executor` needs a wrapped pool."""

    @trace
    async def step(n: int) -> int:
        await asyncio.sleep(0)
        return await asyncio.to_thread(leaf, n)

    with start_span("outer"), wrap_executor(ThreadPoolExecutor(2)) as pool:
        await asyncio.gather(*(step(n) for n in range(5)))
        await asyncio.get_running_loop().run_in_executor(pool, leaf, 1)
        contextvars.copy_context().run(leaf, 1)
    assert recorded.traces()[0]["span_count"] == 1 + 10 + 2
    assert parents(recorded, "leaf") == {"step", "outer"}
    assert parents(recorded, "step") == {"outer"}


async def test_a_task_that_outlives_its_span_stays_below_it(recorded: Recorded) -> None:
    """The spans of a background task stay in the trace that started the task, after its root has ended."""
    go = asyncio.Event()

    async def background() -> None:
        await go.wait()
        leaf(1)

    with start_span("request"):
        task = asyncio.create_task(background())
    tracer.flush()
    go.set()
    await task
    (row,) = recorded.traces()
    assert (row["span_count"], row["open_count"], row["status"]) == (2, 0, "OK")


def in_child(n: int) -> int:
    """Runs in a worker process, which records into the same file."""
    result = leaf(n)
    tracer.flush()
    return result


def record_into(path: str) -> None:
    """Set up the tracer of a worker process."""
    tracer.configure(db=path, service="worker")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_process_pools_keep_one_trace(recorded: Recorded, method: str) -> None:
    """Tasks of a wrapped process pool are children of the span that submits them, in one trace of one file."""
    context = multiprocessing.get_context(method)
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=record_into, initargs=(str(recorded.path),))
    with wrap_executor(pool):
        for name in ("first", "second"):
            with start_span(name):
                assert pool.submit(in_child, 2).result(60) == 4
                assert list(pool.map(in_child, [3, 4])) == [6, 8]
    assert parents(recorded, "leaf") == {"first", "second"}
    assert [trace["span_count"] for trace in recorded.traces()] == [4, 4]
    assert {span["service"] for span in recorded.spans() if span["name"] == "leaf"} == {"worker"}


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing_pool_maps_in_context(recorded: Recorded, method: str) -> None:
    """`pool.map(run_in_context(f), items)` keeps the trace in multiprocessing, as `wrap_executor` does in executors."""
    context = multiprocessing.get_context(method)
    with context.Pool(1, initializer=record_into, initargs=(str(recorded.path),)) as pool, start_span("outer"):
        carried: Callable[[int], Any] = run_in_context(in_child)
        assert pool.map(carried, [1, 2]) == [2, 4]
        pool.close()
        pool.join()
    assert parents(recorded, "leaf") == {"outer"}

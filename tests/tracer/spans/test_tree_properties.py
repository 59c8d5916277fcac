"""Arbitrary programs of nested sync, async, thread, generator, client and OpenTelemetry spans make the tree that their
code says, in whatever order and thread they end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import context
from opentelemetry.trace import Tracer, set_span_in_context, use_span

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import Client, run_in_context, start_span, wrap_executor
from tracetui.tracer.otel import TracerProvider

WAYS = [
    *("call", "thread", "pool", "context", "task", "to_thread", "generator", "left", "no_context", "raises"),
    *("otel", "otel_raises", "late", "by_id", "in_view"),
    *("first_out", "first_detached", "in_turn", "in_turn_async", "read_after"),
]
STATUSES = {"raises": "ERROR", "otel_raises": "ERROR", "left": "CANCELLED"}
STATUSES |= dict.fromkeys(["otel", "late", "first_detached"], "UNSET")
"""Of spans that do not end as OK: the OpenTelemetry API has them unset until somebody says so."""

programs: st.SearchStrategy[tuple[str, list[Any]]] = st.recursive(
    st.tuples(st.sampled_from(WAYS), st.just([])),
    lambda inner: st.tuples(st.sampled_from(WAYS), st.lists(inner, max_size=3)),
    max_leaves=12,
)
"""A node is how a span is made, and what runs inside it."""


class Program:
    """Runs a program; writes down who should be below whom."""

    def __init__(self, otel: Tracer) -> None:
        self.expected: dict[str, str | None] = {}
        self.statuses: dict[str, str] = {}
        self._otel = otel
        self._lock = threading.Lock()
        self._late: list[Callable[[], None]] = []

    def name(self, parent: str | None, way: str = "call") -> str:
        with self._lock:
            name = f"span {len(self.expected)}"
            self.expected[name] = parent
            self.statuses[name] = STATUSES.get(way, "OK")
        return name

    def end_what_is_late(self) -> None:
        """The spans that outlive what is around them, each from a thread of its own, the youngest last."""
        for end in self._late:
            thread = threading.Thread(target=end)
            thread.start()
            thread.join()

    def span(self, node: Any, parent: str | None) -> None:
        """The span of a node, with what is inside, in the context that this is called in."""
        way, inside = node
        name = self.name(parent, way)
        if way == "generator":
            for _ in self.generator(name, inside):
                with start_span(sibling := self.name(parent)):
                    assert sibling
        elif way == "left":
            left = self.generator(name, inside)
            next(left)
            with start_span(self.name(parent)):
                left.close()
        elif way in ("otel", "otel_raises"):
            with suppress(KeyError), self._otel.start_as_current_span(name):
                for child in inside:
                    self.run(child, name)
                if way == "otel_raises":
                    raise KeyError(name)
        elif way == "late":
            late = self._otel.start_span(name)
            with use_span(late):
                for child in inside:
                    self.run(child, name)
            self._late.append(late.end)
        elif way == "by_id":
            self.by_id(name, inside)
        elif way == "in_view":
            with start_span(name) as span:
                for place, child in enumerate(inside):
                    tracer.flush()
                    span.set_attribute(f"seen {place}", place)
                    self.run(child, name)
        elif way == "first_out":
            with start_span(name):
                below = start_span(self.name(name))
                below.__enter__()
            self.run_all(inside, parent)
            below.__exit__(None, None, None)
        elif way == "first_detached":
            self.first_detached(name, inside)
        elif way == "in_turn":
            for _ in zip(*self.in_turn(parent, name, inside), strict=True):
                with start_span(self.name(parent)):
                    pass
        elif way == "read_after":
            with start_span(name):
                read_after = self.generator(self.name(name), inside)
            for _ in read_after:
                with start_span(self.name(parent)):
                    pass
        elif way == "no_context":
            span = tracer.start_span_no_context(name, parent_span=tracer.get_current_active_span())
            for child in inside:
                self.run(child, parent)
            span.end()
        else:
            try:
                with start_span(name):
                    for child in inside:
                        self.run(child, name)
                    if way == "raises":
                        raise KeyError(name)
            except KeyError:
                pass

    def by_id(self, name: str, inside: Any) -> None:
        """A span of a client, that the code inside is not in: its own children go below it by id, and end after it."""
        client = Client()
        around = tracer.get_current_active_span()
        span = client.start_trace(name) if around is None else client.start_span(name, around.trace_id, around.span_id)
        for child in inside:
            below = client.start_span(self.name(name), span.trace_id, span.span_id)
            self._late.append(partial(client.end_span, below.trace_id, below.span_id))
            self.run(child, self.expected[name])
        client.end_span(span.trace_id, span.span_id)

    def run_all(self, inside: Any, parent: str | None) -> None:
        for child in inside:
            self.run(child, parent)

    def first_detached(self, name: str, inside: Any) -> None:
        """Two spans of the API, the outer of which is detached and ended first."""
        outer = self._otel.start_span(name)
        token = context.attach(set_span_in_context(outer))
        inner_name = self.name(name, "first_detached")
        inner = self._otel.start_span(inner_name)
        inner_token = context.attach(set_span_in_context(inner))
        context.detach(token)
        outer.end()
        self.run_all(inside, self.expected[name])
        context.detach(inner_token)
        inner.end()

    def in_turn(self, parent: str | None, name: str, inside: Any) -> list[Any]:
        """Two generators with spans open at their `yield`, for a reader that takes from one and then the other."""

        def pieces(name: str, inner_name: str) -> Any:
            @tracer.trace(name=name)
            def pieces() -> Any:
                with start_span(inner_name):
                    for child in inside:
                        yield name
                        self.run(child, inner_name)

            return pieces()

        return [pieces(name, self.name(name)) for name in (name, self.name(parent))]

    async def in_turn_async(self, parent: str | None, name: str, inside: Any) -> None:
        """The same of async generators, each step a task of its own."""

        def pieces(name: str, inner_name: str) -> Any:
            @tracer.trace(name=name)
            async def pieces() -> Any:
                with start_span(inner_name):
                    for child in inside:
                        yield name
                        self.run(child, inner_name)

            return pieces()

        streams = [pieces(name, self.name(name)) for name in (name, self.name(parent))]
        for _ in range(len(inside) + 1):
            await asyncio.gather(*(anext(stream, None) for stream in streams))
            with start_span(self.name(parent)):
                pass

    def generator(self, name: str, inside: Any) -> Any:
        @tracer.trace(name=name)
        def pieces() -> Any:
            for child in inside:
                self.run(child, name)
                yield name
            yield name

        return pieces()

    def all_of(self, program: list[Any]) -> None:
        """Every node of a program, below no span; none is current afterwards."""
        for node in program:
            self.run(node, None)
        self.end_what_is_late()
        assert tracer.get_current_active_span() is None

    def run(self, node: Any, parent: str | None) -> None:
        """A node, by its way from the code that calls it."""
        way = node[0]
        if way == "thread":
            thread = threading.Thread(target=run_in_context(self.span), args=(node, parent))
            thread.start()
            thread.join()
        elif way == "pool":
            with wrap_executor(ThreadPoolExecutor(1)) as pool:
                pool.submit(self.span, node, parent).result()
        elif way == "context":
            copy_context().run(self.span, node, parent)
        elif way in ("task", "to_thread"):
            self.in_a_loop(node, parent)
        elif way == "in_turn_async":
            reading = partial(self.in_turn_async, parent, self.name(parent), node[1])
            thread = threading.Thread(target=run_in_context(lambda: asyncio.run(reading())))
            thread.start()
            thread.join()
        else:
            self.span(node, parent)

    def in_a_loop(self, node: Any, parent: str | None) -> None:
        """Through an event loop of its own, in a thread, two tasks at once."""

        async def step() -> None:
            await asyncio.sleep(0)
            if node[0] == "to_thread":
                await asyncio.to_thread(self.span, node, parent)
            else:
                self.span(node, parent)

        async def main() -> None:
            await asyncio.gather(asyncio.create_task(step()), asyncio.create_task(step()))

        thread = threading.Thread(target=run_in_context(lambda: asyncio.run(main())))
        thread.start()
        thread.join()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=st.lists(programs, min_size=1, max_size=3))
def test_any_program_makes_the_tree_its_code_says(recorded: Recorded, program: list[Any]) -> None:
    """Every span is there once, below the span its code ran in, within its parent's trace, ended, counted right."""
    before = {row["trace_id"] for row in recorded.traces()} if recorded.path.exists() else set()
    run = Program(TracerProvider().get_tracer("test"))
    copy_context().run(run.all_of, program)  # spans detached in a strange order leave an ended one attached
    tracer.flush()
    spans = [row for row in recorded.rows("SELECT * FROM spans") if row["trace_id"] not in before]
    names = {row["span_id"]: row["name"] for row in spans}
    assert {row["name"]: names.get(row["parent_id"]) for row in spans} == run.expected
    assert len(spans) == len(run.expected)
    by_name = {row["name"]: row for row in spans}
    for name, parent in run.expected.items():
        span = by_name[name]
        assert span["end_ns"] >= span["start_ns"]
        assert span["status"] == run.statuses[name]
        if parent is not None:
            assert span["trace_id"] == by_name[parent]["trace_id"]
            assert span["start_ns"] >= by_name[parent]["start_ns"]
    for trace in recorded.traces():
        if trace["trace_id"] not in before:
            of_trace = [row for row in spans if row["trace_id"] == trace["trace_id"]]
            (root,) = [row for row in of_trace if row["parent_id"] is None]
            assert (trace["span_count"], trace["open_count"]) == (len(of_trace), 0)
            assert trace["name"] == root["name"]
            assert trace["error_count"] == sum(row["status"] == "ERROR" for row in of_trace)
            assert trace["end_ns"] == max(row["end_ns"] for row in of_trace)
    for row in recorded.rows("SELECT span_count, (SELECT count(*) FROM attr WHERE key = id) AS rows FROM attr_key"):
        assert row["span_count"] == row["rows"]

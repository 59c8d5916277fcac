"""Instrumentors of the program's own beside autolog: each call is recorded once, and theirs work as without us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from tests.conftest import Recorded
from tracetui import tracer
from tracetui.tracer import otel
from tracetui.tracer.otel import instrument, other_instrumentors


class Client:
    """A library with one call."""

    @staticmethod
    def call() -> int:
        return 1


class ClientInstrumentor(BaseInstrumentor):  # type: ignore[misc]
    """Wraps the call in a span of the provider that it is given."""

    def instrumentation_dependencies(self) -> list[str]:
        return []

    def _instrument(self, **kwargs: Any) -> None:
        self.original: Callable[[], int] = Client.call
        spans = trace.get_tracer("client.instrumentor", tracer_provider=kwargs.get("tracer_provider"))

        def call() -> int:
            with spans.start_as_current_span("call"):
                return self.original()

        Client.call = staticmethod(call)  # type: ignore[assignment]

    def _uninstrument(self, **kwargs: Any) -> None:
        Client.call = staticmethod(self.original)  # type: ignore[assignment]


class Entry:
    """What the package of an instrumentor registers."""

    value = f"{__name__}:ClientInstrumentor"
    module, attr, name = __name__, "ClientInstrumentor", "client"

    @staticmethod
    def load() -> type[BaseInstrumentor]:
        return ClientInstrumentor


@pytest.fixture
def autologged(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> Iterator[instrument.Instrumented]:
    """The library as `autolog` records it."""
    monkeypatch.setattr(other_instrumentors, "entry_points", lambda group: [Entry] if "otel" not in group else [])
    instrument.record_the_api()
    library = instrument.Instrumented("client", Entry, silent=True)  # type: ignore[arg-type]
    monkeypatch.setitem(instrument._instrumented, "client", library)
    library.start()
    yield library
    library.stop()
    instrument.stop([])


def names(recorded: Recorded) -> list[str]:
    return [row["name"] for row in recorded.rows("SELECT name FROM spans")]


def test_the_programs_own_instrumentor_is_not_refused(autologged: instrument.Instrumented, recorded: Recorded) -> None:
    """It instruments the library as if we had not, and the call is in both places once."""
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()
    provider = sdk.TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(export.SimpleSpanProcessor(memory))
    ClientInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)
    try:
        with tracer.start_span("ours"):
            Client.call()
    finally:
        ClientInstrumentor().uninstrument()
    assert [span.name for span in memory.get_finished_spans()] == ["call"]
    assert names(recorded) == ["ours", "call"]


def test_the_library_is_ours_again_when_the_programs_own_has_gone(
    autologged: instrument.Instrumented, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program may instrument for a while only."""
    monkeypatch.setitem(__import__("sys").modules, "client", object())
    ClientInstrumentor().instrument(tracer_provider=trace.NoOpTracerProvider(), skip_dep_check=True)
    Client.call()
    assert not recorded.path.exists()
    ClientInstrumentor().uninstrument()
    Client.call()
    assert names(recorded) == ["call"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("openinference.instrumentation.openai", "logfire.openai", True),
        ("openinference.instrumentation.openai", "opentelemetry.instrumentation.openai.v1", True),
        ("openinference.instrumentation.anthropic", "com.anthropic.sdk.python", True),
        ("openinference.instrumentation.google_genai", "opentelemetry.instrumentation.google-genai", True),
        ("openinference.instrumentation.openai", "langfuse-sdk", True),
        ("openinference.instrumentation.langchain", "openinference.instrumentation.openai", False),
        ("openinference.instrumentation.openai", "openinference.instrumentation.openai", False),
        ("openinference.instrumentation.openai", "the.program", False),
        ("the.program", "logfire.openai", False),
    ],
)
def test_two_instrumentations_of_one_client_are_known_by_their_scopes(one: str, other: str, same: bool) -> None:
    """A call directly inside a call of the same client is that call; a framework's call around a client's is not."""
    assert other_instrumentors.is_same_call(one, other) is same
    assert other_instrumentors.is_same_call(other, one) is same


def test_a_call_that_two_instrumentations_record_is_one_span(recorded: Recorded) -> None:
    """The one outside is kept, and what happens inside is below it."""
    provider = otel.TracerProvider()
    outer = provider.get_tracer("openinference.instrumentation.anthropic")
    inner = provider.get_tracer("com.anthropic.sdk.python")
    with outer.start_as_current_span("messages.create"), inner.start_as_current_span("chat"), tracer.start_span("http"):
        pass
    assert names(recorded) == ["messages.create", "http"]

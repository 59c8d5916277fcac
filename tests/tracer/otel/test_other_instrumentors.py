"""Instrumentors of the program's own beside autolog: each call is recorded once, and theirs work as without us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider, sampling

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import otel
from tracetui.tracer.instrumentation import instrument
from tracetui.tracer.otel import dropped_span, other_instrumentors, other_providers

BaseInstrumentor: Any = pytest.importorskip(
    "opentelemetry.instrumentation.instrumentor", reason="it comes with the instrumentors"
).BaseInstrumentor


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

        Client.call = staticmethod(call)  # type: ignore[method-assign]

    def _uninstrument(self, **kwargs: Any) -> None:
        Client.call = staticmethod(self.original)  # type: ignore[method-assign]


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


VENDOR, CLIENT = "langfuse-sdk", "openinference.instrumentation.openai"
GENERATION = {"langfuse.observation.type": "generation"}


def the_vendors(sampler: Any) -> Any:
    """A tracer of a vendor's provider that the tracer's processor was added to, and that is followed."""
    provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    provider.add_span_processor(otel.SpanProcessor())
    other_providers.watch()
    other_providers.follow(otel.SpanProcessor, dropped_span.stand_in)
    return provider.get_tracer(VENDOR)


def test_a_vendors_step_of_the_program_is_not_the_call_inside_it(recorded: Recorded) -> None:
    """The vendor uses one scope for all its spans; only a generation is the call of a client."""
    vendor, client = the_vendors(sampling.ALWAYS_ON), otel.TracerProvider().get_tracer(CLIENT)
    with vendor.start_as_current_span("step"), client.start_as_current_span("call"):
        pass
    with vendor.start_as_current_span("generation", attributes=GENERATION), client.start_as_current_span("call"):
        pass
    assert names(recorded) == ["step", "call", "generation"]


@pytest.mark.parametrize("sampler", [sampling.ALWAYS_ON, sampling.ALWAYS_OFF])
def test_a_generation_that_is_not_current_is_the_call_that_begins_beside_it(recorded: Recorded, sampler: Any) -> None:
    """Langfuse's wrapper does not make its span current; other spans of it hide nothing."""
    vendor, client = the_vendors(sampler), otel.TracerProvider().get_tracer(CLIENT)
    with tracer.start_span("request"):
        detached = vendor.start_span("generation", attributes=GENERATION)
        with client.start_as_current_span("call"):
            pass
        detached.end()
        with client.start_as_current_span("later"):
            pass
        step = vendor.start_span("step")
        with client.start_as_current_span("beside a step"):
            pass
        step.end()
    found = {row["span_id"]: row for row in recorded.rows("SELECT name, span_id, parent_id FROM spans")}
    assert {row["name"]: row["parent_id"] and found[row["parent_id"]]["name"] for row in found.values()} == {
        "request": None,
        "generation": "request",
        "later": "request",
        "step": "request",
        "beside a step": "request",
    }


def test_a_dropped_call_inside_a_recorded_one_is_that_call(recorded: Recorded) -> None:
    """What the vendor's sampler drops is recorded once too, and what is below it hangs on the call."""
    vendor, client = the_vendors(sampling.ALWAYS_OFF), otel.TracerProvider().get_tracer(CLIENT)
    with client.start_as_current_span("call"), vendor.start_as_current_span("generation"), tracer.start_span("http"):
        pass
    assert names(recorded) == ["call", "http"]


def test_a_client_that_traces_itself_does_not_tell_a_frameworks_call_again(recorded: Recorded) -> None:
    """`ChatAnthropic` is one model call, also where it fails; below a chain the client's own span is the only one."""
    provider = otel.TracerProvider()
    framework = provider.get_tracer("openinference.instrumentation.langchain")
    client = provider.get_tracer("com.anthropic.sdk.python")
    for kind in ("LLM", "CHAIN"):
        with (
            framework.start_as_current_span(kind, attributes={"openinference.span.kind": kind}),
            client.start_as_current_span(f"client in {kind}"),
        ):
            pass
    assert names(recorded) == ["LLM", "CHAIN", "client in CHAIN"]


def test_what_begins_in_the_call_of_the_client_is_below_the_generation_beside_it(recorded: Recorded) -> None:
    """The client's instrumentor makes its span current, which stands for the generation that is not."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(otel.SpanProcessor())
    vendor, client = provider.get_tracer(VENDOR), otel.TracerProvider().get_tracer(CLIENT)
    with vendor.start_as_current_span("step"):
        generation = vendor.start_span("generation", attributes=GENERATION)
        with trace.use_span(client.start_span("call")), tracer.start_span("retry"):
            pass
        generation.end()
    spans = recorded.rows("SELECT name, span_id, parent_id FROM spans")
    names = {span["span_id"]: span["name"] for span in spans}
    assert {span["name"]: names.get(span["parent_id"]) for span in spans} == {
        "step": None,
        "generation": "step",
        "retry": "generation",
    }

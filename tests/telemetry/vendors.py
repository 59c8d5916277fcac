"""What other telemetries need to start: each exports into memory, and nothing leaves the process."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar

NOWHERE = "http://127.0.0.1:9"


class PlainSdk:
    """The OpenTelemetry SDK, set up by the program; what the vendors have in common."""

    distribution = "opentelemetry-sdk"
    modules: ClassVar = ["opentelemetry.sdk.trace"]
    variables: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        self.exporter = InMemorySpanExporter()

    def processor(self) -> Any:
        """A processor that hands each span that ended to the exporter."""
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor

        return SimpleSpanProcessor(self.exporter)

    def start(self, ratio: float) -> None:
        """Set the vendor up as its documentation says, with `ratio` as the share of traces that it exports."""
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider

        provider = TracerProvider(sampler=sampler(ratio))
        provider.add_span_processor(self.processor())
        trace.set_tracer_provider(provider)

    def join(self, provider: Any) -> None:
        """Export what a provider that is set already records."""
        provider.add_span_processor(self.processor())

    def provider(self) -> Any:
        """The provider that the vendor records with."""
        from opentelemetry import trace

        return trace.get_tracer_provider()

    def span(self, name: str) -> AbstractContextManager[Any]:
        """A span of the program, by the vendor's own words."""
        from opentelemetry import trace

        return trace.get_tracer("program").start_as_current_span(name)

    def client(self, **options: Any) -> Any:
        """The client of OpenAI's that the program calls."""
        from openai import OpenAI

        return OpenAI(**options)

    def flush(self) -> None:
        """Wait until the exporter has all spans that ended."""


class Logfire(PlainSdk):
    """Pydantic Logfire, which instruments the module of OpenAI's client."""

    distribution = "logfire"
    modules: ClassVar = ["logfire"]

    def start(self, ratio: float) -> None:
        import logfire

        logfire.configure(
            send_to_logfire=False,
            console=False,
            additional_span_processors=[self.processor()],
            sampling=logfire.SamplingOptions(head=ratio),
            distributed_tracing=True,
        )
        self.instrument()

    def instrument(self) -> None:
        """Record every client."""
        import logfire

        logfire.instrument_openai()

    def span(self, name: str) -> AbstractContextManager[Any]:
        import logfire

        span: AbstractContextManager[Any] = logfire.span(name)
        return span


class LogfireOfOneClient(Logfire):
    """Logfire, which instruments one client."""

    def instrument(self) -> None:
        pass

    def client(self, **options: Any) -> Any:
        import logfire

        client = super().client(**options)
        logfire.instrument_openai(client)
        return client


class Langfuse(PlainSdk):
    """Langfuse, with OpenAI's client from its own module."""

    distribution = "langfuse"
    modules: ClassVar = ["langfuse", "langfuse.openai"]
    variables: ClassVar = {"LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk", "LANGFUSE_HOST": NOWHERE}

    def start(self, ratio: float) -> None:
        import langfuse

        self.langfuse = langfuse.Langfuse(
            span_exporter=self.exporter, sample_rate=ratio, should_export_span=lambda _: True
        )

    def join(self, provider: Any) -> None:
        self.start(1.0)

    def span(self, name: str) -> AbstractContextManager[Any]:
        span: AbstractContextManager[Any] = self.langfuse.start_as_current_observation(name=name)
        return span

    def client(self, **options: Any) -> Any:
        from langfuse.openai import OpenAI

        return OpenAI(**options)

    def flush(self) -> None:
        self.langfuse.flush()


class Traceloop(PlainSdk):
    """Traceloop's OpenLLMetry, which has an instrumentor of its own for OpenAI's client."""

    distribution = "traceloop-sdk"
    modules: ClassVar = ["traceloop.sdk", "opentelemetry.instrumentation.openai"]
    variables: ClassVar = {"TRACELOOP_TELEMETRY": "false", "TRACELOOP_METRICS_ENABLED": "false"}

    def start(self, ratio: float) -> None:
        from traceloop.sdk import Instruments, Traceloop

        Traceloop.init(
            app_name="program",
            exporter=self.exporter,
            disable_batch=True,
            telemetry_enabled=False,
            instruments={Instruments.OPENAI},
            sampler=None if ratio == 1.0 else sampler(ratio),
        )

    def join(self, provider: Any) -> None:
        self.start(1.0)


class Phoenix(PlainSdk):
    """Phoenix's `register`, which puts OpenInference's instrumentors to work with its own provider."""

    distribution = "arize-phoenix-otel"
    modules: ClassVar = ["phoenix.otel"]
    variables: ClassVar = {"PHOENIX_COLLECTOR_ENDPOINT": NOWHERE}

    def start(self, ratio: float) -> None:
        from phoenix.otel import register

        provider = register(auto_instrument=True, verbose=False, batch=True, sampler=sampler(ratio))
        provider.add_span_processor(self.processor(), replace_default_processor=True)


class Mlflow(PlainSdk):
    """MLflow's own tracing, with a provider and a context of its own."""

    distribution = "mlflow-tracing"
    modules: ClassVar = ["mlflow", "mlflow.openai"]
    variables: ClassVar = {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{NOWHERE}/v1/traces",
        "MLFLOW_TRACKING_URI": NOWHERE,
    }

    def start(self, ratio: float) -> None:
        os.environ["MLFLOW_TRACE_SAMPLING_RATIO"] = str(ratio)
        import mlflow
        from mlflow.tracing import provider

        mlflow.openai.autolog()
        provider.provider.get_or_init_tracer("program")
        self.provider().add_span_processor(self.processor())

    def provider(self) -> Any:
        from mlflow.tracing import provider

        return provider.provider.get()

    def span(self, name: str) -> AbstractContextManager[Any]:
        import mlflow

        span: AbstractContextManager[Any] = mlflow.start_span(name)
        return span


def sampler(ratio: float) -> Any:
    """The SDK's usual sampler."""
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    return ParentBased(TraceIdRatioBased(ratio))


VENDORS: dict[str, Callable[[], PlainSdk]] = {
    "sdk": PlainSdk,
    "logfire": Logfire,
    "logfire_of_one_client": LogfireOfOneClient,
    "langfuse": Langfuse,
    "traceloop": Traceloop,
    "phoenix": Phoenix,
    "mlflow": Mlflow,
}

"""Names inside clients, frameworks and instrumentors that the tracer goes by: an upgrade that lacks one is noticed."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

from tracetui.tracer.instrumentation.autolog import instrumentors
from tracetui.tracer.instrumentation.fixes import by_library, langchain, litellm, llama_index, patch
from tracetui.tracer.libraries import known
from tracetui.tracer.values import private_names

INSTRUMENTORS = "openinference.instrumentation"

LIBRARIES = sorted(by_library.CLIENTS | by_library.FIXES.keys())

OF_OTHER_VERSIONS = {
    "anthropic": {"_legacy_response.LegacyAPIResponse"},
    "bedrock": {"get_attributes_from_response_data", "_get_converse_response_attributes"},
    "groq": {"_legacy_response.LegacyAPIResponse"},
}
"""Names that the newest version of an instrumentor or a client lacks, and another has."""


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_is_patched_is_there(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attribute that the fixes of a library look for exists in the installed version."""
    pytest.importorskip(known(library).module)
    if library not in instrumentors():
        pytest.skip(f"the instrumentor of {library} is not installed")
    absent: set[str] = set()
    find = patch.find

    def noting(target: Any, path: str) -> Any:
        found = find(target, path)
        if found is None:
            absent.add(f"{target}.{path}" if isinstance(target, str) else path)
        return found

    for module in (patch, langchain, litellm, llama_index):
        monkeypatch.setattr(module, "find", noting)
    by_library.fix(library)
    others = OF_OTHER_VERSIONS.get(library, set())
    assert not {name for name in absent if not any(name.endswith(other) for other in others)}


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("anthropic._wrappers", ["self._self_with_span = ", "_span"]),
        ("bedrock._converse_stream_callback", ["self._span = "]),
        ("bedrock.utils.anthropic._messages", ["self._span = ", "self._request_attributes"]),
        ("google_genai._stream", ["self._with_span = ", "self._response_accumulator = "]),
        ("langchain._tracer", ["def get_span("]),
        ("llama_index._handler", ["_otel_span", "_end_time", "_last_updated_at", "waiting_for_streaming"]),
        ("mistralai._stream", ["self._self_with_span = ", "self._self_response_accumulator = "]),
        ("openai._response_accumulator", ["self._request_parameters = "]),
        ("openai_agents._processor", ["self._root_spans"]),
    ],
)
def test_an_instrumentor_has_what_its_fix_reads(module: str, names: list[str]) -> None:
    """Attributes of objects of the instrumentors, by the source that sets them."""
    source = inspect.getsource(pytest.importorskip(f"{INSTRUMENTORS}.{module}"))
    assert not [name for name in names if name not in source]


@pytest.mark.parametrize("client", sorted(by_library.CLIENTS))
def test_a_client_keeps_its_chunks_and_its_request_where_a_traced_call_looks_for_them(client: str) -> None:
    """What a function under `trace` returns: a stream, or the manager of a response."""
    streaming = inspect.getsource(pytest.importorskip(f"{client}._streaming"))
    assert f"self.{private_names.CLIENT_CHUNKS}" in streaming
    response = inspect.getsource(importlib.import_module(f"{client}._response"))
    assert f"self.{private_names.AWAITED_REQUEST} = " in response
    assert f"self.{private_names.REQUEST_FUNCTION} = " in response


def test_a_web_framework_keeps_a_streamed_body_where_a_traced_call_looks_for_it() -> None:
    """Django, Quart and Litestar; the other frameworks have a public name for it."""
    response = inspect.getsource(pytest.importorskip("django.http.response"))
    assert f"self.{private_names.DJANGO_BODY} = " in response
    response = inspect.getsource(pytest.importorskip("quart.wrappers.response"))
    assert f"self.{private_names.QUART_BODY} = " in response
    response = inspect.getsource(pytest.importorskip("litestar.response.streaming"))
    assert f"self.{private_names.LITESTAR_BODY} = " in response


def test_litellm_keeps_the_cost_of_an_answer_where_a_snapshot_looks_for_it() -> None:
    """In a private attribute, without which the answer tells no cost."""
    types = inspect.getsource(pytest.importorskip("litellm.types.utils"))
    assert private_names.LITELLM_COST in types

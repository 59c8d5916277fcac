"""Private names of clients and web frameworks that the tracer reads from objects without importing the libraries.

Those that instrumentation patches are in `instrumentation/fixes`, those of OpenTelemetry in `otel/private_names.py`.
tests/clients/test_names.py compares them with the installed versions.
"""

from __future__ import annotations

CLIENT_CHUNKS = "_iterator"
"""The attribute of a stream of OpenAI's, Anthropic's or Groq's client that holds the generator of the chunks."""

AWAITED_REQUEST = "_api_request"
"""The attribute of an asynchronous `with_streaming_response` manager of these clients: the coroutine that it awaits."""

REQUEST_FUNCTION = "_request_func"
"""The attribute of a synchronous one: the function that sends the request."""

DJANGO_BODY = "_iterator"
"""The attribute of Django's `StreamingHttpResponse` that holds the body."""

LITESTAR_BODY = "iterator"
"""The attribute of Litestar's `Stream` that holds the body."""

QUART_BODY = "iter"
"""The attribute of the body of Quart's responses that holds its iterator."""

LITELLM_COST = "_hidden_params"
"""The attribute of LiteLLM's answers that holds `response_cost`."""

"""Sends requests to an OTLP endpoint until they are accepted, or refused for good."""

from __future__ import annotations

import gzip
import http.client
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from ..errors import USAGE, CommandError

_TRY_AGAIN = frozenset({408, 429, 502, 503, 504})
"""The statuses that OTLP lets a sender repeat, and 408."""

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
_TIMEOUT_S = 30.0
_REASON_BYTES = 500


class RefusedError(Exception):
    """The endpoint will never accept the request."""


def traces_url(url: str) -> str:
    """Return the address for traces of an endpoint: `/v1/traces` is appended where there is no path.

    Raises CommandError for an address that is not HTTP.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CommandError(f"{url!r} is not an address such as http://127.0.0.1:4318", USAGE)
    return url if parts.path.strip("/") else f"{url.rstrip('/')}/v1/traces"


class Sender:
    """Posts requests in protobuf, one after the other."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        tell: Callable[[str], None],
        *,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._url = url
        self._headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip", **headers}
        self._tell = tell
        self._sleep = sleep

    def send(self, body: bytes) -> None:
        """Send a request; waits and repeats while the endpoint cannot be reached or is busy. Raises RefusedError."""
        compressed = gzip.compress(body, 1)
        wait_s = _FIRST_WAIT_S
        while True:
            asked_s, problem = self._post(compressed)
            if problem is None:
                return
            pause_s = asked_s if asked_s is not None else wait_s * random.uniform(0.5, 1.0)
            if wait_s == _FIRST_WAIT_S:
                self._tell(f"{self._url} does not accept traces now ({problem}); trying again")
            self._sleep(min(pause_s, _LONGEST_WAIT_S))
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _post(self, body: bytes) -> tuple[float | None, str | None]:
        """Send once; return the seconds that the endpoint asks to wait for, and the problem, None for success."""
        request = urllib.request.Request(self._url, body, self._headers)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:
                reply.read()
                return None, None
        except urllib.error.HTTPError as error:
            with error:
                reason = error.read(_REASON_BYTES).decode(errors="replace")
                if error.code not in _TRY_AGAIN:
                    raise RefusedError(f"{error.code} {error.reason}: {reason}") from None
                return _seconds(error.headers.get("Retry-After")), f"{error.code} {error.reason}"
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            return None, str(getattr(error, "reason", error))


def _seconds(retry_after: str | None) -> float | None:
    try:
        return None if retry_after is None else max(0.0, float(retry_after))
    except ValueError:  # a date
        return None

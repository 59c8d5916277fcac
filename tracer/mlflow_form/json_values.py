"""The values of MLflow's JSON: ids in base64, attribute values as JSON text, times in ISO 8601.

{"info": {"trace_id": "tr-fd6c...", "request_time": "2026-11-22T03:37:24.585Z", "state": "OK", ...},
 "data": {"spans": [{"trace_id": "<base64 of 16 bytes>", "attributes": {"mlflow.spanType": "\\"LLM\\""}, ...}]}}
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from ..exceptions import InvalidValueError
from ..parts.ids import HEX_DIGITS, parse_trace_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def id_to_base64(hex_digits: str) -> str:
    """The base64 of an id."""
    return b64encode(bytes.fromhex(hex_digits)).decode()


def id_to_hex(text: str, byte_count: int) -> str:
    """The hex digits of an id in base64 or hex; leading zeros may be missing. Raises ValueError for other text."""
    plain = text.removeprefix("tr-").removeprefix("0x")
    if plain and len(plain) <= 2 * byte_count and HEX_DIGITS.issuperset(plain):
        return plain.lower().zfill(2 * byte_count)
    try:
        decoded = b64decode(text, validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) != byte_count:
        raise InvalidValueError(f"{text!r} is not an id: an id has {byte_count} bytes, in base64 or hex")
    return decoded.hex()


def trace_id_to_hex(trace_id: str) -> str:
    """The 32 hex digits of a trace id; for an id of another form, a hash of it."""
    try:
        return parse_trace_id(trace_id)
    except InvalidValueError:
        return blake2b(trace_id.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def json_text(value: Any) -> str:
    """The JSON text of a value."""
    return json.dumps(value, default=str)


def json_value(text: Any) -> Any:
    """The value of a JSON text. Any other value is returned unchanged."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def ms_to_iso(ms: int) -> str:
    """A time in Unix milliseconds, in ISO 8601."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_to_ms(text: Any) -> int:
    """The Unix milliseconds of a time in ISO 8601 or in milliseconds. Raises ValueError for any other value."""
    if isinstance(text, int | float):
        return int(text)
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)

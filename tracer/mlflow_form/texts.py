"""The forms of values in MLflow's trace JSON: ids in base64, attribute values as JSON text, times in ISO 8601.

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


def id_text(hex_digits: str) -> str:
    """An id in base64."""
    return b64encode(bytes.fromhex(hex_digits)).decode()


def id_digits(text: str, byte_count: int) -> str:
    """The hex digits of an id in base64 or hex, where leading zeros may lack. Raises ValueError for what is neither."""
    plain = text.removeprefix("tr-").removeprefix("0x")
    if plain and len(plain) <= 2 * byte_count and HEX_DIGITS.issuperset(plain):
        return plain.lower().zfill(2 * byte_count)
    try:
        decoded = b64decode(text, validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) != byte_count:
        raise InvalidValueError(f"{text!r} is no id of {byte_count} bytes, in base64 or hex")
    return decoded.hex()


def trace_digits(trace_id: str) -> str:
    """32 hex digits for the id of an entity: its own, or ones that stand for text of another form."""
    try:
        return parse_trace_id(trace_id)
    except InvalidValueError:
        return blake2b(trace_id.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def json_text(value: Any) -> str:
    """A value as JSON text."""
    return json.dumps(value, default=str)


def json_value(text: Any) -> Any:
    """The value of a JSON text; what is none stays as it is."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def iso_time(ms: int) -> str:
    """A moment given in Unix milliseconds."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms_of_iso(text: Any) -> int:
    """Unix milliseconds, from ISO 8601 or from milliseconds. Raises ValueError for what is neither."""
    if isinstance(text, int | float):
        return int(text)
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)
